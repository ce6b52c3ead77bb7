/* test_frame.c - length-prefixed frames: whole, in pieces, over the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workers/wire/frame.h"

static void it_takes_what_was_appended(void **state)
{
	struct buffer bytes = { 0 };
	struct frame frame;
	size_t opened;

	(void)state;
	frame_append(&bytes, 7, "head", 4, "tail", 4);
	opened = frame_start(&bytes, 8);
	buffer_append_text(&bytes, "grown");
	frame_finish(&bytes, opened);
	frame_append(&bytes, 9, NULL, 0, NULL, 0);
	assert_int_equal(frame_take(&bytes, &frame), FRAME_TAKEN);
	assert_int_equal(frame.type, 7);
	assert_int_equal(frame.size, 8);
	assert_memory_equal(frame.data, "headtail", 8);
	assert_int_equal(frame_take(&bytes, &frame), FRAME_TAKEN);
	assert_int_equal(frame.type, 8);
	assert_memory_equal(frame.data, "grown", 5);
	assert_int_equal(frame_take(&bytes, &frame), FRAME_TAKEN);
	assert_int_equal(frame.size, 0);
	assert_int_equal(frame_take(&bytes, &frame), FRAME_PARTIAL);
	buffer_finish(&bytes);
}

static void it_waits_for_the_rest(void **state)
{
	struct buffer whole = { 0 }, part = { 0 };
	struct frame frame;

	(void)state;
	frame_append(&whole, 1, "abc", 3, NULL, 0);
	for (size_t i = 0; i + 1 < buffer_unread_size(&whole); i++) {
		buffer_append_byte(&part, buffer_unread(&whole)[i]);
		assert_int_equal(frame_take(&part, &frame), FRAME_PARTIAL);
	}
	buffer_append_byte(&part, 'c');
	assert_int_equal(frame_take(&part, &frame), FRAME_TAKEN);
	buffer_finish(&whole);
	buffer_finish(&part);
}

static void it_refuses_a_size_over_the_limit(void **state)
{
	const uint32_t header[2] = { FRAME_SIZE_MAX + 1, 1 };
	struct buffer bytes = { 0 };
	struct frame frame;

	(void)state;
	buffer_append(&bytes, header, sizeof(header));
	assert_int_equal(frame_take(&bytes, &frame), FRAME_BROKEN);
	buffer_finish(&bytes);
}

static void it_splits_a_fixed_head_off(void **state)
{
	struct frame frame = { .type = 1, .data = (const uint8_t *)"\1\0\0\0rest", .size = 8 };
	uint32_t head;
	uint64_t too_long[2];

	(void)state;
	assert_false(frame_head(&frame, too_long, sizeof(too_long)));
	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_int_equal(head, 1);
	assert_int_equal(frame.size, 4);
	assert_memory_equal(frame.data, "rest", 4);
}

static void it_passes_a_socket_and_notices_its_end(void **state)
{
	struct buffer out = { 0 }, in = { 0 };
	struct frame frame;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(frame_fill(pair[1], &in, 100, NULL), FRAME_IO_AGAIN);
	frame_append(&out, 3, "x", 1, NULL, 0);
	assert_int_equal(frame_flush(pair[0], &out, NULL), FRAME_IO_OK);
	assert_int_equal(frame_fill(pair[1], &in, 100, NULL), FRAME_IO_OK);
	assert_int_equal(frame_take(&in, &frame), FRAME_TAKEN);
	close(pair[0]);
	assert_int_equal(frame_fill(pair[1], &in, 100, NULL), FRAME_IO_END);
	frame_append(&out, 3, "x", 1, NULL, 0);
	assert_int_equal(frame_flush(pair[1], &out, NULL), FRAME_IO_END);
	close(pair[1]);
	buffer_finish(&out);
	buffer_finish(&in);
}

static void it_goes_on_when_a_full_socket_drains(void **state)
{
	struct buffer out = { 0 }, in = { 0 };
	char *large = calloc(1, 1 << 20);
	struct frame frame;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	frame_append(&out, 3, large, 1 << 20, NULL, 0);
	assert_int_equal(frame_flush(pair[0], &out, NULL), FRAME_IO_AGAIN);
	while (frame_take(&in, &frame) == FRAME_PARTIAL) {
		assert_int_not_equal(frame_fill(pair[1], &in, 65536, NULL), FRAME_IO_END);
		assert_int_not_equal(frame_flush(pair[0], &out, NULL), FRAME_IO_END);
	}
	assert_int_equal(frame.size, 1 << 20);
	close(pair[0]);
	close(pair[1]);
	free(large);
	buffer_finish(&out);
	buffer_finish(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_takes_what_was_appended),
		cmocka_unit_test(it_waits_for_the_rest),
		cmocka_unit_test(it_refuses_a_size_over_the_limit),
		cmocka_unit_test(it_splits_a_fixed_head_off),
		cmocka_unit_test(it_passes_a_socket_and_notices_its_end),
		cmocka_unit_test(it_goes_on_when_a_full_socket_drains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
