/* test_destination.c - reports on their way to a project: what an answer means for the report, and
 * for those that wait behind it. Waiting is passed over by a clock that is put forward. */
#include <zlib.h>

#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/destination.h"
#include "crashd/report.h"
#include "tests/unit/http_peer.h"
#include "tests/unit/moved_clock.h"

#define ACCEPTED "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define STATUS(code) "HTTP/1.1 " code " Text\r\nContent-Length: 0\r\n\r\n"
#define INDEX 2u
#define LEFT_MAX 16

struct fixture {
	struct http_peer peer;
	struct settings settings;
	char directory[64];
	struct store *store;
	struct dedup *finished;
	struct destination *destination;
	struct {
		struct trace_id id;
		enum destination_verdict verdict;
	} left[LEFT_MAX];
	size_t left_count;
};

static void on_left(void *owner, unsigned index, const struct trace_id *id,
		    enum destination_verdict verdict)
{
	struct fixture *f = owner;

	assert_int_equal(index, INDEX);
	assert_in_range(f->left_count, 0, LEFT_MAX - 1);
	f->left[f->left_count].id = *id;
	f->left[f->left_count++].verdict = verdict;
	crash_store_remove(f->store, STORE_REPORT, id);
}

static bool stop_when_idle(void *owner)
{
	struct fixture *f = owner;

	if (destination_busy(f->destination) == 0)
		loop_stop(f->peer.loop);
	return false;
}

static void open_destination(struct fixture *f, const char *token)
{
	char *url = xasprintf("%s/v1/traces", f->peer.url);

	f->destination = destination_create(
		&(struct destination_options) { .loop = f->peer.loop,
						.settings = &f->settings,
						.token = token,
						.url = url,
						.store = f->store,
						.index = INDEX,
						.finished = f->finished,
						.fn = on_left,
						.owner = f });
	free(url);
	loop_add_last_hook(f->peer.loop, stop_when_idle, f);
}

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));
	struct why why;
	char *path;
	size_t torn;

	strcpy(f->directory, "/tmp/korone-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	path = xasprintf("%s/finished", f->directory);
	f->store = crash_store_open(f->directory, &torn, &why);
	f->finished = dedup_open(path, &why);
	free(path);
	assert_true(f->store && f->finished);
	f->settings.logfire_service_name = "the-service";
	f->settings.logfire_environment = "the-environment";
	f->settings.crash_keep_hours = 24;
	peer_open(&f->peer);
	f->peer.answer = ACCEPTED;
	open_destination(f, "the-token");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char *command = xasprintf("rm -rf %s", f->directory);

	destination_destroy(f->destination);
	peer_close(&f->peer);
	dedup_close(f->finished);
	crash_store_close(f->store);
	assert_int_equal(system(command), 0);
	free(command);
	free(f);
	return 0;
}

/* --- what the tests do ------------------------------------------------------------------------ */

static struct trace_id put_bytes(struct fixture *f, const void *bytes, size_t size)
{
	struct trace_id id = trace_id_make();
	struct why why;

	assert_true(crash_store_put(f->store, STORE_REPORT, &id, 1, bytes, size, &why));
	return id;
}

static struct trace_id put_report(struct fixture *f, const char *title)
{
	struct report report = { .id = trace_id_make(),
				 .trace = trace_id_make(),
				 .type = { "SIGSEGV", 7 },
				 .title = { title, strlen(title) } };
	struct buffer bytes = { 0 };
	struct trace_id id;

	report_encode(&report, &bytes);
	id = put_bytes(f, buffer_unread(&bytes), buffer_unread_size(&bytes));
	buffer_finish(&bytes);
	return id;
}

static void do_nothing(void *owner)
{
	(void)owner;
}

/* Until nothing is under way any more. */
static void settle(struct fixture *f)
{
	struct loop_timer at_once = { .fn = do_nothing };

	loop_timer_set(f->peer.loop, &at_once, 0);
	loop_run(f->peer.loop);
	loop_timer_clear(f->peer.loop, &at_once);
}

static void pump(struct fixture *f, const char *answer)
{
	f->peer.answer = answer;
	destination_pump(f->destination);
	settle(f);
}

/* So much time passes. */
static void pass(struct fixture *f, uint64_t ms)
{
	put_clock_forward(ms);
	settle(f);
}

