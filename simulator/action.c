#include "simulator/action.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/bot_view.h"
#include "simulator/feed.h"
#include "simulator/sim.h"

struct action_result action_impossible(void)
{
	return (struct action_result) { .update_id = -1 };
}

struct json action_json(struct sim *sim)
{
	buffer_clear(&sim->scratch);
	return json_start(&sim->scratch);
}

struct draft action_draft(struct sim *sim, const struct action *action)
{
	bool is_channel = action->chat->type == CHAT_CHANNEL;
	struct draft draft = {
		.chat = action->chat,
		.from = is_channel ? NULL : action->from,
		.date = sim_now_s(sim),
		.thread_id = action->thread_id,
		.is_topic_message = action->thread_id != 0 && action->chat->is_forum,
		.reply_to = action->reply_to
				    ? messages_find(&sim->messages, action->chat, action->reply_to)
				    : NULL,
	};

	if (action->chat->is_direct && action->from) {
		arena_reset(&sim->action_arena);
		draft.extra = direct_topic_members(&sim->action_arena, action->from);
	}
	if (action->album) {
		arena_reset(&sim->action_arena);
		draft.extra = arena_printf(&sim->action_arena, "\"media_group_id\":\"%lld\"",
					   strtoll(action->album, NULL, 10));
	}
	if (is_channel) {
		draft.sender_chat = action->chat;
	} else if (action->anonymous) {
		const struct member *member = action->from ? chat_member(action->chat, action->from)
							   : NULL;

		if (member && *member->tag)
			draft.author_signature = member->tag;
		draft.from = world_person(&sim->world, ANONYMOUS_ADMIN_ID);
		draft.sender_chat = action->chat;
	} else if (action->sender_chat) {
		draft.from = world_person(&sim->world, CHANNEL_BOT_ID);
		draft.sender_chat = action->sender_chat;
	}
	return draft;
}

/* Bots, channels and people who hide behind a chat are not recorded. */
static struct person *recorded_actor(const struct action *action, const struct draft *draft)
{
	return draft->from == action->from && action->from && !action->from->is_bot ? action->from
										    : NULL;
}

static void keep(struct sim *sim, const struct draft *draft, const char *text)
{
	struct message *message = messages_add(&sim->messages, draft->chat, draft->message_id);

	message->from = (struct person *)draft->from;
	message->sender_chat = (struct chat *)draft->sender_chat;
	message->date = draft->date;
	message->thread_id = draft->thread_id;
	message->text = text ? xstrdup(text) : NULL;
	message->reply_to = draft->reply_to ? draft->reply_to->id : 0;
	message->extra = draft->extra ? xstrdup(draft->extra) : NULL;
	message->is_service = draft->is_service;
	if (draft->from && draft->from->is_bot && !draft->sender_chat)
		draft->chat->last_bot = message->from;
}

struct action_result action_queue_message(struct sim *sim, const struct action *action,
					  const struct draft *draft, const char *text, int64_t ping)
{
	bool is_channel = action->chat->type == CHAT_CHANNEL;
	struct new_update update = {
		.kind = is_channel && draft->edit_date ? KIND_EDITED_CHANNEL_POST
			: is_channel                   ? KIND_CHANNEL_POST
			: draft->edit_date             ? KIND_EDITED_MESSAGE
						       : KIND_MESSAGE,
		.actor = recorded_actor(action, draft),
		.chat = action->chat,
		.ping = ping,
	};
	struct action_result result = { .message_id = draft->message_id };

	if (bot_sees_message(&sim->world, draft, text))
		result.update_id = feed_update(sim, &update, buffer_unread(&sim->scratch),
					       buffer_unread_size(&sim->scratch));
	if (!draft->edit_date)
		keep(sim, draft, text);
	if (action->chat->person)
		action->chat->person->started = true;
	return result;
}

struct action_result action_queue_update(struct sim *sim, enum update_kind kind,
					 struct person *actor, struct chat *chat)
{
	struct new_update update = {
		.kind = kind,
		.actor = actor && !actor->is_bot ? actor : NULL,
		.chat = chat,
		.ping = -1,
	};

	return (struct action_result) {
		.update_id = feed_update(sim, &update, buffer_unread(&sim->scratch),
					 buffer_unread_size(&sim->scratch)),
	};
}
