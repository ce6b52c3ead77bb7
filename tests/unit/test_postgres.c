/* test_postgres.c - what is sent to Postgres, what comes back, and what an error stands for. */
#include "tests/unit/postgres_peer.h"

#include "common/clock.h"
#include "common/database/postgres.h"
#include "common/xalloc.h"

struct world {
	struct postgres *postgres;
	struct postgres_error error;
	int stop[2];
	char url[200];
};

static int set_up(void **state)
{
	struct world *w = xmalloc(sizeof(*w));

	server_start(w->url, sizeof(w->url));
	assert_int_equal(pipe(w->stop), 0);
	w->postgres = postgres_connect(w->url, "a-test", w->stop[0], &w->error);
	if (!w->postgres)
		fail_msg("%s", w->error.text);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	postgres_close(w->postgres);
	server_finish();
	close(w->stop[0]);
	close(w->stop[1]);
	free(w);
	return 0;
}

static void reconnect(struct world *w)
{
	postgres_close(w->postgres);
	w->postgres = postgres_connect(w->url, "a-test", w->stop[0], &w->error);
}

static void it_says_who_it_is(void **state)
{
	(void)state;
	assert_non_null(strstr(server.startup, "user me "));
	assert_non_null(strstr(server.startup, "database db "));
	assert_non_null(strstr(server.startup, "application_name a-test "));
	assert_non_null(strstr(server.startup, "client_encoding UTF8 "));
}

static void values_go_there_and_back(void **state)
{
	static const struct postgres_value values[] = {
		{ .data = "text" },
		{ .data = NULL },
		{ .data = "a\0b", .size = 3, .binary = true },
		{ .data = "" },
	};
	struct world *w = *state;
	struct postgres_result *result = postgres_query(w->postgres, "ECHO", values,
							COUNT_OF(values), &w->error);

	assert_non_null(result);
	assert_int_equal(postgres_rows(result), 1);
	assert_string_equal(postgres_field(result, 0, 0), "text");
	assert_null(postgres_field(result, 0, 1));
	assert_memory_equal(postgres_field(result, 0, 2), "a\0b", 4);
	assert_string_equal(postgres_field(result, 0, 3), "");
	assert_null(postgres_field(result, 1, 0));
	assert_string_equal(server.formats, "ttbt");
	postgres_result_free(result);
	result = postgres_query(w->postgres, "UPDATE", NULL, 0, &w->error);
	assert_int_equal(postgres_affected(result), 5);
	assert_int_equal(postgres_rows(result), 0);
	postgres_result_free(result);
}

static void an_error_is_of_a_kind(void **state)
{
	static const struct {
		const char *sqlstate;
		enum postgres_fault fault;
	} rows[] = {
		{ "22001", POSTGRES_DATA },    { "23505", POSTGRES_DATA },
		{ "54000", POSTGRES_DATA },    { "P0001", POSTGRES_DATA },
		{ "08006", POSTGRES_LOST },    { "57P01", POSTGRES_LOST },
		{ "25P03", POSTGRES_LOST },    { "25006", POSTGRES_LOST },
		{ "28000", POSTGRES_REFUSED }, { "3D000", POSTGRES_REFUSED },
		{ "57014", POSTGRES_TROUBLE }, { "25P02", POSTGRES_TROUBLE },
		{ "53100", POSTGRES_TROUBLE }, { "40001", POSTGRES_TROUBLE },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char sql[16], expected[48];

		snprintf(sql, sizeof(sql), "FAIL %s", rows[i].sqlstate);
		snprintf(expected, sizeof(expected), "SQLSTATE %s%s", rows[i].sqlstate,
			 rows[i].fault == POSTGRES_DATA ? "" : ": its value");
		for (unsigned way = 0; way < 2; way++) {
			memset(&w->error, 0, sizeof(w->error));
			if (way)
				assert_false(postgres_run(w->postgres, sql, &w->error));
			else
				assert_null(postgres_query(w->postgres, sql, NULL, 0, &w->error));
			assert_int_equal(w->error.fault, rows[i].fault);
			assert_string_equal(w->error.sqlstate, rows[i].sqlstate);
			assert_string_equal(w->error.text, expected);
		}
	}
	/* None of them ended the connection. */
	assert_true(postgres_run(w->postgres, "UPDATE", &w->error));
}

