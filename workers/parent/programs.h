/* programs.h - the programs that handlers have asked for: those that run, each with a keeper
 * (workers/child/keeper.h), and those that wait for their turn.
 *
 *   (asked) WAITING --a place is free--> RUNNING --answer, or the end of the socket--> (gone)
 */
#ifndef WORKERS_PARENT_PROGRAMS_H
#define WORKERS_PARENT_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "workers/parent/fetcher_link.h"
#include "workers/parent/nursery_link.h"
#include "workers/wire/channel.h"
#include "workers/wire/wire.h"

/* Of a pool, whatever modules say: a child that was taken over asks for what it likes. */
#define PROGRAMS_RUNNING_MAX 16u
#define PROGRAMS_WAITING_MAX 256u

/* What became of it: an encoded call_result, for the child that waits. */
typedef void programs_answer_fn(void *owner, uint64_t waiter, const void *result, size_t size);

struct program_run;

struct programs {
	struct channels *channels;
	struct fetcher_link *fetcher; /* the proxy of programs with .web */
	programs_answer_fn *answer;
	void *owner;
	TAILQ_HEAD(program_list, program_run) waiting, running;
	size_t waiting_count, running_count;
};

void programs_init(struct programs *programs, struct channels *channels,
		   struct fetcher_link *fetcher, programs_answer_fn *answer, void *owner);
/* Ends all without an answer. */
void programs_finish(struct programs *programs);

/* A child asks: copies the call, and takes its files. */
void programs_add(struct programs *programs, uint64_t waiter, const struct wire_call *head,
		  const void *call, struct descriptors *files);
/* Starts those whose turn it is. `serial`: the last number of a process of the pool, counted on. */
void programs_start(struct programs *programs, struct nursery_link *nursery, uint64_t *serial);
/* The child is gone: what it asked for is ended. */
void programs_forget(struct programs *programs, uint64_t waiter);
/* The nursery could not fork the process of that number. */
void programs_fork_failed(struct programs *programs, uint64_t serial);

#endif
