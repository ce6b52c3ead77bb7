/* host.h - between whoever has an update (the child's loop, or a test) and the modules: routes it,
 * runs the handler, collects what it queued.
 *
 * The nursery creates the host once (modules and catalogues loaded, no connections); each child
 * starts it with the services of its process. */
#ifndef WORKERS_HOST_HOST_H
#define WORKERS_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/capture.h"
#include "common/message.h"
#include "common/settings.h"
#include "common/why.h"
#include "workers/host/services.h"
#include "workers/wire/bot.h"
#include "workers/wire/call.h"

struct host;

enum host_end {
	HOST_DONE,   /* handled, or nobody wanted it */
	HOST_FAILED, /* a handler said so: report it; calls holds what the person is told */
};

/* Lives until the next host_handle(). */
struct host_outcome {
	enum host_end end;
	const struct call *calls; /* replies, in order */
	size_t calls_count;
	/* HOST_FAILED */
	const char *module, *handler, *file, *function, *reason;
	unsigned line;
	/* ctx_later(): work to be given back later; nil body: none */
	struct text later;
	uint64_t later_ms;
};

struct module;

/* `modules` ends with NULL. NULL and a reason when one of them is wrong (callback data too long,
 * two equal commands, …). */
struct host *host_create(const struct module *const *modules, const struct settings *settings,
			 struct why *why);
void host_destroy(struct host *host);
/* Bit per enum update_kind for which there are routes. */
uint32_t host_kinds(const struct host *host);
/* Calls to make once when a pool has started (the command lists at Telegram). */
size_t host_start_calls(struct host *host, const struct call **calls);

/* In a child, once, after the fork. `slot` is told what runs; it may be NULL. */
void host_start(struct host *host, const struct bot *bot, const struct host_services *services,
		struct capture_slot *slot);
/* Runs the handlers of one item (an update, waiting work or an incident). */
void host_handle(struct host *host, const struct message_item *item, struct host_outcome *out);
/* Closes connections that were not used for a while; called when a child is idle. */
void host_idle(struct host *host);

#endif
