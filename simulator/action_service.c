#include "simulator/action_service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_member.h"
#include "simulator/ascii.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

/* Queues the message that begins in sim.scratch; what it tells was written from `start` on. */
static struct action_result tell(struct sim *sim, const struct action *action,
				 const struct draft *draft, size_t start)
{
	char *content = xstrdup(buffer_text(&sim->scratch) + start);
	struct json json = { .out = &sim->scratch };
	struct action_result result;
	struct message *message;

	compose_message_end(&json, NULL);
	result = action_queue_message(sim, action, draft, NULL, -1);
	message = messages_find(&sim->messages, action->chat, draft->message_id);
	if (message)
		message->content = content;
	else
		free(content);
	return result;
}

/* Where the next member will be written, behind its comma. */
static size_t next_member(const struct sim *sim)
{
	return buffer_unread_size(&sim->scratch) + 1;
}

static struct action_result service(struct sim *sim, const struct action *action,
				    void (*write)(struct json *json, struct sim *sim,
						  const struct action *action))
{
	struct draft draft = action_draft(sim, action);
	struct json json = action_json(sim);
	size_t start;

	draft.message_id = chat_next_message_id(&sim->world, action->chat);
	draft.is_service = true;
	compose_message_start(&json, &draft);
	start = next_member(sim);
	write(&json, sim, action);
	return tell(sim, action, &draft, start);
}

static void write_joined(struct json *json, const struct person *whose)
{
	json_key(json, "new_chat_participant");
	compose_person(json, whose);
	json_key(json, "new_chat_member");
	compose_person(json, whose);
	json_key(json, "new_chat_members");
	json_array_start(json);
	compose_person(json, whose);
	json_array_end(json);
}

static void write_left(struct json *json, const struct person *whose)
{
	compose_key_person(json, "left_chat_participant", whose);
	compose_key_person(json, "left_chat_member", whose);
}

/* That action.from let somebody in or out, who may be the same. */
static struct action_result tell_of(struct sim *sim, const struct action *action,
				    const struct person *whose,
				    void (*write)(struct json *json, const struct person *whose))
{
	struct draft draft = action_draft(sim, action);
	struct json json = action_json(sim);
	size_t start;

	draft.message_id = chat_next_message_id(&sim->world, action->chat);
	draft.is_service = true;
	compose_message_start(&json, &draft);
	start = next_member(sim);
	write(&json, whose);
	return tell(sim, action, &draft, start);
}

struct action_result action_tell_removal(struct sim *sim, const struct action *action,
					 struct person *whose)
{
	return tell_of(sim, action, whose, write_left);
}

static bool is_group(const struct action *action)
{
	return action->from &&
	       (action->chat->type == CHAT_GROUP || action->chat->type == CHAT_SUPERGROUP);
}

struct action_result action_invite(struct sim *sim, const struct action *action,
				   struct person *whose)
{
	struct member place = chat_place_moved(action->chat, whose, true);

	if (!is_group(action))
		return action_impossible();
	/* A bot that is an administrator is told of the member as well as by a message. */
	action_put_member(sim, action->chat, action->from, &place);
	return tell_of(sim, action, whose, write_joined);
}

static struct action_result send_join(struct sim *sim, const struct action *action)
{
	return action->from ? action_invite(sim, action, action->from) : action_impossible();
}

static struct action_result send_leave(struct sim *sim, const struct action *action)
{
	struct member place;

	if (!is_group(action))
		return action_impossible();
	place = chat_place_moved(action->chat, action->from, false);
	action_put_member(sim, action->chat, action->from, &place);
	return tell_of(sim, action, action->from, write_left);
}

static void write_title(struct json *json, struct sim *sim, const struct action *action)
{
	(void)sim;
	ascii_key_text(json, "new_chat_title", action->chat->title);
}

static struct action_result send_title(struct sim *sim, const struct action *action)
{
	char title[160];

	if (!is_group(action) || !action->caption)
		return action_impossible();
	snprintf(title, sizeof(title), "%.128s", action->caption);
	chat_rename(action->chat, title, NULL);
	return service(sim, action, write_title);
}

static void write_pinned(struct json *json, struct sim *sim, const struct action *action)
{
	json_key(json, "pinned_message");
	compose_stored(json, messages_find(&sim->messages, action->chat, action->reply_to));
}

static struct action_result send_pin(struct sim *sim, const struct action *action)
{
	struct draft draft;
	struct json json;
	size_t start;

	if (!messages_find(&sim->messages, action->chat, action->reply_to))
		return action_impossible();
	draft = action_draft(sim, action);
	draft.reply_to = NULL;
	draft.message_id = chat_next_message_id(&sim->world, action->chat);
	draft.is_service = true;
	json = action_json(sim);
	compose_message_start(&json, &draft);
	start = next_member(sim);
	write_pinned(&json, sim, action);
	return tell(sim, action, &draft, start);
}

static void write_topic(struct json *json, struct sim *sim, const struct action *action)
{
	(void)sim;
	json_key(json, "forum_topic_created");
	json_object_start(json);
	ascii_key_text(json, "name", action->caption ? action->caption : "Neues Thema");
	json_key_int(json, "icon_color", 7322096);
	json_object_end(json);
}

static struct action_result send_topic(struct sim *sim, const struct action *action)
{
	struct chat *chat = action->chat;
	struct action opened = *action;
	struct action_result result;

	if (!chat->is_forum || chat->topics.count == TOPICS_MAX)
		return action_impossible();
	opened.thread_id = chat->last_message_id + 1;
	result = service(sim, &opened, write_topic);
	topics_add(&chat->topics, result.message_id,
		   action->caption ? action->caption : "Neues Thema");
	return result;
}

static const struct {
	const char *kind;
	struct action_result (*fn)(struct sim *sim, const struct action *action);
} services[] = {
	{ "join", send_join }, { "leave", send_leave }, { "title", send_title },
	{ "pin", send_pin },   { "topic", send_topic },
};

const char *action_service_kind(size_t index)
{
	return index < COUNT_OF(services) ? services[index].kind : NULL;
}

struct action_result action_send_service(struct sim *sim, const struct action *action,
					 const char *kind)
{
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		if (!strcmp(services[i].kind, kind))
			return services[i].fn(sim, action);
	}
	return action_impossible();
}

/* A service message about the other chat of a migration. */
static int32_t send_migration(struct sim *sim, struct chat *chat, struct person *by,
			      const char *key, int64_t other)
{
	struct action action = { .chat = chat, .from = by };
	struct draft draft = action_draft(sim, &action);
	struct json json;
	size_t start;

	draft.message_id = chat_next_message_id(&sim->world, chat);
	draft.is_service = true;
	json = action_json(sim);
	compose_message_start(&json, &draft);
	start = next_member(sim);
	json_key_int(&json, key, other);
	return tell(sim, &action, &draft, start).update_id;
}

struct chat *action_migrate(struct sim *sim, struct chat *group, struct person *by, int32_t ids[2])
{
	struct chat *chat = world_migrate(&sim->world, group);

	chat->next_ping = group->next_ping;
	ledger_migrated(&sim->ledger, group->id, chat->id);
	ids[0] = send_migration(sim, group, by, "migrate_to_chat_id", chat->id);
	ids[1] = send_migration(sim, chat, by, "migrate_from_chat_id", group->id);
	transcript_action(sim, chat, by, "made it a supergroup");
	return chat;
}
