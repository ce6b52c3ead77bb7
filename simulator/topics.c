#include "simulator/topics.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"

static void release(struct topic *topic)
{
	free(topic->name);
	free(topic->icon);
}

void topics_finish(struct topics *topics)
{
	for (size_t i = 0; i < topics->count; i++)
		release(&topics->items[i]);
	free(topics->items);
	*topics = (struct topics) { 0 };
}

struct topic *topics_add(struct topics *topics, int64_t thread_id, const char *name)
{
	struct topic *topic;

	if (topics->count == TOPICS_MAX)
		return NULL;
	topics->items = xreallocarray(topics->items, topics->count + 1, sizeof(*topic));
	topic = &topics->items[topics->count++];
	*topic = (struct topic) { .thread_id = thread_id,
				  .name = xstrdup(name),
				  .icon_color = TOPIC_DEFAULT_COLOR,
				  .icon = xstrdup("") };
	return topic;
}

struct topic *topics_find(const struct topics *topics, int64_t thread_id)
{
	for (size_t i = 0; i < topics->count; i++) {
		if (topics->items[i].thread_id == thread_id)
			return &topics->items[i];
	}
	return NULL;
}

void topics_remove(struct topics *topics, int64_t thread_id)
{
	struct topic *topic = topics_find(topics, thread_id);

	if (!topic)
		return;
	release(topic);
	*topic = topics->items[--topics->count];
}

static void replace(char **field, const char *text)
{
	if (!text)
		return;
	free(*field);
	*field = xstrdup(text);
}

void topic_change(struct topic *topic, const char *name, const char *icon)
{
	replace(&topic->name, name);
	replace(&topic->icon, icon);
}

void topic_write(struct json *json, const struct topic *topic)
{
	json_object_start(json);
	json_key_int(json, "message_thread_id", topic->thread_id);
	ascii_key_text(json, "name", topic->name);
	json_key_int(json, "icon_color", topic->icon_color);
	if (*topic->icon)
		json_key_text(json, "icon_custom_emoji_id", topic->icon);
	json_object_end(json);
}
