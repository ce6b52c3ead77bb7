/* entries.h - entries of a chat whose keys are what is looked for in texts: a block list, answers.
 */
#ifndef WORKERS_MODULES_MODERATION_ENTRIES_H
#define WORKERS_MODULES_MODERATION_ENTRIES_H

#include "workers/module.h"
#include "workers/modules/moderation/matcher.h"

/* .open and .close of a module that looks: ctx_state() is a struct folding. */
void *entries_open(const struct settings *settings, struct why *why);
void entries_close(void *folding);

/* For ctx_derived(): a matcher of all keys with the prefix, without it. */
bool entries_build(struct ctx *ctx, struct holder holder, const char *prefix, struct derived *out);
/* The first of them that the text has; false: none. */
bool entries_find(struct ctx *ctx, const void *matcher, size_t size, const char *text,
		  struct match *out);

#endif
