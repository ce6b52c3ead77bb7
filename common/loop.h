/* loop.h - the event loop: descriptors, timers, signals, and hooks before it sleeps.
 *
 * One loop per process, in one thread. Callbacks may add and remove anything, including themselves.
 * Each turn: sleep in epoll_wait, call what is ready, call due timers, call the hooks. */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

typedef void loop_fd_fn(void *owner, int fd, uint32_t events);
typedef void loop_timer_fn(void *owner);
typedef void loop_signal_fn(void *owner, int signo);
/* Returns true when there is more to do at once: then the loop does not sleep this turn. */
typedef bool loop_hook_fn(void *owner);

struct loop_timer {
	loop_timer_fn *fn;
	void *owner;
	uint64_t due_ms;
	uint64_t order;    /* among equal times, in the order they were set */
	size_t heap_index; /* 1-based; 0: not set */
};

struct loop *loop_create(void);
void loop_destroy(struct loop *loop);

/* Calls fn when any of the EPOLL* events occurs (level-triggered unless EPOLLET is given). A second
 * call for the same descriptor replaces the first. */
void loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *owner);
/* Must be called before the descriptor is closed; unknown descriptors are allowed. */
void loop_unwatch(struct loop *loop, int fd);

/* Calls timer->fn once, `after_ms` from now; setting it again reschedules it. The caller owns the
 * struct and must clear it before it goes away. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t after_ms);
/* Calls timer->fn once, when CLOCK_BOOTTIME is next a multiple of `period_ms`: the ticks of all
 * programs of a machine fall together, and wake it once. */
void loop_timer_set_tick(struct loop *loop, struct loop_timer *timer, uint64_t period_ms);
/* The same, but at `due_ms` of CLOCK_BOOTTIME if that is before the tick. */
void loop_timer_set_tick_or(struct loop *loop, struct loop_timer *timer, uint64_t period_ms,
			    uint64_t due_ms);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);
bool loop_timer_is_set(const struct loop_timer *timer);

/* Blocks the signal for the process and calls fn from the loop (signalfd). */
void loop_on_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *owner);
/* Called at the end of each turn, in the order they were added: the place to flush what a turn
 * collected. */
void loop_add_hook(struct loop *loop, loop_hook_fn *fn, void *owner);
/* Called after all other hooks, right before the loop may sleep: for event sources that epoll does
 * not show (ZeroMQ). */
void loop_add_last_hook(struct loop *loop, loop_hook_fn *fn, void *owner);
/* Removes a hook of either kind; it need not be there. */
void loop_remove_hook(struct loop *loop, loop_hook_fn *fn, void *owner);

void loop_run(struct loop *loop);
/* loop_run() returns after this turn. */
void loop_stop(struct loop *loop);
/* CLOCK_BOOTTIME in ms, read once per turn. */
uint64_t loop_now_ms(const struct loop *loop);
/* The number of turns; may be read from any thread, for liveness. The loop turns at least once a
 * second. */
uint64_t loop_turns(const struct loop *loop);

/* Signal mask and handlers are inherited by fork(): a child that continues without the loop calls
 * this to unblock every signal and reset handlers to the default. Ignored signals stay ignored, as
 * with execve(2). */
void signals_reset_after_fork(void);

#endif
