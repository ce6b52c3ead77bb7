/* capture_server.h - takes captures from all processes and confirms each once it is on disk. */
#ifndef CRASHD_CAPTURE_SERVER_H
#define CRASHD_CAPTURE_SERVER_H

#include "common/loop.h"
#include "common/settings.h"
#include "common/why.h"
#include "common/zlink.h"
#include "crashd/dedup.h"
#include "crashd/store.h"

struct capture_server;

/* A capture was stored. */
typedef void capture_server_stored_fn(void *owner);

struct capture_server_options {
	struct loop *loop;
	const struct settings *settings;
	struct store *store;
	const struct dedup *delivered;
	capture_server_stored_fn *fn;
	void *owner;
};

/* Binds the crashes endpoint. What the options point to is borrowed for its life. NULL and a reason
 * on failure. */
struct capture_server *capture_server_open(struct zcontext *context,
					   const struct capture_server_options *options,
					   struct why *why);
void capture_server_close(struct capture_server *capture_server);

/* Stores the captures that earlier runs of crashd itself left in `directory`, and removes the
 * files. */
void capture_server_take_own(struct store *store, const char *directory);

#endif
