#include "simulator/method_members.h"

#include <jansson.h>

#include "simulator/action_member.h"
#include "simulator/action_service.h"
#include "simulator/compose.h"
#include "simulator/sim.h"

/* --- looking ---------------------------------------------------------------------------------- */

/* Telegram only guarantees it to administrators (getChatMember). */
static bool may_see_member(struct call *call, const struct person *person)
{
	const struct chat *chat = call->chat;
	const struct member *member;

	if (chat->person || person == call->sim->world.bot ||
	    member_is_admin(chat_member(chat, call->sim->world.bot)))
		return true;
	if (chat->type == CHAT_CHANNEL)
		return call_fail(call, 400, "Bad Request: member list is inaccessible");
	member = chat_member(chat, person);
	/* Administrators are always shown. */
	if (chat->hides_members && !(member && member_is_admin(member)))
		return call_fail(call, 400, "Bad Request: CHAT_ADMIN_REQUIRED");
	return true;
}

void method_get_chat_member(struct call *call)
{
	struct person *person;
	struct member member;

	if (!call_person(call, &person))
		return;
	if (!(person == call->sim->world.bot ? call_chat(call, false) : call_chat_members(call)))
		return;
	if (!may_see_member(call, person))
		return;
	member = call->chat->person ? (struct member) { .person = person, .status = MEMBER_MEMBER }
				    : chat_place_of(call->chat, person);
	compose_member(&call->result, &member, call->chat);
}

void method_get_chat_administrators(struct call *call)
{
	const struct chat *chat;

	if (!call_chat_members(call))
		return;
	chat = call->chat;
	if (chat->person) {
		call_fail(call, 400,
			  "Bad Request: there are no administrators in the private chat");
		return;
	}
	if (chat->type == CHAT_CHANNEL && !member_is_admin(chat_member(chat, chat->bot.person))) {
		call_fail(call, 400, "Bad Request: member list is inaccessible");
		return;
	}
	json_array_start(&call->result);
	for (size_t i = 0; i < chat->members_count; i++) {
		const struct member *member = &chat->members[i];

		/* Other bots are left out, as Telegram does. */
		if (member_is_admin(member) && !member->person->is_bot)
			compose_member(&call->result, member, chat);
	}
	if (member_is_admin(&chat->bot))
		compose_member(&call->result, &chat->bot, chat);
	json_array_end(&call->result);
}

void method_get_chat_member_count(struct call *call)
{
	if (!call_chat_members(call))
		return;
	json_int(&call->result, call->chat->person ? 2 : (int64_t)chat_present_count(call->chat));
}

/* --- changing --------------------------------------------------------------------------------- */

static bool is_self(const struct call *call, const struct member *place)
{
	return place->person == call->sim->world.bot;
}

static bool is_upgraded(const struct call *call)
{
	return call->chat->type == CHAT_SUPERGROUP || call->chat->type == CHAT_CHANNEL;
}

/* "… removed …", which the bot is told of, too, when it removed the member itself. */
static void tell_of_removal(struct call *call, struct person *whose)
{
	struct action action = { .chat = call->chat, .from = call->sim->world.bot };

	if (call->chat->type != CHAT_CHANNEL)
		action_tell_removal(call->sim, &action, whose);
}

static void put(struct call *call, const struct member *before, const struct member *after)
{
	if (!member_equals(before, after)) {
		action_put_member(call->sim, call->chat, call->sim->world.bot, after);
		if (member_is_present(before) && !member_is_present(after) && !is_self(call, after))
			tell_of_removal(call, after->person);
	}
	call_result_true(call);
}

static void leave(struct call *call)
{
	struct member before = chat_place_of(call->chat, call->sim->world.bot);
	struct member after = { .person = before.person, .status = MEMBER_LEFT };

	put(call, &before, &after);
}

void method_leave_chat(struct call *call)
{
	if (!call_chat(call, false))
		return;
	if (call->chat->person)
		call_fail(call, 400, "Bad Request: can't leave private chats");
	else
		leave(call);
}

/* Checks of restrict_channel_participant, then the server's: an administrator may be touched by
 * those who promoted them only. */
