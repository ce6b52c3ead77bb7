/* turn.h - what makes a handler that runs again change nothing twice (workers/api/stores.h).
 *
 * A turn is what a child handles at once: an update, its incident, or a piece of work that it,
 * or a piece of it, put off. It has an id that is the same each time that it is tried, and each
 * write has its place in it: the how-manieth write to the same key it is. Not the how-manieth of
 * all: a handler that takes another path the second time writes other keys, and those writes are
 * new.
 *
 * The marks of the writes are read only by an item with ITEM_REPEAT, and only for what its handler
 * reads or writes: all others cost nothing. */
#ifndef WORKERS_HOST_TURN_H
#define WORKERS_HOST_TURN_H

#include "common/why.h"
#include "workers/host/ctx.h"

#define TURN_INCIDENT (-1) /* the stage of an incident; 0: the update; from 1: a piece of work */

/* Of the next write to the key, which counts as made with this call. `module` and `key` must live
 * as long as the update. */
struct mark turn_write(struct ctx *ctx, struct holder holder, const char *module, const char *key);
/* The same without counting it: to ask what such a write has marked. */
struct mark turn_peek(struct ctx *ctx, struct holder holder, const char *module, const char *key);
/* Whether the next write to the key was made when this was tried before; then *value is what was
 * there before it: NULL for nothing. False after a failure. */
MUST_CHECK bool turn_find_before(struct ctx *ctx, struct holder holder, const char *module,
				 const char *key, bool *made, const char **value, struct why *why);
/* Calls `fn` for each key of the module and holder for which that is so. */
typedef void turn_before_fn(void *owner, const char *key, const char *value);
MUST_CHECK bool turn_each_before(struct ctx *ctx, struct holder holder, const char *module,
				 turn_before_fn *fn, void *owner, struct why *why);

#endif
