/* test_forward.c - which tokens are allowed; when a report has left, with one project and with
 * several. */
#include <dirent.h>

#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/forward.h"
#include "crashd/report.h"
#include "tests/unit/http_peer.h"
#include "tests/unit/moved_clock.h"

#define ACCEPTED "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
#define STATUS(code) "HTTP/1.1 " code " Text\r\nContent-Length: 0\r\n\r\n"

struct fixture {
	struct http_peer peer;
	struct settings settings;
	char directory[64];
	struct store *store;
	struct dedup *delivered;
	struct forward *forward;
	unsigned left;
	enum destination_verdict verdict;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct why why;
	char *path;
	size_t torn;

	strcpy(f->directory, "/tmp/korone-test-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	path = xasprintf("%s/delivered", f->directory);
	f->store = crash_store_open(f->directory, &torn, &why);
	f->delivered = dedup_open(path, &why);
	free(path);
	assert_true(f->store && f->delivered);
	peer_open(&f->peer);
	f->peer.answer = ACCEPTED;
	f->settings.logfire_service_name = "the-service";
	f->settings.logfire_environment = "the-environment";
	f->settings.logfire_base_url = f->peer.url;
	f->settings.crash_keep_hours = 24;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	char *command = xasprintf("rm -rf %s", f->directory);

	forward_destroy(f->forward);
	peer_close(&f->peer);
	dedup_close(f->delivered);
	crash_store_close(f->store);
	assert_int_equal(system(command), 0);
	free(command);
	free(f);
	return 0;
}

static void on_left(void *owner, enum destination_verdict verdict)
{
	struct fixture *f = owner;

	f->left++;
	f->verdict = verdict;
}

static struct forward *make_forward(struct fixture *f, const char *directory, const char *tokens,
				    struct why *why)
{
	f->settings.logfire_token = tokens;
	return forward_create(&(struct forward_options) { .loop = f->peer.loop,
							  .settings = &f->settings,
							  .directory = directory,
							  .store = f->store,
							  .delivered = f->delivered,
							  .fn = on_left,
							  .owner = f },
			      why);
}

static void open_forward(struct fixture *f, const char *tokens)
{
	struct why why;

	forward_destroy(f->forward);
	f->forward = make_forward(f, f->directory, tokens, &why);
	assert_non_null(f->forward);
}

static void put_again(struct fixture *f, const struct trace_id *id)
{
	struct report report = { .id = trace_id_make(),
				 .trace = trace_id_make(),
				 .type = { "SIGSEGV", 7 },
				 .title = { "title", 5 } };
	struct buffer bytes = { 0 };
	struct why why;

	report_encode(&report, &bytes);
	assert_true(crash_store_put(f->store, STORE_REPORT, id, 1, buffer_unread(&bytes),
				    buffer_unread_size(&bytes), &why));
	buffer_finish(&bytes);
}

static struct trace_id put_report(struct fixture *f)
{
	const struct trace_id id = trace_id_make();

