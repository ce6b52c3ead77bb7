/* test_loop.c - the loop's descriptors, timers, signals and hooks, and changing them inside
 * callbacks. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/loop.h"
#include "common/xalloc.h"
#include "tests/unit/moved_clock.h"

struct fixture {
	struct loop *loop;
	int a[2], b[2];
	char trail[64]; /* what was called, one letter each */
	struct loop_timer timers[8];
	int ticks;
	bool hook_busy;
};

static int set_up(void **state)
{
	struct fixture *fixture = xmalloc(sizeof(*fixture));

	fixture->loop = loop_create();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->b), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	loop_destroy(fixture->loop);
	close(fixture->a[0]);
	close(fixture->a[1]);
	close(fixture->b[0]);
	close(fixture->b[1]);
	free(fixture);
	return 0;
}

static void note(struct fixture *fixture, char letter)
{
	size_t length = strlen(fixture->trail);

	if (length + 1 < sizeof(fixture->trail))
		fixture->trail[length] = letter;
}

static void stop(void *owner)
{
	struct fixture *fixture = owner;

	loop_stop(fixture->loop);
}

static void set_timer(struct fixture *fixture, size_t index, loop_timer_fn *fn, uint64_t after_ms)
{
	struct loop_timer *timer = &fixture->timers[index];

	timer->fn = fn;
	timer->owner = fixture;
	loop_timer_set(fixture->loop, timer, after_ms);
}

/* --- descriptors ------------------------------------------------------------------------------ */

static void on_a(void *owner, int fd, uint32_t events)
{
	struct fixture *fixture = owner;
	char byte;

	assert_true(events & EPOLLIN);
	assert_int_equal(read(fd, &byte, 1), 1);
	note(fixture, byte);
	if (byte == 'z')
		loop_stop(fixture->loop);
}

static void readable_descriptors_are_called(void **state)
{
	struct fixture *fixture = *state;

	loop_watch(fixture->loop, fixture->a[0], EPOLLIN, on_a, fixture);
	assert_int_equal(write(fixture->a[1], "xyz", 3), 3);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "xyz");
	assert_true(loop_turns(fixture->loop) >= 3);
}

/* Both are ready in the same turn; the one called first removes the other, closes it and opens a
 * new descriptor that gets the same number. */
static void on_either(void *owner, int fd, uint32_t events)
{
	struct fixture *fixture = owner;
	int *other = fd == fixture->a[0] ? fixture->b : fixture->a;
	int number = other[0];

	(void)events;
	note(fixture, '1');
	loop_unwatch(fixture->loop, number);
	close(other[0]);
	other[0] = eventfd(0, 0);
	assert_int_equal(other[0], number);
	loop_watch(fixture->loop, other[0], EPOLLIN, on_a, fixture);
	loop_unwatch(fixture->loop, fd);
}

static void stale_events_are_not_called(void **state)
{
	struct fixture *fixture = *state;

	loop_watch(fixture->loop, fixture->a[0], EPOLLIN, on_either, fixture);
	loop_watch(fixture->loop, fixture->b[0], EPOLLIN, on_either, fixture);
	assert_int_equal(write(fixture->a[1], "x", 1), 1);
	assert_int_equal(write(fixture->b[1], "x", 1), 1);
	set_timer(fixture, 0, stop, 20);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "1");
}

static void on_writable(void *owner, int fd, uint32_t events)
{
	struct fixture *fixture = owner;

	assert_true(events & EPOLLOUT);
	note(fixture, 'w');
	/* replaces itself */
	loop_watch(fixture->loop, fd, EPOLLIN, on_a, fixture);
	assert_int_equal(write(fixture->a[1], "z", 1), 1);
}

static void a_second_watch_replaces_the_first(void **state)
{
	struct fixture *fixture = *state;

	loop_watch(fixture->loop, fixture->a[0], EPOLLIN | EPOLLOUT, on_writable, fixture);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "wz");
	loop_unwatch(fixture->loop, fixture->a[0]);
	loop_unwatch(fixture->loop, fixture->a[0]);
	loop_unwatch(fixture->loop, 900);
	loop_unwatch(fixture->loop, -1);
}

/* --- timers ----------------------------------------------------------------------------------- */

static void no_tick(void *owner)
{
	(void)owner;
}

static void tick_0(void *owner)
{
	note(owner, '0');
}

static void tick_1(void *owner)
{
	note(owner, '1');
}

static void tick_2(void *owner)
{
	note(owner, '2');
}

