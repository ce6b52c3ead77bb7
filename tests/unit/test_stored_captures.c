/* test_stored_captures.c - traces of captures from both machines (tests/captures), whichever this
 * one is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "common/files.h"
#include "crashd/frame.h"
#include "crashd/machine.h"
#include "tests/unit/symbolize_here.h"

#define CAPTURES "tests/captures/"

struct fixture {
	char directory[64];
	struct symbols *symbols;
	struct buffer file, trace;
	struct arena arena;
	struct capture capture;
	struct frames frames;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct why why;

	strcpy(f->directory, "/tmp/korone-captures-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->symbols = symbols_open(f->directory, "/nowhere", &why);
	assert_non_null(f->symbols);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	symbols_close(f->symbols);
	buffer_finish(&f->file);
	buffer_finish(&f->trace);
	arena_finish(&f->arena);
	snprintf(command, sizeof(command), "rm -r %s", f->directory);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* Puts a stored program where crashd keeps copies. */
static void keep_program(const struct fixture *f, const char *machine, struct text build_id)
{
	static uint8_t bytes[1 << 20];
	char from[128], to[256];
	gzFile packed;
	int size, fd;

	snprintf(from, sizeof(from), CAPTURES "%s-korone-victim.gz", machine);
	snprintf(to, sizeof(to), "%s/korone-victim.%.*s", f->directory, (int)build_id.length,
		 build_id.data);
	packed = gzopen(from, "r");
	assert_non_null(packed);
	size = gzread(packed, bytes, sizeof(bytes));
	assert_in_range(size, 10000, sizeof(bytes) - 1);
	gzclose(packed);
	fd = open(to, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, bytes, (size_t)size), size);
	close(fd);
}

static void trace(struct fixture *f, const char *machine, const char *way)
{
	char path[128];
	struct why why;

	snprintf(path, sizeof(path), CAPTURES "%s-%s.capture", machine, way);
	buffer_clear(&f->file);
	buffer_clear(&f->trace);
	assert_true(file_read(path, 1 << 20, &f->file, &why));
	assert_true(capture_decode(buffer_unread(&f->file), buffer_unread_size(&f->file),
				   &f->capture, &why));
	keep_program(f, machine, f->capture.build_id);
	symbolize_here(f->symbols, &f->capture, &f->trace);
	assert_true(frames_decode(buffer_unread(&f->trace), buffer_unread_size(&f->trace),
				  &f->arena, &f->frames, &why));
}

static const struct frame *find(const struct frames *frames, const char *function)
{
	for (size_t i = 0; i < frames->count; i++)
		if (text_is(frames->list[i].function, function))
			return &frames->list[i];
	return NULL;
}

static void assert_ours(const struct frame *frame, enum frame_trust trust)
{
	assert_non_null(frame);
	assert_true(frame->is_ours);
	assert_true(text_is(frame->file, "tests/system/victim.c"));
	assert_in_range(frame->line, 30, 400);
	assert_int_equal(frame->trust, trust);
}

static void assert_traced(struct fixture *f, const char *machine, uint16_t elf)
{
	trace(f, machine, "segv");
	assert_int_equal(f->capture.machine, elf);
	assert_int_equal(machine_find(elf)->access(&f->capture), MACHINE_WRITE);
	assert_int_equal(f->frames.note.length, 0);
	assert_ptr_equal(find(&f->frames, "write_to_null"), &f->frames.list[0]);
	assert_ours(&f->frames.list[0], FRAME_CRASH);
	assert_ours(find(&f->frames, "capture_child"), FRAME_CALLER);
	assert_ours(find(&f->frames, "main"), FRAME_CALLER);

	trace(f, machine, "jump");
	assert_int_equal(machine_pc(&f->capture), 0x414141410000);
	assert_int_equal(f->frames.list[0].trust, FRAME_BAD);
	assert_ours(find(&f->frames, "jump_to_bad_pointer"), FRAME_CALLER);
	assert_ours(find(&f->frames, "main"), FRAME_CALLER);

	/* Through the C library, which is not here for the other machine: then by the chain of
	 * frame pointers, or from the stack. */
	trace(f, machine, "callback");
	assert_ptr_equal(find(&f->frames, "write_to_null"), &f->frames.list[0]);
	assert_ours(find(&f->frames, "compare"), FRAME_CALLER);
	assert_non_null(find(&f->frames, "crash_in_a_callback"));
}

static void x86_64_is_traced(void **state)
{
	assert_traced(*state, "x86-64", EM_X86_64);
}

static void arm64_is_traced(void **state)
{
	assert_traced(*state, "arm64", EM_AARCH64);
}

static void an_unknown_machine_is_named_as_such(void **state)
{
	struct fixture *f = *state;

	trace(f, "arm64", "segv");
	f->capture.machine = EM_RISCV;
	buffer_clear(&f->trace);
	symbolize_here(f->symbols, &f->capture, &f->trace);
	assert_true(frames_decode(buffer_unread(&f->trace), buffer_unread_size(&f->trace),
				  &f->arena, &f->frames, &(struct why) { "" }));
	assert_int_equal(f->frames.count, 0);
	assert_true(text_is(f->frames.note,
			    "captured on a machine whose registers this crashd does not know"));
}

/* As crashd may find them in its store after an update. */
static void version_1_is_read(void **state)
{
	struct fixture *f = *state;
	struct why why;

	assert_true(file_read(CAPTURES "x86-64-version-1.capture", 1 << 20, &f->file, &why));
	assert_true(capture_decode(buffer_unread(&f->file), buffer_unread_size(&f->file),
				   &f->capture, &why));
	assert_int_equal(f->capture.machine, EM_X86_64);
	assert_int_equal(f->capture.signo, 11);
	assert_true(text_is(f->capture.module, "victim"));
	assert_in_range(machine_sp(&f->capture), f->capture.stack_address,
			f->capture.stack_address + f->capture.stack.length);
	assert_int_equal(machine_find(EM_X86_64)->access(&f->capture), MACHINE_WRITE);
	assert_int_equal(f->capture.registers[23], 0);
	for (size_t size = 0; size < buffer_unread_size(&f->file); size++)
		assert_false(capture_decode(buffer_unread(&f->file), size, &f->capture, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(x86_64_is_traced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(arm64_is_traced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_machine_is_named_as_such, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(version_1_is_read, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
