/* part_members.c - who joins, leaves, is banned or promoted, and asks to join:
 *
 *     alice joins "Friends"
 *     olga in "Friends" bans bob
 *     olga adds the bot to "Friends"
 *     alice asks to join "Friends" */
#include <string.h>

#include "botapi/botapi.h"
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/updates.h"

static bool take_group(struct conversation *conversation, const char **at,
		       struct line_action *action, struct why *why)
{
	return take_chat(&conversation->world, at, &action->group, why);
}

/* A person, or "the bot", whose membership has an update of its own. */
static bool take_member(struct conversation *conversation, const char **at,
			struct line_action *action, struct why *why)
{
	if (take(at, "the bot")) {
		action->kind = KIND_MY_CHAT_MEMBER;
		return true;
	}
	action->about = take_person(&conversation->world, at, why);
	return action->about;
}

static bool take_member_to(struct conversation *conversation, const char **at,
			   struct line_action *action, struct why *why)
{
	if (!take_member(conversation, at, action, why))
		return false;
	if (!take(at, "to "))
		return why_set(why, "whoever is added is added to a group: \"to\" and its title");
	return take_group(conversation, at, action, why);
}

/* What Bot API "ChatMember…" requires besides: all rights, or none. */
static void fill(json_t *member, const char *object_name, bool right)
{
	const struct botapi_object *object = botapi_find_object(object_name);

	for (size_t i = 0; i < object->count; i++) {
		const struct botapi_field *field = &botapi_fields[object->first + i];

		if (!field->required || json_object_get(member, field->name))
			continue;
		if (botapi_types[field->type].kind == BOTAPI_BOOLEAN)
			json_object_set_new(member, field->name, json_boolean(right));
		if (botapi_types[field->type].kind == BOTAPI_INTEGER)
			json_object_set_new(member, field->name, json_integer(0));
	}
}

static json_t *member_user(const struct line_action *action)
{
	if (action->kind == KIND_MY_CHAT_MEMBER || action->deed->kind == KIND_MY_CHAT_MEMBER)
		return update_bot();
	return update_person(action->about ? action->about : action->person);
}

static json_t *member(const struct line_action *action, const char *status)
{
	static const struct {
		const char *status, *object;
		bool right;
	} objects[] = {
		{ "administrator", "ChatMemberAdministrator", true },
		{ "restricted", "ChatMemberRestricted", false },
		{ "kicked", "ChatMemberBanned", false },
	};
	json_t *object = json_pack("{s:o,s:s}", "user", member_user(action), "status", status);

	if (strcmp(status, "restricted") == 0)
		json_object_set_new(object, "is_member", json_true());
	if (strcmp(status, "administrator") == 0)
		json_object_set_new(object, "is_anonymous", json_false());
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (strcmp(objects[i].status, status) == 0)
			fill(object, objects[i].object, objects[i].right);
	return object;
}

/* Bot API "ChatMemberUpdated". */
static json_t *change(struct conversation *conversation, const struct line_action *action,
		      const char *before, const char *after)
{
	return json_pack("{s:o,s:o,s:I,s:o,s:o}", "chat", update_chat(action), "from",
			 update_person(action->person), "date",
			 (json_int_t)world_now(&conversation->world), "old_chat_member",
			 member(action, before), "new_chat_member", member(action, after));
}

#define CHANGE(name, before, after)                                                              \
	static json_t *name(struct conversation *conversation, const struct line_action *action, \
			    struct why *why)                                                     \
	{                                                                                        \
		(void)why;                                                                       \
		return change(conversation, action, before, after);                              \
	}

CHANGE(joins, "left", "member")
CHANGE(leaves, "member", "left")
CHANGE(bans, "member", "kicked")
CHANGE(unbans, "kicked", "left")
CHANGE(restricts, "member", "restricted")
CHANGE(frees, "restricted", "member")
CHANGE(returns, "left", "restricted")
CHANGE(promotes, "member", "administrator")
CHANGE(demotes, "administrator", "member")

/* Bot API "ChatJoinRequest". */
static json_t *request(struct conversation *conversation, const struct line_action *action,
		       int64_t age_s)
{
	return json_pack("{s:o,s:o,s:I,s:I}", "chat", update_chat(action), "from",
			 update_person(action->person), "user_chat_id", action->person->id, "date",
			 (json_int_t)(world_now(&conversation->world) - age_s));
}

static json_t *asks(struct conversation *conversation, const struct line_action *action,
		    struct why *why)
{
	(void)why;
	return request(conversation, action, 0);
}

/* Where the bot decides about requests. */
static json_t *asks_guard(struct conversation *conversation, const struct line_action *action,
			  struct why *why)
{
	json_t *update = asks(conversation, action, why);

	json_object_set_new(update, "query_id", json_string("77"));
	return update;
}

/* While the bot was away: too late to answer the query, or to write to them. */
static json_t *asked_before(struct conversation *conversation, const struct line_action *action,
			    struct why *why)
{
	json_t *update = request(conversation, action, 60);

	(void)why;
	json_object_set_new(update, "query_id", json_string("78"));
	return update;
}

static json_t *asked_long_before(struct conversation *conversation,
				 const struct line_action *action, struct why *why)
{
	(void)why;
	return request(conversation, action, 360);
}

static const struct word words[] = {
	{ "joins", take_group, KIND_CHAT_MEMBER, joins },
	{ "leaves", take_group, KIND_CHAT_MEMBER, leaves },
	{ "adds", take_member_to, KIND_CHAT_MEMBER, joins },
	{ "kicks", take_member, KIND_CHAT_MEMBER, leaves },
	{ "bans", take_member, KIND_CHAT_MEMBER, bans },
	{ "unbans", take_member, KIND_CHAT_MEMBER, unbans },
	{ "restricts", take_member, KIND_CHAT_MEMBER, restricts },
	{ "frees", take_member, KIND_CHAT_MEMBER, frees },
	{ "promotes", take_member, KIND_CHAT_MEMBER, promotes },
	{ "demotes", take_member, KIND_CHAT_MEMBER, demotes },
	{ "blocks the bot", NULL, KIND_MY_CHAT_MEMBER, bans },
	{ "unblocks the bot", NULL, KIND_MY_CHAT_MEMBER, joins },
	{ "removes the bot from", take_group, KIND_MY_CHAT_MEMBER, bans },
	{ "returns restricted to", take_group, KIND_CHAT_MEMBER, returns },
	{ "asks to join", take_group, KIND_CHAT_JOIN_REQUEST, asks },
	{ "asks the guard to join", take_group, KIND_CHAT_JOIN_REQUEST, asks_guard },
	{ "asked a minute ago to join", take_group, KIND_CHAT_JOIN_REQUEST, asked_before },
	{ "asked long ago to join", take_group, KIND_CHAT_JOIN_REQUEST, asked_long_before },
	{ 0 },
};

const struct part members_part = { .words = words };
