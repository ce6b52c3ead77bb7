/* test_symbolize.c - crashes real children of this program and checks what the symbolizer says
 * about them: function, file, line, inlined calls; and what it makes of garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/landlock.h"
#include "common/walls.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/log.h"
#include "common/loop.h"
#include "crashd/helper.h"
#include "crashd/machine.h"
#include "crashd/symbols.h"
#include "crashd/traceback.h"
#include "crashd/zygote.h"
#include "tests/system/capture_end.h"
#include "tests/unit/symbolize_here.h"
#include "tests/unit/moved_clock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static volatile int zero;
static volatile int sink;
enum { FIRST_LINE = __LINE__ }; /* lines below are counted from here */

/* These three should share one address: the first two are inlined. */
static inline __attribute__((always_inline)) void store_field(int *field)
{
	*(volatile int *)field = 7;
}

static inline __attribute__((always_inline)) void parse_message(int *field)
{
	sink++;
	store_field(field);
	sink++;
}

__attribute__((noinline)) static void handle_start(void)
{
	parse_message((int *)(uintptr_t)(unsigned)(zero + 8));
	sink++;
}

__attribute__((noinline)) static int compare(const void *a, const void *b)
{
	handle_start();
	return *(const char *)a - *(const char *)b;
}

/* Through a library's frame. */
static void crash_in_callback(void)
{
	char bytes[2] = { 'b', 'a' };

	qsort(bytes, 2, 1, compare);
	sink = bytes[0];
}

static void crash_plain(void)
{
	handle_start();
	sink++;
}

__attribute__((noinline)) static void call_nothing(void)
{
	void (*volatile nowhere)(void) = NULL;

	nowhere();
	sink++;
}

static void crash_jump(void)
{
	call_nothing();
	sink++;
}

static void crash_panic(void)
{
	panic("not what it should be");
}

__attribute__((noinline)) static int recurse(int depth)
{
	volatile char frame[2048];

	frame[depth % 2048] = 1;
	return zero ? depth : recurse(depth + 1) + frame[depth % 2048];
}

static void crash_overflow(void)
{
	sink = recurse(0);
}

__attribute__((noinline)) static void recurse_in_small_steps(void)
{
	if (!zero)
		recurse_in_small_steps();
	sink = 1;
}

__attribute__((noinline)) static void crash_abort(void)
{
	abort();
}

struct fixture {
	char directory[64];
	struct symbols *symbols;
	struct capture_slot *slot;
	struct arena arena;
	struct buffer answer;
};

