/* world.h - the people and chats that the simulated Telegram knows. */
#ifndef SIMULATOR_WORLD_H
#define SIMULATOR_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/id_map.h"
#include "common/json.h"
#include "simulator/member.h"
#include "simulator/sim_clock.h"
#include "simulator/topics.h"

/* The accounts that Telegram itself uses as `from` of what was not sent by a person. */
#define ANONYMOUS_ADMIN_ID 1087968824 /* @GroupAnonymousBot */
#define CHANNEL_BOT_ID 136817688      /* @Channel_Bot */
#define SERVICE_ID 777000             /* automatic forwards of a linked channel */

struct person {
	int64_t id;
	char *first_name;
	char *last_name; /* "" when there is none, as for the next two */
	char *username;
	char *language;
	bool is_bot;
	bool is_premium;
	bool deactivated;
	bool blocked;                /* has blocked the bot */
	bool started;                /* the bot may write to this person */
	bool acted;                  /* was the actor of an update that was queued */
	bool hides_forwards;         /* a forward of their messages has only the name */
	int64_t reachable_until_s;   /* UTC; asked to join: see invites.h */
	int64_t wrote_to_business_s; /* UTC; see business.h */
	struct buffer json;          /* the User object */
};

struct chat {
	int64_t id;
	enum chat_type type;
	char *title;           /* "" for a private chat */
	char *username;        /* "" when there is none */
	struct person *person; /* of a private chat */
	bool is_forum;
	bool is_direct;  /* where people write to the channel `linked` */
	bool bot_guards; /* the bot decides who may join: join requests have a query_id */
	struct topics topics;
	char *description; /* NULL: none */
	bool has_photo;
	bool has_tags;           /* some member has one */
	int64_t *banned_senders; /* channels that may not speak here */
	size_t banned_senders_count;
	struct world *world;
	struct member *members; /* without the bot */
	size_t members_count;
	struct id_map places; /* person's id → place in `members`, from 1 */
	int64_t next_end_s;   /* the first restriction or ban ends then; 0: none does */
	struct member bot;
	uint32_t permissions;    /* of all members: enum permission */
	bool hides_members;      /* from who is no administrator */
	struct person *last_bot; /* that wrote here; NULL: none did */
	int64_t migrated_to;     /* the supergroup that this group became; 0: none */
	struct chat *linked;     /* the channel whose posts are forwarded here */
	int64_t last_message_id; /* supergroups and channels count their own */
	int64_t next_ping;
	size_t newest;      /* its last message: see messages_newest(); 0: none */
	bool acted;         /* an update that was queued happened here */
	struct buffer json; /* the Chat object as in messages */
};

struct world {
	struct person **people;
	size_t people_count;
	struct chat **chats;
	size_t chats_count;
	struct id_map people_by_id, people_by_username, chats_by_id;
	struct person *bot;
	int64_t last_message_id; /* of private chats and basic groups */
	struct sim_clock clock;
	bool privacy_mode; /* of the bot: it does not see all messages of groups */
};

void world_init(struct world *world, int64_t bot_id, const char *bot_username);
void world_finish(struct world *world);

/* NULL texts stand for "". `id` 0 makes one. An id that is known is changed. */
struct person *world_add_person(struct world *world, int64_t id, const char *first_name,
				const char *last_name, const char *username, const char *language);
/* After a field was changed: writes the JSON again. */
void person_render(struct world *world, struct person *person);
struct chat *world_add_chat(struct world *world, int64_t id, enum chat_type type, const char *title,
			    const char *username);
void chat_render(struct chat *chat);
void chat_rename(struct chat *chat, const char *title, const char *username);
/* The private chat of a person, made at first use. */
struct chat *world_private_chat(struct world *world, struct person *person);

struct person *world_person(const struct world *world, int64_t id);
struct chat *world_chat(const struct world *world, int64_t id);
/* By first name, "@username" or digits; NULL when there is none. */
struct person *world_find_person(const struct world *world, const char *name);
/* By title, "@username" or digits. */
struct chat *world_find_chat(const struct world *world, const char *name);

/* Also the bot's; NULL for who was never in the chat. Restrictions that are over have ended. Valid
 * until another member is added. */
struct member *chat_member(const struct chat *chat, const struct person *person);
/* The same, but LEFT for who was never there. */
struct member chat_place_of(const struct chat *chat, struct person *person);
/* Whether the administrator owes the rights to `by`, "directly or indirectly" (promoteChatMember).
 */
bool chat_is_promoted_by(const struct chat *chat, const struct member *admin,
			 const struct person *by);
/* The place after the person came or left: a restriction outlasts both. */
struct member chat_place_moved(const struct chat *chat, struct person *person, bool comes);
/* Takes the place of the person that it names. */
struct member *chat_put_member(struct chat *chat, const struct member *place);
struct member *chat_set_member(struct chat *chat, struct person *person, enum member_status status);
/* Ends the restrictions and bans that are over, as chat_member() does. */
void chat_expire_members(struct chat *chat);
size_t chat_present_count(const struct chat *chat); /* with the bot */
int64_t chat_next_message_id(struct world *world, struct chat *chat);
/* Makes the supergroup of a group; members and the bot move with it. */
struct chat *world_migrate(struct world *world, struct chat *group);

/* Channels in whose name nobody may write here. */
void chat_ban_sender(struct chat *chat, int64_t sender_id, bool banned);
bool chat_bans_sender(const struct chat *chat, int64_t sender_id);

const char *chat_type_name(enum chat_type type);
bool chat_type_find(const char *name, enum chat_type *out);

#endif
