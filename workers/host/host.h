/* host.h - the host of the modules: takes an update from the child's loop (or a test), routes it,
 * runs the handler, and collects the calls that it queued.
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
#include "workers/wire/rights.h"
#include "workers/wire/web_hosts.h"

struct host;
struct programs;

enum host_end {
	HOST_DONE,   /* handled, or no route wanted it */
	HOST_FAILED, /* a handler failed: report it; `calls` tell the person */
};

/* Lives until the next host_handle(); the files of calls until host_release(). */
struct host_outcome {
	enum host_end end;
	const struct call *calls; /* replies, in order */
	size_t calls_count;
	/* HOST_FAILED */
	const char *module, *handler, *file, *function, *reason;
	unsigned line;
	/* What ingress is to do with work that waits (common/orders.h); nil: nothing. */
	struct text orders;
	bool orders_wait; /* until the calls are made: the next step of a job; else for nothing */
	/* It is a command that names a bot, and not this one: unless this one has another name now.
	 */
	bool names_another_bot;
};

struct module;

/* `modules` ends with NULL. NULL and a reason when one of them is wrong (callback data too long,
 * two equal commands, …). */
struct host *host_create(const struct module *const *modules, const struct settings *settings,
			 struct why *why);
void host_destroy(struct host *host);
/* The setting without which a module can do nothing and is not loaded, and which is not set, the
 * first where any of several is enough; NULL: none, or it is not to be loaded anyway. */
const char *host_missing_key(const struct module *module, const struct settings *settings);
/* Those that are loaded, ending with NULL. */
const struct module *const *host_modules(const struct host *host);
/* What they may reach. */
const struct web_hosts *host_web_hosts(const struct host *host);
const struct programs *host_programs(const struct host *host);
/* For tests: this program, or each that a module names (NULL), is installed now, or is not. */
void host_pretend_program(struct host *host, const char *name, bool installed);
/* Bit per enum update_kind that has routes. */
uint32_t host_kinds(const struct host *host);
/* Calls to make once when a pool has started (the command lists at Telegram). */
size_t host_start_calls(struct host *host, const struct call **calls);

/* What Telegram says about members: sealed in children, written by the sender. */
struct rights *host_rights(struct host *host);

/* In a child, once, after the fork. The running handler is noted in `slot`, which may be NULL. */
void host_start(struct host *host, const struct bot *bot, const struct host_services *services,
		struct capture_slot *slot);
/* Runs the handlers of one item (an update, waiting work or an incident). */
void host_handle(struct host *host, const struct message_item *item, struct host_outcome *out);
/* The outcome was passed on: frees the files of the update. */
void host_release(struct host *host);
/* The bot has another name. */
void host_rename(struct host *host, const struct bot *bot);
/* Called when a child is idle: closes connections that were not used for a while. */
void host_idle(struct host *host);

#endif
