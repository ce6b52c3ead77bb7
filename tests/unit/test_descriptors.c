/* test_descriptors.c - files that travel with frames: with the right ones, limited, and none left
 * open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/files.h"
#include "workers/wire/frame.h"

static struct {
	int pair[2];
	struct buffer out, in;
	struct descriptors go, came;
} rig;

static int set_up(void **state)
{
	(void)state;
	memset(&rig, 0, sizeof(rig));
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, rig.pair);
}

static int tear_down(void **state)
{
	(void)state;
	close(rig.pair[0]);
	close(rig.pair[1]);
	buffer_finish(&rig.out);
	buffer_finish(&rig.in);
	descriptors_finish(&rig.go);
	descriptors_finish(&rig.came);
	return 0;
}

static void add_file(const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0 && write_all(fd, text, strlen(text)));
	descriptors_add(&rig.go, &rig.out, fd);
}

static void assert_next_is(const char *text)
{
	char read[16] = "";
	int fd = descriptors_take(&rig.came);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, read, sizeof(read), 0), strlen(text));
	assert_string_equal(read, text);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void pass_on(void)
{
	assert_int_equal(frame_flush(rig.pair[0], &rig.out, &rig.go), FRAME_IO_OK);
	assert_int_equal(rig.go.count, 0);
}

/* However the bytes are cut, a frame's files are there once it is whole. */
static void they_come_with_their_frames(void **state)
{
	static const size_t wants[] = { 1, 3, 65536 };
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		frame_append(&rig.out, 1, "none", 4, NULL, 0);
		add_file("a");
		frame_append(&rig.out, 2, "one", 3, NULL, 0);
		add_file("b");
		add_file("c");
		frame_append(&rig.out, 3, "two", 3, NULL, 0);
		frame_append(&rig.out, 4, "none", 4, NULL, 0);
		pass_on();
		for (uint32_t type = 1; type <= 4; type++) {
			while (frame_take(&rig.in, &frame) != FRAME_TAKEN)
				assert_int_equal(
					frame_fill(rig.pair[1], &rig.in, wants[i], &rig.came),
					FRAME_IO_OK);
			assert_int_equal(frame.type, type);
			if (type == 2) {
				assert_next_is("a");
			} else if (type == 3) {
				assert_next_is("b");
				assert_next_is("c");
			}
		}
		assert_int_equal(descriptors_take(&rig.came), -1);
	}
	assert_false(rig.came.broken);
}

/* A socket that is full in the middle of a large frame. */
static void they_are_sent_once(void **state)
{
	static char large[1 << 20];
	struct frame frame = { 0 };

	(void)state;
	add_file("a");
	frame_append(&rig.out, 1, large, sizeof(large), NULL, 0);
	add_file("b");
	frame_append(&rig.out, 2, NULL, 0, NULL, 0);
	assert_int_equal(frame_flush(rig.pair[0], &rig.out, &rig.go), FRAME_IO_AGAIN);
	assert_int_equal(rig.go.count, 1);
	while (frame_take(&rig.in, &frame) != FRAME_TAKEN) {
		assert_int_not_equal(frame_fill(rig.pair[1], &rig.in, 65536, &rig.came),
				     FRAME_IO_END);
		(void)frame_flush(rig.pair[0], &rig.out, &rig.go);
	}
	assert_next_is("a");
	while (frame_take(&rig.in, &frame) != FRAME_TAKEN)
		assert_int_not_equal(frame_fill(rig.pair[1], &rig.in, 65536, &rig.came),
				     FRAME_IO_END);
	assert_int_equal(frame.type, 2);
	assert_next_is("b");
	assert_int_equal(rig.came.count, 0);
}

static void more_than_a_frame_may_have_break_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DESCRIPTORS_MAX; i++)
		add_file("x");
	buffer_append_byte(&rig.out, 0);
	pass_on();
	assert_int_equal(frame_fill(rig.pair[1], &rig.in, 100, &rig.came), FRAME_IO_OK);
	assert_int_equal(rig.came.count, DESCRIPTORS_MAX);
	assert_false(rig.came.broken);
	add_file("x");
	buffer_append_byte(&rig.out, 0);
	pass_on();
	assert_int_equal(frame_fill(rig.pair[1], &rig.in, 100, &rig.came), FRAME_IO_OK);
	assert_true(rig.came.broken);
}

static void none_may_be_lost_unseen(void **state)
{
	struct rlimit before, none;

	(void)state;
	add_file("x");
	buffer_append_byte(&rig.out, 0);
	pass_on();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit) { .rlim_cur = 3, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(frame_fill(rig.pair[1], &rig.in, 100, &rig.came), FRAME_IO_OK);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(rig.came.broken);
	assert_int_equal(rig.came.count, 0);
}

/* A parent reads a sender's socket so: whatever came is closed by the kernel. */
static void who_expects_none_gets_none(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	add_file("x");
	buffer_append_byte(&rig.out, 0);
	pass_on();
	assert_int_equal(frame_fill(rig.pair[1], &rig.in, 100, NULL), FRAME_IO_OK);
	after = dup(0);
	assert_int_equal(after, before);
	close(after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_come_with_their_frames),         TEST(they_are_sent_once),
		TEST(more_than_a_frame_may_have_break_it), TEST(none_may_be_lost_unseen),
		TEST(who_expects_none_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
