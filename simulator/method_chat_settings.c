#include "simulator/method_chat_settings.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/action_member.h"
#include "simulator/ascii.h"
#include "simulator/files.h"
#include "simulator/media.h"
#include "simulator/service.h"
#include "simulator/sim.h"

/* setChatTitle, setChatDescription, setChatAdministratorCustomTitle, setChatMemberTag */
#define TITLE_UNITS_MAX 128
#define DESCRIPTION_UNITS_MAX 255

/* can_change_info of administrators, or of all members. */
static bool call_changing(struct call *call, const char *what)
{
	const struct chat *chat;

	if (!call_chat(call, true))
		return false;
	chat = call->chat;
	if (chat->person)
		return call_fail(call, 400, "Bad Request: can't change private chat %s", what);
	if (call_has_right(call, RIGHT_CHANGE_INFO) ||
	    (!member_is_admin(&chat->bot) &&
	     member_may(&chat->bot, chat->permissions, MAY_CHANGE_INFO)))
		return true;
	return call_fail(call, 400, "Bad Request: not enough rights to %s chat %s",
			 *what == 'd' ? "set" : "change", what);
}

static void tell(struct call *call, const char *members)
{
	service_tell(call->sim, call->chat, call->sim->world.bot, 0, members);
}

void method_set_chat_title(struct call *call)
{
	const char *title = parameters_text(call->parameters, "title");
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	if (!call_changing(call, "title"))
		return;
	if (!*title) {
		call_fail(call, 400, "Bad Request: title must be non-empty");
		return;
	}
	if (utf8_units(title, strlen(title)) > TITLE_UNITS_MAX) {
		call_fail(call, 400, "Bad Request: CHAT_TITLE_INVALID");
		return;
	}
	chat_rename(call->chat, title, NULL);
	ascii_key_text(&json, "new_chat_title", title);
	tell(call, buffer_text(&out));
	buffer_finish(&out);
	call_result_true(call);
}

void method_set_chat_description(struct call *call)
{
	const char *text = parameters_text(call->parameters, "description");
	const char *before;

	if (!call_changing(call, "description"))
		return;
	before = call->chat->description ? call->chat->description : "";
	if (utf8_units(text, strlen(text)) > DESCRIPTION_UNITS_MAX) {
		call_fail(call, 400, "Bad Request: CHAT_ABOUT_TOO_LONG");
	} else if (!strcmp(before, text)) {
		call_fail(call, 400, "Bad Request: chat description is not modified");
	} else {
		free(call->chat->description);
		call->chat->description = xstrdup(text);
		call_result_true(call);
	}
}

void method_set_chat_photo(struct call *call)
{
	struct media_source source = { .call = call, .file = "photo" };
	const struct parameter *photo = parameters_find(call->parameters, "photo");
	const char *content;

	if (!photo || !photo->file_name.data) {
		call_fail(call, 400,
			  photo ? "Bad Request: photo must be uploaded as a file"
				: "Bad Request: there is no photo in the request");
		return;
	}
	content = media_content(&source, MEDIA_PHOTO);
	if (!content || !call_changing(call, "photo"))
		return;
	call->chat->has_photo = true;
	tell(call, arena_printf(call->arena, "\"new_chat_%s", content + 1));
	call_result_true(call);
}

void method_delete_chat_photo(struct call *call)
{
	if (!call_changing(call, "photo"))
		return;
	if (call->chat->has_photo)
		tell(call, "\"delete_chat_photo\":true");
	call->chat->has_photo = false;
	call_result_true(call);
}

void method_set_chat_permissions(struct call *call)
{
	json_t *object = json_loads(parameters_text(call->parameters, "permissions"), 0, NULL);
	bool independent = parameters_bool(call->parameters, "use_independent_chat_permissions");

	if (!object) {
		call_fail(call, 400, "Bad Request: can't parse permissions JSON object");
	} else if (!json_is_object(object)) {
		call_fail(call, 400, "Bad Request: object expected as permissions");
	} else if (call_chat(call, true)) {
		if (call->chat->person || call->chat->type == CHAT_CHANNEL)
			call_fail(call, 400, "Bad Request: can't change %s permissions",
				  call->chat->person ? "private chat" : "channel chat");
		else if (!call_has_right(call, RIGHT_RESTRICT_MEMBERS))
			call_fail(call, 400,
				  "Bad Request: not enough rights to change chat permissions");
		else {
			call->chat->permissions = permissions_of(object, independent);
			call_result_true(call);
		}
	}
	json_decref(object);
}

