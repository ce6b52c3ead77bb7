/* test_verdicts.c - the list of verdicts: numbering, sending, confirming, resending. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/parent/verdicts.h"

static uint64_t add(struct verdicts *book, uint64_t seq)
{
	const struct message_verdict verdict = { .seq = seq, .step = VERDICT_DONE };

	return verdicts_add(book, &verdict);
}

static void numbers_have_no_gaps(void **state)
{
	struct message_verdict run[4];
	struct verdicts book = { 0 };

	(void)state;
	for (uint64_t seq = 101; seq <= 105; seq++)
		assert_int_equal(add(&book, seq), seq - 100);
	assert_int_equal(verdicts_unsent(&book, run, 4), 4);
	verdicts_sent(&book, 4);
	assert_int_equal(run[0].number, 1);
	assert_int_equal(run[3].seq, 104);
	assert_int_equal(verdicts_unsent(&book, run, 4), 1);
	assert_int_equal(run[0].number, 5);
	verdicts_finish(&book);
}

static void what_is_not_stored_is_sent_again(void **state)
{
	struct message_verdict run[8];
	struct verdicts book = { 0 };

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		add(&book, seq);
	verdicts_sent(&book, 5);
	assert_true(verdicts_stored(&book, 3));
	assert_int_equal(verdicts_unstored(&book), 2);
	assert_int_equal(verdicts_unsent(&book, run, 8), 0);
	verdicts_resend(&book);
	assert_int_equal(verdicts_unsent(&book, run, 8), 2);
	assert_int_equal(run[0].number, 4);
	/* An old confirmation changes nothing. */
	assert_true(verdicts_stored(&book, 2));
	assert_int_equal(verdicts_unstored(&book), 2);
	verdicts_finish(&book);
}

static void a_number_that_was_never_used_is_refused(void **state)
{
	struct verdicts book = { 0 };

	(void)state;
	add(&book, 1);
	assert_false(verdicts_stored(&book, 2));
	assert_int_equal(verdicts_unstored(&book), 1);
	verdicts_finish(&book);
}

static void it_grows_and_keeps_bodies(void **state)
{
	struct message_verdict run[1];
	struct verdicts book = { 0 };
	char body[] = "later";
	struct message_verdict waiting = {
		.seq = 1, .step = VERDICT_WAITING, .due_ms = 500, .body = { body, 5 }
	};

	(void)state;
	verdicts_add(&book, &waiting);
	body[0] = '?';
	for (uint64_t seq = 2; seq <= 5000; seq++)
		add(&book, seq);
	assert_int_equal(verdicts_unsent(&book, run, 1), 1);
	assert_true(text_is(run[0].body, "later"));
	assert_int_equal(run[0].due_ms, 500);
	assert_true(verdicts_stored(&book, 4999));
	assert_int_equal(verdicts_unsent(&book, run, 1), 1);
	assert_int_equal(run[0].seq, 5000);
	verdicts_finish(&book);
}

/* What ingress takes in one frame is limited. */
static void large_bodies_go_in_messages_of_their_own(void **state)
{
	static char body[MESSAGE_VERDICTS_BYTES / 4];
	struct message_verdict run[16];
	struct verdicts book = { 0 };

	(void)state;
	for (uint64_t seq = 1; seq <= 10; seq++)
		verdicts_add(&book, &(struct message_verdict) { .seq = seq,
								.step = VERDICT_UNSENT,
								.body = { body, sizeof(body) } });
	add(&book, 11);
	for (size_t sent = 0; sent < 8; sent += 4) {
		assert_int_equal(verdicts_unsent(&book, run, 16), 4);
		assert_int_equal(run[0].seq, sent + 1);
		verdicts_sent(&book, 4);
	}
	assert_int_equal(verdicts_unsent(&book, run, 16), 3);
	verdicts_finish(&book);
}

static void what_was_confirmed_is_not_sent_again(void **state)
{
	struct message_verdict run[8];
	struct verdicts book = { 0 };

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		add(&book, seq);
	verdicts_sent(&book, 4);
	verdicts_resend(&book);
	/* The confirmation of what the last connection sent. */
	assert_true(verdicts_stored(&book, 3));
	assert_int_equal(verdicts_unsent(&book, run, 8), 2);
	assert_int_equal(run[0].number, 4);
	/* What was sent and what is confirmed keep apart. */
	verdicts_sent(&book, 2);
	assert_true(verdicts_stored(&book, 4));
	assert_int_equal(verdicts_unsent(&book, run, 8), 0);
	assert_true(verdicts_stored(&book, 5));
	assert_int_equal(verdicts_unstored(&book), 0);
	verdicts_finish(&book);
}

/* Around the ring, full to the last place and beyond it. */
static void none_is_lost_however_many_wait(void **state)
{
	static struct message_verdict run[4096];
	struct verdicts book = { 0 };
	uint64_t stored = 0, last = 0;

	(void)state;
	for (unsigned round = 1; round <= 20; round++) {
		for (unsigned i = 0; i < 200; i++) {
			const struct message_verdict waiting = {
				.seq = 1000 + ++last,
				.step = VERDICT_WAITING,
				.body = { (const char *)&last, sizeof(last) },
			};

			assert_int_equal(verdicts_add(&book, &waiting), last);
		}
		assert_true(verdicts_stored(&book, stored += 60));
		verdicts_resend(&book);
		assert_int_equal(verdicts_unsent(&book, run, 4096), last - stored);
		assert_int_equal(verdicts_unstored(&book), last - stored);
		for (uint64_t i = 0; i < last - stored; i++) {
			uint64_t number = stored + 1 + i;

			assert_int_equal(run[i].number, number);
			assert_int_equal(run[i].seq, 1000 + number);
			assert_int_equal(run[i].body.length, sizeof(number));
			assert_memory_equal(run[i].body.data, &number, sizeof(number));
		}
	}
	verdicts_finish(&book);
}

static void an_ended_book_is_an_empty_one(void **state)
{
	struct message_verdict run[1];
	struct verdicts book = { 0 };

	(void)state;
	add(&book, 1);
	add(&book, 2);
	verdicts_finish(&book);
	assert_int_equal(verdicts_unsent(&book, run, 1), 0);
	assert_int_equal(verdicts_unstored(&book), 0);
	assert_int_equal(add(&book, 7), 1);
	verdicts_finish(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_no_gaps),
		cmocka_unit_test(what_is_not_stored_is_sent_again),
		cmocka_unit_test(a_number_that_was_never_used_is_refused),
		cmocka_unit_test(it_grows_and_keeps_bodies),
		cmocka_unit_test(large_bodies_go_in_messages_of_their_own),
		cmocka_unit_test(what_was_confirmed_is_not_sent_again),
		cmocka_unit_test(none_is_lost_however_many_wait),
		cmocka_unit_test(an_ended_book_is_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
