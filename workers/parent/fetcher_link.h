/* fetcher_link.h - the parent's end of its fetcher, for pools whose modules name hosts: starts it,
 * gives it the hosts and keys, passes on what children ask, replaces it when it dies.
 *
 * What a dead fetcher had in hand is asked once more of the next one, unless it posted something.
 * One that has had nothing to do for FETCHER_REST_MS leaves, since it has the memory of a program
 * of its own; another comes with the next request.
 */
#ifndef WORKERS_PARENT_FETCHER_LINK_H
#define WORKERS_PARENT_FETCHER_LINK_H

#include <sys/queue.h>
#include <sys/types.h>

#include "common/settings.h"
#include "workers/parent/loop_watch.h"
#include "workers/parent/nursery_link.h"
#include "workers/wire/channel.h"
#include "workers/wire/fetch.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/web_hosts.h"
#include "workers/wire/wire.h"

/* Texts and answers are borrowed for the call. */
struct fetcher_link_events {
	void *owner;
	/* Of the child with this serial, which may be dead by now. `answer`: an encoded
	 * fetch_answer. */
	void (*fetched)(void *owner, uint64_t waiter, const struct wire_fetched *head,
			struct text rule, struct text why, const void *answer, size_t size);
	/* `walls`: bits of enum wall; `missing`: why one does not stand. */
	void (*ready)(void *owner, uint32_t walls, struct text missing);
	/* There is something to do, and none: the owner starts one. */
	void (*wanted)(void *owner);
};

struct fetching {
	uint64_t id, waiter, since_ms;
	bool posted, sent;
	int sink;        /* where the answer goes; -1: into its frame */
	unsigned losses; /* fetchers that died with it */
	size_t size;
	TAILQ_ENTRY(fetching) link;
	uint8_t request[]; /* encoded */
};

/* The socket on which a program of a module meets the fetcher, its proxy. */
struct web_program {
	uint64_t id;
	int listener;
	TAILQ_ENTRY(web_program) link;
	char module[];
};

struct fetcher_link {
	const struct settings *settings;
	struct loop *loop;
	struct nursery_link *nursery, *home; /* forks the next one; forked this one */
	struct fetcher_link_events events;
	struct channels *channels;
	struct web_hosts hosts; /* empty: none is needed */
	TAILQ_HEAD(fetching_list, fetching) list;
	TAILQ_HEAD(web_program_list, web_program) programs;
	size_t count;
	uint64_t last_id;
	uint64_t serial; /* of the process that the nursery was asked for, 0: none */
	pid_t pid;       /* 0: not forked yet */
	struct channel channel;
	struct scoreboard *scoreboard;
	bool ready;       /* its walls stand */
	bool resting;     /* there was nothing to do: it leaves, or is gone */
	uint64_t rest_ms; /* from when on it may, if there is nothing to do */
	bool protocol_error, leaving;
	struct loop_watch watch;
};

void fetcher_link_init(struct fetcher_link *link, const struct settings *settings,
		       struct loop *loop, struct nursery_link *nursery, struct channels *channels,
		       const struct fetcher_link_events *events);
void fetcher_link_finish(struct fetcher_link *link);
/* The hosts of the modules that the nursery has loaded, at an encoded table. */
void fetcher_link_take_hosts(struct fetcher_link *link, struct cursor hosts);
/* Whether any module names a host. */
bool fetcher_link_is_needed(const struct fetcher_link *link);
/* Whether one is to be started: needed, not resting and not there. */
bool fetcher_link_is_missing(const struct fetcher_link *link);
/* Whether none is needed now, or one is there that is not being ended. */
bool fetcher_link_is_well(const struct fetcher_link *link);
/* Asks the nursery for a fetcher with this serial. */
MUST_CHECK bool fetcher_link_start(struct fetcher_link *link, uint64_t serial, struct why *why);
/* Of a child; told by fetched(), at the latest when it has waited for FETCHER_WAIT_MS. `request`:
 * an encoded fetch_request. `sink` is the link's from now on; -1: none. */
#define FETCHER_WAIT_MS 90000u
#define FETCHER_REST_MS 60000u
/* After an answer by which a host asks for silence (Retry-After): only the fetcher knows until
 * when, and it keeps to it for no longer. */
#define FETCHER_SILENCE_MS 3600000u
void fetcher_link_ask(struct fetcher_link *link, uint64_t waiter, bool posted, int sink,
		      const void *request, size_t size);
/* The fetcher, and each that takes its place, is the proxy of a program from now on. `listener` is
 * the link's; `id` is not in use. */
void fetcher_link_add_program(struct fetcher_link *link, uint64_t id, struct text module,
			      int listener);
/* The program has ended; one that was never added is ignored. */
void fetcher_link_remove_program(struct fetcher_link *link, uint64_t id);
/* It is dead, or was never forked. Its scoreboard stays until fetcher_link_clear(). */
void fetcher_link_died(struct fetcher_link *link);
void fetcher_link_clear(struct fetcher_link *link);
void fetcher_link_kill(struct fetcher_link *link);
/* It ends what it has in hand and exits; the next one does the rest. */
void fetcher_link_leave(struct fetcher_link *link);
/* When `ticks` of the parent have passed: aborts a fetcher whose loop is stuck, kills one that
 * survives that, lets one go that has nothing to do, and ends what has waited for too long. */
void fetcher_link_check(struct fetcher_link *link, uint32_t ticks);

#endif
