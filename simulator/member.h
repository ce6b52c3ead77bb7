/* member.h - a person's place in a chat: status, rights, restrictions and how long they last. */
#ifndef SIMULATOR_MEMBER_H
#define SIMULATOR_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "simulator/rights.h"

struct person;

enum member_status {
	MEMBER_CREATOR,
	MEMBER_ADMINISTRATOR,
	MEMBER_MEMBER,
	MEMBER_RESTRICTED,
	MEMBER_LEFT,
	MEMBER_KICKED,
};

/* setChatMemberTag, setChatAdministratorCustomTitle */
#define MEMBER_TAG_UNITS_MAX 16

struct member {
	struct person *person;
	enum member_status status;
	bool away;            /* restricted, but not in the chat */
	uint32_t rights;      /* of an administrator or creator: enum right */
	uint32_t permissions; /* of one who is restricted: enum permission */
	int64_t until_s;      /* end of a restriction or ban, UTC; 0: none */
	struct person *promoted_by;
	char tag[MEMBER_TAG_UNITS_MAX * 3 + 1]; /* or the title of an administrator; "": none */
};

/* The shortest and the longest time that a ban or restriction may last; others are for ever
 * (restrictChatMember, banChatMember). */
#define MEMBER_UNTIL_MIN_S 30
#define MEMBER_UNTIL_MAX_S (366 * 86400)
/* `until_date` as it counts at `now_s`: 0 is for ever. */
int64_t member_until(int64_t until_date, int64_t now_s);

/* With the status and what it brings along: an administrator has all rights of the type of chat but
 * anonymity, who is restricted may do nothing. */
struct member member_with(struct person *person, enum member_status status, enum chat_type type);
/* A restriction or ban that is over at `now_s` ends. */
void member_expire(struct member *member, int64_t now_s);
bool member_is_present(const struct member *member);
bool member_is_admin(const struct member *member); /* the creator, too */
/* The creator may everything. */
bool member_has_right(const struct member *member, enum right right);
/* `everyone` is what the chat permits all its members. */
bool member_may(const struct member *member, uint32_t everyone, enum permission permission);
/* Whether an update tells of a change from one to the other. */
bool member_equals(const struct member *a, const struct member *b);

const char *member_status_name(enum member_status status);
bool member_status_find(const char *name, enum member_status *out);

#endif
