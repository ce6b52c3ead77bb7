/* log_pipe.h - standard error as a pipe of the program's own, so that no write to it ever blocks.
 *
 *     this process, its children, their libraries --fd 2--> pipe --a thread--> inherited stderr
 *
 * The inherited description is never changed: it may be a shell's, too. When nobody reads it, only
 * the thread waits; the pipe fills up, and what no longer fits is lost and counted, in one count
 * for the program and all that it forks. The thread says how many lines were lost once it has
 * caught up. */
#ifndef COMMON_LOG_PIPE_H
#define COMMON_LOG_PIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/why.h"

/* Once, in a program that has no threads yet, after log_open(). At exit() the last lines have a
 * second to leave. Without a standard error there is nothing to do: true. */
MUST_CHECK bool log_pipe_open(struct why *why);

/* Lines that were lost since the start, of this process and of all below it. Any thread. */
uint64_t log_pipe_lost(void);

/* What a program that this one executes must know of its log: a descriptor, borrowed; -1 without a
 * pipe. */
int log_pipe_shared(void);
/* In that program, before log_open(); the descriptor is closed. If there is none, lost lines are
 * counted apart. */
void log_pipe_join(int shared);

/* Waits until what was written has left the process, at most so long. Async-signal-safe. Returns at
 * once where the pipe is another process's, and in the thread. */
void log_pipe_drain(unsigned limit_ms);

#endif