static void a_transaction_is_all_or_nothing(void **state)
{
	static const struct postgres_value value = { .data = "one" };
	struct world *w = *state;
	struct postgres_step steps[] = {
		{ .sql = "ECHO", .values = &value, .values_count = 1 },
		{ .name = "prepared", .values = &value, .values_count = 1 },
		{ .sql = "UPDATE" },
	};

	assert_true(postgres_prepare(w->postgres, "prepared", "INSERT", &w->error));
	for (unsigned round = 0; round < 2; round++) {
		server.seen[0] = '\0';
		assert_true(postgres_transaction_send(w->postgres, steps, 3, &w->error));
		assert_true(postgres_transaction_receive(w->postgres, steps, 3, &w->error));
		assert_string_equal(server.seen, "BEGIN;ECHO;prepared;UPDATE;COMMIT;");
		assert_string_equal(postgres_field(steps[0].result, 0, 0), "one");
		assert_int_equal(postgres_affected(steps[1].result), 5);
		for (size_t i = 0; i < COUNT_OF(steps); i++)
			postgres_result_free(steps[i].result);
	}
}

static void after_a_failed_transaction_the_next_begins_anew(void **state)
{
	struct world *w = *state;
	struct postgres_step steps[] = { { .sql = "UPDATE" },
					 { .sql = "FAIL 23505" },
					 { .sql = "ECHO" } };

	assert_true(postgres_transaction_send(w->postgres, steps, 3, &w->error));
	assert_false(postgres_transaction_receive(w->postgres, steps, 3, &w->error));
	assert_string_equal(server.seen, "BEGIN;UPDATE;FAIL 23505;ROLLBACK;");
	assert_int_equal(w->error.fault, POSTGRES_DATA);
	assert_string_equal(w->error.sqlstate, "23505");
	assert_null(steps[1].result);
	assert_null(steps[2].result);
	postgres_result_free(steps[0].result);
	assert_true(postgres_transaction_send(w->postgres, steps, 1, &w->error));
	assert_true(postgres_transaction_receive(w->postgres, steps, 1, &w->error));
	postgres_result_free(steps[0].result);
}

static void a_connection_that_ends_is_lost(void **state)
{
	struct world *w = *state;
	struct postgres_step step = { .sql = "DIE" };

	assert_false(postgres_run(w->postgres, "DIE", &w->error));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	assert_true(w->error.text[0] != '\0');
	reconnect(w);
	assert_null(postgres_query(w->postgres, "DIE", NULL, 0, &w->error));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	reconnect(w);
	assert_true(postgres_transaction_send(w->postgres, &step, 1, &w->error));
	assert_false(postgres_transaction_receive(w->postgres, &step, 1, &w->error));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	assert_null(step.result);
}

static void patience_and_stops_end_a_wait(void **state)
{
	struct world *w = *state;
	uint64_t before = clock_boot_ms();

	postgres_set_patience(w->postgres, 50);
	assert_false(postgres_run(w->postgres, "SILENT", &w->error));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	assert_string_equal(w->error.text, "no answer in time");
	assert_true(clock_boot_ms() - before >= 50);
	reconnect(w);
	assert_int_equal(write(w->stop[1], "x", 1), 1);
	assert_null(postgres_query(w->postgres, "SILENT", NULL, 0, &w->error));
	assert_int_equal(w->error.fault, POSTGRES_STOPPED);
	assert_string_equal(w->error.text, "stopped");
}

static void only_a_refusal_for_good_is_one(void **state)
{
	static const struct {
		const char *sqlstate;
		enum postgres_fault fault;
	} rows[] = { { "28P01", POSTGRES_REFUSED },
		     { "3D000", POSTGRES_REFUSED },
		     { "57P03", POSTGRES_LOST },
		     { "53300", POSTGRES_LOST } };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		server.refuses = rows[i].sqlstate;
		memset(&w->error, 0, sizeof(w->error));
		reconnect(w);
		assert_null(w->postgres);
		assert_int_equal(w->error.fault, rows[i].fault);
		assert_string_equal(w->error.sqlstate, rows[i].sqlstate);
		assert_non_null(strstr(w->error.text, "its value"));
	}
}

/* --- URLs ------------------------------------------------------------------------------------- */

