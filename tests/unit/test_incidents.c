/* test_incidents.c - faults counted, found again by reference and fingerprint, and kept over a
 * restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "crashd/gzip.h"
#include "crashd/incidents.h"

struct fixture {
	char directory[64], path[80];
	struct incidents *incidents;
};

static int open_fixture(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->directory, "/tmp/korone-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->path, sizeof(fixture->path), "%s/incidents", fixture->directory);
	fixture->incidents = incidents_open(fixture->path);
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;

	incidents_close(fixture->incidents);
	unlink(fixture->path);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static struct trace_id id_of(unsigned number)
{
	struct trace_id id = { { 1 } };

	memcpy(id.bytes + 8, &number, sizeof(number));
	return id;
}

/* A report of fault `fault`; the capture's id is the reference + 1000. */
static void count(struct fixture *fixture, unsigned fault, unsigned reference, uint64_t second)
{
	char fingerprint[65];
	struct report report = { .trace = id_of(reference), .id = id_of(reference + 1000) };

	snprintf(fingerprint, sizeof(fingerprint), "%064x", fault << 4);
	memcpy(fingerprint, fingerprint + 56, 8);
	report.fingerprint = text_of(fingerprint);
	report.function = text_of("handle_start");
	report.line = 12;
	report.ended_ns = second * 1000000000u;
	incidents_count(fixture->incidents, &report);
}

static void test_counts_and_references(void **state)
{
	struct fixture *fixture = *state;
	const struct incident *incident;
	struct trace_id capture;

	for (unsigned i = 1; i <= 20; i++)
		count(fixture, 1, i, 100 + i);
	count(fixture, 2, 50, 90);
	incident = incidents_find(fixture->incidents, "00000010", &capture);
	assert_non_null(incident);
	assert_int_equal(incident->count, 20);
	assert_int_equal(incident->first_s, 101);
	assert_int_equal(incident->last_s, 120);
	assert_string_equal(incident->function, "handle_start");
	assert_int_equal(incident_reference_count(incident), INCIDENT_REFERENCES);
	assert_memory_equal(&capture, &(struct trace_id[1]) { id_of(1020) }, sizeof(capture));
}

static void test_found_by_reference_and_part_of_a_fingerprint(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id capture, wanted = id_of(7), missing = id_of(8);
	char hex[TRACE_ID_HEX];

	count(fixture, 1, 7, 100);
	trace_id_hex(&wanted, hex);
	assert_non_null(incidents_find(fixture->incidents, hex, &capture));
	wanted = id_of(1007);
	assert_memory_equal(&capture, &wanted, sizeof(capture));
	trace_id_hex(&missing, hex);
	assert_null(incidents_find(fixture->incidents, hex, &capture));
	/* Each of those of one fault. */
	count(fixture, 1, 8, 101);
	count(fixture, 1, 9, 102);
	for (unsigned reference = 7; reference <= 9; reference++) {
		wanted = id_of(reference);
		trace_id_hex(&wanted, hex);
		assert_non_null(incidents_find(fixture->incidents, hex, &capture));
		wanted = id_of(1000 + reference);
		assert_memory_equal(&capture, &wanted, sizeof(capture));
	}
	assert_null(incidents_find(fixture->incidents, "0000", &capture));
	assert_null(incidents_find(fixture->incidents, "", &capture));
}

static void remember(void *owner, const struct incident *incident)
{
	int64_t *times = owner;

	while (*times)
		times++;
	*times = incident->last_s;
}

static void test_kept_over_a_restart_and_listed_by_age(void **state)
{
	struct fixture *fixture = *state;
	int64_t times[4] = { 0 };
	struct why why;

	count(fixture, 1, 1, 100);
	count(fixture, 2, 2, 300);
	count(fixture, 3, 3, 200);
	assert_true(incidents_save(fixture->incidents, &why));
	incidents_close(fixture->incidents);
	fixture->incidents = incidents_open(fixture->path);
	incidents_each(fixture->incidents, remember, times);
	assert_int_equal(times[0], 300);
	assert_int_equal(times[1], 200);
	assert_int_equal(times[2], 100);
}

