#include "simulator/method_invites.h"

#include <string.h>

#include "common/utf8.h"
#include "simulator/action_join.h"
#include "simulator/ascii.h"
#include "simulator/invites.h"
#include "simulator/sim.h"

/* can_manage_dialog_invite_links in TDLib */
static bool call_inviting(struct call *call)
{
	if (!call_chat(call, true))
		return false;
	if (call->chat->person)
		return call_fail(call, 400, "Bad Request: can't invite members to a private chat");
	return call_has_right(call, RIGHT_INVITE_USERS) ||
	       call_fail(call, 400, "Bad Request: not enough rights to manage chat invite link");
}

/* A link of the call's chat that the bot made itself. */
static bool call_invite(struct call *call, struct invite **out)
{
	const char *link = parameters_text(call->parameters, "invite_link");

	if (!call_inviting(call))
		return false;
	if (!*link)
		return call_fail(call, 400, "Bad Request: invite link must be non-empty");
	*out = invites_find(&call->sim->invites, link);
	if (!*out || (*out)->chat != call->chat || (*out)->creator != call->sim->world.bot)
		return call_fail(call, 400, "Bad Request: INVITE_HASH_EXPIRED");
	return true;
}

/* What both create and edit take; `invite` is changed only if all is right. */
static bool take_options(struct call *call, struct invite *invite)
{
	const char *name = parameters_text(call->parameters, "name");
	int64_t expire_s = parameters_int(call->parameters, "expire_date", 0, 0, INT32_MAX);
	int64_t limit = parameters_int(call->parameters, "member_limit", 0, 0, 100000);
	bool by_request = parameters_bool(call->parameters, "creates_join_request");

	if (by_request && limit)
		return call_fail(call, 400,
				 "Bad Request: member limit can't be specified for links "
				 "requiring administrator approval");
	if (utf8_units(name, strlen(name)) > INVITE_NAME_UNITS_MAX)
		return call_fail(call, 400, "Bad Request: INVITE_TITLE_TOO_LONG");
	if (limit > INVITE_MEMBERS_MAX)
		return call_fail(call, 400, "Bad Request: USAGE_LIMIT_INVALID");
	if (expire_s && expire_s <= sim_now_s(call->sim))
		return call_fail(call, 400, "Bad Request: EXPIRE_DATE_INVALID");
	invite_rename(invite, name);
	invite->expire_s = expire_s;
	invite->member_limit = limit;
	invite->by_request = by_request;
	return true;
}

/* The bot's own primary link; the one before is revoked. */
void method_export_invite_link(struct call *call)
{
	struct invites *invites = &call->sim->invites;
	struct invite *before, *invite;

	if (!call_inviting(call))
		return;
	before = invites_primary(invites, call->chat, call->sim->world.bot);
	if (before)
		before->is_revoked = true;
	invite = invites_add(invites, call->chat, call->sim->world.bot);
	invite->is_primary = true;
	json_text(&call->result, invite->link);
}

void method_create_invite_link(struct call *call)
{
	struct invite *invite;

	if (!call_inviting(call))
		return;
	invite = invites_add(&call->sim->invites, call->chat, call->sim->world.bot);
	if (take_options(call, invite))
		invite_write(&call->result, invite);
	else
		invite->is_revoked = true;
}

void method_edit_invite_link(struct call *call)
{
	struct invite *invite;

	if (!call_invite(call, &invite))
		return;
	if (invite->is_primary || invite->is_revoked) {
		call_fail(call, 400, "Bad Request: CHAT_INVITE_PERMANENT");
		return;
	}
	if (take_options(call, invite))
		invite_write(&call->result, invite);
}

