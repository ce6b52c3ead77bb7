/* test_fetcher_link.c - fetchers as their parent sees them: what a new one is told, what becomes of
 * what a dead one had in hand, what of its reports is malformed, one that stands still or leaves.
 */
#include "tests/unit/nursery_world.h"
#include "tests/unit/turned_loop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "workers/parent/fetcher_link.h"

static struct module_key keys[] = { { "KORONE_A_KEY", "the key" },
				    { "KORONE_OTHER_KEY", "not for it" } };
static const struct settings settings = { .fetch_allow = "127.0.0.1:1",
					  .module_keys = { .all = keys, .count = 2 } };
static struct loop *loop;
static struct channels channels;
static struct nursery_link *nursery;
static struct fetcher_link fetcher_link;

/* What the link told its owner. */
static struct {
	unsigned fetched, ready, wanted;
	uint64_t waiter;
	enum fetch_outcome outcome;
	char rule[32], why[64], answer[32];
	uint32_t walls;
} told;

static void copy(char *out, size_t size, const void *bytes, size_t length)
{
	snprintf(out, size, "%.*s", (int)length, (const char *)bytes);
}

static void on_fetched(void *owner, uint64_t waiter, const struct wire_fetched *head,
		       struct text rule, struct text why, const void *answer, size_t size)
{
	(void)owner;
	told.fetched++;
	told.waiter = waiter;
	told.outcome = (enum fetch_outcome)head->outcome;
	copy(told.rule, sizeof(told.rule), rule.data, rule.length);
	copy(told.why, sizeof(told.why), why.data, why.length);
	copy(told.answer, sizeof(told.answer), answer, size);
}

static void on_ready(void *owner, uint32_t walls, struct text missing)
{
	(void)owner;
	(void)missing;
	told.ready++;
	told.walls = walls;
}

static void on_wanted(void *owner)
{
	(void)owner;
	told.wanted++;
}

static void take_hosts(bool any)
{
	struct web_hosts hosts = { 0 };
	struct buffer packed = { 0 };
	struct why why;

	if (any)
		assert_true(web_hosts_add(&hosts, "m", "a.org", "KORONE_A_KEY", "k", NULL, &why));
	web_hosts_encode(&hosts, &packed);
	fetcher_link_take_hosts(&fetcher_link,
				cursor_make(buffer_unread(&packed), buffer_unread_size(&packed)));
	buffer_finish(&packed);
	web_hosts_finish(&hosts);
}

