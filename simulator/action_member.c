#include "simulator/action_member.h"

#include "simulator/feed.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

static enum member_status status_of(const struct sim *sim, const struct chat *chat,
				    const struct person *person)
{
	const struct member *member;

	if (person == sim->world.bot)
		return chat->person ? (chat->person->blocked ? MEMBER_KICKED : MEMBER_MEMBER)
				    : chat->bot_status;
	member = chat_member(chat, person);
	return member ? member->status : MEMBER_LEFT;
}

static void set_status(struct sim *sim, struct chat *chat, struct person *person,
		       enum member_status status)
{
	if (person != sim->world.bot)
		chat_set_member(chat, person, status);
	else if (chat->person)
		chat->person->blocked = status == MEMBER_KICKED;
	else
		chat->bot_status = status;
}

struct action_result action_set_member(struct sim *sim, struct chat *chat, struct person *by,
				       struct person *whose, enum member_status status)
{
	enum member_status before = status_of(sim, chat, whose);
	bool joined = !member_is_present(before) && member_is_present(status);
	struct new_update update = {
		.kind = whose == sim->world.bot ? KIND_MY_CHAT_MEMBER : KIND_CHAT_MEMBER,
		.actor = by->is_bot ? NULL : by,
		.actor_too = joined && !whose->is_bot ? whose : NULL,
		.chat = chat,
		.ping = -1,
	};
	struct json json;

	set_status(sim, chat, whose, status);
	json = action_json(sim);
	compose_member_updated(&json, chat, by, sim_now_s(sim), whose, before, status);
	transcript_action(sim, chat, whose,
			  joined                      ? "joined"
			  : member_is_present(status) ? "has other rights"
						      : "left");
	return (struct action_result) { .update_id = feed_update(
						sim, &update, buffer_unread(&sim->scratch),
						buffer_unread_size(&sim->scratch)) };
}