	put_again(f, &id);
	return id;
}

static bool stop_when_idle(void *owner)
{
	struct fixture *f = owner;

	if (forward_busy(f->forward) == 0)
		loop_stop(f->peer.loop);
	return false;
}

static void do_nothing(void *owner)
{
	(void)owner;
}

/* Sends what may be sent, until nothing is under way. */
static void pump(struct fixture *f)
{
	struct loop_timer at_once = { .fn = do_nothing };

	forward_pump(f->forward);
	loop_add_last_hook(f->peer.loop, stop_when_idle, f);
	loop_timer_set(f->peer.loop, &at_once, 0);
	loop_run(f->peer.loop);
	loop_timer_clear(f->peer.loop, &at_once);
	loop_remove_hook(f->peer.loop, stop_when_idle, f);
}

/* Files in which a project's ids are. */
static unsigned count_files(const struct fixture *f)
{
	DIR *directory = opendir(f->directory);
	unsigned count = 0;

	for (struct dirent *entry; (entry = readdir(directory));)
		count += strncmp(entry->d_name, "delivered-", 10) == 0;
	closedir(directory);
	return count;
}

/* --- tokens ----------------------------------------------------------------------------------- */

static bool is_allowed(const char *tokens, char **said)
{
	size_t size;
	FILE *faults = open_memstream(said, &size);
	bool good = forward_check(tokens, faults);

	fclose(faults);
	return good;
}

static void tokens_have_no_blank_in_them(void **state)
{
	static const struct {
		const char *tokens;
		bool is_good;
	} rows[] = {
		{ "", true },       { "a", true },          { "!~", true },
		{ " a\t", true },   { "a,b", true },        { "a , b", true },
		{ ",", true },      { ",,a,", true },       { "a b", false },
		{ "a,b c", false }, { "a b,c", false },     { "Bearer a", false },
		{ "a\tb", false },  { "a\nb", false },      { "a\n", false },
		{ "a\x7f", false }, { "t\xc3\xb6", false }, { "a,\x01", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *said;

		if (is_allowed(rows[i].tokens, &said) != rows[i].is_good)
			fail_msg("\"%s\"", rows[i].tokens);
		if (rows[i].is_good)
			assert_string_equal(said, "");
		else
			assert_non_null(strstr(said, "LOGFIRE_TOKEN: has a blank"));
		free(said);
	}
}

static void there_are_eight_tokens_at_most(void **state)
{
	char *said;

	(void)state;
	assert_true(is_allowed("1,2,3,4,5,6,7,8", &said));
	free(said);
	assert_true(is_allowed(",1,2,,3,4,5,6,7,8, ,", &said));
	free(said);
	assert_false(is_allowed("1,2,3,4,5,6,7,8,secret", &said));
	assert_string_equal(said, "LOGFIRE_TOKEN: has 9 tokens; allowed: at most 8\n");
	free(said);
}

static void a_fault_does_not_show_the_token(void **state)
{
	char *said;

	(void)state;
	assert_false(is_allowed("the secret", &said));
	assert_null(strstr(said, "secret"));
	free(said);
}

/* --- reports ---------------------------------------------------------------------------------- */

static void without_token_and_address_it_is_off(void **state)
{
	struct fixture *f = *state;

	f->settings.logfire_base_url = "";
	open_forward(f, "");
	assert_true(forward_is_off(f->forward));
	assert_string_equal(forward_state(f->forward), "off");
	assert_int_equal(forward_busy(f->forward), 0);
	open_forward(f, "a");
	assert_false(forward_is_off(f->forward));
	assert_string_equal(forward_state(f->forward), "ready");
	assert_true(forward_is_ready(f->forward));
	f->settings.logfire_base_url = f->peer.url; /* a collector needs no token */
	open_forward(f, "");
	assert_false(forward_is_off(f->forward));
	forward_destroy(NULL);
}

static void one_project_gets_it_and_it_has_left(void **state)
{
	struct fixture *f = *state;
	const struct trace_id id = put_report(f);

	open_forward(f, " the-token ");
	pump(f);
	assert_int_equal(f->peer.requests, 1);
	assert_true(peer_was_sent(&f->peer, "\r\nAuthorization: the-token\r\n"));
	assert_int_equal(f->left, 1);
	assert_int_equal(f->verdict, DESTINATION_ACCEPTED);
	assert_true(dedup_has(f->delivered, &id));
	assert_false(crash_store_has(f->store, &id));
	assert_int_equal(count_files(f), 0); /* `delivered` says it */
}

static void each_of_several_projects_gets_it(void **state)
{
	struct fixture *f = *state;
	const struct trace_id id = put_report(f);

	open_forward(f, "first,, second ,third,");
	pump(f);
	assert_int_equal(f->peer.requests, 3);
	assert_int_equal(f->left, 1);
	assert_true(dedup_has(f->delivered, &id));
	assert_false(crash_store_has(f->store, &id));
	assert_int_equal(count_files(f), 3);
	/* In another order they are the same projects. */
	open_forward(f, "third,first,second");
	assert_int_equal(count_files(f), 3);
}

static void a_project_that_is_away_delays_only_the_removal(void **state)
{
	struct fixture *f = *state;
	const struct trace_id id = put_report(f);

	open_forward(f, "first,second");
	f->peer.answer = STATUS("401");
	pump(f);
	assert_int_equal(f->peer.requests, 2);
	assert_int_equal(f->left, 0);
	assert_false(forward_is_ready(f->forward));
	assert_non_null(strstr(forward_state(f->forward), "401"));
	assert_true(crash_store_has(f->store, &id));
	assert_false(dedup_has(f->delivered, &id));
}

/* It was killed before it could remove it. */
static void what_they_had_before_is_not_sent_again(void **state)
{
	struct fixture *f = *state;
	const struct trace_id id = put_report(f);

	open_forward(f, "first,second");
	pump(f);
	assert_int_equal(f->left, 1);
	put_again(f, &id);
	open_forward(f, "second,first");
	pump(f);
	assert_int_equal(f->peer.requests, 2);
	assert_int_equal(f->left, 2);
	assert_false(crash_store_has(f->store, &id));
	put_again(f, &id);
	open_forward(f, "second,first,third"); /* this one has not */
	pump(f);
	assert_int_equal(f->peer.requests, 3);
	assert_true(peer_was_sent(&f->peer, "\r\nAuthorization: third\r\n"));
	assert_int_equal(f->left, 3);
}

static void a_report_that_all_reject_is_dropped(void **state)
{
	struct fixture *f = *state;
	const struct trace_id id = put_report(f);

	open_forward(f, "first,second");
	f->peer.answer = STATUS("400");
	pump(f);
	assert_int_equal(f->left, 1);
	assert_int_equal(f->verdict, DESTINATION_REJECTED);
	assert_false(crash_store_has(f->store, &id));
	assert_true(forward_is_ready(f->forward));
}

static void who_has_stopped_sends_nothing_more(void **state)
{
	struct fixture *f = *state;
	const struct trace_id id = put_report(f);

	open_forward(f, "first,second");
	forward_stop(f->forward);
	forward_pump(f->forward);
	assert_int_equal(forward_busy(f->forward), 0);
	assert_true(crash_store_has(f->store, &id));
}

static void what_is_under_way_is_counted_of_all(void **state)
{
	struct fixture *f = *state;

	(void)put_report(f);
	open_forward(f, "first,second");
	forward_pump(f->forward);
	assert_int_equal(forward_busy(f->forward), 2);
	pump(f);
	assert_int_equal(forward_busy(f->forward), 0);
}

static void a_directory_that_cannot_be_used_is_named(void **state)
{
	struct fixture *f = *state;
	struct why why;

	assert_null(make_forward(f, "/dev/null", "first,second", &why));
	assert_non_null(strstr(why.text, "/dev/null"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_have_no_blank_in_them),
		cmocka_unit_test(there_are_eight_tokens_at_most),
		cmocka_unit_test(a_fault_does_not_show_the_token),
		TEST(without_token_and_address_it_is_off),
		TEST(one_project_gets_it_and_it_has_left),
		TEST(each_of_several_projects_gets_it),
		TEST(a_project_that_is_away_delays_only_the_removal),
		TEST(what_they_had_before_is_not_sent_again),
		TEST(a_report_that_all_reject_is_dropped),
		TEST(who_has_stopped_sends_nothing_more),
		TEST(what_is_under_way_is_counted_of_all),
		TEST(a_directory_that_cannot_be_used_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