static void timers_come_in_order(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start = clock_boot_ms();

	set_timer(fixture, 2, tick_2, 30);
	set_timer(fixture, 0, tick_0, 10);
	set_timer(fixture, 1, tick_1, 20);
	set_timer(fixture, 3, tick_0, 30); /* equal: after the one that was set first */
	set_timer(fixture, 4, tick_1, 5);
	set_timer(fixture, 4, tick_1, 35); /* moved */
	set_timer(fixture, 5, tick_2, 15);
	loop_timer_clear(fixture->loop, &fixture->timers[5]);
	loop_timer_clear(fixture->loop, &fixture->timers[5]);
	assert_false(loop_timer_is_set(&fixture->timers[5]));
	assert_true(loop_timer_is_set(&fixture->timers[4]));
	set_timer(fixture, 6, stop, 50);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "01201");
	assert_in_range(clock_boot_ms() - start, 50, 5000);
	assert_false(loop_timer_is_set(&fixture->timers[4]));
}

static void tick_again_at_once(void *owner)
{
	struct fixture *fixture = owner;

	fixture->ticks++;
	loop_timer_set(fixture->loop, &fixture->timers[0], 0);
}

static void a_timer_of_zero_does_not_starve_descriptors(void **state)
{
	struct fixture *fixture = *state;

	set_timer(fixture, 0, tick_again_at_once, 0);
	loop_watch(fixture->loop, fixture->a[0], EPOLLIN, on_a, fixture);
	assert_int_equal(write(fixture->a[1], "abz", 3), 3);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "abz");
	assert_true(fixture->ticks >= 2);
	/* it is still set; destroying the loop leaves it clear */
	assert_true(loop_timer_is_set(&fixture->timers[0]));
}

static void clear_the_others(void *owner)
{
	struct fixture *fixture = owner;

	note(fixture, 'c');
	for (size_t i = 0; i < 4; i++)
		loop_timer_clear(fixture->loop, &fixture->timers[i]);
}

static void a_timer_may_clear_others_that_are_due(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 4; i++)
		set_timer(fixture, i, clear_the_others, 5);
	set_timer(fixture, 4, stop, 20);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "c");
}

/* The heap compared with a sorted list: random sets, moves and clears. */
struct drawn {
	struct loop_timer timer;
	uint64_t *last_due;
	int *called;
};

static void on_drawn(void *owner)
{
	struct drawn *drawn = owner;

	assert_true(drawn->timer.due_ms >= *drawn->last_due);
	*drawn->last_due = drawn->timer.due_ms;
	++*drawn->called;
}

static void many_timers_keep_their_order(void **state)
{
	struct fixture *fixture = *state;
	static struct drawn drawn[500];
	uint64_t last_due = 0;
	int called = 0, expected = 0;
	unsigned seed = 3;

	for (int i = 0; i < 5000; i++) {
		struct drawn *one = &drawn[(size_t)rand_r(&seed) % COUNT_OF(drawn)];

		one->timer.fn = on_drawn;
		one->timer.owner = one;
		one->last_due = &last_due;
		one->called = &called;
		if (rand_r(&seed) % 3 == 0)
			loop_timer_clear(fixture->loop, &one->timer);
		else
			loop_timer_set(fixture->loop, &one->timer, (uint64_t)rand_r(&seed) % 40);
	}
	for (size_t i = 0; i < COUNT_OF(drawn); i++)
		expected += loop_timer_is_set(&drawn[i].timer);
	assert_true(expected > 100);
	set_timer(fixture, 0, stop, 100);
	loop_run(fixture->loop);
	assert_int_equal(called, expected);
}

/* --- signals ---------------------------------------------------------------------------------- */

static void on_signal(void *owner, int signo)
{
	struct fixture *fixture = owner;

	note(fixture, signo == SIGUSR1 ? 'u' : 't');
	if (signo == SIGTERM)
		loop_stop(fixture->loop);
}

static void signals_come_through_the_loop(void **state)
{
	struct fixture *fixture = *state;
	sigset_t mask;

	loop_on_signal(fixture->loop, SIGUSR1, on_signal, fixture);
	loop_on_signal(fixture->loop, SIGTERM, on_signal, fixture);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGTERM);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "ut");

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

static void ignore_it(int signo)
{
	(void)signo;
}

