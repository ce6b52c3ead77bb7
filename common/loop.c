/* loop.c - the event loop: epoll, one signalfd, a binary heap of timers. */
#include "common/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"

#define EVENTS_PER_TURN 128
#define SIGNALS_PER_TURN 64
/* Liveness is judged by the count of turns, so an idle loop turns too: at the ticks of
 * loop_timer_set_tick(). */
#define SLEEP_MAX_MS 1000u

struct watch {
	loop_fd_fn *fn; /* NULL: not watched */
	void *owner;
	/* Incremented by each change: an event that epoll_wait() returned before the change is not
	 * for this watch, although the descriptor may have the same number. */
	uint32_t generation;
};

struct signal_watch {
	loop_signal_fn *fn;
	void *owner;
};

struct hook {
	loop_hook_fn *fn; /* NULL: removed while the hooks were being called */
	void *owner;
};

struct hooks {
	struct hook *list;
	size_t count;
	bool has_holes;
};

struct loop {
	int epoll;
	bool stop;
	bool again; /* there is more to do: do not sleep */
	uint64_t now_ms;
	_Atomic uint64_t turns;

	struct watch *watches; /* by descriptor */
	size_t watches_size;

	struct loop_timer **heap; /* 1-based */
	size_t timers;
	size_t heap_size;
	uint64_t next_order;

	int signal_fd; /* -1: no signal is being watched */
	sigset_t signal_mask;
	struct signal_watch signals[NSIG];

	struct hooks hooks, last_hooks;
};

struct loop *loop_create(void)
{
	struct loop *loop = xmalloc(sizeof(*loop));

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		panic("epoll_create1: %s", strerror(errno));
	loop->signal_fd = -1;
	sigemptyset(&loop->signal_mask);
	loop->now_ms = clock_boot_ms();
	return loop;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	while (loop->timers > 0)
		loop_timer_clear(loop, loop->heap[1]);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	close(loop->epoll);
	free(loop->watches);
	free(loop->heap);
	free(loop->hooks.list);
	free(loop->last_hooks.list);
	free(loop);
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

uint64_t loop_turns(const struct loop *loop)
{
	return atomic_load_explicit(&loop->turns, memory_order_relaxed);
}

/* --- descriptors ----------------------------------------------------------------------------- */

static struct watch *watch_of(struct loop *loop, int fd)
{
	size_t wanted = (size_t)fd + 1, before = loop->watches_size;

	if (fd < 0)
		panic("descriptor %d cannot be watched", fd);
	if (wanted > before) {
		array_reserve(loop->watches, &loop->watches_size, wanted);
		memset(loop->watches + before, 0,
		       (loop->watches_size - before) * sizeof(*loop->watches));
	}
	return &loop->watches[fd];
}

void loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn *fn, void *owner)
{
	struct watch *watch = watch_of(loop, fd);
	struct epoll_event event = { .events = events };
	int operation = watch->fn ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	watch->fn = fn;
	watch->owner = owner;
	watch->generation++;
	event.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd;
	if (epoll_ctl(loop->epoll, operation, fd, &event) < 0)
		panic("cannot watch descriptor %d: %s", fd, strerror(errno));
}

void loop_unwatch(struct loop *loop, int fd)
{
	struct watch *watch;

	if (fd < 0 || (size_t)fd >= loop->watches_size || !loop->watches[fd].fn)
		return;
	watch = &loop->watches[fd];
	watch->fn = NULL;
	watch->generation++;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL) < 0)
		panic("descriptor %d was closed while it was watched: %s", fd, strerror(errno));
}

static void call_watch(struct loop *loop, const struct epoll_event *event)
{
	int fd = (int)(uint32_t)event->data.u64;
	const struct watch *watch = &loop->watches[fd];

	if (watch->fn && watch->generation == event->data.u64 >> 32)
		watch->fn(watch->owner, fd, event->events);
}

/* --- timers: a binary heap, the next one at 1 ------------------------------------------------- */

static bool is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms;
	return a->order < b->order;
}

static void heap_put(struct loop *loop, size_t index, struct loop_timer *timer)
{
	loop->heap[index] = timer;
	timer->heap_index = index;
}

static void heap_rise(struct loop *loop, struct loop_timer *timer)
{
	size_t index = timer->heap_index;

	while (index > 1 && is_before(timer, loop->heap[index / 2])) {
		heap_put(loop, index, loop->heap[index / 2]);
		index /= 2;
	}
	heap_put(loop, index, timer);
}

