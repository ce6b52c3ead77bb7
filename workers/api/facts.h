/* facts.h - what a module decided about somebody, or counted: warnings, bans of a list, who passed
 * a captcha. A number, when it ends, and the message that tells why: no text. */
#ifndef WORKERS_API_FACTS_H
#define WORKERS_API_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/stores.h"

/* A row of the column `.facts` of a module; PRIVACY.md has one for each, and a test compares them.
 */
struct fact_kind {
	const char *name;  /* at most 31 characters of a-z 0-9 _ */
	const char *label; /* what people are shown, marked with N_(): "warnings" */
	/* A fact ends so many seconds after it was last written, at most FACT_KEEP_MAX_S; 0: when
	 * it is taken back. */
	int64_t keep_s;
	/* Stays when the person says /forgetme, as a ban: else whoever is banned lifts the ban.
	 * About somebody who objected no other kind is kept: what is written is gone at once. */
	bool outlives_erasure;
	bool coded;  /* its number means nothing to people: they are shown that it is there */
	bool listed; /* fact_each() tells whom it is about */
};

#define FACT_KEEP_MAX_S (INT64_C(10) * 365 * 86400)

/* .facts = FACTS(FACT("warning", N_("warnings"), .keep_s = 30 * 86400, .outlives_erasure = true))
 */
#define FACTS(...) ((const struct fact_kind[]) { __VA_ARGS__, { .name = NULL } })
/* clang-format off */
#define FACT(given_name, ...) { .name = given_name, .label = __VA_ARGS__ }
/* clang-format on */

struct fact {
	int64_t person;
	int64_t number;     /* a count, or the number of a reason in a list of the chat's own */
	int64_t until_s;    /* when it ends, UTC; 0: when it is taken back */
	int64_t message_id; /* which tells why; 0: none */
};

/* The holder (stores.h) is a group, the bot or a list. A private chat and an account that Telegram
 * shows for chats (user_is_stand_in()) have no facts: none is found, and writing one fails the
 * handler. A module sees only its own. A fact that has ended by the time of the update (ctx_now())
 * is not there. In the database nobody can read whom a fact is about (common/database/id_cipher.h),
 * so no option, entry or kept text should hold a person: a fact can. When a group becomes a
 * supergroup its facts move with it. People see all facts about them in /privacy and /export.
 *
 * That somebody has no fact of a kind, in any chat, is known by the pool without a query: it may be
 * asked at each message. A new fact is known at once in this pool and within seconds in others.
 * Writes are marked as those of stores are: repeated, they change nothing and return what they
 * returned. */

/* False: there is none, or the handler has failed. `out` may be NULL. */
bool fact_find(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
	       struct fact *out);
/* That of whoever is recorded under a username, without "@"; NULL, too, when whoever did this may
 * not see them (ctx_find_username()), or the handler has failed. It costs a query. */
const struct user *fact_find_username(struct ctx *ctx, struct holder holder, const char *kind,
				      const char *username, struct fact *out);
/* In place of the former one. `until_s` is brought forward to what the kind's `keep_s` allows.
 * False after a failure: return FAIL. */
bool fact_set(struct ctx *ctx, struct holder holder, const char *kind, const struct fact *fact);
/* Adds to the number, which begins at 0: at 0 the fact is gone. The time of `keep_s` begins anew,
 * and the message is the one of the update, if the holder is its chat and no basic group. `out`,
 * which may be NULL, is what it is now. However many do so at once, each gets another number. False
 * after a failure. */
bool fact_add(struct ctx *ctx, struct holder holder, const char *kind, int64_t person, int64_t by,
	      struct fact *out);
/* The same for a time of the chat's own, `keep_s`: at most the kind's. */
bool fact_add_for(struct ctx *ctx, struct holder holder, const char *kind, int64_t person,
		  int64_t by, int64_t keep_s, struct fact *out);
/* True: it was there, and it was this call who took it. */
bool fact_remove(struct ctx *ctx, struct holder holder, const char *kind, int64_t person);
/* Many at once, in few queries: for lists of thousands, a few thousand in a step of a job. Of each
 * fact the person and the number count; what is about nobody is left out, and nobody should be
 * there twice. Set are those that are not there, and the others stay as they are; removed are those
 * that are. `*changed` is how many that were; when the handler runs again, the same. False after a
 * failure. */
bool fact_set_missing(struct ctx *ctx, struct holder holder, const char *kind,
		      const struct fact *facts, size_t count, size_t *changed);
bool fact_remove_many(struct ctx *ctx, struct holder holder, const char *kind,
		      const struct fact *facts, size_t count, size_t *changed);
/* How many there are; what a handler that runs again has written itself may count. -1 after a
 * failure. */
int64_t fact_count(struct ctx *ctx, struct holder holder, const char *kind);
/* The next fact of a `.listed` kind, ascending by person, of those that there were when it began:
 * with next->person 0, and then with what the call before returned. At most FACTS_LISTED_MAX.
 *
 *     struct fact next = { 0 };
 *
 *     while (fact_each(ctx, THIS_CHAT, "warning", &next))
 *             draft_add(draft, "%lld: %lld\n", (long long)next.person, (long long)next.number); */
#define FACTS_LISTED_MAX 1000000
bool fact_each(struct ctx *ctx, struct holder holder, const char *kind, struct fact *next);

#endif