static void a_forked_child_has_plain_signals(void **state)
{
	struct fixture *fixture = *state;
	sigset_t mask;
	int status;
	pid_t pid;

	loop_on_signal(fixture->loop, SIGTERM, on_signal, fixture);
	signal(SIGUSR1, ignore_it);
	signal(SIGPIPE, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		struct sigaction action;

		signals_reset_after_fork();
		sigaction(SIGUSR1, NULL, &action);
		if (action.sa_handler != SIG_DFL)
			_exit(1);
		sigaction(SIGPIPE, NULL, &action);
		if (action.sa_handler != SIG_IGN)
			_exit(2);
		raise(SIGTERM);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

/* --- hooks ------------------------------------------------------------------------------------ */

static bool hook_a(void *owner)
{
	note(owner, 'a');
	return false;
}

static bool hook_l(void *owner)
{
	struct fixture *fixture = owner;

	note(fixture, 'l');
	loop_stop(fixture->loop);
	return false;
}

/* The next turn does not wait for anything. */
static void turn_at_once(struct fixture *fixture)
{
	set_timer(fixture, 0, no_tick, 0);
}

static bool hook_gone(void *owner)
{
	struct fixture *fixture = owner;

	note(fixture, 'g');
	loop_remove_hook(fixture->loop, hook_gone, fixture);
	return true;
}

static void hooks_run_in_order_and_last_hooks_last(void **state)
{
	struct fixture *fixture = *state;

	loop_add_last_hook(fixture->loop, hook_l, fixture);
	loop_add_hook(fixture->loop, hook_gone, fixture);
	loop_add_hook(fixture->loop, hook_a, fixture);
	turn_at_once(fixture);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "gal");
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "galal");
	loop_remove_hook(fixture->loop, hook_a, fixture);
	loop_remove_hook(fixture->loop, hook_a, fixture);
	turn_at_once(fixture);
	loop_run(fixture->loop);
	assert_string_equal(fixture->trail, "galall");
}

static bool hook_five_times(void *owner)
{
	struct fixture *fixture = owner;

	if (++fixture->ticks == 5)
		loop_stop(fixture->loop);
	return true;
}

static void a_busy_hook_keeps_the_loop_awake(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start = clock_boot_ms();

	loop_add_hook(fixture->loop, hook_five_times, fixture);
	turn_at_once(fixture);
	loop_run(fixture->loop);
	assert_int_equal(loop_turns(fixture->loop), 5);
	/* no turn has slept */
	assert_in_range(clock_boot_ms() - start, 0, 1900);
}

/* Liveness is judged by the turns: they continue though nothing happens. */
static bool hook_second_turn(void *owner)
{
	struct fixture *fixture = owner;

	if (++fixture->ticks == 2)
		loop_stop(fixture->loop);
	return false;
}

static bool sleeps_by_clock;

int __real_epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms);

/* A sleep in which nothing happens: the clock is advanced instead. */
int __wrap_epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms)
{
	if (!sleeps_by_clock)
		return __real_epoll_wait(fd, events, max, timeout_ms);
	assert_in_range(timeout_ms, 0, 60000);
	put_clock_forward((uint64_t)timeout_ms);
	return __real_epoll_wait(fd, events, max, 0);
}

static void an_idle_loop_turns_every_second(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start;

	put_clock_forward(1000 - clock_boot_ms() % 1000);
	start = clock_boot_ms();
	loop_add_hook(fixture->loop, hook_second_turn, fixture);
	sleeps_by_clock = true;
	loop_run(fixture->loop);
	sleeps_by_clock = false;
	assert_in_range(clock_boot_ms() - start, 1900, 4000);
	assert_true(loop_now_ms(fixture->loop) >= start + 1900);
}

/* Whenever they are set: the ticks of all programs fall together. */
static void ticks_fall_on_multiples_of_their_period(void **state)
{
	struct fixture *fixture = *state;
	struct loop_timer second = { 0 }, quarter = { 0 };

	for (uint64_t phase = 0; phase < 1000; phase += 50) {
		put_clock_forward(1000 - clock_boot_ms() % 1000 + phase);
		loop_timer_set_tick(fixture->loop, &second, 1000);
		loop_timer_set_tick(fixture->loop, &quarter, 250);
		assert_int_equal(second.due_ms % 1000, 0);
		assert_int_equal(quarter.due_ms % 250, 0);
		assert_true(second.due_ms > clock_boot_ms() - 100);
		assert_true(second.due_ms - clock_boot_ms() <= 1000);
		assert_true(quarter.due_ms <= second.due_ms);
		loop_timer_set_tick_or(fixture->loop, &second, 1000, quarter.due_ms - 7);
		assert_int_equal(second.due_ms, quarter.due_ms - 7);
		loop_timer_set_tick_or(fixture->loop, &second, 1000, UINT64_MAX);
		assert_int_equal(second.due_ms % 1000, 0);
	}
	loop_timer_clear(fixture->loop, &second);
	loop_timer_clear(fixture->loop, &quarter);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(readable_descriptors_are_called),
		TEST(stale_events_are_not_called),
		TEST(a_second_watch_replaces_the_first),
		TEST(timers_come_in_order),
		TEST(a_timer_of_zero_does_not_starve_descriptors),
		TEST(a_timer_may_clear_others_that_are_due),
		TEST(many_timers_keep_their_order),
		TEST(signals_come_through_the_loop),
		TEST(a_forked_child_has_plain_signals),
		TEST(hooks_run_in_order_and_last_hooks_last),
		TEST(a_busy_hook_keeps_the_loop_awake),
		TEST(an_idle_loop_turns_every_second),
		TEST(ticks_fall_on_multiples_of_their_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