static void heap_sink(struct loop *loop, struct loop_timer *timer)
{
	size_t index = timer->heap_index;

	for (;;) {
		size_t child = 2 * index;

		if (child > loop->timers)
			break;
		if (child < loop->timers && is_before(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!is_before(loop->heap[child], timer))
			break;
		heap_put(loop, index, loop->heap[child]);
		index = child;
	}
	heap_put(loop, index, timer);
}

static void set_timer(struct loop *loop, struct loop_timer *timer, uint64_t due_ms)
{
	loop_timer_clear(loop, timer);
	timer->due_ms = due_ms;
	timer->order = loop->next_order++;
	array_reserve(loop->heap, &loop->heap_size, loop->timers + 2);
	heap_put(loop, ++loop->timers, timer);
	heap_rise(loop, timer);
}

/* Not from loop->now_ms: the turn may have begun long ago, especially at startup. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t after_ms)
{
	set_timer(loop, timer, clock_boot_ms() + after_ms);
}

void loop_timer_set_tick_or(struct loop *loop, struct loop_timer *timer, uint64_t period_ms,
			    uint64_t due_ms)
{
	uint64_t tick_ms = (clock_boot_ms() / period_ms + 1) * period_ms;

	set_timer(loop, timer, tick_ms < due_ms ? tick_ms : due_ms);
}

void loop_timer_set_tick(struct loop *loop, struct loop_timer *timer, uint64_t period_ms)
{
	loop_timer_set_tick_or(loop, timer, period_ms, UINT64_MAX);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer *last;
	size_t index = timer->heap_index;

	if (index == 0)
		return;
	timer->heap_index = 0;
	last = loop->heap[loop->timers--];
	if (last == timer)
		return;
	heap_put(loop, index, last);
	heap_rise(loop, last);
	heap_sink(loop, last);
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
	return timer->heap_index != 0;
}

/* A timer set by a callback of this pass waits for the next turn, so that one that keeps setting
 * itself to 0 does not keep the loop from its descriptors. */
static void call_due_timers(struct loop *loop)
{
	uint64_t first_new = loop->next_order;

	while (loop->timers > 0) {
		struct loop_timer *timer = loop->heap[1];

		if (timer->due_ms > loop->now_ms || timer->order >= first_new)
			return;
		loop_timer_clear(loop, timer);
		timer->fn(timer->owner);
	}
}

/* --- signals --------------------------------------------------------------------------------- */

static void on_signal_fd(void *owner, int fd, uint32_t events)
{
	struct loop *loop = owner;
	struct signalfd_siginfo info;

	(void)events;
	for (int i = 0; i < SIGNALS_PER_TURN; i++) {
		const struct signal_watch *watch;

		if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
			return;
		watch = &loop->signals[info.ssi_signo];
		watch->fn(watch->owner, (int)info.ssi_signo);
	}
}

void loop_on_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *owner)
{
	int fd;

	loop->signals[signo] = (struct signal_watch) { .fn = fn, .owner = owner };
	sigaddset(&loop->signal_mask, signo);
	if (pthread_sigmask(SIG_BLOCK, &loop->signal_mask, NULL) != 0)
		panic("signal %d cannot be blocked", signo);
	fd = signalfd(loop->signal_fd, &loop->signal_mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		panic("signalfd: %s", strerror(errno));
	if (loop->signal_fd < 0)
		loop_watch(loop, fd, EPOLLIN, on_signal_fd, loop);
	loop->signal_fd = fd;
}

void signals_reset_after_fork(void)
{
	sigset_t all;

	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction action;

		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			signal(signo, SIG_DFL);
	}
	sigfillset(&all);
	pthread_sigmask(SIG_UNBLOCK, &all, NULL);
}

/* --- hooks ----------------------------------------------------------------------------------- */

static void add_hook(struct hooks *hooks, loop_hook_fn *fn, void *owner)
{
	hooks->list = xreallocarray(hooks->list, hooks->count + 1, sizeof(*hooks->list));
	hooks->list[hooks->count++] = (struct hook) { .fn = fn, .owner = owner };
}

void loop_add_hook(struct loop *loop, loop_hook_fn *fn, void *owner)
{
	add_hook(&loop->hooks, fn, owner);
}

void loop_add_last_hook(struct loop *loop, loop_hook_fn *fn, void *owner)
{
	add_hook(&loop->last_hooks, fn, owner);
}

static void remove_hook(struct hooks *hooks, loop_hook_fn *fn, void *owner)
{
	for (size_t i = 0; i < hooks->count; i++) {
		struct hook *hook = &hooks->list[i];

		if (hook->fn == fn && hook->owner == owner) {
			hook->fn = NULL;
			hooks->has_holes = true;
		}
	}
}

void loop_remove_hook(struct loop *loop, loop_hook_fn *fn, void *owner)
{
	remove_hook(&loop->hooks, fn, owner);
	remove_hook(&loop->last_hooks, fn, owner);
}

static void close_holes(struct hooks *hooks)
{
	size_t kept = 0;

	for (size_t i = 0; i < hooks->count; i++)
		if (hooks->list[i].fn)
			hooks->list[kept++] = hooks->list[i];
	hooks->count = kept;
	hooks->has_holes = false;
}

static void call_hooks(struct loop *loop, struct hooks *hooks)
{
	/* By index, reading the count each time: a hook may add hooks. */
	for (size_t i = 0; i < hooks->count; i++) {
		struct hook hook = hooks->list[i];

		if (hook.fn && hook.fn(hook.owner))
			loop->again = true;
	}
	if (hooks->has_holes)
		close_holes(hooks);
}

/* --- turning --------------------------------------------------------------------------------- */

static int sleep_ms(const struct loop *loop)
{
	uint64_t now = clock_boot_ms();
	uint64_t due = (now / SLEEP_MAX_MS + 1) * SLEEP_MAX_MS;

	if (loop->again)
		return 0;
	if (loop->timers > 0 && loop->heap[1]->due_ms < due)
		due = loop->heap[1]->due_ms;
	return due > now ? (int)(due - now) : 0;
}

static void turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = epoll_wait(loop->epoll, events, EVENTS_PER_TURN, sleep_ms(loop));

	if (count < 0 && errno != EINTR)
		panic("epoll_wait: %s", strerror(errno));
	loop->now_ms = clock_boot_ms();
	loop->again = false;
	atomic_fetch_add_explicit(&loop->turns, 1, memory_order_relaxed);
	for (int i = 0; i < count; i++)
		call_watch(loop, &events[i]);
	call_due_timers(loop);
	call_hooks(loop, &loop->hooks);
	call_hooks(loop, &loop->last_hooks);
}

void loop_run(struct loop *loop)
{
	loop->stop = false;
	while (!loop->stop)
		turn(loop);
}

void loop_stop(struct loop *loop)
{
	loop->stop = true;
}
