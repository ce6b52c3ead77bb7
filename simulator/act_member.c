/* act_member.c - memberships: who joins, leaves, is promoted or banned; groups that become
 * supergroups. */
#include "simulator/act_message.h"
#include "simulator/show.h"
#include "simulator/sim.h"

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

struct acted act_set_member(struct sim *sim, struct chat *chat, struct person *by,
			    struct person *whose, enum member_status status)
{
	enum member_status before = status_of(sim, chat, whose);
	bool joined = !member_is_present(before) && member_is_present(status);
	struct happening happening = {
		.kind = whose == sim->world.bot ? KIND_MY_CHAT_MEMBER : KIND_CHAT_MEMBER,
		.actor = by->is_bot ? NULL : by,
		.actor_too = joined && !whose->is_bot ? whose : NULL,
		.chat = chat,
		.ping = -1,
	};
	struct json json;

	set_status(sim, chat, whose, status);
	buffer_clear(&sim->scratch);
	json = json_start(&sim->scratch);
	compose_member_updated(&json, chat, by, sim_now_s(sim), whose, before, status);
	show_did(sim, chat, whose,
		 joined                      ? "joined"
		 : member_is_present(status) ? "has other rights"
					     : "left");
	return (struct acted) { .update_id = feed_update(sim, &happening,
							 buffer_unread(&sim->scratch),
							 buffer_unread_size(&sim->scratch)) };
}

/* A service message about the other chat of a migration. */
static int32_t tell_migration(struct sim *sim, struct chat *chat, struct person *by,
			      const char *key, int64_t other)
{
	struct act act = { .chat = chat, .from = by };
	struct draft draft = act_draft(sim, &act);
	struct json json;

	draft.message_id = chat_next_message_id(&sim->world, chat);
	buffer_clear(&sim->scratch);
	json = json_start(&sim->scratch);
	compose_message_start(&json, &draft);
	json_key_int(&json, key, other);
	compose_message_end(&json, NULL);
	return act_finish(sim, &act, &draft, NULL, &sim->scratch, -1).update_id;
}

struct chat *act_migrate(struct sim *sim, struct chat *group, struct person *by, int32_t ids[2])
{
	struct chat *chat = world_migrate(&sim->world, group);

	chat->next_ping = group->next_ping;
	ledger_migrated(&sim->ledger, group->id, chat->id);
	ids[0] = tell_migration(sim, group, by, "migrate_to_chat_id", chat->id);
	ids[1] = tell_migration(sim, chat, by, "migrate_from_chat_id", group->id);
	show_did(sim, chat, by, "made it a supergroup");
	return chat;
}
