#include "simulator/control_members.h"

#include "simulator/action_member.h"
#include "simulator/action_service.h"
#include "simulator/migrations.h"
#include "simulator/sim.h"

static bool take_bits(struct control_request *request, const char *name, const char *const *names,
		      unsigned count, uint32_t *out)
{
	const json_t *object = json_object_get(request->in, name);
	const char *unknown;

	if (!object || rights_take(object, names, count, out, &unknown))
		return true;
	request->refusal = arena_printf(&request->sim->arena, "\"%s\": there is no \"%s\"", name,
					unknown);
	return false;
}

bool control_take_permissions(struct control_request *request, const char *name, uint32_t *out)
{
	return take_bits(request, name, permission_names, PERMISSIONS_COUNT, out);
}

/* "until" (UTC, s) or "for" ("2h"). */
static bool take_end(struct control_request *request, int64_t *until_s)
{
	const char *span = control_text(request, "for", NULL);
	int64_t now_s = sim_now_s(request->sim);
	int64_t until_date = control_int(request, "until", 0);
	int64_t span_ms = 0;

	if (span && !sim_clock_parse(span, &span_ms)) {
		request->refusal = "\"for\" is a number with s, m, h or d, such as 2h";
		return false;
	}
	*until_s = member_until(span ? now_s + span_ms / 1000 : until_date, now_s);
	return true;
}

/* The place in the chat that the fields give; `by` is who gives it. */
static bool take_place(struct control_request *request, const struct chat *chat,
		       struct member *place, struct person *by)
{
	enum member_status status;

	if (!member_status_find(control_text(request, "status", ""), &status)) {
		request->refusal = "\"status\" is creator, administrator, member, restricted, left "
				   "or kicked";
		return false;
	}
	if (status == MEMBER_RESTRICTED && chat->type != CHAT_SUPERGROUP) {
		request->refusal = "only supergroups restrict members";
		return false;
	}
	*place = member_with(place->person, status, chat->type);
	place->promoted_by = member_is_admin(place) && by != place->person ? by : NULL;
	if (!take_bits(request, "rights", right_names, RIGHTS_COUNT, &place->rights) ||
	    !control_take_permissions(request, "permissions", &place->permissions))
		return false;
	if (status == MEMBER_ADMINISTRATOR)
		place->rights = rights_fit(place->rights, chat->type);
	return status != MEMBER_RESTRICTED && status != MEMBER_KICKED
		       ? true
		       : take_end(request, &place->until_s);
}

void control_member(struct control_request *request)
{
	struct chat *chat = control_find_chat(request, "chat");
	struct person *whose = control_bool(request, "bot", false)
				       ? request->sim->world.bot
				       : control_find_person(request, "person");
	struct member place = { .person = whose };
	struct person *by = whose;
	struct action_result result;

	if (json_object_get(request->in, "by"))
		by = control_find_person(request, "by");
	if (request->refusal || !take_place(request, chat, &place, by))
		return;
	result = action_put_member(request->sim, chat, by, &place);
	control_set_int(request, "update_id", result.update_id);
}

/* "from", "chat" and "person", of whom the first has the right. */
static bool take_pair(struct control_request *request, struct action *action, struct person **whose,
		      enum right right, enum permission permission)
{
	const struct member *from;

	*action = (struct action) { .chat = control_find_chat(request, "chat"),
				    .from = control_find_person(request, "from") };
	*whose = control_find_person(request, "person");
	if (request->refusal)
		return false;
	from = chat_member(action->chat, action->from);
	if (action->chat->type != CHAT_GROUP && action->chat->type != CHAT_SUPERGROUP)
		request->refusal = "only groups";
	else if (action->chat->migrated_to)
		request->refusal =
			"the group has become a supergroup: nobody can do anything in it";
	else if (!from ||
		 !(member_is_admin(from)
			   ? member_has_right(from, right)
			   : permission && member_may(from, action->chat->permissions, permission)))
		request->refusal = "\"from\" has not the right";
	return !request->refusal;
}

void control_invite(struct control_request *request)
{
	struct action action;
	struct person *whose;
	struct action_result result;

	if (!take_pair(request, &action, &whose, RIGHT_INVITE_USERS, MAY_INVITE_USERS))
		return;
	if (chat_place_of(action.chat, whose).status == MEMBER_KICKED) {
		request->refusal = "this person is banned from the chat";
		return;
	}
	result = action_invite(request->sim, &action, whose);
	control_set_int(request, "update_id", result.update_id);
	control_set_int(request, "message_id", result.message_id);
}

void control_remove(struct control_request *request)
{
	struct action action;
	struct member place = { .status = MEMBER_KICKED };
	struct action_result result;

	if (!take_pair(request, &action, &place.person, RIGHT_RESTRICT_MEMBERS, 0) ||
	    !take_end(request, &place.until_s))
		return;
	if (chat_place_of(action.chat, place.person).status == MEMBER_CREATOR) {
		request->refusal = "nobody removes the owner";
		return;
	}
	/* A basic group knows no bans. */
	if (action.chat->type == CHAT_GROUP)
		place = (struct member) { .person = place.person, .status = MEMBER_LEFT };
	action_put_member(request->sim, action.chat, action.from, &place);
	result = action_tell_removal(request->sim, &action, place.person);
	control_set_int(request, "update_id", result.update_id);
	control_set_int(request, "message_id", result.message_id);
}

void control_privacy(struct control_request *request)
{
	request->sim->world.privacy_mode = control_bool(request, "on", true);
}

void control_migrate(struct control_request *request)
{
	struct chat *group = control_find_chat(request, "chat");
	struct person *by = json_object_get(request->in, "by") ? control_find_person(request, "by")
			    : group && group->members_count    ? group->members[0].person
							       : NULL;
	const char *before = control_text(request, "before", NULL);
	int32_t ids[2];
	struct chat *chat;

	if (request->refusal)
		return;
	if (group->type != CHAT_GROUP || group->migrated_to || !by) {
		request->refusal = "only a group that has members and did not migrate yet can";
		return;
	}
	if (before) {
		if (!migrations_plan(request->sim, group, by, before))
			request->refusal = "\"before\" is no method, or one migration is planned "
					   "already";
		return;
	}
	chat = action_migrate(request->sim, group, by, ids);
	control_set_int(request, "chat_id", chat->id);
	json_object_set_new(request->out, "update_ids", json_pack("[ii]", ids[0], ids[1]));
}
