/* test_programs.c - programs that wait for their turn, by module and in all; keepers that end, and
 * children that do not wait any more. */
#include "tests/unit/nursery_world.h"

#include <sys/mman.h>

#include "tests/unit/turned_loop.h"
#include "workers/parent/programs.h"
#include "workers/wire/call.h"

static struct loop *loop;
static struct channels channels;
static struct programs programs;
static struct fetcher_link fetcher_link;
static struct nursery_link *nursery;
static uint64_t serial;

static struct {
	unsigned answers;
	uint64_t waiter;
	int code; /* 0: it is done */
} told;

static void on_answer(void *owner, uint64_t waiter, const void *result, size_t size)
{
	struct cursor cursor = cursor_make(result, size);
	struct call_result read;

	assert_ptr_equal(owner, &told);
	assert_true(call_result_decode(&cursor, &read));
	told.answers++;
	told.waiter = waiter;
	told.code = read.error_code;
}

static int set_up(void **state)
{
	(void)state;
	memset(&told, 0, sizeof(told));
	serial = 100;
	loop = loop_create();
	channels = (struct channels) { .loop = loop };
	nursery = nursery_link_create(loop, NULL, -1, NULL);
	fetcher_link_init(&fetcher_link, NULL, loop, nursery, &channels,
			  &(const struct fetcher_link_events) { 0 });
	programs_init(&programs, &channels, &fetcher_link, on_answer, &told);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	programs_finish(&programs);
	fetcher_link_finish(&fetcher_link);
	forget_processes();
	nursery_link_destroy(nursery);
	loop_destroy(loop);
	return 0;
}

static void turn(void)
{
	turn_loop(loop, 0);
	programs_start(&programs, nursery, &serial);
	channels_flush(&channels);
}

static void ask(uint64_t waiter, int64_t module, uint8_t at_once)
{
	const struct wire_call head = {
		.chat_id = module, .size = 4, .flags = WIRE_CALL_RUN, .files = 1, .at_once = at_once
	};
	const struct buffer none = { 0 };
	struct descriptors files = { 0 };

	descriptors_add(&files, &none, memfd_create("file", MFD_CLOEXEC));
	programs_add(&programs, waiter, &head, "call", &files);
	/* One that is refused is left to the caller. */
	descriptors_finish(&files);
	turn();
}

static void hear_request(struct process *process)
{
	struct descriptors came = { 0 };
	struct wire_call head;
	struct frame frame;

	assert_int_equal(process->role, NURSERY_KEEPER);
	while (frame_take(&process->in, &frame) != FRAME_TAKEN)
		assert_int_equal(frame_fill(process->socket, &process->in, 65536, &came),
				 FRAME_IO_OK);
	assert_int_equal(frame.type, WIRE_CALL);
	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head.files, 1);
	assert_int_equal(came.count, 1);
	assert_memory_equal(frame.data, "call", 4);
	descriptors_finish(&came);
}

static void ends(struct process *process)
{
	close(process->socket);
	process->socket = -1;
	turn();
}

static void is_done(struct process *process)
{
	const struct call_result result = { .status = CALL_OK };
	struct buffer encoded = { 0 };

	call_result_encode(&result, &encoded);
	say(process, WIRE_RESULT, buffer_unread(&encoded), buffer_unread_size(&encoded));
	buffer_finish(&encoded);
	turn();
	ends(process);
}

static void each_has_a_keeper_and_an_answer(void **state)
{
	(void)state;
	ask(7, 0, 2);
	assert_int_equal(processes_count, 1);
	assert_int_equal(processes[0].serial, 101);
	hear_request(&processes[0]);
	assert_int_equal(told.answers, 0);
	is_done(&processes[0]);
	assert_int_equal(told.answers, 1);
	assert_int_equal(told.waiter, 7);
	assert_int_equal(told.code, 0);
	assert_int_equal(programs.running_count, 0);
}

static void those_of_a_module_wait_for_each_other(void **state)
{
	(void)state;
	for (uint64_t waiter = 1; waiter <= 3; waiter++)
		ask(waiter, 0, 2);
	assert_int_equal(processes_count, 2);
	ask(4, 1, 1); /* another's */
	assert_int_equal(processes_count, 3);
	is_done(&processes[1]);
	assert_int_equal(processes_count, 4);
	hear_request(&processes[3]);
	assert_int_equal(programs.waiting_count, 0);
}

