/* words.h - what the modules of this folder say alike. */
#ifndef WORKERS_MODULES_MODERATION_WORDS_H
#define WORKERS_MODULES_MODERATION_WORDS_H

#include "workers/module.h"

/* A name that leads to the person. */
void add_person(struct ctx *ctx, struct draft *draft, const struct user *user);
/* The same of a person, or the title of a chat. */
void add_target(struct ctx *ctx, struct draft *draft, struct target target);
/* The id of the person or the chat; 0: neither is set. */
long long target_id(struct target target);
/* "By: …", on a line of its own. */
void add_doer(struct ctx *ctx, struct draft *draft, const struct user *user);
/* Tells the log channel, if that is told there, what the person of this update did; 0: about no
 * message. */
void log_done(struct ctx *ctx, enum log_category category, const char *what, int64_t message_id);
/* The same of what they did to somebody. */
void log_person(struct ctx *ctx, enum log_category category, const char *deed,
		const struct user *who);
/* Why something that supergroups alone have cannot be done in this group; NULL: it is one. */
const char *check_supergroup(struct ctx *ctx);
/* The person with this id, with the name that is recorded, if whoever did this may see it. */
const struct user *recorded_person(struct ctx *ctx, int64_t id);
/* Why Telegram did not do it, for people. What was known of who administers the group may be
 * outdated, and is forgotten. */
const char *explain_refusal(struct ctx *ctx, const struct answer *answer);
/* A module of this folder that another one works with; any may be left out. */
bool is_loaded(struct ctx *ctx, const struct module *module);

#endif