/* Channels only; 30 days, 1 to 10000 stars. */
void method_create_subscription_link(struct call *call)
{
	int64_t period_s = parameters_int(call->parameters, "subscription_period", 0, 0, INT32_MAX);
	int64_t stars = parameters_int(call->parameters, "subscription_price", 0, 0, INT32_MAX);
	struct invite *invite;

	if (!call_inviting(call))
		return;
	if (call->chat->type != CHAT_CHANNEL) {
		call_fail(call, 400, "Bad Request: CHAT_INVALID");
	} else if (period_s != SUBSCRIPTION_PERIOD_S) {
		call_fail(call, 400, "Bad Request: SUBSCRIPTION_PERIOD_INVALID");
	} else if (stars < 1 || stars > SUBSCRIPTION_STARS_MAX) {
		call_fail(call, 400, "Bad Request: STARS_AMOUNT_INVALID");
	} else {
		invite = invites_add(&call->sim->invites, call->chat, call->sim->world.bot);
		invite->subscription_stars = stars;
		invite_rename(invite, parameters_text(call->parameters, "name"));
		invite_write(&call->result, invite);
	}
}

void method_edit_subscription_link(struct call *call)
{
	struct invite *invite;

	if (!call_invite(call, &invite))
		return;
	invite_rename(invite, parameters_text(call->parameters, "name"));
	invite_write(&call->result, invite);
}

/* A primary link is replaced by a new one. */
void method_revoke_invite_link(struct call *call)
{
	struct invite *invite;

	if (!call_invite(call, &invite))
		return;
	invite->is_revoked = true;
	if (invite->is_primary)
		invites_add(&call->sim->invites, call->chat, invite->creator)->is_primary = true;
	invite_write(&call->result, invite);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool call_request(struct call *call, struct join_request **out)
{
	struct person *person;
	const struct member *member;

	if (!call_chat(call, true) || !call_person(call, &person))
		return false;
	if (!call_has_right(call, RIGHT_INVITE_USERS))
		return call_fail(call, 400,
				 "Bad Request: not enough rights to manage chat join requests");
	member = chat_member(call->chat, person);
	if (member && member_is_present(member))
		return call_fail(call, 400, "Bad Request: USER_ALREADY_PARTICIPANT");
	*out = invites_find_request(&call->sim->invites, call->chat, person);
	return *out || call_fail(call, 400, "Bad Request: HIDE_REQUESTER_MISSING");
}

void method_approve_chat_join_request(struct call *call)
{
	struct join_request *request;

	if (!call_request(call, &request))
		return;
	action_approve(call->sim, request, call->sim->world.bot);
	call_result_true(call);
}

void method_decline_chat_join_request(struct call *call)
{
	struct join_request *request;

	if (!call_request(call, &request))
		return;
	action_decline(call->sim, request);
	call_result_true(call);
}

static bool call_query(struct call *call, struct join_request **out)
{
	*out = invites_find_query(&call->sim->invites,
				  parameters_id(call->parameters, "chat_join_request_query_id"),
				  sim_now_s(call->sim));
	return *out || call_fail(call, 400,
				 "Bad Request: query is too old and response timeout expired or "
				 "query ID is invalid");
}

/* "queue" leaves the request to the administrators. */
void method_answer_join_query(struct call *call)
{
	const char *result = parameters_text(call->parameters, "result");
	struct join_request *request;

	if (strcmp(result, "approve") != 0 && strcmp(result, "decline") != 0 &&
	    strcmp(result, "queue") != 0) {
		call_fail(call, 400, "Bad Request: invalid result specified");
		return;
	}
	if (!call_query(call, &request))
		return;
	call->chat = request->chat;
	request->query_id = 0;
	if (*result == 'a')
		action_approve(call->sim, request, call->sim->world.bot);
	else if (*result == 'd')
		action_decline(call->sim, request);
	call_result_true(call);
}

void method_send_join_web_app(struct call *call)
{
	struct join_request *request;

	if (!*parameters_text(call->parameters, "web_app_url"))
		call_fail(call, 400, "Bad Request: parameter \"web_app_url\" is required");
	else if (call_query(call, &request))
		call_result_true(call);
}
