#include "simulator/act.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/act_message.h"
#include "simulator/ascii.h"
#include "simulator/callbacks.h"
#include "simulator/show.h"
#include "simulator/sim.h"

struct draft act_draft(struct sim *sim, const struct act *act)
{
	bool is_channel = act->chat->type == CHAT_CHANNEL;
	struct draft draft = {
		.chat = act->chat,
		.from = is_channel ? NULL : act->from,
		.date = sim_now_s(sim),
		.thread_id = act->thread_id,
		.is_topic_message = act->thread_id != 0 && act->chat->is_forum,
		.reply_to = act->reply_to ? messages_find(&sim->messages, act->chat, act->reply_to)
					  : NULL,
	};

	if (is_channel) {
		draft.sender_chat = act->chat;
	} else if (act->anonymous) {
		draft.from = world_person(&sim->world, ANONYMOUS_ADMIN_ID);
		draft.sender_chat = act->chat;
	} else if (act->sender_chat) {
		draft.from = world_person(&sim->world, CHANNEL_BOT_ID);
		draft.sender_chat = act->sender_chat;
	}
	return draft;
}

/* Bots, channels and people who hide behind a chat are not recorded. */
static struct person *recorded_actor(const struct act *act, const struct draft *draft)
{
	return draft->from == act->from && act->from && !act->from->is_bot ? act->from : NULL;
}

/* Keeps the message, so that it can be replied to; the text may be NULL. */
static void keep(struct sim *sim, const struct draft *draft, const char *text)
{
	struct message *message = messages_add(&sim->messages, draft->chat, draft->message_id);

	message->from = (struct person *)draft->from;
	message->sender_chat = (struct chat *)draft->sender_chat;
	message->date = draft->date;
	message->thread_id = draft->thread_id;
	message->text = text ? xstrdup(text) : NULL;
}

struct acted act_finish(struct sim *sim, const struct act *act, const struct draft *draft,
			const char *text, struct buffer *json, int64_t ping)
{
	bool is_channel = act->chat->type == CHAT_CHANNEL;
	struct happening happening = {
		.kind = is_channel && draft->edit_date ? KIND_EDITED_CHANNEL_POST
			: is_channel                   ? KIND_CHANNEL_POST
			: draft->edit_date             ? KIND_EDITED_MESSAGE
						       : KIND_MESSAGE,
		.actor = recorded_actor(act, draft),
		.chat = act->chat,
		.ping = ping,
	};
	struct acted acted = { .message_id = draft->message_id };

	acted.update_id = feed_update(sim, &happening, buffer_unread(json),
				      buffer_unread_size(json));
	buffer_clear(json);
	if (!draft->edit_date)
		keep(sim, draft, text);
	if (act->chat->person)
		act->chat->person->started = true;
	return acted;
}

static void forward_origin(struct json *json, struct sim *sim, int64_t date)
{
	/* Somebody who never wrote here; must not be recorded. */
	const struct person *origin = sim->world.people[sim->world.people_count - 1];

	json_key(json, "forward_origin");
	json_object_start(json);
	json_key_text(json, "type", "user");
	compose_key_person(json, "sender_user", origin);
	json_key_int(json, "date", date - 3600);
	json_object_end(json);
	compose_key_person(json, "forward_from", origin);
	json_key_int(json, "forward_date", date - 3600);
}

struct acted act_say(struct sim *sim, const struct act *act, const char *text)
{
	struct draft draft = act_draft(sim, act);
	struct buffer *out = &sim->scratch;
	struct json json;
	struct formatted formatted;
	struct acted acted;

	arena_reset(&sim->act_arena);
	entities_plain(text, strlen(text), &sim->act_arena, &formatted);
	entities_detect(&formatted, &sim->act_arena);
	draft.message_id = chat_next_message_id(&sim->world, act->chat);
	buffer_clear(out);
	json = json_start(out);
	compose_message_start(&json, &draft);
	if (act->forwarded)
		forward_origin(&json, sim, draft.date);
	compose_text(&json, &formatted, "text");
	compose_message_end(&json, NULL);
	show_said(sim, act->chat, draft.from ? draft.from : sim->world.bot, formatted.text);
	acted = act_finish(sim, act, &draft, formatted.text, out,
			   ledger_ping_number(formatted.text, formatted.length));
	return acted;
}

struct acted act_edit(struct sim *sim, const struct act *act, int64_t message_id, const char *text)
{
	struct draft draft = act_draft(sim, act);
	struct message *message = messages_find(&sim->messages, act->chat, message_id);
	struct buffer *out = &sim->scratch;
	struct json json;
	struct formatted formatted;

	arena_reset(&sim->act_arena);
	entities_plain(text, strlen(text), &sim->act_arena, &formatted);
	entities_detect(&formatted, &sim->act_arena);
	draft.message_id = message_id;
	draft.edit_date = draft.date;
	if (message) {
		draft.date = message->date;
		free(message->text);
		message->text = xstrdup(formatted.text);
	}
	buffer_clear(out);
	json = json_start(out);
	compose_message_start(&json, &draft);
	compose_text(&json, &formatted, "text");
	compose_message_end(&json, NULL);
	return act_finish(sim, act, &draft, formatted.text, out, -1);
}

struct acted act_press(struct sim *sim, struct person *person, const struct message *message,
		       const char *data, char query_id[32])
{
	struct happening happening = {
		.kind = KIND_CALLBACK_QUERY, .actor = person, .chat = message->chat, .ping = -1
	};
	struct buffer *out = &sim->scratch;
	struct json json;

	snprintf(query_id, 32, "%" PRId64, callbacks_add(&sim->callbacks, sim_now_s(sim)));
	buffer_clear(out);
	json = json_start(out);
	json_object_start(&json);
	json_key_text(&json, "id", query_id);
	compose_key_person(&json, "from", person);
	json_key(&json, "message");
	compose_stored(&json, message);
	json_key(&json, "chat_instance");
	json_text(&json, "-2674883452396134214");
	ascii_key_text(&json, "data", data);
	json_object_end(&json);
	show_did(sim, message->chat, person, "pressed a button");
	return (struct acted) {
		feed_update(sim, &happening, buffer_unread(out), buffer_unread_size(out)), 0
	};
}
