/* test_unwind.c - guesses: which words of a stack are taken for return addresses when nothing can
 * be unwound, in which order, and how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "crashd/machine.h"
#include "crashd/unwind.h"

#define CODE 0x400000u /* where the code is mapped */
#define CODE_SIZE 0x1000u
#define OFFSET 64u /* of the code in its file */
#define STACK 0x7ff000u
#define BASE 0x900000u
#define CALLS 200u /* in the code, one every 16 bytes */
#define STEP 16u

struct fixture {
	struct image *image;
	struct capture capture;
	uint64_t stack[CALLS + 8], base[CALLS + 8];
	struct unwind out;
};

/* After the call with this number. */
static uint64_t after_call(size_t number)
{
	return CODE + STEP + number * STEP;
}

/* A file without an ELF header: nothing can be unwound with it. */
static int make_code(void)
{
	int fd = memfd_create("code", MFD_CLOEXEC);
	uint8_t code[CODE_SIZE];

	assert_true(fd >= 0);
	memset(code, 0x90, sizeof(code));
	for (size_t i = 0; i < CALLS; i++)
		code[after_call(i) - CODE - 5] = 0xe8;
	assert_int_equal(pwrite(fd, code, sizeof(code), OFFSET), sizeof(code));
	return fd;
}

static int open_fixture(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	struct image *image = xcalloc(1, sizeof(*image));

	image->files[0] = (struct image_file) { .path = "/code",
						.build_id = "",
						.start = CODE,
						.end = CODE + CODE_SIZE,
						.fd = make_code(),
						.debug_fd = -1 };
	image->file_count = 1;
	image->codes[0] = (struct image_code) {
		.start = CODE, .end = CODE + CODE_SIZE, .offset = OFFSET, .file = &image->files[0]
	};
	image->code_count = 1;
	fixture->image = image;
	fixture->capture.machine = EM_X86_64;
	fixture->capture.registers[machine_find(EM_X86_64)->pc] = after_call(9);
	fixture->capture.registers[machine_find(EM_X86_64)->sp] = STACK;
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->image->files[0].fd);
	free(fixture->image);
	free(fixture);
	return 0;
}

/* So many words of the stack and of its base were captured. */
static const struct unwind *walk(struct fixture *fixture, size_t words, size_t base_words)
{
	static const Dwfl_Callbacks callbacks = { 0 };
	Dwfl *dwfl = dwfl_begin(&callbacks);

	fixture->capture.stack = (struct text) { (const char *)fixture->stack, 8 * words };
	fixture->capture.stack_address = STACK;
	fixture->capture.base = (struct text) { (const char *)fixture->base, 8 * base_words };
	fixture->capture.base_address = BASE;
	memset(&fixture->out, 0xff, sizeof(fixture->out));
	unwind_walk(dwfl, &fixture->capture, fixture->image, &fixture->out);
	dwfl_end(dwfl);
	return &fixture->out;
}

static void assert_at(const struct unwind *found, size_t at, uint64_t pc, enum frame_trust trust)
{
	assert_true(at < found->count);
	assert_int_equal(found->list[at].pc, pc);
	assert_int_equal(found->list[at].trust, trust);
}

static void the_place_of_the_crash_comes_first(void **state)
{
	const struct unwind *found = walk(*state, 0, 0);

	assert_int_equal(found->count, 1);
	assert_at(found, 0, after_call(9), FRAME_CRASH);
}

static void words_behind_a_call_are_guesses_innermost_first(void **state)
{
	struct fixture *fixture = *state;
	const struct unwind *found;

	fixture->stack[0] = after_call(3);
	fixture->stack[1] = after_call(3) - 1; /* in the call */
	fixture->stack[2] = after_call(3) + 1;
	fixture->stack[3] = 0;
	fixture->stack[4] = UINT64_MAX;
	fixture->stack[5] = CODE + CODE_SIZE + STEP;
	fixture->stack[6] = STACK;
	fixture->stack[7] = after_call(1);
	fixture->stack[8] = after_call(0);
	found = walk(fixture, 9, 0);
	assert_int_equal(found->count, 4);
	assert_at(found, 1, after_call(3), FRAME_GUESS);
	assert_at(found, 2, after_call(1), FRAME_GUESS);
	assert_at(found, 3, after_call(0), FRAME_GUESS);
	assert_int_equal(walk(fixture, 8, 0)->count, 3); /* a word that was not captured */
}

/* A call may be the last instruction of a mapping. */
static void a_call_at_the_end_of_the_code_counts(void **state)
{
	struct fixture *fixture = *state;

	fixture->image->codes[0].end = after_call(3);
	fixture->stack[0] = after_call(3);
	fixture->stack[1] = after_call(4);
	assert_int_equal(walk(fixture, 2, 0)->count, 2);
	assert_at(&fixture->out, 1, after_call(3), FRAME_GUESS);
}

static void bytes_before_the_code_are_no_call(void **state)
{
	static const uint8_t call = 0xe8;
	struct fixture *fixture = *state;

	assert_int_equal(pwrite(fixture->image->files[0].fd, &call, 1, OFFSET - 1), 1);
	fixture->stack[0] = CODE + 4; /* where that would end */
	assert_int_equal(walk(fixture, 1, 0)->count, 1);
}