/* --- titles and tags ---------------------------------------------------------------------------
 */

/* RANK_INVALID and RANK_EMOJI_NOT_ALLOWED of Telegram, as the Bot API server renames them. */
static bool check_rank(struct call *call, const char *kind, const char *text)
{
	if (utf8_units(text, strlen(text)) > MEMBER_TAG_UNITS_MAX)
		return call_fail(call, 400, "Bad Request: %s_INVALID", kind);
	for (; *text; text++) {
		/* Four bytes are a character beyond U+FFFF: emoji are there. */
		if ((unsigned char)*text >= 0xf0)
			return call_fail(call, 400, "Bad Request: %s_EMOJI_NOT_ALLOWED", kind);
	}
	return true;
}

static bool call_group(struct call *call)
{
	if (!call_chat(call, true))
		return false;
	return (!call->chat->person && call->chat->type != CHAT_CHANNEL) ||
	       call_fail(call, 400,
			 "Bad Request: method is available only for groups and supergroups");
}

void method_set_custom_title(struct call *call)
{
	const char *title = parameters_text(call->parameters, "custom_title");
	struct person *person;
	struct member *member;

	if (!call_person(call, &person) || !call_group(call))
		return;
	member = chat_member(call->chat, person);
	if (member && member->status == MEMBER_CREATOR)
		call_fail(call, 400, "Bad Request: only the owner can edit their custom title");
	else if (!member || member->status != MEMBER_ADMINISTRATOR)
		call_fail(call, 400, "Bad Request: user is not an administrator");
	else if (!chat_is_promoted_by(call->chat, member, call->sim->world.bot))
		call_fail(call, 400,
			  "Bad Request: not enough rights to change custom title of the user");
	else if (check_rank(call, "CUSTOM_TITLE", title)) {
		strcpy(member->tag, title);
		call_result_true(call);
	}
}

/* Of members who are no administrators. */
void method_set_member_tag(struct call *call)
{
	const char *tag = parameters_text(call->parameters, "tag");
	struct person *person;
	struct member *member;

	if (!call_person(call, &person) || !call_group(call))
		return;
	member = chat_member(call->chat, person);
	if (!call_has_right(call, RIGHT_MANAGE_TAGS))
		call_fail(call, 400, "Bad Request: CHAT_ADMIN_REQUIRED");
	else if (!member || !member_is_present(member))
		call_fail(call, 400, "Bad Request: USER_NOT_PARTICIPANT");
	else if (member_is_admin(member))
		call_fail(call, 400, "Bad Request: TAG_CHANGE_FORBIDDEN");
	else if (check_rank(call, "TAG", tag)) {
		strcpy(member->tag, tag);
		call->chat->has_tags = true;
		call_result_true(call);
	}
}

/* --- channels that speak in a group ------------------------------------------------------------
 */

static bool call_sender_chat(struct call *call, struct chat **out)
{
	const char *text = parameters_text(call->parameters, "sender_chat_id");
	int64_t id = parameters_id(call->parameters, "sender_chat_id");

	if (!*text)
		return call_fail(call, 400, "Bad Request: sender_chat_id is empty");
	if (id == 0)
		return call_fail(call, 400, "Bad Request: sender_chat_id is not a valid Integer");
	*out = world_chat(&call->sim->world, id);
	if (!call_chat(call, true))
		return false;
	if (call->chat->person || call->chat->type == CHAT_GROUP)
		return call_fail(call, 400, "Bad Request: can't ban %s",
				 call->chat->person ? "members in private chats"
						    : "chats in basic groups");
	if (!call_has_right(call, RIGHT_RESTRICT_MEMBERS))
		return call_fail(
			call, 400,
			"Bad Request: not enough rights to restrict/unrestrict chat member");
	return (*out && (*out)->type == CHAT_CHANNEL) ||
	       call_fail(call, 400, "Bad Request: PARTICIPANT_ID_INVALID");
}

void method_ban_sender_chat(struct call *call)
{
	struct chat *sender;

	if (!call_sender_chat(call, &sender))
		return;
	chat_ban_sender(call->chat, sender->id, true);
	call_result_true(call);
}

void method_unban_sender_chat(struct call *call)
{
	struct chat *sender;

	if (!call_sender_chat(call, &sender))
		return;
	chat_ban_sender(call->chat, sender->id, false);
	call_result_true(call);
}