static bool may_restrict(struct call *call, const struct member *before, const struct member *after)
{
	if (before->status == MEMBER_CREATOR)
		return call_fail(call, 400, "Bad Request: can't remove chat owner");
	if (is_self(call, before))
		return call_fail(call, 400, "Bad Request: can't %s self",
				 after->status == MEMBER_MEMBER ? "unrestrict" : "restrict");
	if (!call_has_right(call, RIGHT_RESTRICT_MEMBERS))
		return call_fail(
			call, 400,
			"Bad Request: not enough rights to restrict/unrestrict chat member");
	if (before->status == MEMBER_ADMINISTRATOR &&
	    !chat_is_promoted_by(call->chat, before, call->sim->world.bot))
		return call_fail(call, 400, "Bad Request: user is an administrator of the chat");
	return true;
}

/* What is the same already may be asked for by anyone. */
static void restrict_to(struct call *call, const struct member *before, const struct member *after)
{
	if (member_equals(before, after) && before->status != MEMBER_CREATOR)
		call_result_true(call);
	else if (may_restrict(call, before, after))
		put(call, before, after);
}

/* A basic group knows no bans: who is removed may come back, and no date matters. */
static void remove_from_group(struct call *call, const struct member *before)
{
	struct member after = { .person = before->person, .status = MEMBER_LEFT };

	if (is_self(call, before))
		leave(call);
	else if (!member_is_admin(chat_member(call->chat, call->sim->world.bot)))
		call_fail(call, 400, "Bad Request: CHAT_ADMIN_REQUIRED");
	else if (!member_is_present(before))
		call_fail(call, 400, "Bad Request: USER_NOT_PARTICIPANT");
	else if (member_is_admin(before))
		call_fail(call, 400, "Bad Request: user is an administrator of the chat");
	else
		put(call, before, &after);
}

static int64_t until_of(const struct call *call)
{
	return member_until(parameters_int(call->parameters, "until_date", 0, 0, INT32_MAX),
			    sim_now_s(call->sim));
}

/* The chat and the person, with their place in it. */
static bool call_place(struct call *call, struct member *out)
{
	struct person *person;

	if (!call_person(call, &person) || !call_chat(call, true))
		return false;
	*out = chat_place_of(call->chat, person);
	return true;
}

void method_ban_chat_member(struct call *call)
{
	struct member before, after;

	if (!call_place(call, &before))
		return;
	after = (struct member) { .person = before.person,
				  .status = MEMBER_KICKED,
				  .until_s = until_of(call) };
	if (call->chat->person)
		call_fail(call, 400, "Bad Request: can't ban members in private chats");
	else if (call->chat->type == CHAT_GROUP)
		remove_from_group(call, &before);
	else
		restrict_to(call, &before, &after);
	/* "Always True for supergroups and channels" (banChatMember, revoke_messages). */
	if (!call->error_code && is_upgraded(call))
		messages_delete_of(&call->sim->messages, call->chat, before.person);
}

/* Without only_if_banned it removes a member, who is banned for a moment meanwhile. */
void method_unban_chat_member(struct call *call)
{
	struct member before, after;

	if (!call_place(call, &before))
		return;
	after = (struct member) { .person = before.person, .status = MEMBER_LEFT };
	if (!is_upgraded(call)) {
		call_fail(call, 400,
			  "Bad Request: method is available for supergroup and channel chats "
			  "only");
	} else if (parameters_bool(call->parameters, "only_if_banned") &&
		   before.status != MEMBER_KICKED) {
		call_result_true(call);
	} else if (is_self(call, &before)) {
		leave(call);
	} else if (before.status == MEMBER_LEFT) {
		call_result_true(call);
	} else if (may_restrict(call, &before, &after)) {
		if (member_is_present(&before)) {
			struct member banned = { .person = before.person,
						 .status = MEMBER_KICKED,
						 .until_s = sim_now_s(call->sim) + 60 };

			action_put_member(call->sim, call->chat, call->sim->world.bot, &banned);
			tell_of_removal(call, before.person);
			before = banned;
		}
		put(call, &before, &after);
	}
}

/* ChatPermissions, or the four parameters that were before them. */
static bool take_permissions(struct call *call, uint32_t *out)
{
	const char *text = parameters_text(call->parameters, "permissions");
	bool independent = parameters_bool(call->parameters, "use_independent_chat_permissions");
	static const char *const older[] = { "can_send_messages", "can_send_media_messages",
					     "can_send_other_messages",
					     "can_add_web_page_previews" };
	json_t *object = *text ? json_loads(text, 0, NULL) : json_object();
	bool ok = json_is_object(object);
	const char *name;
	json_t *value;

	for (size_t i = 0; !*text && i < sizeof(older) / sizeof(older[0]); i++)
		json_object_set_new(object, older[i],
				    json_boolean(parameters_bool(call->parameters, older[i])));
	if (!object)
		call_fail(call, 400, "Bad Request: can't parse permissions JSON object");
	else if (!ok)
		call_fail(call, 400, "Bad Request: object expected as permissions");
	json_object_foreach(object, name, value)
	{
		if (ok && permissions_know(name) && !json_is_boolean(value))
			ok = call_fail(call, 400,
				       "Bad Request: can't parse chat permissions: Field \"%s\" "
				       "must be of type Boolean",
				       name);
	}
	*out = permissions_of(object, independent);
	json_decref(object);
	return ok;
}

