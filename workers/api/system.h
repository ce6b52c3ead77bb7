/* system.h - for privacy.c, rights.c, operators.c, users.c and settings.c. */
#ifndef WORKERS_API_SYSTEM_H
#define WORKERS_API_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/calls.h"
#include "workers/api/events.h"
#include "workers/api/messages.h"
#include "workers/api/verdict.h"

/* Whose data: the person's who did this, or the group's in which it was done. */
enum subject { SUBJECT_PERSON, SUBJECT_GROUP };

/* Everything that is stored about the subject: "user" or "group" (null when not recorded) and
 * "settings", and "facts" of a person. NULL after a failure: return FAIL. */
const struct answer *ctx_find_data(struct ctx *ctx, enum subject subject);
bool ctx_has_objected(struct ctx *ctx, enum subject subject);
/* ctx_forget() permanently erases all of it (but facts that outlive that: facts.h) and records the
 * objection; ctx_remember() withdraws
 * that. */
enum verdict ctx_forget(struct ctx *ctx, enum subject subject);
enum verdict ctx_remember(struct ctx *ctx, enum subject subject);

/* The options of the module with this name: the host asks it whether what an anonymous
 * administrator writes is done without a proof of who they are. */
#define ANONYMOUS_MODULE "anonymous"
struct anonymous_options {
	bool trusted;
};

struct recorded_counts {
	int64_t people, groups;
	int64_t new_people, new_groups;     /* registered in the last 48 hours */
	int64_t database_bytes, redis_keys; /* -1: unknown */
};

enum verdict ctx_count(struct ctx *ctx, struct recorded_counts *out);
/* /set OPTION VALUE and /reset OPTION, of any module: options.h. */
enum verdict ctx_run_set(struct ctx *ctx, const struct command *cmd);
enum verdict ctx_run_reset(struct ctx *ctx, const struct command *cmd);

/* The steps of all forms: forms.h. */
enum verdict ctx_run_form_answer(struct ctx *ctx, const struct message *message);
enum verdict ctx_run_form_button(struct ctx *ctx, const struct button *button);

/* Forgets what is remembered about who administers this chat. */
void ctx_forget_admins(struct ctx *ctx);

#endif
