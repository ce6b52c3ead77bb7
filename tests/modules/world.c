/* world.c - creates people, groups and the updates of their actions. */
#include "tests/modules/world.h"

#include <ctype.h>
#include <string.h>

#include "common/log.h"

#define DATE 1767225600 /* 2026-01-01: no test depends on it */

void world_finish(struct world *world)
{
	arena_finish(&world->arena);
}

struct person *world_person(struct world *world, const char *name)
{
	struct person *person;

	for (size_t i = 0; i < world->people_count; i++)
		if (strcmp(world->people[i].name, name) == 0)
			return &world->people[i];
	if (world->people_count == WORLD_PEOPLE_MAX)
		panic("more than %d people in a conversation", WORLD_PEOPLE_MAX);
	person = &world->people[world->people_count++];
	person->name = arena_strdup(&world->arena, name);
	person->id = 1000 + (int64_t)world->people_count;
	person->language = "";
	return person;
}

struct group *world_group(struct world *world, const char *title)
{
	struct group *group;

	for (size_t i = 0; i < world->groups_count; i++)
		if (strcmp(world->groups[i].title, title) == 0)
			return &world->groups[i];
	if (world->groups_count == WORLD_GROUPS_MAX)
		panic("more than %d groups in a conversation", WORLD_GROUPS_MAX);
	group = &world->groups[world->groups_count++];
	group->title = arena_strdup(&world->arena, title);
	group->id = -1001000000000 - (int64_t)world->groups_count;
	return group;
}

int64_t action_chat_id(const struct action *action)
{
	return action->group ? action->group->id : action->person->id;
}

/* --- updates ---------------------------------------------------------------------------------- */

static void pack_key_int(struct buffer *out, const char *key, int64_t value)
{
	pack_text(out, key);
	pack_int(out, value);
}

static void pack_key_text(struct buffer *out, const char *key, const char *value)
{
	pack_text(out, key);
	pack_text(out, value);
}

static void pack_person(const struct person *person, struct arena *arena, struct buffer *out)
{
	char *first_name = arena_strdup(arena, person->name);

	first_name[0] = (char)toupper((unsigned char)first_name[0]);
	pack_map(out, person->language[0] ? 5 : 4);
	pack_key_int(out, "id", person->id);
	pack_text(out, "is_bot");
	pack_bool(out, false);
	pack_key_text(out, "first_name", first_name);
	pack_key_text(out, "username", person->name);
	if (person->language[0])
		pack_key_text(out, "language_code", person->language);
}

/* Bot API "Message", sender_chat: an anonymous administrator, or somebody who writes as a channel.
 */
static void pack_author(const struct action *action, const struct person *person,
			const struct group *chat, struct arena *arena, struct buffer *out)
{
	bool is_group = chat && chat == action->group;

	pack_text(out, "from");
	if (!chat) {
		pack_person(person, arena, out);
		return;
	}
	pack_map(out, 4);
	pack_key_int(out, "id", is_group ? 1087968824 : 136817688);
	pack_text(out, "is_bot");
	pack_bool(out, true);
	pack_key_text(out, "first_name", is_group ? "Group" : "Channel");
	pack_key_text(out, "username", is_group ? "GroupAnonymousBot" : "Channel_Bot");
	pack_text(out, "sender_chat");
	pack_map(out, 3);
	pack_key_int(out, "id", chat->id);
	pack_key_text(out, "type", is_group ? "supergroup" : "channel");
	pack_key_text(out, "title", chat->title);
}

static void pack_chat(const struct action *action, struct buffer *out)
{
	pack_map(out, 3);
	pack_key_int(out, "id", action_chat_id(action));
	pack_key_text(out, "type", action->group ? "supergroup" : "private");
	if (action->group)
		pack_key_text(out, "title", action->group->title);
	else
		pack_key_text(out, "first_name", action->person->name);
}

/* The bot's question as the message replied to. */
static void pack_question(const struct world *world, const struct action *action,
			  struct buffer *out)
{
	pack_text(out, "reply_to_message");
	pack_map(out, 4);
	pack_key_int(out, "message_id", world->question.message_id);
	pack_text(out, "from");
	pack_map(out, 2);
	pack_key_int(out, "id", WORLD_BOT_ID);
	pack_key_text(out, "first_name", "Bot");
	pack_text(out, "chat");
	pack_chat(action, out);
	pack_text(out, "entities");
	pack_array(out, 1);
	pack_map(out, 4);
	pack_key_text(out, "type", "text_link");
	pack_key_int(out, "offset", 0);
	pack_key_int(out, "length", 1);
	pack_key_text(out, "url", world->question.link);
}