void method_restrict_chat_member(struct call *call)
{
	struct member before, after;
	uint32_t permissions;

	if (!take_permissions(call, &permissions) || !call_place(call, &before))
		return;
	if (call->chat->type != CHAT_SUPERGROUP) {
		call_fail(call, 400, "Bad Request: method is available only for supergroups");
		return;
	}
	after = (struct member) { .person = before.person,
				  .status = MEMBER_RESTRICTED,
				  .away = !member_is_present(&before),
				  .permissions = permissions,
				  .until_s = until_of(call) };
	/* All permissions lift a restriction. */
	if (permissions == PERMISSIONS_ALL)
		after = (struct member) { .person = before.person,
					  .status = after.away ? MEMBER_LEFT : MEMBER_MEMBER };
	restrict_to(call, &before, &after);
}

static uint32_t rights_of_call(const struct call *call)
{
	uint32_t rights = 0;

	for (unsigned i = 0; i < RIGHTS_COUNT; i++) {
		if (parameters_bool(call->parameters, right_names[i]))
			rights |= 1u << i;
	}
	if (parameters_bool(call->parameters, "can_manage_voice_chats"))
		rights |= RIGHT_MANAGE_VIDEO_CHATS;
	/* As the Bot API server does for channels. */
	if (rights != 0 && call->chat->type == CHAT_CHANNEL &&
	    !parameters_find(call->parameters, "can_restrict_members"))
		rights |= RIGHT_RESTRICT_MEMBERS;
	return rights_fit(rights, call->chat->type);
}

/* Nobody gives a right that they do not have, nor changes whom somebody else promoted. */
static bool may_promote(struct call *call, const struct member *before, const struct member *after)
{
	const struct member *bot = chat_member(call->chat, call->sim->world.bot);

	if (before->status == MEMBER_CREATOR)
		return call_fail(call, 400, "Bad Request: can't remove chat owner");
	if (is_self(call, before))
		return after->status == MEMBER_MEMBER ||
		       call_fail(call, 400, "Bad Request: can't promote self");
	if (!member_has_right(bot, RIGHT_PROMOTE_MEMBERS))
		return call_fail(call, 400, "Bad Request: not enough rights");
	if (before->status == MEMBER_ADMINISTRATOR &&
	    !chat_is_promoted_by(call->chat, before, bot->person))
		return call_fail(call, 400, "Bad Request: CHAT_ADMIN_REQUIRED");
	if (bot->status != MEMBER_CREATOR && after->rights & ~bot->rights)
		return call_fail(call, 400, "Bad Request: RIGHT_FORBIDDEN");
	if (before->status == MEMBER_KICKED)
		return call_fail(call, 400, "Bad Request: USER_KICKED");
	if (!member_is_present(before) && !member_has_right(bot, RIGHT_INVITE_USERS))
		return call_fail(call, 400, "Bad Request: CHAT_ADMIN_INVITE_REQUIRED");
	return true;
}

void method_promote_chat_member(struct call *call)
{
	struct member before, after;

	if (!call_place(call, &before))
		return;
	if (!is_upgraded(call)) {
		call_fail(call, 400,
			  "Bad Request: method is available for supergroup and channel chats "
			  "only");
		return;
	}
	after = (struct member) { .person = before.person, .rights = rights_of_call(call) };
	after.status = after.rights ? MEMBER_ADMINISTRATOR : MEMBER_MEMBER;
	after.promoted_by = after.rights ? call->sim->world.bot : NULL;
	if (after.rights || before.status == MEMBER_ADMINISTRATOR ||
	    before.status == MEMBER_CREATOR) {
		if (may_promote(call, &before, &after))
			put(call, &before, &after);
	} else if (!member_is_present(&before) && before.status == MEMBER_LEFT) {
		call_fail(call, 400, "Bad Request: bots can't add new chat members");
	} else {
		restrict_to(call, &before, &after);
	}
}
