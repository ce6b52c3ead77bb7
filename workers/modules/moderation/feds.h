/* feds.h - what the parts of the federations' module share (feds*.c). A federation is a list: its
 * id is that of a list (workers/api/stores.h), and it is known by its name while it has one. */
#ifndef WORKERS_MODULES_MODERATION_FEDS_H
#define WORKERS_MODULES_MODERATION_FEDS_H

#include "workers/module.h"

/* Facts of the list. The number of a ban is that of its reason. */
#define FED_BAN "ban"
#define FED_OWNER "owner"
#define FED_ADMIN "admin"
#define FED_OFFER "offer" /* to be its owner */

#define FED_OF_GROUP "fed" /* a setting of a chat: the federation's id */
#define FED_ID_MAX (INT64_C(1) << 52)
#define FED_NO_REASON 1 /* the number of a ban without one */
#define FED_SUBSCRIPTIONS_MAX 5
#define FED_ADMINS_MAX 100

struct fed_values {
	const char *name;
	int64_t id;
	bool yes;
	const char *format;
	const struct user *who;
	struct target target;
	const char *reason;
};

/* --- feds.c --- */

struct holder fed_list(int64_t fed);
/* "" for one that there is not (any more), and after a failure. */
const char *fed_name(struct ctx *ctx, int64_t fed);
/* Of the group in hand; 0: none. */
int64_t fed_here(struct ctx *ctx);
/* That of the person who does this, also when an erasure has taken their setting; 0: none. */
int64_t fed_own(struct ctx *ctx);
/* That of the group, or of the person in their private chat. 0, and they were told: there is none.
 */
int64_t fed_take(struct ctx *ctx);
/* That which they own. 0, and they were told: none. */
int64_t fed_take_own(struct ctx *ctx);
bool fed_is_owner(struct ctx *ctx, int64_t fed, int64_t person);
bool fed_is_admin(struct ctx *ctx, int64_t fed, int64_t person);
/* Makes somebody the owner in place of another one; 0: there was none. False after a failure. */
bool fed_set_owner(struct ctx *ctx, int64_t fed, int64_t person, int64_t former);
/* Tells whoever is none of them that only administrators do that: NULL, or why, for people. Who
 * writes in the name of the group is nobody who could be known. */
const char *fed_refusal(struct ctx *ctx, int64_t fed);
/* When take_…() gave 0. */
enum verdict fed_none(struct ctx *ctx);

/* --- feds_log.c: where the owner reads what is done --- */

/* A line for the log, begun with what was done, to be filled and sent with draft_reply(); NULL: the
 * federation has none. */
struct draft *fed_find_log(struct ctx *ctx, int64_t fed, const char *done);
/* The same with whom it was done to (0: nobody), and by whom, sent. */
void fed_tell_log(struct ctx *ctx, int64_t fed, const char *done, int64_t person);
enum verdict fed_choose_log(struct ctx *ctx, const struct command *cmd);

/* --- feds_admins.c --- */

enum verdict fed_list_admins(struct ctx *ctx, const struct command *cmd);
enum verdict fed_promote(struct ctx *ctx, const struct command *cmd);
enum verdict fed_demote(struct ctx *ctx, const struct command *cmd);
enum verdict fed_demote_me(struct ctx *ctx, const struct command *cmd);
enum verdict fed_offer(struct ctx *ctx, const struct command *cmd);
enum verdict fed_accept(struct ctx *ctx, const struct button *button);
enum verdict fed_decline(struct ctx *ctx, const struct button *button);

/* --- feds_bans.c --- */

struct fed_options {
	bool quiet, trial;
};

bool fed_wants_reasons(struct ctx *ctx, int64_t fed);
enum verdict fed_choose_reasons(struct ctx *ctx, const struct command *cmd);
enum verdict fed_ban(struct ctx *ctx, const struct command *cmd);
enum verdict fed_unban(struct ctx *ctx, const struct command *cmd);
enum verdict fed_unban_by_button(struct ctx *ctx, const struct button *button);
enum verdict fed_next_groups(struct ctx *ctx, const struct job *job);
enum verdict fed_show_ban(struct ctx *ctx, const struct command *cmd);
enum verdict fed_show_own(struct ctx *ctx, const struct command *cmd);
/* The rule. */
enum verdict fed_check(struct ctx *ctx, const struct message *message);
enum verdict fed_keep_out(struct ctx *ctx, const struct member_change *change);
enum verdict fed_turn_away(struct ctx *ctx, const struct join_request *request);

/* --- feds_subs.c --- */

/* Up to FED_SUBSCRIPTIONS_MAX ids; asks nobody once they are known. */
const int64_t *fed_subscriptions(struct ctx *ctx, int64_t fed, size_t *count);
enum verdict fed_subscribe(struct ctx *ctx, const struct command *cmd);
enum verdict fed_unsubscribe(struct ctx *ctx, const struct command *cmd);
enum verdict fed_list_subscriptions(struct ctx *ctx, const struct command *cmd);

/* --- feds_file.c --- */

enum verdict fed_export(struct ctx *ctx, const struct command *cmd);
enum verdict fed_offer_import(struct ctx *ctx, const struct command *cmd);
enum verdict fed_begin_import(struct ctx *ctx, const struct button *button);
enum verdict fed_end_offer(struct ctx *ctx, const struct button *button);
enum verdict fed_next_imports(struct ctx *ctx, const struct job *job);
enum verdict fed_undo_import(struct ctx *ctx, const struct button *button);
enum verdict fed_next_removals(struct ctx *ctx, const struct job *job);

#endif