static void pack_replied(struct world *world, const struct action *action, struct buffer *out)
{
	pack_text(out, "reply_to_message");
	pack_map(out, action->replies_to_chat ? 4 : 3);
	pack_key_int(out, "message_id", world->last_message_id + 100000);
	pack_author(action, action->replies_to, action->replies_to_chat, &world->arena, out);
	pack_text(out, "chat");
	pack_chat(action, out);
}

/* By whom else than who sent it. */
static void pack_origin(const struct action *action, struct buffer *out)
{
	if (action->forwarded) {
		pack_text(out, "forward_origin");
		pack_map(out, 2);
		pack_key_text(out, "type", "hidden_user");
		pack_key_text(out, "sender_user_name", "Mallory");
	}
	if (action->via) {
		pack_text(out, "via_bot");
		pack_map(out, 2);
		pack_key_int(out, "id", 4242);
		pack_key_text(out, "username", action->via);
	}
}

static void pack_message(struct world *world, const struct action *action, struct buffer *out)
{
	bool answers = action->what == ACTION_ANSWERS;
	bool replies = action->replies_to || action->replies_to_chat;

	pack_map(out, 5 + (action->topic ? 2 : 0) + (replies || answers ? 1 : 0) +
			      (action->as ? 1 : 0) + (action->forwarded ? 1 : 0) +
			      (action->via ? 1 : 0));
	pack_key_int(out, "message_id", ++world->last_message_id);
	pack_author(action, action->person, action->as, &world->arena, out);
	pack_text(out, "chat");
	pack_chat(action, out);
	pack_key_int(out, "date", DATE + world->passed_s);
	if (action->topic) {
		pack_key_int(out, "message_thread_id", action->topic);
		pack_text(out, "is_topic_message");
		pack_bool(out, true);
	}
	if (answers)
		pack_question(world, action, out);
	else if (replies)
		pack_replied(world, action, out);
	pack_origin(action, out);
	pack_key_text(out, "text", action->text);
}

static const struct shown_button *find_button(const struct world *world, int64_t chat_id,
					      const char *label)
{
	for (size_t i = world->buttons_count; i-- > 0;)
		if (world->buttons[i].chat_id == chat_id &&
		    strcmp(world->buttons[i].label, label) == 0)
			return &world->buttons[i];
	return NULL;
}

static bool pack_press(struct world *world, const struct action *action, struct buffer *out)
{
	const struct shown_button *button = find_button(world, action_chat_id(action),
							action->text);

	if (!button)
		return false;
	pack_map(out, 4);
	pack_key_text(out, "id", "press");
	pack_text(out, "from");
	pack_person(action->person, &world->arena, out);
	pack_text(out, "message");
	pack_map(out, 3);
	pack_key_int(out, "message_id", button->message_id);
	pack_key_int(out, "date", DATE);
	pack_text(out, "chat");
	pack_chat(action, out);
	pack_key_text(out, "data", button->data);
	return true;
}

static void pack_member(const struct action *action, const char *key, const char *status,
			struct arena *arena, struct buffer *out)
{
	pack_text(out, key);
	pack_map(out, 2);
	pack_text(out, "user");
	pack_person(action->person, arena, out);
	pack_key_text(out, "status", status);
}

static void pack_member_change(struct world *world, const struct action *action, struct buffer *out)
{
	bool joins = action->what == ACTION_JOINS;

	pack_map(out, 5);
	pack_text(out, "chat");
	pack_chat(action, out);
	pack_text(out, "from");
	pack_person(action->person, &world->arena, out);
	pack_key_int(out, "date", DATE);
	pack_member(action, "old_chat_member", joins ? "left" : "member", &world->arena, out);
	pack_member(action, "new_chat_member", joins ? "member" : "left", &world->arena, out);
}

static enum update_kind kind_of(const struct action *action)
{
	switch (action->what) {
	case ACTION_SAYS:
	case ACTION_ANSWERS:
		return KIND_MESSAGE;
	case ACTION_EDITS:
		return KIND_EDITED_MESSAGE;
	case ACTION_PRESSES:
		return KIND_CALLBACK_QUERY;
	case ACTION_JOINS:
	case ACTION_LEAVES:
		return KIND_CHAT_MEMBER;
	}
	return KIND_UNKNOWN;
}

bool world_update(struct world *world, const struct action *action, struct buffer *out,
		  enum update_kind *kind)
{
	*kind = kind_of(action);
	if (action->what == ACTION_ANSWERS && !world->question.link)
		return false;
	pack_map(out, 2);
	pack_key_int(out, "update_id", ++world->last_update_id);
	pack_text(out, kinds[*kind].field);
	if (*kind == KIND_CALLBACK_QUERY)
		return pack_press(world, action, out);
	if (*kind == KIND_CHAT_MEMBER)
		pack_member_change(world, action, out);
	else
		pack_message(world, action, out);
	return true;
}
