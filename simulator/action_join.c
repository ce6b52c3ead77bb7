#include "simulator/action_join.h"

#include <stdio.h>

#include "simulator/action_member.h"
#include "simulator/ascii.h"
#include "simulator/sim.h"

static void key_invite(struct json *json, const struct invite *invite)
{
	if (!invite)
		return;
	json_key(json, "invite_link");
	invite_write(json, invite);
}

struct action_result action_request_join(struct sim *sim, struct chat *chat, struct person *person,
					 struct invite *invite, const char *bio)
{
	struct join_request *request = invites_request(&sim->invites, chat, person, invite,
						       sim_now_s(sim), chat->bot_guards);
	struct json json;
	char query_id[24];

	if (invite)
		invite->pending++;
	/* "The bot must have the can_invite_users administrator right" (Update.chat_join_request).
	 */
	if (!member_has_right(chat_member(chat, sim->world.bot), RIGHT_INVITE_USERS))
		return (struct action_result) { 0 };
	json = action_json(sim);
	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, chat);
	compose_key_person(&json, "from", person);
	json_key_int(&json, "user_chat_id", person->id);
	json_key_int(&json, "date", sim_now_s(sim));
	if (bio)
		ascii_key_text(&json, "bio", bio);
	key_invite(&json, invite);
	if (request->query_id) {
		snprintf(query_id, sizeof(query_id), "%lld", (long long)request->query_id);
		json_key_text(&json, "query_id", query_id);
	}
	json_object_end(&json);
	return action_queue_update(sim, KIND_CHAT_JOIN_REQUEST, person, chat);
}

/* What chat_member says besides: the link, and that it was a request. */
static struct action_result join(struct sim *sim, struct chat *chat, struct person *person,
				 struct person *by, const struct invite *invite, bool by_request)
{
	struct member place = chat_place_moved(chat, person, true);
	struct buffer more = { 0 };
	struct json json = json_start(&more);
	struct action_result result;

	key_invite(&json, invite);
	if (by_request)
		json_key_bool(&json, "via_join_request", true);
	result = action_put_member_by(sim, chat, by, &place,
				      buffer_unread_size(&more) ? buffer_text(&more) : NULL);
	buffer_finish(&more);
	return result;
}

struct action_result action_use_invite(struct sim *sim, struct invite *invite,
				       struct person *person, const char *bio)
{
	struct member place = chat_place_of(invite->chat, person);

	if (!invite_is_open(invite, sim_now_s(sim)) || member_is_present(&place) ||
	    place.status == MEMBER_KICKED)
		return action_impossible();
	if (invite->by_request)
		return action_request_join(sim, invite->chat, person, invite, bio);
	invite->members++;
	return join(sim, invite->chat, person, person, invite, false);
}

static void forget(struct sim *sim, struct join_request *request)
{
	struct invite *invite = (struct invite *)request->invite;

	if (invite)
		invite->pending--;
	invites_take_away(&sim->invites, request);
}

void action_approve(struct sim *sim, struct join_request *request, struct person *by)
{
	struct invite *invite = (struct invite *)request->invite;
	struct chat *chat = request->chat;
	struct person *person = request->person;

	forget(sim, request);
	if (invite)
		invite->members++;
	join(sim, chat, person, by, invite, true);
}

void action_decline(struct sim *sim, struct join_request *request)
{
	forget(sim, request);
}