/* Whatever a child that was taken over says of its module. */
static void a_pool_has_a_limit_of_its_own(void **state)
{
	(void)state;
	for (uint64_t waiter = 1; waiter <= PROGRAMS_RUNNING_MAX + 1; waiter++)
		ask(waiter, (int64_t)waiter, 255);
	assert_int_equal(processes_count, PROGRAMS_RUNNING_MAX);
	for (unsigned i = 1; i < PROGRAMS_WAITING_MAX; i++)
		ask(100, 0, 1);
	assert_int_equal(told.answers, 0);
	ask(999, 0, 1);
	assert_int_equal(told.answers, 1);
	assert_int_equal(told.waiter, 999);
	assert_int_equal(told.code, 429);
}

static void a_keeper_that_ends_without_a_word_is_an_answer(void **state)
{
	(void)state;
	ask(7, 0, 1);
	ends(&processes[0]);
	assert_int_equal(told.answers, 1);
	assert_int_equal(told.code, 500);
	assert_int_equal(programs.running_count, 0);
	ask(8, 0, 1);
	programs_fork_failed(&programs, processes[1].serial);
	assert_int_equal(told.answers, 2);
	assert_int_equal(told.waiter, 8);
	turn();
	assert_int_equal(programs.running_count, 0);
}

static void what_a_keeper_says_amiss_ends_it(void **state)
{
	(void)state;
	ask(7, 0, 1);
	say(&processes[0], WIRE_READY, "x", 1);
	turn();
	assert_int_equal(told.code, 500);
	turn();
	assert_int_equal(programs.running_count, 0);
}

/* The keeper sees the end of its socket, and ends the program. */
static void a_child_that_is_gone_needs_nothing(void **state)
{
	struct frame frame;

	(void)state;
	ask(7, 0, 1);
	ask(7, 0, 1); /* cannot be: it waits for one at a time; but it is gone, too */
	hear_request(&processes[0]);
	programs_forget(&programs, 7);
	turn();
	assert_int_equal(programs.running_count + programs.waiting_count, 0);
	assert_int_equal(frame_fill(processes[0].socket, &processes[0].in, 100, NULL),
			 FRAME_IO_END);
	assert_int_equal(frame_take(&processes[0].in, &frame), FRAME_PARTIAL);
	assert_int_equal(told.answers, 0);
}

static void a_nursery_that_takes_no_requests_is_asked_later(void **state)
{
	(void)state;
	nursery->is_deaf = true;
	ask(7, 0, 1);
	assert_int_equal(programs.waiting_count, 1);
	nursery->is_deaf = false;
	turn();
	hear_request(&processes[0]);
	assert_int_equal(programs.waiting_count, 0);
}

/* --- a proxy ---------------------------------------------------------------------------------- */

static void give_web(struct process *process, const char *module, int fd)
{
	const struct wire_web head = { 0 };
	struct descriptors go = { 0 };
	struct buffer out = { 0 };

	if (fd >= 0)
		descriptors_add(&go, &out, fd);
	frame_append(&out, WIRE_WEB, &head, sizeof(head), module, strlen(module));
	assert_int_equal(frame_flush(process->socket, &out, &go), FRAME_IO_OK);
	buffer_finish(&out);
	descriptors_finish(&go);
	turn();
}

static void the_fetcher_is_the_proxy_of_a_program(void **state)
{
	const struct web_program *program;

	(void)state;
	ask(7, 0, 1);
	give_web(&processes[0], "near", memfd_create("listener", MFD_CLOEXEC));
	program = TAILQ_FIRST(&fetcher_link.programs);
	assert_non_null(program);
	assert_int_equal(program->id, processes[0].serial);
	assert_string_equal(program->module, "near");
	assert_int_equal(told.answers, 0);
	is_done(&processes[0]);
	assert_int_equal(told.code, 0);
	assert_null(TAILQ_FIRST(&fetcher_link.programs));
}

static void a_program_has_one_proxy(void **state)
{
	(void)state;
	ask(7, 0, 1);
	give_web(&processes[0], "near", memfd_create("listener", MFD_CLOEXEC));
	give_web(&processes[0], "near", memfd_create("listener", MFD_CLOEXEC));
	assert_int_equal(told.code, 500);
	turn();
	assert_null(TAILQ_FIRST(&fetcher_link.programs));
	ask(8, 0, 1);
	give_web(&processes[1], "near", -1);
	assert_int_equal(told.answers, 2);
	assert_int_equal(told.code, 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_has_a_keeper_and_an_answer),
		TEST(those_of_a_module_wait_for_each_other),
		TEST(a_pool_has_a_limit_of_its_own),
		TEST(a_keeper_that_ends_without_a_word_is_an_answer),
		TEST(what_a_keeper_says_amiss_ends_it),
		TEST(a_child_that_is_gone_needs_nothing),
		TEST(a_nursery_that_takes_no_requests_is_asked_later),
		TEST(the_fetcher_is_the_proxy_of_a_program),
		TEST(a_program_has_one_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