static void assert_left(const struct fixture *f, size_t index, const struct trace_id *id,
			enum destination_verdict verdict)
{
	assert_true(index < f->left_count);
	assert_memory_equal(&f->left[index].id, id, sizeof(*id));
	assert_int_equal(f->left[index].verdict, verdict);
}

/* The body of the last request, which is compressed. */
static const char *unpacked(struct fixture *f)
{
	static char out[65536];
	const char *text = buffer_text(&f->peer.request), *body = strstr(text, "\r\n\r\n") + 4;
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)body,
			    .avail_in = (uInt)(buffer_unread_size(&f->peer.request) -
					       (size_t)(body - text)),
			    .next_out = (Bytef *)out,
			    .avail_out = sizeof(out) - 1 };

	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	inflateEnd(&stream);
	out[stream.total_out] = '\0';
	return out;
}

/* --- rules ------------------------------------------------------------------------------------ */

static void a_status_says_what_becomes_of_the_report(void **state)
{
	static const struct {
		enum destination_verdict verdict;
		int statuses[12];
	} rows[] = {
		{ DESTINATION_ACCEPTED, { 200, 202, 299 } },
		{ DESTINATION_LATER, { -1, 408, 429, 500, 502, 503, 504, 599 } },
		{ DESTINATION_REFUSED, { 199, 300, 307, 399, 401, 402, 403, 404, 405, 407, 410 } },
		{ DESTINATION_REJECTED, { 400, 406, 409, 411, 413, 415, 422, 499 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (const int *status = rows[i].statuses; *status; status++)
			assert_int_equal(destination_judge(&(struct http_answer) {
						 .status = *status < 0 ? 0 : *status }),
					 rows[i].verdict);
}

static void waits_double_up_to_two_minutes(void **state)
{
	(void)state;
	assert_int_equal(destination_wait_ms(1, 0), 1000);
	assert_int_equal(destination_wait_ms(2, 0), 2000);
	assert_int_equal(destination_wait_ms(3, 0), 4000);
	assert_int_equal(destination_wait_ms(7, 0), 64000);
	assert_int_equal(destination_wait_ms(8, 0), 128000);
	assert_int_equal(destination_wait_ms(9, 0), 128000);
	assert_int_equal(destination_wait_ms(1000000000, 0), 128000);
	/* What the other side asks for counts, within reason. */
	assert_int_equal(destination_wait_ms(8, 1), 1000);
	assert_int_equal(destination_wait_ms(1, 600), 600000);
	assert_int_equal(destination_wait_ms(1, 601), 600000);
	assert_int_equal(destination_wait_ms(1, UINT64_MAX), 600000);
}

static void the_address_is_the_setting_or_the_region_of_the_token(void **state)
{
	static const struct {
		const char *token, *base, *url;
	} rows[] = {
		{ "", "", NULL },
		{ "", "http://collector:4318", "http://collector:4318/v1/traces" },
		{ "x", "http://collector:4318//", "http://collector:4318/v1/traces" },
		{ "pylf_v1_eu_abc", "http://c/", "http://c/v1/traces" },
		{ "pylf_v1_eu_abc", "", "https://logfire-eu.pydantic.dev/v1/traces" },
		{ "pylf_v23_us_abc", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_v1_stagingeu_abc", "", "https://logfire-eu.pydantic.info/v1/traces" },
		{ "pylf_v1_stagingus_abc", "", "https://logfire-us.pydantic.info/v1/traces" },
		{ "an-old-token", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_v1_e_abc", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_v1_eux_abc", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_v1_eu", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_v1eu_abc", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_v1", "", "https://logfire-us.pydantic.dev/v1/traces" },
		{ "pylf_x1_eu_abc", "", "https://logfire-us.pydantic.dev/v1/traces" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *url = destination_url(rows[i].token, rows[i].base);

		if (rows[i].url)
			assert_string_equal(url, rows[i].url);
		else
			assert_null(url);
		free(url);
	}
}

/* --- a report --------------------------------------------------------------------------------- */

static void a_report_arrives(void **state)
{
	struct fixture *f = *state;
	struct trace_id id = put_report(f, "what happened");

	pump(f, ACCEPTED);
	assert_int_equal(f->peer.requests, 1);
	assert_true(peer_was_sent(&f->peer, "POST /v1/traces HTTP/1.1\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nAuthorization: the-token\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nContent-Type: application/json\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nContent-Encoding: gzip\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nUser-Agent: korone-crashd/"));
	assert_non_null(strstr(unpacked(f), "what happened"));
	assert_non_null(strstr(unpacked(f), "the-service"));
	assert_non_null(strstr(unpacked(f), "the-environment"));
	assert_int_equal(f->left_count, 1);
	assert_left(f, 0, &id, DESTINATION_ACCEPTED);
	assert_true(destination_is_ready(f->destination));
	assert_string_equal(destination_state(f->destination), "ready");
	pump(f, ACCEPTED); /* nothing more */
	assert_int_equal(f->peer.requests, 1);
}

static void without_a_token_none_is_sent(void **state)
{
	struct fixture *f = *state;

	loop_remove_hook(f->peer.loop, stop_when_idle, f);
	destination_destroy(f->destination);
	open_destination(f, "");
	(void)put_report(f, "x");
	pump(f, ACCEPTED);
	assert_int_equal(f->left_count, 1);
	assert_false(peer_was_sent(&f->peer, "Authorization"));
	assert_true(peer_was_sent(&f->peer, "\r\nContent-Encoding: gzip\r\n"));
}

static void a_few_go_at_a_time(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 6; i++)
		(void)put_report(f, "x");
	destination_pump(f->destination);
	assert_int_equal(destination_busy(f->destination), HTTP_REQUESTS_MAX);
	settle(f);
	assert_int_equal(f->peer.requests, 6);
	assert_int_equal(f->left_count, 6);
}

static void a_report_that_is_rejected_holds_up_nothing(void **state)
{
	struct fixture *f = *state;
	struct trace_id id = put_report(f, "poison");

	pump(f, STATUS("400"));
	assert_left(f, 0, &id, DESTINATION_REJECTED);
	assert_true(destination_is_ready(f->destination));
	id = put_report(f, "the next");
	pump(f, ACCEPTED);
	assert_left(f, 1, &id, DESTINATION_ACCEPTED);
}

static void what_is_accepted_in_part_counts_by_what_it_says(void **state)
{
	static const char rejected[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n"
		"{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"too odd\"}}";
	static const char warned[] = "HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n"
				     "{\"partialSuccess\":{\"errorMessage\":\"old SDK\"}}";
	struct fixture *f = *state;
	struct trace_id id = put_report(f, "x");

	pump(f, rejected);
	assert_left(f, 0, &id, DESTINATION_REJECTED);
	id = put_report(f, "y");
	pump(f, warned);
	assert_left(f, 1, &id, DESTINATION_ACCEPTED);
	assert_int_equal(f->peer.requests, 2);
}

/* The login page of a network, say. The report stays until the right one answers. */
static void what_no_otlp_server_said_is_no_acceptance(void **state)
{
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n"
				   "<html>log in</html>";
	struct fixture *f = *state;
	struct trace_id id = put_report(f, "x");

	pump(f, page);
	assert_int_equal(f->left_count, 0);
	assert_false(destination_is_ready(f->destination));
	assert_non_null(strstr(destination_state(f->destination), "not an OTLP server's"));
	f->peer.answer = ACCEPTED;
	pass(f, 1100);
	assert_left(f, 0, &id, DESTINATION_ACCEPTED);
	assert_string_equal(destination_state(f->destination), "ready");
}

static void what_a_refusal_says_is_told(void **state)
{
	static const char refused[] = "HTTP/1.1 401 No\r\nContent-Length: 26\r\n\r\n"
				      "{\"detail\":\"Unknown token\"}";
	struct fixture *f = *state;

	put_report(f, "x");
	pump(f, refused);
	assert_string_equal(destination_state(f->destination), "refused: HTTP 401: Unknown token");
}

/* --- reports that are not sent ---------------------------------------------------------------- */

static void what_an_earlier_run_finished_is_not_sent_again(void **state)
{
	struct fixture *f = *state;
	struct trace_id before = put_report(f, "sent before");

	dedup_add(f->finished, &before);
	pump(f, ACCEPTED);
	assert_int_equal(f->peer.requests, 0);
	assert_int_equal(f->left_count, 1);
	assert_left(f, 0, &before, DESTINATION_ACCEPTED);
}

static void what_cannot_be_read_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct trace_id wrong = put_bytes(f, "garbage", 7), id;

	pump(f, ACCEPTED);
	assert_int_equal(f->peer.requests, 0);
	assert_left(f, 0, &wrong, DESTINATION_REJECTED);
	id = put_report(f, "x");
	pump(f, ACCEPTED);
	assert_left(f, 1, &id, DESTINATION_ACCEPTED);
}

static void nothing_is_sent_after_the_stop(void **state)
{
	struct fixture *f = *state;

	(void)put_report(f, "x");
	pump(f, STATUS("503"));
	destination_stop(f->destination);
	pass(f, 600000);
	pump(f, ACCEPTED);
	assert_int_equal(f->peer.requests, 1);
	assert_int_equal(f->left_count, 0);
}

/* --- trouble ---------------------------------------------------------------------------------- */

static void while_there_is_trouble_one_tries(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		(void)put_report(f, "x");
	pump(f, STATUS("503"));
	assert_int_equal(f->left_count, 0);
	assert_int_equal(f->peer.requests, 3); /* all were under way */
	assert_false(destination_is_ready(f->destination));
	assert_string_equal(destination_state(f->destination), "refused: HTTP 503");
	pump(f, STATUS("503")); /* not before its time */
	pass(f, 900);
	assert_int_equal(f->peer.requests, 3);
	pass(f, 250); /* 1,000 to 1,100 ms */
	assert_int_equal(f->peer.requests, 4);
	pass(f, 1900);
	assert_int_equal(f->peer.requests, 4);
	f->peer.answer = ACCEPTED;
	pass(f, 350); /* 2,000 to 2,200 ms */
	assert_int_equal(f->peer.requests, 7);
	assert_int_equal(f->left_count, 3);
	assert_true(destination_is_ready(f->destination));
	assert_string_equal(destination_state(f->destination), "ready");
	/* And the next trouble is a first one again. */
	(void)put_report(f, "y");
	pump(f, STATUS("503"));
	pass(f, 1150);
	assert_int_equal(f->peer.requests, 9);
}

static void the_time_that_is_asked_for_is_waited(void **state)
{
	struct fixture *f = *state;

	(void)put_report(f, "x");
	pump(f, "HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n");
	pass(f, 29000);
	assert_int_equal(f->peer.requests, 1);
	f->peer.answer = ACCEPTED;
	pass(f, 4500); /* 30 to 33 s */
	assert_int_equal(f->peer.requests, 2);
	assert_int_equal(f->left_count, 1);
}

/* The report is not to blame: it is kept, and tried from time to time. */
static void a_wrong_token_is_probed(void **state)
{
	struct fixture *f = *state;

	(void)put_report(f, "x");
	pump(f, STATUS("401"));
	assert_int_equal(f->left_count, 0);
	assert_string_equal(destination_state(f->destination), "refused: HTTP 401");
	pass(f, 298000);
	assert_int_equal(f->peer.requests, 1);
	f->peer.answer = ACCEPTED;
	pass(f, 35000); /* 5 to 5.5 minutes */
	assert_int_equal(f->left_count, 1);
}

static void nobody_there(void **state)
{
	struct fixture *f = *state;

	peer_stop_listening(&f->peer);
	(void)put_report(f, "x");
	pump(f, ACCEPTED);
	assert_int_equal(f->left_count, 0);
	assert_false(destination_is_ready(f->destination));
	assert_string_equal(destination_state(f->destination), "unreachable: cannot connect");
	assert_int_equal(crash_store_count(f->store, STORE_REPORT), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_says_what_becomes_of_the_report),
		cmocka_unit_test(waits_double_up_to_two_minutes),
		cmocka_unit_test(the_address_is_the_setting_or_the_region_of_the_token),
		TEST(a_report_arrives),
		TEST(without_a_token_none_is_sent),
		TEST(a_few_go_at_a_time),
		TEST(a_report_that_is_rejected_holds_up_nothing),
		TEST(what_is_accepted_in_part_counts_by_what_it_says),
		TEST(what_no_otlp_server_said_is_no_acceptance),
		TEST(what_a_refusal_says_is_told),
		TEST(what_an_earlier_run_finished_is_not_sent_again),
		TEST(what_cannot_be_read_is_dropped),
		TEST(nothing_is_sent_after_the_stop),
		TEST(while_there_is_trouble_one_tries),
		TEST(the_time_that_is_asked_for_is_waited),
		TEST(a_wrong_token_is_probed),
		TEST(nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
