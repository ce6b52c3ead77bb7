#include "simulator/action_forward.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/linked.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

/* What was forwarded before keeps its first origin. */
static char *origin_members(const struct message *source)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	char *text;

	if (source->extra && strstr(source->extra, "\"forward_origin\""))
		return xstrdup(source->extra);
	json_key(&json, "forward_origin");
	compose_origin(&json, source);
	json_key_int(&json, "forward_date", source->date);
	text = xstrdup(buffer_text(&out));
	buffer_finish(&out);
	return text;
}

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

struct action_result action_forward(struct sim *sim, const struct action *action,
				    const struct message *source)
{
	struct draft draft = action_draft(sim, action);
	char *origin = origin_members(source);
	struct message shown = {
		.chat = draft.chat,
		.id = chat_next_message_id(&sim->world, action->chat),
		.from = (struct person *)draft.from,
		.sender_chat = (struct chat *)draft.sender_chat,
		.date = draft.date,
		.thread_id = draft.thread_id,
		.text = copy_of(source->text),
		.entities = copy_of(source->entities),
		.content = copy_of(source->content),
	};
	struct action_result result;
	struct message *message;
	struct json json = action_json(sim);

	draft.message_id = shown.id;
	draft.reply_to = NULL;
	draft.extra = arena_printf(&sim->action_arena, "%s%s%s", draft.extra ? draft.extra : "",
				   draft.extra ? "," : "", origin);
	shown.extra = (char *)draft.extra;
	free(origin);
	compose_stored(&json, &shown);
	transcript_message(sim, action->chat, action->from, shown.text);
	result = action_queue_message(sim, action, &draft, shown.text, -1);
	message = messages_find(&sim->messages, action->chat, shown.id);
	message->content = shown.content;
	message->entities = shown.entities;
	free(shown.text);
	linked_forward(sim, action->chat, shown.id);
	return result;
}
