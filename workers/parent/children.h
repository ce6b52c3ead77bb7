/* children.h - the children of a pool as their parent sees them: the items in flight at each, which
 * are idle, which are late. Gives out items and takes back what a slow child has not begun.
 *
 *   (fork asked) STARTING --ready--> IDLE <--nothing left----- BUSY
 *                                     |  ------- give ------>   |
 *                                     +--> STOPPING <-----------+   (end of the socket; dead: gone)
 */
#ifndef WORKERS_PARENT_CHILDREN_H
#define WORKERS_PARENT_CHILDREN_H

#include <sys/queue.h>
#include <sys/types.h>

#include "common/loop.h"
#include "common/message.h"
#include "common/settings.h"
#include "workers/parent/items.h"
#include "workers/parent/nursery_link.h"
#include "workers/parent/typing.h"
#include "workers/wire/bot.h"
#include "workers/wire/channel.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

struct child_record {
	uint64_t serial;
	pid_t pid; /* 0: not forked yet */
	enum child_state state;
	uint64_t since_ms; /* in this state */
	struct scoreboard *scoreboard;
	struct channel channel;
	struct children *children;
	struct nursery_link *nursery;            /* that forked it */
	struct item *in_flight[CHILD_BATCH_MAX]; /* in the order in which it takes them */
	uint32_t in_flight_count;
	uint32_t ordinal;       /* of the last item given */
	uint64_t progress_ms;   /* when it last finished something, or got its first */
	uint64_t asked_ms;      /* waiting for a call's result since; 0: not waiting */
	enum wire_type awaited; /* WIRE_RESULT or WIRE_FETCHED, while it is waiting */
	struct typing typing;   /* of the handler that runs */
	uint64_t abort_ms;      /* sent SIGABRT for a hang at; 0: not sent */
	bool long_work;         /* the current item released its lane */
	bool protocol_error;    /* killed for sending malformed data */
	bool leaving;           /* told to leave: its end is expected */
	bool retired;   /* of the previous program: it leaves when it has nothing in flight */
	bool worn_out;  /* it leaves when it has nothing in flight */
	bool dismissed; /* killed because the session is over */
	uint64_t handled;
	LIST_ENTRY(child_record) link;
	TAILQ_ENTRY(child_record) idle_link;
};

/* A verdict whose lengths were checked: the calls' heads and bytes follow each other. */
struct child_verdict {
	struct wire_verdict head;
	const uint8_t *calls;
	size_t calls_size;
	/* Of the calls, in their order: the first files_count. Those not taken are closed. */
	struct descriptors *files;
	size_t files_count;
	struct text orders;  /* checked; nil: none */
	struct text failure; /* nil: none */
};

struct children_events {
	void *owner;
	void (*verdict)(void *owner, struct child_record *child, struct item *item,
			const struct child_verdict *verdict);
	/* The child is waiting for the result of a call, whose files are the next in `files`; those
	 * that are not taken are closed. */
	void (*call)(void *owner, struct child_record *child, const struct wire_call *head,
		     const uint8_t *call, struct descriptors *files);
	/* It is waiting for what another host answers. `request`: an encoded fetch_request; `sink`:
	 * a descriptor for the answer, which the callee closes, or -1. */
	void (*fetch)(void *owner, struct child_record *child, bool posted, int sink,
		      const void *request, size_t size);
	void (*release)(void *owner, struct child_record *child, struct item *item);
	/* `walls`: bits of enum wall; `missing`: why one does not stand. */
	void (*ready)(void *owner, struct child_record *child, uint32_t walls, struct text missing);
};

struct children {
	struct loop *loop;
	const struct settings *settings;
	struct nursery_link *nursery;
	struct channels *channels;
	struct items *items;
	struct children_events events;
	LIST_HEAD(child_list, child_record) all;
	TAILQ_HEAD(idle_list, child_record) idle; /* last in, first out */
	uint32_t counts[CHILD_STOPPING + 1];      /* by enum child_state */
	uint32_t handle_us; /* typical time in a handler: moving mean, slow ones count as 5 ms */
	uint32_t handle_sum_us; /* that many times the mean: rounded, it would never come down */
	uint32_t batched;       /* children with more than one item */
};

void children_init(struct children *children, struct loop *loop, const struct settings *settings,
		   struct nursery_link *nursery, struct channels *channels, struct items *items,
		   const struct children_events *events);
/* Frees the records without any event. */
void children_finish(struct children *children);

/* Asks the nursery to fork one, which gets `bot` as soon as it exists. */
MUST_CHECK bool children_start(struct children *children, uint64_t serial, const struct bot *bot,
			       struct why *why);
struct child_record *children_by_serial(const struct children *children, uint64_t serial);
struct child_record *children_by_pid(const struct children *children, pid_t pid);
void children_remove(struct child_record *child);

/* Gives ready lanes to children: idle ones first, then those with the least to do. */
void children_give(struct children *children);
/* Takes back what children with more than one item have not begun, if the current one takes over 2
 * ms and another child is idle. True when it should be called again soon. */
bool children_rebalance(struct children *children);
/* Aborts those that are past their deadline, and kills those that survive that. */
void children_check_deadlines(struct children *children);
/* Busy children that finished something in the last few ms. */
uint32_t children_progressing(const struct children *children);
/* Items waiting at children that are stuck on an earlier one. */
uint32_t children_blocked(const struct children *children);
/* child_dismiss() closes the socket of a child with nothing in flight, which then exits;
 * children_stop_idle() does so to the `count` that have been idle longest. */
void child_dismiss(struct child_record *child);
/* It no longer counts as one that could take work. */
void child_mark_lost(struct child_record *child);
/* The session is over: nothing is in flight any more, and the children that had something are
 * killed. */
void children_forget_items(struct children *children);
/* The files that they may open are others now: each leaves when it has nothing in flight. */
void children_renew(struct children *children, const struct nursery_link *nursery);
/* The children of this nursery are to leave: each once it has nothing in flight and a child of
 * another nursery is ready. children_replace() dismisses those. */
void children_retire(struct children *children, const struct nursery_link *nursery);
void children_replace(struct children *children);
/* Does this nursery have any children? */
bool children_exist_of(const struct children *children, const struct nursery_link *nursery);
/* The bot has another name: tells all of them. */
void children_rename(struct children *children, const struct bot *bot);
/* Does any child of this nursery have an item in flight that may still get a verdict? */
bool children_work_for(const struct children *children, const struct nursery_link *nursery);
void children_stop_idle(struct children *children, uint32_t count);
/* SIGKILL. */
void child_kill(struct child_record *child);
/* WIRE_RESULT or WIRE_FETCHED. */
void child_answer(struct child_record *child, enum wire_type type, const void *result, size_t size);
/* The item that a dead child was handling when it died, or NULL. */
struct item *child_blamed(const struct child_record *child, bool by_signal);

#endif