static void what_is_no_url_is_told_from_one(void **state)
{
	static const struct {
		const char *url;
		bool valid, abstract;
	} rows[] = {
		{ "postgresql://u:p@h:1/db", true, false },
		{ "postgresql:///db?host=@korone", true, true },
		{ "postgresql:///db?host=/run", true, false },
		{ "host=h dbname=db", true, false },
		{ "host=@h dbname=db", true, true },
		{ "db", false, false },
		{ "postgresql://h:1/db?nothing=1", false, false },
		{ "http://h", false, false },
	};

	(void)state;
	unsetenv("PGHOST");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (postgres_url_is_valid(rows[i].url) != rows[i].valid)
			fail_msg("%s", rows[i].url);
		if (rows[i].valid)
			assert_int_equal(postgres_is_abstract(rows[i].url), rows[i].abstract);
	}
	setenv("PGHOST", "@korone", 1);
	assert_true(postgres_is_abstract("postgresql:///db"));
	assert_false(postgres_is_abstract("postgresql://h/db"));
	unsetenv("PGHOST");
}

static void add_port(void *owner, uint16_t port)
{
	buffer_printf(owner, "%u;", port);
}

/* NULL: they are not known. */
static void check_ports(const char *url, const char *expected)
{
	struct buffer ports = { 0 };

	assert_int_equal(postgres_list_ports(url, add_port, &ports), expected != NULL);
	assert_string_equal(buffer_text(&ports), expected ? expected : "");
	buffer_finish(&ports);
}

static void the_ports_are_those_of_servers_over_tcp(void **state)
{
	(void)state;
	unsetenv("PGHOST");
	check_ports("postgresql:///db?host=/run", "");
	check_ports("postgresql:///db?host=@korone", "");
	check_ports("postgresql:///db?host=/run,/tmp", "");
	check_ports("postgresql:///db", "");
	check_ports("postgresql://h/db", "5432;");
	check_ports("postgresql://h:1/db", "1;");
	check_ports("postgresql://h:1,i:2,j/db", "1;2;5432;");
	check_ports("host=/run,h port=1", "1;");
	check_ports("hostaddr=127.0.0.1 port=6432", "6432;");
	check_ports("service=korone", NULL);
	setenv("PGHOST", "h", 1);
	setenv("PGPORT", "7", 1);
	check_ports("postgresql:///db", "7;");
	unsetenv("PGHOST");
	unsetenv("PGPORT");
}

static void add_file(void *owner, const char *path)
{
	buffer_printf(owner, "%s;", path);
}

static void each_file_that_libpq_opens_is_listed(void **state)
{
	static const char *const files[] = {
		"/a/root;",       "/a/cert;",    "/a/key;",
		"/a/crl;",        "/a/crls;",    "/a/pass;",
		"/a/services;",   "/a/.pgpass;", "/a/.pg_service.conf;",
		"/a/.postgresql;"
	};
	struct buffer list = { 0 };
	char home[200] = "";

	(void)state;
	if (getenv("HOME"))
		snprintf(home, sizeof(home), "%s", getenv("HOME"));
	setenv("HOME", "/a", 1);
	setenv("PGSSLKEY", "/a/key", 1);
	setenv("PGSSLCERT", "/b/cert", 1);
	setenv("PGSERVICEFILE", "/a/services", 1);
	postgres_list_files("postgresql:///db?sslrootcert=/a/root&sslcert=/a/cert&sslcrl=/a/crl"
			    "&sslcrldir=/a/crls&passfile=/a/pass",
			    add_file, &list);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		if (!strstr(buffer_text(&list), files[i]))
			fail_msg("%s is not in %s", files[i], buffer_text(&list));
	assert_null(strstr(buffer_text(&list), "/b/cert"));
	unsetenv("PGSSLKEY");
	unsetenv("PGSSLCERT");
	unsetenv("PGSERVICEFILE");
	if (home[0])
		setenv("HOME", home, 1);
	buffer_finish(&list);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(it_says_who_it_is),
		WITH_SERVER(values_go_there_and_back),
		WITH_SERVER(an_error_is_of_a_kind),
		WITH_SERVER(a_transaction_is_all_or_nothing),
		WITH_SERVER(after_a_failed_transaction_the_next_begins_anew),
		WITH_SERVER(a_connection_that_ends_is_lost),
		WITH_SERVER(patience_and_stops_end_a_wait),
		WITH_SERVER(only_a_refusal_for_good_is_one),
		cmocka_unit_test(what_is_no_url_is_told_from_one),
		cmocka_unit_test(each_file_that_libpq_opens_is_listed),
		cmocka_unit_test(the_ports_are_those_of_servers_over_tcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
