/* nursery_link.h - the parent's end of its nursery: starts the process, asks it to fork, and passes
 * on what it reports. */
#ifndef WORKERS_PARENT_NURSERY_LINK_H
#define WORKERS_PARENT_NURSERY_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/loop.h"
#include "common/pack.h"
#include "common/settings.h"
#include "common/why.h"
#include "workers/wire/nursery.h"

struct nursery_ready {
	uint32_t kinds; /* bit per enum update_kind */
	struct text version, build_id;
	struct cursor hosts; /* at the table of web_hosts.h */
	struct cursor calls; /* at an array of encoded calls to make once when the pool starts */
};

struct nursery_link;

/* Texts and cursors are borrowed for the call. `link` is the nursery that reports. */
struct nursery_events {
	void *owner;
	void (*ready)(void *owner, struct nursery_link *link, const struct nursery_ready *ready);
	/* The modules are faulty: another nursery would report the same. */
	void (*failed)(void *owner, struct nursery_link *link, const char *reason);
	/* pid 0: the fork failed with `error`. */
	void (*forked)(void *owner, uint64_t serial, pid_t pid, int error);
	void (*died)(void *owner, pid_t pid, int status, uint32_t max_rss_kib);
	/* The nursery is dead, and so is everything that it forked. The callee may call
	 * nursery_link_start() but must not destroy the link. */
	void (*gone)(void *owner, struct nursery_link *link, int status);
	/* Files that its children may open were replaced. */
	void (*changed)(void *owner, struct nursery_link *link);
};

/* `lock`: a descriptor that the nursery and all that it forks keep open. */
struct nursery_link *nursery_link_create(struct loop *loop, const struct settings *settings,
					 int lock, const struct nursery_events *events);
/* A second nursery next to this one, from the program that is installed now. */
struct nursery_link *nursery_link_create_next(const struct nursery_link *link);
/* The build id of the program that it runs; "" before it is ready. */
const char *nursery_link_build_id(const struct nursery_link *link);
/* Kills the nursery, and so its children. */
void nursery_link_destroy(struct nursery_link *link);
/* Starts the installed program as a nursery. The first time must be before any library has
 * threads. */
MUST_CHECK bool nursery_link_start(struct nursery_link *link, struct why *why);
pid_t nursery_link_pid(const struct nursery_link *link); /* 0: none */
/* Called when `ticks` of the parent have passed: pings the nursery. True when it has not answered
 * for NURSERY_SILENT_TICKS, and again each time as many more have passed. Ticks rather than a
 * clock, so that a parent that was itself suspended does not blame the nursery. */
#define NURSERY_SILENT_TICKS 40u
bool nursery_link_ask(struct nursery_link *link, uint32_t ticks);
bool nursery_link_is_silent(const struct nursery_link *link);
/* Kills the nursery, and so everything that it forked; `gone` is called. */
void nursery_link_end(struct nursery_link *link);

/* The descriptors are borrowed. False: the nursery does not take requests now. */
MUST_CHECK bool nursery_link_fork(struct nursery_link *link, enum nursery_role role,
				  uint64_t serial, int socket, int scoreboard);
/* Signals a process that the nursery forked and has not reported dead. */
void nursery_link_kill(struct nursery_link *link, pid_t pid, int signo);

#endif
