#include "simulator/linked.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/action.h"
#include "simulator/polls.h"
#include "simulator/sim.h"

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* is_automatic_forward and where it comes from (Message). */
static char *members(const struct message *post)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	char *text;

	json_key(&json, "forward_origin");
	compose_origin(&json, post);
	json_key(&json, "forward_from_chat");
	compose_chat(&json, post->chat);
	json_key_int(&json, "forward_from_message_id", post->id);
	json_key_int(&json, "forward_date", post->date);
	json_key_bool(&json, "is_automatic_forward", true);
	text = xstrdup(buffer_text(&out));
	buffer_finish(&out);
	return text;
}

void linked_forward(struct sim *sim, struct chat *channel, int64_t message_id)
{
	struct chat *group = channel->linked;
	const struct message *post = messages_find(&sim->messages, channel, message_id);
	struct message kept;
	struct message *message;
	struct json json;

	if (channel->type != CHAT_CHANNEL || !group || group->type != CHAT_SUPERGROUP || !post)
		return;
	kept = *post; /* adding one may forget the post itself */
	kept.text = copy_of(post->text);
	kept.entities = copy_of(post->entities);
	kept.content = copy_of(post->content);
	kept.extra = members(post);
	kept.poll = poll_share(post->poll);
	message = messages_add(&sim->messages, group, chat_next_message_id(&sim->world, group));
	message->from = world_person(&sim->world, SERVICE_ID);
	message->sender_chat = channel;
	message->date = kept.date;
	message->text = kept.text;
	message->entities = kept.entities;
	message->content = kept.content;
	message->extra = kept.extra;
	message->poll = kept.poll;
	if (!member_is_present(&group->bot))
		return;
	json = action_json(sim);
	compose_stored(&json, message);
	action_queue_update(sim, KIND_MESSAGE, NULL, group);
}
