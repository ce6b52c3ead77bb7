/* topics.h - the topics of a forum. */
#ifndef SIMULATOR_TOPICS_H
#define SIMULATOR_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"

#define TOPICS_MAX 64
/* createForumTopic */
#define TOPIC_NAME_UNITS_MAX 128
#define TOPIC_DEFAULT_COLOR 7322096 /* 0x6FB9F0 */
#define GENERAL_TOPIC_ID 1

struct topic {
	int64_t thread_id;
	char *name;
	int64_t icon_color;
	char *icon; /* id of a custom emoji; "": none */
	bool is_closed;
};

struct topics {
	struct topic *items;
	size_t count;
	bool general_is_closed, general_is_hidden;
};

void topics_finish(struct topics *topics);
/* NULL when there are TOPICS_MAX. Valid until another is added. */
struct topic *topics_add(struct topics *topics, int64_t thread_id, const char *name);
struct topic *topics_find(const struct topics *topics, int64_t thread_id);
void topics_remove(struct topics *topics, int64_t thread_id);
/* NULL leaves a text as it is. */
void topic_change(struct topic *topic, const char *name, const char *icon);
/* The ForumTopic object. */
void topic_write(struct json *json, const struct topic *topic);

#endif