static void test_a_broken_file_is_none(void **state)
{
	struct fixture *fixture = *state;
	int64_t times[4] = { 0 };
	struct why why;
	FILE *file;

	count(fixture, 1, 1, 100);
	assert_true(incidents_save(fixture->incidents, &why));
	file = fopen(fixture->path, "r+");
	assert_non_null(file);
	fseek(file, 100, SEEK_SET);
	fputc('x', file);
	fclose(file);
	incidents_close(fixture->incidents);
	fixture->incidents = incidents_open(fixture->path);
	incidents_each(fixture->incidents, remember, times);
	assert_int_equal(times[0], 0);
}

static void test_it_keeps_what_the_newest_report_says(void **state)
{
	struct fixture *fixture = *state;
	struct report report = { .trace = id_of(1), .id = id_of(1001) };
	const struct incident *incident;
	struct trace_id capture;
	struct why why;

	report.fingerprint = text_of(
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	report.title = text_of("SIGSEGV in f (a.c:3)");
	report.type = text_of("SIGSEGV");
	report.file = text_of("a.c");
	report.module = text_of("op");
	report.process = text_of("child");
	report.version = text_of("1");
	report.ended_ns = 200 * UINT64_C(1000000000);
	incidents_count(fixture->incidents, &report);
	/* An older one that comes later. */
	report.version = text_of("2");
	report.line = 4;
	report.ended_ns = 100 * UINT64_C(1000000000);
	incidents_count(fixture->incidents, &report);
	assert_true(incidents_save(fixture->incidents, &why));
	incidents_close(fixture->incidents);
	fixture->incidents = incidents_open(fixture->path);
	/* The shortest part that is looked for. */
	assert_null(incidents_find(fixture->incidents, "0123456", &capture));
	incident = incidents_find(fixture->incidents, "01234567", &capture);
	assert_non_null(incident);
	assert_string_equal(incident->fingerprint, report.fingerprint.data);
	assert_string_equal(incident->title, "SIGSEGV in f (a.c:3)");
	assert_string_equal(incident->type, "SIGSEGV");
	assert_string_equal(incident->file, "a.c");
	assert_string_equal(incident->module, "op");
	assert_string_equal(incident->process, "child");
	assert_string_equal(incident->version, "2");
	assert_string_equal(incident->function, "");
	assert_int_equal(incident->line, 4);
	assert_int_equal(incident->first_s, 100);
	assert_int_equal(incident->last_s, 200);
	assert_int_equal(incident_reference_count(incident), 2);
}

static void test_the_oldest_fault_makes_room(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id capture;

	for (unsigned i = 1; i <= INCIDENTS_MAX + 1; i++)
		count(fixture, i, i, 100 + i);
	assert_null(incidents_find(fixture->incidents, "00000010", &capture));
	assert_non_null(incidents_find(fixture->incidents, "00000020", &capture));
}

/* Where the file has what no program of ours wrote, texts end all the same. */
static void test_texts_of_a_strange_file_end(void **state)
{
	struct fixture *fixture = *state;
	struct buffer file = { 0 };
	struct trace_id capture;
	const struct incident *incident;
	uint32_t sum;
	struct why why;

	count(fixture, 1, 1, 100);
	assert_true(incidents_save(fixture->incidents, &why));
	assert_true(file_read(fixture->path, 64 << 20, &file, &why));
	/* The first one's texts, the fingerprint's beginning stays. */
	memset(file.data + 8 + offsetof(struct incident, fingerprint) + 8, 'x',
	       sizeof(incident->fingerprint) - 8);
	memset(file.data + 8 + offsetof(struct incident, title), 'x', sizeof(incident->title));
	memset(file.data + 8 + offsetof(struct incident, type), 'x', sizeof(incident->type));
	memset(file.data + 8 + offsetof(struct incident, function), 'x',
	       sizeof(incident->function));
	memset(file.data + 8 + offsetof(struct incident, file), 'x', sizeof(incident->file));
	memset(file.data + 8 + offsetof(struct incident, module), 'x', sizeof(incident->module));
	memset(file.data + 8 + offsetof(struct incident, process), 'x', sizeof(incident->process));
	memset(file.data + 8 + offsetof(struct incident, version), 'x', sizeof(incident->version));
	sum = checksum(file.data + 8, buffer_unread_size(&file) - 8);
	memcpy(file.data + 4, &sum, sizeof(sum));
	assert_true(file_replace(fixture->path, file.data, buffer_unread_size(&file), &why));
	buffer_finish(&file);
	incidents_close(fixture->incidents);
	fixture->incidents = incidents_open(fixture->path);
	incident = incidents_find(fixture->incidents, "00000010", &capture);
	assert_non_null(incident);
	assert_int_equal(strlen(incident->fingerprint), sizeof(incident->fingerprint) - 1);
	assert_int_equal(strlen(incident->title), sizeof(incident->title) - 1);
	assert_int_equal(strlen(incident->type), sizeof(incident->type) - 1);
	assert_int_equal(strlen(incident->function), sizeof(incident->function) - 1);
	assert_int_equal(strlen(incident->file), sizeof(incident->file) - 1);
	assert_int_equal(strlen(incident->module), sizeof(incident->module) - 1);
	assert_int_equal(strlen(incident->process), sizeof(incident->process) - 1);
	assert_int_equal(strlen(incident->version), sizeof(incident->version) - 1);
}

/* All of it or nothing: the rest of a file that is too short or too long is not guessed. */
static void test_a_file_of_another_size_is_none(void **state)
{
	struct fixture *fixture = *state;
	struct buffer file = { 0 };
	struct trace_id capture;
	struct why why;

	count(fixture, 1, 1, 100);
	assert_true(incidents_save(fixture->incidents, &why));
	assert_true(file_read(fixture->path, 64 << 20, &file, &why));
	for (int i = 0; i < 4; i++) {
		const size_t sizes[] = { 0, 4, buffer_unread_size(&file) - 1,
					 buffer_unread_size(&file) + 1 };

		buffer_append_byte(&file, 0);
		assert_true(file_replace(fixture->path, file.data, sizes[i], &why));
		file.size--;
		incidents_close(fixture->incidents);
		fixture->incidents = incidents_open(fixture->path);
		assert_null(incidents_find(fixture->incidents, "00000010", &capture));
	}
	buffer_finish(&file);
}

/* Only of references that there are. */
static void test_no_reference_is_made_up(void **state)
{
	struct fixture *fixture = *state;
	struct trace_id capture;

	count(fixture, 1, 1, 100);
	assert_null(
		incidents_find(fixture->incidents, "00000000000000000000000000000000", &capture));
	for (unsigned i = 2; i <= INCIDENT_REFERENCES + 5; i++)
		count(fixture, 1, i, 100 + i);
	assert_null(
		incidents_find(fixture->incidents, "00000000000000000000000000000000", &capture));
}

static void remember_order(void *owner, const struct incident *incident)
{
	char **at = owner;

	*(*at)++ = incident->fingerprint[6];
}

static void test_the_list_is_of_the_newest_first(void **state)
{
	struct fixture *fixture = *state;
	char order[32] = "", *at = order;

	for (unsigned i = 1; i <= 9; i++)
		count(fixture, i, i, 100 + i * 7 % 10);
	incidents_each(fixture->incidents, remember_order, &at);
	assert_string_equal(order, "741852963");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts_and_references, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_found_by_reference_and_part_of_a_fingerprint,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_kept_over_a_restart_and_listed_by_age,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_a_broken_file_is_none, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_it_keeps_what_the_newest_report_says,
						open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(test_the_oldest_fault_makes_room, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_texts_of_a_strange_file_end, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_a_file_of_another_size_is_none, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_no_reference_is_made_up, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(test_the_list_is_of_the_newest_first, open_fixture,
						close_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
