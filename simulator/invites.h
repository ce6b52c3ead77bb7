/* invites.h - invite links of chats, and the requests of those who want to join. */
#ifndef SIMULATOR_INVITES_H
#define SIMULATOR_INVITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"
#include "simulator/world.h"

/* createChatInviteLink, createChatSubscriptionInviteLink */
#define INVITE_NAME_UNITS_MAX 32
#define INVITE_MEMBERS_MAX 99999
#define SUBSCRIPTION_PERIOD_S 2592000
#define SUBSCRIPTION_STARS_MAX 10000
/* ChatJoinRequest: how long the bot may answer by query_id, and write to the person. */
#define JOIN_QUERY_S 10
#define JOIN_WRITE_S 300

struct invite {
	struct chat *chat;
	char link[48];
	char *name; /* "": none */
	struct person *creator;
	bool by_request, is_primary, is_revoked;
	int64_t expire_s;     /* UTC; 0: never */
	int64_t member_limit; /* 0: none */
	int64_t members, pending;
	int64_t subscription_stars; /* 0: none */
};

struct join_request {
	struct chat *chat;
	struct person *person;
	const struct invite *invite; /* NULL: none */
	int64_t since_s;
	int64_t query_id; /* 0: the bot does not decide alone */
};

struct invites {
	struct invite **items; /* in the order of their making */
	size_t count;
	struct join_request *requests; /* that wait */
	size_t requests_count;
	int64_t queries; /* made so far */
};

void invites_finish(struct invites *invites);
/* Valid as long as `invites`. */
struct invite *invites_add(struct invites *invites, struct chat *chat, struct person *creator);
struct invite *invites_find(const struct invites *invites, const char *link);
/* The creator's primary link; NULL when there is none. */
struct invite *invites_primary(const struct invites *invites, const struct chat *chat,
			       const struct person *creator);
void invite_rename(struct invite *invite, const char *name);
/* Whether people may still use it. */
bool invite_is_open(const struct invite *invite, int64_t now_s);
/* The ChatInviteLink object. */
void invite_write(struct json *json, const struct invite *invite);

/* One that waits already stays as it is. Valid until another is added or taken away. */
struct join_request *invites_request(struct invites *invites, struct chat *chat,
				     struct person *person, const struct invite *invite,
				     int64_t now_s, bool with_query);
struct join_request *invites_find_request(const struct invites *invites, const struct chat *chat,
					  const struct person *person);
/* NULL when it is unknown or older than JOIN_QUERY_S. */
struct join_request *invites_find_query(const struct invites *invites, int64_t query_id,
					int64_t now_s);
void invites_take_away(struct invites *invites, struct join_request *request);

#endif
