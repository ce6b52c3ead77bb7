/* rights.h - who may do what in a group: what Telegram last said, kept for a minute for all
 * children of a nursery. Its senders, which see Telegram's answers, write it; children can only
 * read it, so that one that was taken over cannot lie to the others.
 *
 * There are no locks, since a process that holds one may be killed: an entry is read and checked as
 * a whole, and one that does not check is not there. */
#ifndef WORKERS_WIRE_RIGHTS_H
#define WORKERS_WIRE_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/wire/call.h"

#define RIGHTS_KEPT_MS 60000u

/* MEMBER(id, field of the Bot API's "ChatMemberAdministrator"); a creator has them all. */
#define MEMBER_RIGHTS(MEMBER)                          \
	MEMBER(CHANGE_INFO, "can_change_info")         \
	MEMBER(DELETE_MESSAGES, "can_delete_messages") \
	MEMBER(INVITE_USERS, "can_invite_users")       \
	MEMBER(MANAGE_TAGS, "can_manage_tags")         \
	MEMBER(MANAGE_TOPICS, "can_manage_topics")     \
	MEMBER(PIN_MESSAGES, "can_pin_messages")       \
	MEMBER(POST_MESSAGES, "can_post_messages")     \
	MEMBER(PROMOTE_MEMBERS, "can_promote_members") \
	MEMBER(RESTRICT_MEMBERS, "can_restrict_members")

enum member_right {
	MEMBER_PRESENT, /* in the group at all */
	MEMBER_ADMIN,   /* an administrator at all */
	MEMBER_OWNER,   /* of whom Telegram says "creator" */
#define MEMBER_ENUM(id, field) MEMBER_##id,
	MEMBER_RIGHTS(MEMBER_ENUM)
#undef MEMBER_ENUM
		MEMBER_RIGHT_COUNT
};

struct rights;

/* Memory shared with what is forked from this process, which may write until rights_seal(). NULL
 * and a reason on failure. */
struct rights *rights_create(struct why *why);
void rights_destroy(struct rights *rights);
/* From now on this process can only read it, and never gets write access again. */
void rights_seal(struct rights *rights);

/* A bit per enum member_right; false: not known, or no longer. */
bool rights_find(const struct rights *rights, int64_t chat_id, int64_t user_id, uint32_t *bits);
/* Whether somebody is surely no administrator, by Telegram's list of them. MAYBE: their own rights
 * have to be asked for. Other bots are never in that list (Bot API, getChatAdministrators). */
enum rights_listed { RIGHTS_NO_LIST, RIGHTS_MAYBE_LISTED, RIGHTS_NOT_LISTED };
enum rights_listed rights_find_listed(const struct rights *rights, int64_t chat_id,
				      int64_t user_id);
/* The same from the result of getChatMember. False when it does not tell: Telegram refused or gave
 * no answer; but of whom it does not know in the group, it is known that they have no rights. */
bool rights_in_result(const struct call_result *result, uint32_t *bits);

/* --- for the sender --- */

/* To be asked before a call is made, for rights_learn(). */
uint64_t rights_stamp(const struct rights *rights, int64_t chat_id);
/* Telegram answered a call: what an answer to getChatMember or getChatAdministrators tells is
 * stored; unless the chat's rights were forgotten since the stamp, because then the answer may be
 * from before the change. */
void rights_learn(struct rights *rights, const struct call *call, const struct call_result *result,
		  uint64_t stamp);
/* Of everybody in this chat. */
void rights_forget(struct rights *rights, int64_t chat_id);

#endif
