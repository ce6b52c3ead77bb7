/* test_outbox.c - calls kept until a sender has finished them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "common/xalloc.h"
#include "workers/parent/outbox.h"

static void add(struct outbox *outbox, uint8_t flags)
{
	const struct wire_call head = { .size = 4, .flags = flags };

	outbox_add(outbox, NULL, 0, &head, "call", NULL);
}

static void it_keeps_calls_in_order(void **state)
{
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	add(&outbox, 0);
	add(&outbox, 0);
	add(&outbox, 0);
	assert_int_equal(outbox_count(&outbox), 3);
	outbox_remove(&outbox, outbox_find(&outbox, 2));
	assert_int_equal(TAILQ_FIRST(&outbox.list)->id, 1);
	assert_int_equal(TAILQ_NEXT(TAILQ_FIRST(&outbox.list), link)->id, 3);
	assert_null(outbox_find(&outbox, 2));
	outbox_finish(&outbox);
}

/* However few they are: a child that was taken over may send large ones. */
static void it_is_full_by_bytes(void **state)
{
	static char large[16u << 20];
	const struct wire_call head = { .size = sizeof(large) };
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	for (size_t i = 0; i < OUTBOX_BYTES_MAX / sizeof(large); i++)
		outbox_add(&outbox, NULL, 0, &head, large, NULL);
	assert_false(outbox_is_full(&outbox));
	add(&outbox, 0);
	assert_true(outbox_is_full(&outbox));
	outbox_remove(&outbox, outbox_find(&outbox, 3));
	assert_false(outbox_is_full(&outbox));
	outbox_finish(&outbox);
}

/* A queue of descriptors, as a child's come. */
static struct descriptors came_files(size_t count)
{
	struct descriptors files = { 0 };
	const struct buffer none = { 0 };

	for (size_t i = 0; i < count; i++)
		descriptors_add(&files, &none, memfd_create("file", MFD_CLOEXEC));
	return files;
}

static void it_is_full_by_files(void **state)
{
	const struct wire_call head = { .size = 4, .files = 2 };
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	for (size_t i = 0; i <= OUTBOX_FILES_MAX / 2; i++) {
		struct descriptors files = came_files(3);

		assert_false(outbox_is_full(&outbox));
		outbox_add(&outbox, NULL, 0, &head, "call", &files);
		assert_int_equal(files.count, 1); /* the next call's */
		descriptors_finish(&files);
	}
	assert_true(outbox_is_full(&outbox));
	outbox_remove(&outbox, outbox_find(&outbox, 3));
	assert_false(outbox_is_full(&outbox));
	outbox_finish(&outbox);
}

/* A sender's end: how many files each call came with. */
static bool note_files(void *owner, struct frame *frame)
{
	struct channel *channel = owner;
	struct wire_send send;

	assert_true(frame_head(frame, &send, sizeof(send)));
	assert_int_equal(send.files, send.id);
	assert_int_equal(channel->came.count, send.files);
	descriptors_drop(&channel->came, 0);
	return true;
}

static void note_end(void *owner, bool protocol_error)
{
	(void)owner;
	(void)protocol_error;
}

static void its_files_go_to_every_new_sender(void **state)
{
	struct loop *loop = loop_create();
	struct channels channels = { .loop = loop };
	struct outbox outbox;

	(void)state;
	outbox_init(&outbox);
	for (uint8_t count = 1; count <= 2; count++) {
		const struct wire_call head = { .size = 4, .files = count };
		struct descriptors files = came_files(count);

		outbox_add(&outbox, NULL, 0, &head, "call", &files);
		descriptors_finish(&files);
	}
	for (int sender = 0; sender < 2; sender++) {
		struct channel ours, theirs;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		channel_open(&ours, &channels, pair[0], note_files, note_end, &ours);
		channel_open(&theirs, &channels, pair[1], note_files, note_end, &theirs);
		outbox_attach(&outbox, &ours);
		channels_flush(&channels);
		assert_int_equal(ours.go.count, 0);
		channel_drain(&theirs);
		outbox.sender = NULL;
		channel_close(&ours);
		channel_close(&theirs);
	}
	outbox_finish(&outbox);
	loop_destroy(loop);
}

static void count(void *owner, const struct outgoing *outgoing)
{
	(void)outgoing;
	++*(size_t *)owner;
}

static void what_a_dead_sender_had_begun_is_repeated_once(void **state)
{
	struct outbox outbox;
	struct scoreboard *scoreboard = mmap(NULL, sizeof(*scoreboard), PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct outgoing_list abandoned;
	size_t doubtful = 0;

	(void)state;
	outbox_init(&outbox);
	add(&outbox, 0);
	add(&outbox, WIRE_CALL_AT_MOST_ONCE);
	add(&outbox, 0);
	scoreboard->calls[5] = 1;
	scoreboard->calls[6] = 2;
	scoreboard->calls[7] = 777; /* overwritten */
	outbox_detach(&outbox, scoreboard, count, &doubtful, &abandoned);
	assert_int_equal(doubtful, 2);
	assert_int_equal(TAILQ_FIRST(&abandoned)->id, 2);
	assert_null(TAILQ_NEXT(TAILQ_FIRST(&abandoned), link));
	outgoing_free(TAILQ_FIRST(&abandoned));
	assert_int_equal(outbox_count(&outbox), 2);
	assert_int_equal(outbox_find(&outbox, 1)->flags, WIRE_CALL_IN_DOUBT);
	assert_int_equal(outbox_find(&outbox, 3)->flags, 0);
	/* In doubt for the second time. */
	scoreboard->calls[6] = 0;
	outbox_detach(&outbox, scoreboard, count, &doubtful, &abandoned);
	assert_int_equal(doubtful, 3);
	assert_int_equal(TAILQ_FIRST(&abandoned)->id, 1);
	outgoing_free(TAILQ_FIRST(&abandoned));
	assert_int_equal(outbox_count(&outbox), 1);
	outbox_finish(&outbox);
	munmap(scoreboard, sizeof(*scoreboard));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_keeps_calls_in_order),
		cmocka_unit_test(it_is_full_by_bytes),
		cmocka_unit_test(it_is_full_by_files),
		cmocka_unit_test(its_files_go_to_every_new_sender),
		cmocka_unit_test(what_a_dead_sender_had_begun_is_repeated_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
