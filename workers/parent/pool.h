/* pool.h - the state of a parent, shared by the files that each keep one part of it:
 *
 *   parent.c   the start, the turns of the loop, the drain
 *   spawn.c    starts the processes that are missing
 *   work.c     updates in, verdicts and calls out
 *   fetches.c  what children ask other hosts
 *   deaths.c   the nursery's reports: births, deaths, their exit reasons
 *   reports.c  what crashd is told of a death or a failed handler
 *   replace.c  SIGHUP, or a nursery that is stuck: a new one next to the old one
 *   status.c   metrics, readiness, /status
 */
#ifndef WORKERS_PARENT_POOL_H
#define WORKERS_PARENT_POOL_H

#include "common/coalesce.h"
#include "common/crash_link.h"
#include "common/health.h"
#include "common/log_limit.h"
#include "common/loop.h"
#include "common/settings.h"
#include "common/zlink.h"
#include "workers/parent/children.h"
#include "workers/parent/exit_reason.h"
#include "workers/parent/fetcher_link.h"
#include "workers/parent/ingress_link.h"
#include "workers/parent/items.h"
#include "workers/parent/nursery_link.h"
#include "workers/parent/programs.h"
#include "workers/parent/sender_link.h"
#include "workers/parent/sizing.h"
#include "workers/wire/channel.h"

struct pool {
	const struct settings *settings;
	struct loop *loop;
	struct zcontext *context;
	struct health *health;
	struct crash_link *crashes;
	struct session_lock lock;
	struct ingress_link *ingress;
	/* The one in use; during a replacement also the next one, then the previous one. NULL:
	 * none. */
	struct nursery_link *nursery, *next_nursery, *last_nursery;
	struct channels channels;
	struct items items;
	struct children children;
	struct sender_link sender_link;
	struct fetcher_link fetcher_link;
	struct programs programs;
	struct sizing sizing;

	uint64_t last_serial; /* names each process that the nursery is asked for */
	uint64_t start_ms;
	char host[256];

	bool nursery_ready;
	uint64_t retry_logged_ms; /* when a call that is made again was logged; 0: never */
	uint64_t bot_asked_ms;    /* when getMe was asked again for a name; 0: never */
	bool pause_shown;         /* Telegram wants silence, and readiness says so */
	bool replace_again;       /* SIGHUP came while a replacement was under way */
	struct bot bot;           /* id 0: not known yet */
	bool start_calls_made;

	bool has_walls;           /* a child has said what it has */
	uint32_t walls;           /* bits of enum wall, of the latest child */
	bool missing_wall_logged; /* one warning, however many children */
	uint32_t fetcher_walls;   /* of the latest fetcher; 0 as well while there was none */
	struct log_limit fetch_lines;

	bool token_refused;  /* not final until the sender's getMe is refused too */
	bool refusal_logged; /* it was logged, so its end is logged too */
	uint64_t refusal_logged_ms;

	bool draining, bye_sent;
	uint64_t drain_until_ms, retire_ms, hand_over_until_ms;

	uint64_t handled, crashed; /* since the start, for beats and status */
	/* Early deaths in a row, and until when no replacement is started. */
	struct respawn_backoff {
		uint32_t deaths;
		uint64_t started_ms, hold_until_ms;
	} nursery_backoff, sender_backoff, fetcher_backoff;

	struct coalesce coalesce;

	struct loop_timer tick;      /* deadlines, size, drain */
	uint32_t ticks;              /* that the next one stands for */
	struct loop_timer rebalance; /* batches at slow children */
	struct loop_timer linger;
	struct buffer text; /* scratch */
};

/* spawn.c */
/* Starts the processes that are missing: nursery, sender, children. */
void pool_spawn_missing(struct pool *pool);
void pool_spawn_nursery(struct pool *pool);
void pool_spawn_children(struct pool *pool);
/* A nursery or sender died: one that keeps dying early is started less often. */
void pool_note_death(struct pool *pool, struct respawn_backoff *respawn_backoff);
struct sizing_view pool_sizing_view(const struct pool *pool);

/* parent.c */
/* The session is over: forgets all items and stops the processes that work on them. */
void pool_forget_work(struct pool *pool);

/* work.c */
extern const struct children_events work_children_events; /* the caller sets the owner */
extern const struct sender_link_events work_sender_events;
/* The answer of a program, for the child that waits for it. */
void work_program_ended(void *owner, uint64_t waiter, const void *result, size_t size);
void work_take_item(void *owner, const struct message_item *item);
/* The item killed its child: counts an attempt, and returns its lane to ingress. */
void work_end_item(struct pool *pool, struct item *item, enum ended_reason reason);
/* Returns everything that is not begun to ingress. */
void work_return_waiting(struct pool *pool);
/* How many more items the pool can take now. */
uint64_t work_room(void *owner);
/* Makes the modules' start-up calls. */
void work_make_start_calls(struct pool *pool, struct cursor calls);

/* fetches.c */
extern const struct fetcher_link_events fetches_events; /* the caller sets the owner */
/* The nursery has loaded the modules: these are their hosts. */
void fetches_take_hosts(struct pool *pool, struct cursor hosts);

/* replace.c */
/* SIGHUP: replaces the processes with those of the program that is installed now, one after the
 * other. */
void replace_start(struct pool *pool);
/* The new nursery is ready, or reports why it never will be. */
void replace_switch(struct pool *pool);
void replace_failed(struct pool *pool, const char *reason);
/* At each tick: replaces a nursery that is stuck, and ends one that is no longer needed. */
void replace_check(struct pool *pool);

/* deaths.c */
extern const struct nursery_events deaths_nursery_events;

/* reports.c */
struct dead_process {
	const char *name; /* "child", "sender" or "fetcher" */
	pid_t pid;
	const struct nursery_link *nursery; /* that forked it */
	const struct capture_slot *slot;    /* tells what it was doing */
};

/* `item`: the one that is blamed; NULL: none. */
void report_death(struct pool *pool, const struct dead_process *dead, const struct death *death,
		  const struct exit_reason *exit_reason, const struct item *item);
/* A handler failed by its own account: reported like a crash. */
void report_failure(struct pool *pool, const struct child_record *child, const struct item *item,
		    struct text failure);

/* status.c */
enum result_label { RESULT_OK, RESULT_ERROR, RESULT_CRASH, RESULT_TIMEOUT };

void status_register_metrics(void);
void status_handled(enum result_label result, uint32_t duration_us);
void status_update_ended(enum result_label result);
void status_process_ended(const char *signal);
void status_sent(const struct wire_sent *sent);
void status_doubtful(void);
void status_fetched(const struct wire_fetched *fetched);
void status_cooldown(bool whole_token);
/* Readiness for Telegram, which knows the token; and whether it wants silence. */
void status_telegram_answers(struct pool *pool);
/* Whether Telegram refuses the token (common/token_check.h). */
void status_token_refused(bool refused);
/* Gauges, dependencies and /status; about four times a second, once while nothing is under way. */
void status_publish(struct pool *pool);
void status_fill_beat(void *owner, struct message_pool_beat *beat, struct arena *arena);

#endif
