/* reception.h - takes captures from all processes: each is confirmed once it is on disk. */
#ifndef CRASHD_RECEPTION_H
#define CRASHD_RECEPTION_H

#include "common/loop.h"
#include "common/settings.h"
#include "common/why.h"
#include "common/zlink.h"
#include "crashd/delivered.h"
#include "crashd/store.h"

struct reception;

/* Something is in the store. */
typedef void reception_stored_fn(void *owner);

/* Binds the crashes endpoint. `store` and `delivered` are borrowed for its life. NULL and a reason
 * on failure. */
struct reception *reception_open(struct zcontext *context, struct loop *loop,
				 const struct settings *settings, struct store *store,
				 const struct delivered *delivered, reception_stored_fn *fn,
				 void *owner, struct why *why);
void reception_close(struct reception *reception);

/* Stores the captures that earlier runs of crashd itself left in `directory`, and removes the
 * files. */
void reception_take_own(struct store *store, const char *directory);

#endif