static int open_fixture(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char program[512];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	struct why why;

	strcpy(fixture->directory, "/tmp/korone-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	assert_true(length > 0);
	program[length] = '\0';
	*strrchr(program, '/') = '\0';
	fixture->symbols = symbols_open(fixture->directory, program, &why);
	assert_non_null(fixture->symbols);
	fixture->slot = mmap(NULL, sizeof(struct capture_slot), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;

	symbols_close(fixture->symbols);
	munmap(fixture->slot, sizeof(struct capture_slot));
	arena_finish(&fixture->arena);
	buffer_finish(&fixture->answer);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void crash_child(struct fixture *fixture, void (*crash)(void), struct capture *out)
{
	struct rlimit none = { 0, 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		signals_reset_after_fork();
		setrlimit(RLIMIT_CORE, &none);
		dup2(null, STDERR_FILENO);
		capture_install(fixture->slot);
		crash();
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	capture_from_slot(fixture->slot, out);
	capture_add_end(out, status);
}

static void trace(struct fixture *fixture, const struct capture *capture, struct frames *out)
{
	struct why why;

	buffer_clear(&fixture->answer);
	symbolize_here(fixture->symbols, capture, &fixture->answer);
	assert_true(frames_decode(buffer_unread(&fixture->answer),
				  buffer_unread_size(&fixture->answer), &fixture->arena, out,
				  &why));
}

static void trace_crash(struct fixture *fixture, void (*crash)(void), struct capture *capture,
			struct frames *out)
{
	crash_child(fixture, crash, capture);
	trace(fixture, capture, out);
}

static void assert_frame(const struct frames *frames, size_t at, const char *function)
{
	assert_true(at < frames->count);
	if (!text_is(frames->list[at].function, function))
		fail_msg("frame %zu is %.*s and not %s", at, (int)frames->list[at].function.length,
			 frames->list[at].function.data, function);
}

static ssize_t find_frame(const struct frames *frames, const char *function)
{
	for (size_t i = 0; i < frames->count; i++)
		if (text_is(frames->list[i].function, function))
			return (ssize_t)i;
	return -1;
}

static void test_function_file_line_and_inlined_calls(void **state)
{
	struct capture capture;
	struct frames frames;
	const struct frame *place;

	if (SANITIZED)
		skip();
	sink = 0;
	trace_crash(*state, crash_plain, &capture, &frames);
	assert_frame(&frames, 0, "store_field");
	assert_frame(&frames, 1, "parse_message");
	assert_frame(&frames, 2, "handle_start");
	assert_true(frames.list[0].is_inlined);
	assert_true(frames.list[1].is_inlined);
	assert_false(frames.list[2].is_inlined);
	assert_int_equal(frames.list[0].trust, FRAME_CRASH);
	assert_int_equal(frames.list[3].trust, FRAME_CALLER);
	place = frames_place(&frames);
	assert_non_null(place);
	assert_ptr_equal(place, &frames.list[0]);
	assert_true(text_is(place->file, "tests/unit/test_symbolize.c"));
	assert_int_equal(place->line, FIRST_LINE + 5);
	assert_int_equal(frames.list[1].line, FIRST_LINE + 11);
	assert_int_equal(frames.list[2].line, FIRST_LINE + 17);
	assert_true(find_frame(&frames, "main") > 0);
	assert_true(find_frame(&frames, "crash_child") > 0);
}

static void test_callers_through_a_library(void **state)
{
	struct capture capture;
	struct frames frames;
	ssize_t library;

	if (SANITIZED)
		skip();
	trace_crash(*state, crash_in_callback, &capture, &frames);
	library = find_frame(&frames, "qsort_r");
	if (library < 0)
		library = find_frame(&frames, "qsort");
	assert_true(library > 2);
	assert_false(frames.list[library].is_ours);
	assert_true(find_frame(&frames, "main") > library);
	assert_frame(&frames, 3, "compare");
}

static void test_jump_through_null_keeps_the_caller(void **state)
{
	struct capture capture;
	struct frames frames;

	if (SANITIZED)
		skip();
	trace_crash(*state, crash_jump, &capture, &frames);
	assert_int_equal(frames.list[0].trust, FRAME_BAD);
	assert_int_equal(frames.list[0].pc, 0);
	assert_frame(&frames, 1, "call_nothing");
	assert_int_equal(frames.list[1].trust, FRAME_CALLER);
	assert_true(text_is(frames_place(&frames)->function, "call_nothing"));
	assert_true(find_frame(&frames, "main") > 1);
	/* From there on it goes on as ever: nothing is guessed. */
	assert_int_equal(frames.list[find_frame(&frames, "main")].trust, FRAME_CALLER);
}

static void test_abort_is_placed_at_our_code(void **state)
{
	struct capture capture;
	struct frames frames;

	trace_crash(*state, crash_abort, &capture, &frames);
	assert_false(frames.list[0].is_ours);
	assert_true(text_is(frames_place(&frames)->function, "crash_abort"));
}

static void test_panic_is_placed_at_its_caller(void **state)
{
	struct capture capture;
	struct frames frames;

	trace_crash(*state, crash_panic, &capture, &frames);
	assert_true(find_frame(&frames, "panic_at") > 0);
	assert_true(text_is(frames_place(&frames)->function, "crash_panic"));
}

static void check_both_ends(struct fixture *fixture, void (*crash)(void), const char *function)
{
	struct capture capture;
	struct frames frames;
	struct buffer text = { 0 };
	size_t gap = 0;

	trace_crash(fixture, crash, &capture, &frames);
	assert_frame(&frames, 0, function);
	while (gap < frames.count && frames.list[gap].trust != FRAME_GAP)
		gap++;
	assert_true(gap < frames.count);
	assert_true(find_frame(&frames, "main") > (ssize_t)gap);
	traceback_write(&frames, 32000, &text);
	assert_non_null(strstr(buffer_text(&text), "times the same"));
	assert_non_null(strstr(buffer_text(&text), "[guess"));
	assert_true(buffer_unread_size(&text) < 8000);
	buffer_finish(&text);
}

static void test_overflow_has_both_ends(void **state)
{
	if (SANITIZED)
		skip();
	check_both_ends(*state, crash_overflow, "recurse");
	check_both_ends(*state, recurse_in_small_steps, "recurse_in_small_steps");
}

static void test_kept_copy_is_found_by_build_id(void **state)
{
	struct fixture *fixture = *state;
	struct capture capture;
	struct frames frames;
	char *maps, *at;

	if (SANITIZED)
		skip();
	crash_child(fixture, crash_plain, &capture);
	/* The program is no longer where it was, as after a deployment. */
	maps = arena_memdup(&fixture->arena, capture.maps.data, capture.maps.length);
	at = maps;
	while ((at = memmem(at, capture.maps.length - (size_t)(at - maps), "test_symbolize", 14)))
		memcpy(at, "gone_symbolize", 14);
	capture.maps.data = maps;
	trace(fixture, &capture, &frames);
	assert_null(frames_place(&frames));
	{
		char command[1024], path[512], program[256] = "";

		snprintf(path, sizeof(path), "%s/gone_symbolize.%s", fixture->directory,
			 capture_build_id());
		assert_in_range(readlink("/proc/self/exe", program, sizeof(program) - 1), 1, 255);
		snprintf(command, sizeof(command), "cp %s %s", program, path);
		assert_int_equal(system(command), 0);
		trace(fixture, &capture, &frames);
		unlink(path);
	}
	assert_non_null(frames_place(&frames));
	assert_true(text_is(frames_place(&frames)->function, "store_field"));
}

/* Every part of a capture replaced by noise: few frames, and no crash. */
static void test_garbage_gives_few_frames(void **state)
{
	struct fixture *fixture = *state;
	struct capture capture, broken;
	struct frames frames;
	uint8_t *noise = malloc(CAPTURE_STACK_MAX);

	crash_child(fixture, crash_abort, &capture);
	srand(7);
	for (size_t i = 0; i < CAPTURE_STACK_MAX; i++)
		noise[i] = (uint8_t)rand();
	for (int round = 0; round < 24; round++) {
		broken = capture;
		if (round & 1)
			broken.stack.data = (const char *)noise + round;
		if (round & 2)
			broken.maps.data = (const char *)noise;
		if (round & 4)
			broken.modules.data = (const char *)noise;
		if (round & 8)
			memcpy(broken.registers, noise + round, sizeof(broken.registers));
		if (round & 16)
			broken.maps.length = (size_t)rand() % (broken.maps.length + 1);
		trace(fixture, &broken, &frames);
		assert_in_range(frames.count, 1, FRAMES_MAX);
	}
	free(noise);
}

/* Moves the crash to where `function` had called a bad address; of its stack only `size` bytes are
 * left, the first of which are the return address. */
static uint64_t cut_stack(struct capture *capture, const struct frames *frames,
			  const char *function, size_t size)
{
	const ssize_t at = find_frame(frames, function);
	const struct machine *machine = machine_find(capture->machine);
	const char *slot;

	assert_true(at > 0);
	slot = memmem(capture->stack.data, capture->stack.length, &frames->list[at].pc,
		      sizeof(frames->list[at].pc));
	assert_non_null(slot);
	capture->stack_address += (uint64_t)(slot - capture->stack.data);
	capture->stack = (struct text) { slot, size };
	capture->registers[machine->pc] = 0x10;
	capture->registers[machine->sp] = capture->stack_address;
	if (machine->link != MACHINE_NO_REGISTER)
		capture->registers[machine->link] = size == 8 ? frames->list[at].pc : 0;
	return frames->list[at].pc;
}

/* No byte before it is needed, and none behind it. */
static void test_a_return_address_may_be_all_that_is_left(void **state)
{
	struct capture whole, capture;
	struct frames frames;
	uint64_t pc;

	trace_crash(*state, crash_abort, &whole, &frames);
	capture = whole;
	pc = cut_stack(&capture, &frames, "crash_abort", 8);
	trace(*state, &capture, &frames);
	assert_int_equal(frames.list[0].trust, FRAME_BAD);
	assert_int_equal(frames.list[0].pc, 0x10);
	assert_frame(&frames, 1, "crash_abort");
	assert_int_equal(frames.list[1].trust, FRAME_CALLER);
	assert_int_equal(frames.list[1].pc, pc);
	trace(*state, &whole, &frames);
	capture = whole;
	cut_stack(&capture, &frames, "crash_abort", 7);
	trace(*state, &capture, &frames);
	assert_int_equal(frames.count, 1);
	assert_int_equal(frames.list[0].trust, FRAME_BAD);
}

static int take_bias(struct dl_phdr_info *info, size_t size, void *owner)
{
	(void)size;
	*(uint64_t *)owner = info->dlpi_addr;
	return 1; /* the first one is the program */
}

/* With it, addr2line finds the place in a copy of the program. */
static void test_a_frame_says_where_in_its_file_it_is(void **state)
{
	struct capture capture;
	struct frames frames;
	uint64_t bias = 0;
	size_t ours = 0;

	dl_iterate_phdr(take_bias, &bias);
	trace_crash(*state, crash_abort, &capture, &frames);
	for (size_t i = 1; i < frames.count; i++)
		if (frames.list[i].is_ours) {
			ours++;
			assert_int_equal(frames.list[i].offset, frames.list[i].pc - 1 - bias);
			assert_true(text_is(frames.list[i].module, "test_symbolize"));
			assert_true(text_is(frames.list[i].build_id, capture_build_id()));
		}
	assert_true(ours > 3);
}

static size_t count_trust(const struct frames *frames, enum frame_trust trust)
{
	size_t count = 0;

	for (size_t i = 0; i < frames->count; i++)
		count += frames->list[i].trust == trust;
	return count;
}

/* Wherever a stack ends: callers as in the whole of it. Only what lies beyond the last of them is
 * guessed, so that none comes twice. */
static void test_of_a_stack_that_is_cut_the_rest_is_guessed(void **state)
{
	struct capture capture;
	struct frames whole, frames;
	size_t length;

	trace_crash(*state, crash_abort, &capture, &whole);
	assert_int_equal(count_trust(&whole, FRAME_GUESS), 0);
	assert_true(find_frame(&whole, "main") > 0);
	length = capture.stack.length;
	for (size_t size = 0; size <= length && size <= 4096; size += 64) {
		size_t callers = 0;

		capture.stack.length = size;
		trace(*state, &capture, &frames);
		while (callers < frames.count && frames.list[callers].trust != FRAME_GUESS) {
			assert_true(callers < whole.count);
			assert_int_equal(frames.list[callers].pc, whole.list[callers].pc);
			callers++;
		}
		assert_true(callers > 0);
		for (size_t i = callers; i < frames.count; i++) {
			assert_int_equal(frames.list[i].trust, FRAME_GUESS);
			assert_true(frames.list[i].pc != frames.list[callers - 1].pc);
		}
		if (callers == whole.count)
			assert_int_equal(frames.count, callers);
	}
}

/* A stack pointer near the end of the address space must not make the search for return addresses
 * restart at 0: found by fuzzing. */
static void test_any_stack_pointer_ends_the_search(void **state)
{
	static const uint64_t pointers[] = { 0, 7, 1u << 16, UINT64_MAX, UINT64_MAX - 7 };
	struct capture capture;
	struct frames frames;

	crash_child(*state, crash_abort, &capture);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		capture.registers[machine_find(capture.machine)->sp] = pointers[i];
		alarm(5);
		trace(*state, &capture, &frames);
		alarm(0);
		assert_true(frames.count > 0);
	}
}

struct outcome {
	struct loop *loop;
	bool is_done;
	char fault[200];
	char place[200];
	double seconds;
};

static void on_done(void *owner, const struct frames *frames, const char *fault, double seconds)
{
	struct outcome *outcome = owner;
	const struct frame *place = frames_place(frames);

	outcome->is_done = true;
	outcome->seconds = seconds;
	snprintf(outcome->fault, sizeof(outcome->fault), "%s", fault);
	if (place)
		snprintf(outcome->place, sizeof(outcome->place), "%.*s",
			 (int)place->function.length, place->function.data);
	loop_stop(outcome->loop);
}

static void test_symbolizer_as_a_process(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop;
	struct outcome outcome = { .is_done = false };
	struct helper *helper;
	struct capture capture;
	struct why why;
	double best = 1;

	if (SANITIZED)
		skip();
	loop = outcome.loop = loop_create();
	helper = helper_create(loop, fixture->directory, on_done, &outcome);
	crash_child(fixture, crash_plain, &capture);
	for (int i = 0; i < 20; i++) {
		assert_true(helper_start(helper, &capture, &why));
		assert_true(helper_is_busy(helper));
		loop_run(loop);
		assert_string_equal(outcome.fault, "");
		assert_string_equal(outcome.place, "store_field");
		best = outcome.seconds < best ? outcome.seconds : best;
	}
	print_message("symbolized: at best %.2f ms\n", best * 1000);
	assert_false(helper_is_busy(helper));
	helper_destroy(helper);
	loop_destroy(loop);
}

/* The first child of this process, which is the symbolizer. */
static pid_t find_symbolizer(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

/* Gives a capture to a symbolizer that exists but is stopped. */
static void start_and_stop(struct loop *loop, struct helper *helper, const struct capture *capture)
{
	struct why why;

	assert_true(helper_start(helper, capture, &why));
	loop_run(loop);
	kill(find_symbolizer(), SIGSTOP);
	assert_true(helper_start(helper, capture, &why));
}

/* The end of one is reported, not waited for; the next capture gets a new one. */
static void test_end_of_symbolizer_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = loop_create();
	struct outcome outcome = { .loop = loop };
	struct helper *helper = helper_create(loop, fixture->directory, on_done, &outcome);
	struct capture capture;
	struct why why;

	crash_child(fixture, crash_abort, &capture);
	start_and_stop(loop, helper, &capture);
	kill(find_symbolizer(), SIGKILL);
	loop_run(loop);
	assert_true(outcome.is_done);
	assert_string_equal(outcome.fault, "the symbolizer ended by SIGKILL");
	outcome.is_done = false;
	assert_true(helper_start(helper, &capture, &why));
	loop_run(loop);
	assert_true(outcome.is_done);
	assert_string_equal(outcome.fault, "");
	assert_string_equal(outcome.place, "crash_abort");
	helper_destroy(helper);
	loop_destroy(loop);
}

static void test_slow_symbolizer_is_ended(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = loop_create();
	struct outcome outcome = { .loop = loop };
	struct helper *helper = helper_create(loop, fixture->directory, on_done, &outcome);
	struct capture capture;

	crash_child(fixture, crash_abort, &capture);
	start_and_stop(loop, helper, &capture);
	put_clock_forward(HELPER_WALL_MS);
	loop_run(loop);
	assert_string_equal(outcome.fault, "the symbolizer took too long");
	helper_destroy(helper);
	loop_destroy(loop);
}

static bool file_has(const char *path, const char *text)
{
	struct buffer bytes = { 0 };
	struct why why;
	bool has;

	assert_true(file_read(path, 1u << 20, &bytes, &why));
	has = memmem(buffer_unread(&bytes), buffer_unread_size(&bytes), text, strlen(text));
	buffer_finish(&bytes);
	return has;
}

static int count_sockets(pid_t pid)
{
	char path[64], target[64];
	int count = 0;

	for (int fd = 0; fd < 256; fd++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		length = readlink(path, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		count += fd > 2 && strncmp(target, "socket:", 7) == 0;
	}
	return count;
}

/* It never got a secret: its environment is empty, and its socket is its only descriptor. */
static void test_symbolizer_has_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct loop *loop = loop_create();
	struct outcome outcome = { .loop = loop };
	struct helper *helper;
	struct capture capture;
	struct why why;
	char path[64];

	/* As each program of ours does at its start: without it only root could build the walls. */
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	setenv("LOGFIRE_TOKEN", "pylf_v1_us_notforyou", 1);
	helper = helper_create(loop, fixture->directory, on_done, &outcome);
	assert_int_equal(helper_walls(helper), -1);
	crash_child(fixture, crash_abort, &capture);
	assert_true(helper_start(helper, &capture, &why));
	loop_run(loop);
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)find_symbolizer());
	assert_false(file_has(path, "pylf_v1"));
	assert_int_equal(count_sockets(find_symbolizer()), 1);
	/* Nor can it get one. */
#if !defined(__SANITIZE_ADDRESS__)
	snprintf(path, sizeof(path), "/proc/%d/status", (int)find_symbolizer());
	assert_true(file_has(path, "Seccomp:\t2"));
	assert_int_equal(helper_walls(helper),
			 (landlock_abi() ? 1 << WALL_FILES : 0) | 1 << WALL_CALLS);
#endif
	helper_destroy(helper);
	loop_destroy(loop);
	unsetenv("LOGFIRE_TOKEN");
}

static struct image *image_of(const struct capture *capture, struct arena *arena)
{
	struct image *image = arena_alloc(arena, sizeof(*image));

	image_read(capture, arena, image);
	return image;
}

/* Children of a pool crash in one address space: what was read for one is there for the next. */
static void test_an_address_space_is_read_once(void **state)
{
	struct fixture *fixture = *state;
	struct address_spaces *spaces = address_spaces_create(fixture->symbols);
	struct image *first, *again, *other;
	struct capture capture;
	size_t open_files = 0;
	Dwfl *dwfl;

	crash_child(fixture, crash_plain, &capture);
	first = image_of(&capture, &fixture->arena);
	again = image_of(&capture, &fixture->arena);
	dwfl = address_spaces_find(spaces, first);
	assert_non_null(dwfl);
	/* Another one is another, as many as are kept, and the first stays. */
	for (unsigned i = 1; i < SPACES_MAX; i++) {
		other = image_of(&capture, &fixture->arena);
		other->files[0].bias += i * 0x1000;
		assert_ptr_not_equal(address_spaces_find(spaces, other), dwfl);
	}
	assert_ptr_equal(address_spaces_find(spaces, again), dwfl);
	assert_true(first->file_count > 1);
	assert_int_equal(first->file_count, again->file_count);
	for (size_t i = 0; i < first->file_count; i++) {
		assert_int_equal(first->files[i].fd, again->files[i].fd);
		open_files += again->files[i].fd >= 0;
	}
	assert_in_range(open_files, 2, first->file_count); /* the program and its libraries */
	address_spaces_destroy(spaces);
}

int main(int argc, char **argv)
{
	zygote_run_if_wanted(argc, argv);

	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_address_space_is_read_once, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_function_file_line_and_inlined_calls,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_callers_through_a_library, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_jump_through_null_keeps_the_caller,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_abort_is_placed_at_our_code, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_panic_is_placed_at_its_caller, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_overflow_has_both_ends, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_kept_copy_is_found_by_build_id, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_garbage_gives_few_frames, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_a_return_address_may_be_all_that_is_left,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_a_frame_says_where_in_its_file_it_is,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_of_a_stack_that_is_cut_the_rest_is_guessed,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_any_stack_pointer_ends_the_search,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_symbolizer_as_a_process, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_end_of_symbolizer_is_told, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_slow_symbolizer_is_ended, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_symbolizer_has_nothing, open_fixture,
						close_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