static int set_up(void **state)
{
	const struct fetcher_link_events events = { .fetched = on_fetched,
						    .ready = on_ready,
						    .wanted = on_wanted };

	(void)state;
	memset(&told, 0, sizeof(told));
	loop = loop_create();
	channels = (struct channels) { .loop = loop };
	nursery = nursery_link_create(loop, &settings, -1, NULL);
	fetcher_link_init(&fetcher_link, &settings, loop, nursery, &channels, &events);
	take_hosts(true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fetcher_link_finish(&fetcher_link);
	forget_processes();
	nursery_link_destroy(nursery);
	loop_destroy(loop);
	return 0;
}

static void pass(uint64_t ms)
{
	turn_loop(loop, ms);
	channels_flush(&channels);
}

static void turn(void)
{
	pass(0);
}

static struct process *start_fetcher(void)
{
	struct process *fetcher = &processes[processes_count];
	struct why why;

	assert_true(fetcher_link_start(&fetcher_link, processes_count + 1, &why));
	assert_int_equal(fetcher->role, NURSERY_FETCHER);
	fetcher_link.pid = fetcher->pid;
	turn();
	return fetcher;
}

static void ask(uint64_t waiter, bool posted)
{
	fetcher_link_ask(&fetcher_link, waiter, posted, -1, "request", 7);
	turn();
}

static uint64_t hear_fetch(struct process *fetcher)
{
	struct frame frame = hear(fetcher, WIRE_FETCH);
	struct wire_fetch head;

	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(frame.size, 7);
	assert_memory_equal(frame.data, "request", 7);
	return head.id;
}

static void answer(struct process *fetcher, uint64_t id, uint16_t rule, uint16_t why)
{
	static const char tail[] = "ruleno wayanswer";
	const struct wire_fetched head = {
		.id = id, .rule_size = rule, .why_size = why, .outcome = FETCH_STATUS
	};

	say_two(fetcher, WIRE_FETCHED, &head, sizeof(head), tail, sizeof(tail) - 1);
	turn();
}

static void dies(void)
{
	fetcher_link_died(&fetcher_link);
	fetcher_link_clear(&fetcher_link);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void it_is_told_the_hosts_and_their_keys_and_no_others(void **state)
{
	struct process *fetcher = start_fetcher();
	struct frame frame = hear(fetcher, WIRE_FETCHER);
	struct web_hosts hosts = { 0 };
	struct cursor cursor = cursor_make(frame.data, frame.size);

	(void)state;
	cursor_expect_array(&cursor, 5);
	(void)cursor_uint(&cursor);
	(void)cursor_uint(&cursor);
	assert_true(text_is(cursor_text(&cursor), "127.0.0.1:1"));
	assert_true(web_hosts_decode(&cursor, &hosts));
	assert_int_equal(hosts.count, 1);
	assert_int_equal(cursor_array(&cursor), 1);
	cursor_expect_array(&cursor, 2);
	assert_true(text_is(cursor_text(&cursor), "KORONE_A_KEY"));
	assert_true(text_is(cursor_text(&cursor), "the key"));
	assert_true(cursor_end(&cursor, NULL));
	web_hosts_finish(&hosts);
}

static void answers_go_to_those_who_asked(void **state)
{
	struct process *fetcher = start_fetcher();
	uint64_t first, second;

	(void)state;
	hear(fetcher, WIRE_FETCHER);
	ask(71, false);
	ask(72, false);
	first = hear_fetch(fetcher);
	second = hear_fetch(fetcher);
	assert_int_not_equal(first, second);
	answer(fetcher, second, 4, 6);
	assert_int_equal(told.fetched, 1);
	assert_int_equal(told.waiter, 72);
	assert_int_equal(told.outcome, FETCH_STATUS);
	assert_string_equal(told.rule, "rule");
	assert_string_equal(told.why, "no way");
	assert_string_equal(told.answer, "answer");
	answer(fetcher, first, 0, 0);
	assert_int_equal(told.waiter, 71);
	assert_int_equal(fetcher_link.count, 0);
	/* Too late, or twice. */
	answer(fetcher, first, 0, 0);
	assert_int_equal(told.fetched, 2);
	assert_int_equal(fetcher->signals, 0);
}

static void what_waits_is_given_to_the_next(void **state)
{
	struct process *fetcher;

	(void)state;
	ask(71, false);
	assert_int_equal(told.fetched, 0);
	fetcher = start_fetcher();
	hear(fetcher, WIRE_FETCHER);
	hear_fetch(fetcher);
	hear_nothing(fetcher);
}

static void what_a_dead_one_had_is_asked_once_more(void **state)
{
	struct process *fetcher = start_fetcher();

	(void)state;
	ask(71, false);
	ask(72, true);
	dies();
	/* Posted: it may have arrived. */
	assert_int_equal(told.fetched, 1);
	assert_int_equal(told.waiter, 72);
	assert_int_equal(told.outcome, FETCH_LOST);
	fetcher = start_fetcher();
	hear(fetcher, WIRE_FETCHER);
	hear_fetch(fetcher);
	dies();
	assert_int_equal(told.fetched, 2);
	assert_int_equal(told.waiter, 71);
	assert_int_equal(fetcher_link.count, 0);
}

static void what_none_has_taken_is_not_lost_with_it(void **state)
{
	(void)state;
	(void)start_fetcher();
	fetcher_link_leave(&fetcher_link);
	ask(71, true);
	dies();
	assert_int_equal(told.fetched, 0);
	hear(start_fetcher(), WIRE_FETCHER);
	assert_int_equal(fetcher_link.count, 1);
}

static void nobody_waits_for_ever(void **state)
{
	struct process *fetcher = start_fetcher();

	(void)state;
	ask(71, false);
	pass(FETCHER_WAIT_MS - 1);
	fetcher->scoreboard->turned_ms = 1;
	fetcher_link_check(&fetcher_link, 1);
	assert_int_equal(told.fetched, 0);
	pass(1);
	fetcher_link_check(&fetcher_link, 1);
	assert_int_equal(told.fetched, 1);
	assert_int_equal(told.outcome, FETCH_LOST);
	assert_string_equal(told.why, "the fetcher gives no answer");
}

/* --- one that has nothing to do --- */

static struct process *start_ready(void)
{
	const struct wire_ready ready = { .walls = 3 };
	struct process *fetcher = start_fetcher();

	hear(fetcher, WIRE_FETCHER);
	say(fetcher, WIRE_FETCHER_READY, &ready, sizeof(ready));
	turn();
	return fetcher;
}

static void wait_and_check(struct process *fetcher, uint64_t ms)
{
	pass(ms);
	fetcher->scoreboard->turned_ms++;
	fetcher_link_check(&fetcher_link, 1);
	channels_flush(&channels);
}

static void one_that_has_nothing_to_do_leaves_until_there_is(void **state)
{
	struct process *fetcher = start_ready();

	(void)state;
	wait_and_check(fetcher, FETCHER_REST_MS - 1);
	hear_nothing(fetcher);
	wait_and_check(fetcher, 1);
	hear(fetcher, WIRE_LEAVE);
	assert_true(fetcher_link.resting);
	assert_false(fetcher_link_is_well(&fetcher_link));
	dies();
	assert_false(fetcher_link_is_missing(&fetcher_link));
	assert_true(fetcher_link_is_well(&fetcher_link));
	assert_int_equal(told.wanted, 0);
	ask(71, false);
	assert_int_equal(told.wanted, 1);
	assert_true(fetcher_link_is_missing(&fetcher_link));
	fetcher = start_ready();
	hear_fetch(fetcher);
	wait_and_check(fetcher, FETCHER_REST_MS);
	hear_nothing(fetcher);
}

static void what_is_asked_of_one_that_leaves_is_for_the_next(void **state)
{
	struct process *fetcher = start_ready();

	(void)state;
	wait_and_check(fetcher, FETCHER_REST_MS);
	hear(fetcher, WIRE_LEAVE);
	ask(71, true);
	hear_nothing(fetcher);
	assert_int_equal(told.wanted, 0); /* when it is gone */
	dies();
	assert_true(fetcher_link_is_missing(&fetcher_link));
	hear_fetch(start_ready());
	assert_int_equal(told.fetched, 0);
}

/* Another would ask at once. */
static void one_that_knows_who_wants_silence_stays(void **state)
{
	struct process *fetcher = start_ready();
	struct wire_fetched head = { .status = 429, .outcome = FETCH_STATUS };

	(void)state;
	ask(71, false);
	head.id = hear_fetch(fetcher);
	say_two(fetcher, WIRE_FETCHED, &head, sizeof(head), "", 0);
	turn();
	assert_int_equal(told.fetched, 1);
	wait_and_check(fetcher, FETCHER_SILENCE_MS - 1);
	hear_nothing(fetcher);
	wait_and_check(fetcher, 1);
	hear(fetcher, WIRE_LEAVE);
}

static void one_that_is_a_proxy_stays(void **state)
{
	struct process *fetcher = start_ready();
	int listener = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	fetcher_link_add_program(&fetcher_link, 5, text_of("m"), listener);
	turn();
	hear(fetcher, WIRE_WEB);
	wait_and_check(fetcher, 3 * FETCHER_REST_MS);
	hear_nothing(fetcher);
	fetcher_link_remove_program(&fetcher_link, 5);
	turn();
	hear(fetcher, WIRE_WEB_END);
	wait_and_check(fetcher, FETCHER_REST_MS);
	hear(fetcher, WIRE_LEAVE);
	dies();
	listener = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fetcher_link_add_program(&fetcher_link, 6, text_of("m"), listener);
	assert_int_equal(told.wanted, 1);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void the_file_for_an_answer_is_kept_until_that_has_come(void **state)
{
	struct process *fetcher = start_fetcher();
	int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct wire_fetch head;
	struct frame frame;

	(void)state;
	hear(fetcher, WIRE_FETCHER);
	fetcher_link_ask(&fetcher_link, 71, false, sink, "request", 7);
	turn();
	frame = hear(fetcher, WIRE_FETCH);
	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head.files, 1);
	/* Another fetcher may need it. */
	assert_true(is_open(sink));
	answer(fetcher, head.id, 0, 0);
	assert_int_equal(told.fetched, 1);
	assert_false(is_open(sink));
}

static void without_hosts_nothing_is_asked(void **state)
{
	(void)state;
	take_hosts(false);
	assert_false(fetcher_link_is_needed(&fetcher_link));
	ask(71, false);
	assert_int_equal(told.fetched, 1);
	assert_int_equal(told.outcome, FETCH_FORBIDDEN);
}

static void one_that_stands_still_is_aborted_and_killed(void **state)
{
	struct process *fetcher = start_fetcher();

	(void)state;
	for (unsigned tick = 0; tick < 200; tick++) {
		atomic_store(&fetcher->scoreboard->turned_ms, tick);
		fetcher_link_check(&fetcher_link, 1);
	}
	assert_int_equal(fetcher->signals, 0);
	for (unsigned tick = 0; tick < 40; tick++)
		fetcher_link_check(&fetcher_link, 1);
	assert_int_equal(fetcher->signo, SIGABRT);
	assert_int_equal(atomic_load(&fetcher->scoreboard->slot.hang), 1);
	pass(1000);
	fetcher_link_check(&fetcher_link, 1);
	assert_int_equal(fetcher->signo, SIGKILL);
}

static void its_walls_are_told(void **state)
{
	const struct wire_ready ready = { .walls = 3 };

	(void)state;
	say(start_fetcher(), WIRE_FETCHER_READY, &ready, sizeof(ready));
	turn();
	assert_int_equal(told.ready, 1);
	assert_int_equal(told.walls, 3);
	assert_true(fetcher_link.ready);
}

static void it_says(enum wire_type type, const void *head, size_t size)
{
	struct process *fetcher = start_fetcher();

	ask(71, false);
	say(fetcher, type, head, size);
	turn();
	assert_int_equal(fetcher->signo, SIGKILL);
	assert_true(fetcher_link.protocol_error);
	assert_int_equal(told.fetched, 0);
	fetcher_link_clear(&fetcher_link);
}

static void who_sends_malformed_data_is_killed(void **state)
{
	const struct wire_fetched texts = { .id = 1, .why_size = 1 };
	const struct wire_fetched outcome = { .id = 1, .outcome = FETCH_OUTCOME_COUNT };

	(void)state;
	it_says(WIRE_FETCHED, &texts, sizeof(texts));
	it_says(WIRE_FETCHED, &outcome, sizeof(outcome));
	it_says(WIRE_FETCHED, &texts, sizeof(texts) - 1);
	it_says(WIRE_FETCHER_READY, "", 0);
	it_says(WIRE_SENT, &texts, sizeof(texts));
}

static void one_that_leaves_takes_nothing_more(void **state)
{
	struct process *fetcher = start_fetcher();
	uint64_t id;

	(void)state;
	hear(fetcher, WIRE_FETCHER);
	ask(71, false);
	id = hear_fetch(fetcher);
	fetcher_link_leave(&fetcher_link);
	fetcher_link_leave(&fetcher_link);
	ask(72, false);
	hear(fetcher, WIRE_LEAVE);
	hear_nothing(fetcher);
	answer(fetcher, id, 0, 0);
	assert_int_equal(told.waiter, 71);
	close_socket(fetcher);
	turn();
	assert_int_equal(fetcher->signals, 0);
	dies();
	fetcher = start_fetcher();
	hear(fetcher, WIRE_FETCHER);
	hear_fetch(fetcher);
}

static void one_that_closes_its_socket_is_killed(void **state)
{
	struct process *fetcher = start_fetcher();

	(void)state;
	close_socket(fetcher);
	turn();
	assert_int_equal(fetcher->signo, SIGKILL);
}

static void nothing_is_left_of_one_that_no_nursery_takes(void **state)
{
	struct why why;

	(void)state;
	nursery->is_deaf = true;
	assert_false(fetcher_link_start(&fetcher_link, 1, &why));
	assert_int_equal(fetcher_link.serial, 0);
	ask(71, false);
	assert_int_equal(told.fetched, 0);
}

/* --- the proxy of programs
 * -------------------------------------------------------------------- */

static void hear_program(struct process *fetcher, enum wire_type type, uint64_t id)
{
	struct frame frame = hear(fetcher, type);
	struct wire_web head;

	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head.id, id);
	if (type == WIRE_WEB)
		assert_true(text_is((struct text) { (const char *)frame.data, frame.size }, "m"));
}

static void each_fetcher_is_the_proxy_until_the_program_ends(void **state)
{
	struct process *fetcher = start_fetcher();
	int listener = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	hear(fetcher, WIRE_FETCHER);
	fetcher_link_add_program(&fetcher_link, 5, (struct text) { "m", 1 }, listener);
	turn();
	hear_program(fetcher, WIRE_WEB, 5);
	dies();
	assert_true(is_open(listener));
	fetcher = start_fetcher();
	hear(fetcher, WIRE_FETCHER);
	hear_program(fetcher, WIRE_WEB, 5);
	fetcher_link_remove_program(&fetcher_link, 6);
	fetcher_link_remove_program(&fetcher_link, 5);
	assert_false(is_open(listener));
	turn();
	hear_program(fetcher, WIRE_WEB_END, 5);
	hear_nothing(fetcher);
}

static void one_that_leaves_gets_no_program(void **state)
{
	struct process *fetcher = start_fetcher();

	(void)state;
	hear(fetcher, WIRE_FETCHER);
	fetcher_link_leave(&fetcher_link);
	fetcher_link_add_program(&fetcher_link, 5, (struct text) { "m", 1 },
				 open("/dev/null", O_RDONLY | O_CLOEXEC));
	turn();
	hear(fetcher, WIRE_LEAVE);
	hear_nothing(fetcher);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_the_hosts_and_their_keys_and_no_others),
		TEST(answers_go_to_those_who_asked),
		TEST(what_waits_is_given_to_the_next),
		TEST(what_a_dead_one_had_is_asked_once_more),
		TEST(what_none_has_taken_is_not_lost_with_it),
		TEST(nobody_waits_for_ever),
		TEST(one_that_has_nothing_to_do_leaves_until_there_is),
		TEST(what_is_asked_of_one_that_leaves_is_for_the_next),
		TEST(one_that_is_a_proxy_stays),
		TEST(one_that_knows_who_wants_silence_stays),
		TEST(the_file_for_an_answer_is_kept_until_that_has_come),
		TEST(without_hosts_nothing_is_asked),
		TEST(one_that_stands_still_is_aborted_and_killed),
		TEST(its_walls_are_told),
		TEST(who_sends_malformed_data_is_killed),
		TEST(one_that_leaves_takes_nothing_more),
		TEST(one_that_closes_its_socket_is_killed),
		TEST(nothing_is_left_of_one_that_no_nursery_takes),
		TEST(each_fetcher_is_the_proxy_until_the_program_ends),
		TEST(one_that_leaves_gets_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