static void a_file_that_is_not_here_or_too_short_has_no_calls(void **state)
{
	struct fixture *fixture = *state;
	const int fd = fixture->image->files[0].fd;

	fixture->stack[0] = after_call(3);
	fixture->image->files[0].fd = -1;
	assert_int_equal(walk(fixture, 1, 0)->count, 1);
	fixture->image->files[0].fd = fd;
	assert_int_equal(walk(fixture, 1, 0)->count, 2);
	assert_int_equal(ftruncate(fd, (off_t)(OFFSET + after_call(3) - CODE - 1)), 0);
	assert_int_equal(walk(fixture, 1, 0)->count, 1);
}

/* What is below the stack pointer is left from calls that are over. */
static void the_search_begins_at_the_stack_pointer(void **state)
{
	struct fixture *fixture = *state;
	uint64_t *sp = &fixture->capture.registers[machine_find(EM_X86_64)->sp];

	for (size_t i = 0; i < 4; i++)
		fixture->stack[i] = after_call(i);
	for (size_t i = 0; i < 4; i++) {
		*sp = STACK + 8 * i;
		assert_int_equal(walk(fixture, 4, 0)->count, 1 + 4 - i);
		assert_at(&fixture->out, 1, after_call(i), FRAME_GUESS);
	}
	*sp = STACK + 9; /* return addresses are aligned */
	assert_int_equal(walk(fixture, 4, 0)->count, 1 + 2);
	*sp = STACK - 8;
	assert_int_equal(walk(fixture, 4, 0)->count, 1 + 4);
	*sp = STACK + 8 * 4;
	assert_int_equal(walk(fixture, 4, 0)->count, 1);
	*sp = STACK + 8 * 400;
	assert_int_equal(walk(fixture, 4, 0)->count, 1);
}

/* main() and what it called say more than what was called last. */
static void the_outermost_guesses_are_kept(void **state)
{
	struct fixture *fixture = *state;
	const struct unwind *found;

	for (size_t i = 0; i < CALLS; i++)
		fixture->stack[i] = after_call(i);
	assert_int_equal(walk(fixture, 31, 0)->count, 1 + 31);
	assert_at(&fixture->out, 1, after_call(0), FRAME_GUESS);
	assert_int_equal(walk(fixture, 32, 0)->count, 1 + 32);
	assert_at(&fixture->out, 1, after_call(0), FRAME_GUESS);
	found = walk(fixture, 77, 0);
	assert_int_equal(found->count, 1 + 32);
	for (size_t i = 0; i < 32; i++)
		assert_at(found, 1 + i, after_call(77 - 32 + i), FRAME_GUESS);
}

/* Between the two parts of a stack that was too large something is missing. */
static void of_a_stack_in_two_parts_the_outer_is_searched(void **state)
{
	struct fixture *fixture = *state;
	const struct unwind *found;

	fixture->stack[0] = after_call(1);
	fixture->base[0] = after_call(2);
	fixture->base[1] = after_call(3);
	found = walk(fixture, 1, 2);
	assert_int_equal(found->count, 4);
	assert_at(found, 0, after_call(9), FRAME_CRASH);
	assert_at(found, 1, 0, FRAME_GAP);
	assert_at(found, 2, after_call(2), FRAME_GUESS);
	assert_at(found, 3, after_call(3), FRAME_GUESS);
}

static void an_unknown_machine_has_no_frames(void **state)
{
	struct fixture *fixture = *state;

	fixture->capture.machine = EM_386;
	fixture->stack[0] = after_call(1);
	assert_int_equal(walk(fixture, 1, 0)->count, 0);
}

/* On arm64 the upper bits of a return address may be a signature. */
static void a_signature_is_taken_off_a_return_address(void **state)
{
	static const uint8_t call[] = { 0, 0, 0, 0x94 };
	struct fixture *fixture = *state;
	const struct unwind *found;

	assert_int_equal(pwrite(fixture->image->files[0].fd, call, 4, OFFSET + 0xf00), 4);
	fixture->capture.machine = EM_AARCH64;
	fixture->capture.registers[machine_find(EM_AARCH64)->pc] = CODE + 8;
	fixture->capture.registers[machine_find(EM_AARCH64)->sp] = STACK;
	fixture->stack[0] = (UINT64_C(0x2a5b) << 48) + CODE + 0xf04;
	found = walk(fixture, 1, 0);
	assert_int_equal(found->count, 2);
	assert_at(found, 0, CODE + 8, FRAME_CRASH);
	assert_at(found, 1, CODE + 0xf04, FRAME_GUESS);
}

#define UNIT_TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_place_of_the_crash_comes_first),
		UNIT_TEST(words_behind_a_call_are_guesses_innermost_first),
		UNIT_TEST(a_call_at_the_end_of_the_code_counts),
		UNIT_TEST(bytes_before_the_code_are_no_call),
		UNIT_TEST(a_file_that_is_not_here_or_too_short_has_no_calls),
		UNIT_TEST(the_search_begins_at_the_stack_pointer),
		UNIT_TEST(the_outermost_guesses_are_kept),
		UNIT_TEST(of_a_stack_in_two_parts_the_outer_is_searched),
		UNIT_TEST(an_unknown_machine_has_no_frames),
		UNIT_TEST(a_signature_is_taken_off_a_return_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
