/* test_fetch.c - requests to other hosts and their answers as they travel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/xalloc.h"
#include "workers/wire/fetch.h"

static struct buffer packed;

static int forget(void **state)
{
	(void)state;
	buffer_finish(&packed);
	return 0;
}

static struct cursor first(size_t size)
{
	return cursor_make(buffer_unread(&packed), size);
}

static void a_request_travels_whole_or_not_at_all(void **state)
{
	const struct fetch_request request = { .module = { "m", 1 },
					       .url = { "https://a.org/", 14 },
					       .posted = { "", 0 },
					       .headers = { { "A: b", 4 }, { "C: d", 4 } },
					       .headers_count = 2 };
	struct fetch_request got;
	struct cursor cursor;

	(void)state;
	fetch_request_encode(&request, &packed);
	cursor = first(buffer_unread_size(&packed));
	assert_true(fetch_request_decode(&cursor, &got));
	assert_true(cursor_end(&cursor, NULL));
	assert_true(text_is(got.module, "m") && text_is(got.url, "https://a.org/"));
	assert_non_null(got.posted.data);
	assert_int_equal(got.headers_count, 2);
	assert_true(text_is(got.headers[1], "C: d"));
	for (size_t size = 0; size < buffer_unread_size(&packed); size++) {
		cursor = first(size);
		assert_false(fetch_request_decode(&cursor, &got));
	}
}

static bool is_taken(const struct fetch_request *request)
{
	struct fetch_request got;
	struct cursor cursor;

	buffer_clear(&packed);
	fetch_request_encode(request, &packed);
	cursor = first(buffer_unread_size(&packed));
	return fetch_request_decode(&cursor, &got);
}

static void a_request_has_limits(void **state)
{
	static char long_text[FETCH_POSTED_MAX + 1];
	struct fetch_request request = { .url = { long_text, FETCH_URL_MAX } };

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	assert_true(is_taken(&request));
	request.url.length++;
	assert_false(is_taken(&request));
	request = (struct fetch_request) { .posted = { long_text, FETCH_POSTED_MAX } };
	assert_true(is_taken(&request));
	request.posted.length++;
	assert_false(is_taken(&request));
	request = (struct fetch_request) { .headers = { { long_text, FETCH_HEADER_SIZE_MAX } },
					   .headers_count = FETCH_HEADERS_MAX };
	assert_true(is_taken(&request));
	request.headers[0].length++;
	assert_false(is_taken(&request));
	buffer_clear(&packed);
	pack_array(&packed, 4);
	pack_text(&packed, "m");
	pack_text(&packed, "u");
	pack_nil(&packed);
	pack_array(&packed, FETCH_HEADERS_MAX + 1);
	for (size_t i = 0; i <= FETCH_HEADERS_MAX; i++)
		pack_text(&packed, "A: b");
	assert_false(fetch_request_decode(
		&(struct cursor) { buffer_unread(&packed),
				   buffer_unread(&packed) + buffer_unread_size(&packed), NULL },
		&request));
}

static bool answer_is_taken(const struct fetch_answer *answer, struct fetch_answer *got)
{
	struct cursor cursor;

	buffer_clear(&packed);
	fetch_answer_encode(answer, &packed);
	cursor = first(buffer_unread_size(&packed));
	return fetch_answer_decode(&cursor, got);
}

static void an_answer_travels_within_its_limits(void **state)
{
	static char body[FETCH_BODY_MAX + 1];
	struct fetch_answer answer = { .outcome = FETCH_STATUS,
				       .status = 404,
				       .retry_after_s = 7,
				       .host = { "a.org", 5 },
				       .type = { "text/html", 9 },
				       .body = { body, FETCH_BODY_MAX } };
	struct fetch_answer got;

	(void)state;
	assert_true(answer_is_taken(&answer, &got));
	assert_int_equal(got.outcome, FETCH_STATUS);
	assert_int_equal(got.status, 404);
	assert_int_equal(got.retry_after_s, 7);
	assert_true(text_is(got.host, "a.org") && text_is(got.type, "text/html"));
	assert_int_equal(got.body.length, FETCH_BODY_MAX);
	answer.body.length++;
	assert_false(answer_is_taken(&answer, &got));
	answer.body.length = 0;
	answer.outcome = FETCH_OUTCOME_COUNT;
	assert_false(answer_is_taken(&answer, &got));
	answer.outcome = FETCH_OK;
	answer.status = 1000;
	assert_false(answer_is_taken(&answer, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_request_travels_whole_or_not_at_all, forget),
		cmocka_unit_test_teardown(a_request_has_limits, forget),
		cmocka_unit_test_teardown(an_answer_travels_within_its_limits, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
