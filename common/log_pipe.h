/* log_pipe.h - makes standard error the program's own pipe, so that no write to it ever blocks.
 *
 *     this process, its children, their libraries --fd 2--> pipe --a thread--> inherited stderr
 *
 * The inherited description is never changed: a shell may be using it, too. When nobody reads it,
 * only the thread waits; the pipe fills up, and what no longer fits is lost and counted, in one
 * counter for the program and everything that it forks. The thread reports how many lines were lost
 * once it has caught up. */
#ifndef COMMON_LOG_PIPE_H
#define COMMON_LOG_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/why.h"

/* Call once, in a program that has no threads yet, after log_open(). At exit() the last lines have
 * a second to get out. Without a standard error there is nothing to do: true. */
MUST_CHECK bool log_pipe_open(struct why *why);

/* Lines lost since the start, by this process and all below it. Callable from any thread. */
uint64_t log_pipe_lost(void);

/* What a program that this one executes needs to know about its log: a descriptor, borrowed; -1
 * without a pipe. */
int log_pipe_shared(void);
/* In that program, before log_open(); closes the descriptor. Without one, lost lines are counted
 * separately. */
void log_pipe_join(int shared);

/* Waits until what was written has left the process, at most `limit_ms`. Async-signal-safe. Returns
 * at once when the pipe belongs to another process, and in the thread. */
void log_pipe_drain(unsigned limit_ms);

#endif
