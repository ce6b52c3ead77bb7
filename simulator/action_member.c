#include "simulator/action_member.h"

#include "simulator/feed.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

/* In a private chat the bot is a member until the person blocks it. */
static struct member place_of(const struct sim *sim, const struct chat *chat, struct person *whose)
{
	if (whose == sim->world.bot && chat->person)
		return (struct member) { .person = whose,
					 .status = chat->person->blocked ? MEMBER_KICKED
									 : MEMBER_MEMBER };
	return chat_place_of(chat, whose);
}

static void put(struct sim *sim, struct chat *chat, const struct member *place)
{
	if (place->person == sim->world.bot && chat->person)
		chat->person->blocked = place->status == MEMBER_KICKED;
	else
		chat_put_member(chat, place);
}

struct action_result action_put_member_by(struct sim *sim, struct chat *chat, struct person *by,
					  const struct member *place, const char *more)
{
	struct person *whose = place->person;
	struct member before = place_of(sim, chat, whose);
	bool joined = !member_is_present(&before) && member_is_present(place);
	struct new_update update = {
		.kind = whose == sim->world.bot ? KIND_MY_CHAT_MEMBER : KIND_CHAT_MEMBER,
		.actor = by->is_bot ? NULL : by,
		.actor_too = joined && !whose->is_bot ? whose : NULL,
		.chat = chat,
		.ping = -1,
	};
	struct member after = *place; /* which may be a place in the list of members */
	struct json json;

	put(sim, chat, &after);
	/* "The bot must be an administrator in the chat" (Update.chat_member). */
	if (whose != sim->world.bot && !member_is_admin(chat_member(chat, sim->world.bot)))
		return (struct action_result) { 0 };
	json = action_json(sim);
	compose_member_updated(&json, chat, by, sim_now_s(sim), &before, &after, more);
	transcript_action(sim, chat, whose,
			  joined                      ? "joined"
			  : member_is_present(&after) ? "has other rights"
						      : "left");
	return (struct action_result) { .update_id = feed_update(
						sim, &update, buffer_unread(&sim->scratch),
						buffer_unread_size(&sim->scratch)) };
}

struct action_result action_put_member(struct sim *sim, struct chat *chat, struct person *by,
				       const struct member *place)
{
	return action_put_member_by(sim, chat, by, place, NULL);
}

struct action_result action_set_member(struct sim *sim, struct chat *chat, struct person *by,
				       struct person *whose, enum member_status status)
{
	struct member place = member_with(whose, status, chat->type);

	return action_put_member(sim, chat, by, &place);
}
