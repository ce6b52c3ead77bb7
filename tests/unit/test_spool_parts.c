/* test_spool_parts.c - the parts below the spool: records, the index, segments' names, the
 * in-flight log. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "ingress/spool/flight.h"
#include "ingress/spool/index.h"
#include "ingress/spool/record.h"
#include "ingress/spool/segment.h"

/* --- records ---------------------------------------------------------------------------------- */

static void the_checksum_is_crc32c(void **state)
{
	uint8_t zeros[32] = { 0 }, ones[32];
	static const char text[] = "123456789";

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	/* RFC 3720, appendix B.4, and the check value of the catalogue */
	assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa);
	assert_int_equal(crc32c(0, ones, 32), 0x62a8ab43);
	assert_int_equal(crc32c(0, text, 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, text, 4), text + 4, 5), 0xe3069283);
	assert_int_equal(crc32c_portable(0, zeros, 32), 0x8a9136aa);
	assert_int_equal(crc32c_portable(crc32c_portable(0, text, 4), text + 4, 5), 0xe3069283);
}

static void a_record_is_read_back(void **state)
{
	struct buffer out = { 0 };
	struct record record;

	(void)state;
	record_append(&out, 3, &(struct record_parts) { 0, RECORD_META, "ab", 2, "cde", 3 });
	record_append(&out, 3, &(struct record_parts) { .number = 1, .kind = RECORD_END });
	assert_int_equal(out.size, 24 + 16);
	assert_true(record_read(out.data, out.size, 0, 3, &record));
	assert_int_equal(record.kind, RECORD_META);
	assert_int_equal(record.length, 5);
	assert_memory_equal(record.payload, "abcde", 5);
	assert_int_equal(record.size, 24);
	assert_true(record_read(out.data, out.size, 24, 3, &record));
	assert_int_equal(record.kind, RECORD_END);
	assert_int_equal(record.number, 1);
	assert_false(record_read(out.data, out.size, 40, 3, &record));
	assert_false(record_read(out.data, out.size, 0, 4, &record)); /* of another segment */
	assert_false(record_read(out.data, out.size, 8, 3, &record));
	assert_false(record_read(out.data, 23, 0, 3, &record));
	/* damaged at 0, the next one is found */
	out.data[17] ^= 1;
	assert_false(record_read(out.data, out.size, 0, 3, &record));
	assert_true(record_search(out.data, out.size, 1, 3, 0, &record));
	assert_int_equal(record.offset, 24);
	assert_false(record_search(out.data, out.size, 1, 3, 2, &record)); /* an older number */
	buffer_finish(&out);
}

/* A later version reads the spool of this one. */
static void a_record_on_disk_is_these_bytes(void **state)
{
	static const uint8_t bytes[] = {
		0x05, 0x00, 0x00, 0x00, 0x3d, 0x8a, 0x07, 0x49, 0x05, 0x00, 0x00, 0x00,
		0x07, 0x00, 0x00, 0x00, 0x61, 0x62, 0x63, 0x64, 0x65, 0x00, 0x00, 0x00,
	};
	struct buffer out = { 0 };

	(void)state;
	record_append(&out, 3, &(struct record_parts) { 7, RECORD_META, "ab", 2, "cde", 3 });
	assert_int_equal(out.size, sizeof(bytes));
	assert_memory_equal(out.data, bytes, sizeof(bytes));
	buffer_finish(&out);
}

static void an_end_that_was_damaged_is_told_from_one_cut_short(void **state)
{
	struct end_record end = { 5, ~5u };
	struct buffer out = { 0 };

	(void)state;
	record_append(&out, 9,
		      &(struct record_parts) { 5, RECORD_END, &end, sizeof(end), NULL, 0 });
	out.data[6] ^= 0x40;
	assert_true(record_was_end(out.data, out.size, 0, 9, 5, 5));
	assert_false(record_was_end(out.data, out.size - 1, 0, 9, 5, 5));
	memset(out.data + 12, 0, out.size - 12);
	assert_false(record_was_end(out.data, out.size, 0, 9, 5, 5));
	buffer_finish(&out);
}

static void a_header_is_checked(void **state)
{
	struct segment_header header;
	struct buffer out = { 0 };

	(void)state;
	segment_header_append(&out, 7, -5, 1700000000000, 99);
	assert_true(segment_header_read(out.data, out.size, &header));
	assert_int_equal(header.number, 7);
	assert_int_equal(header.bot_id, -5);
	assert_int_equal(header.next_seq, 99);
	assert_false(segment_header_read(out.data, out.size - 1, &header));
	for (size_t at = 0; at < out.size; at++) {
		out.data[at] ^= 8;
		assert_false(segment_header_read(out.data, out.size, &header));
		out.data[at] ^= 8;
	}
	buffer_finish(&out);
}

/* --- the index -------------------------------------------------------------------------------- */

struct walk {
	uint64_t last;
	size_t count;
};

static void on_each(void *owner, uint64_t seq, const struct place *place)
{
	struct walk *walk = owner;

	assert_true(walk->count == 0 || seq > walk->last);
	assert_int_equal(place->block, (uint32_t)seq);
	walk->last = seq;
	walk->count++;
}

static void updates_are_found_by_seq(void **state)
{
	struct spool_index index = { 0 };
	const uint64_t base = UINT64_C(1) << 57;
	struct walk walk = { 0 };

	(void)state;
	assert_null(spool_index_find(&index, base));
	spool_index_remove(&index, base);
	for (uint64_t i = 0; i < 20000; i++)
		spool_index_set(&index, base + i * 37 % 20011,
				(struct place) { 1, (uint32_t)(base + i * 37 % 20011), 1 });
	assert_int_equal(index.count, 20000);
	for (uint64_t i = 0; i < 20000; i++)
		assert_non_null(spool_index_find(&index, base + i * 37 % 20011));
	assert_null(spool_index_find(&index, base + 20011));
	assert_null(spool_index_find(&index, base - 1));
	spool_index_each(&index, on_each, &walk);
	assert_int_equal(walk.count, 20000);
	for (uint64_t i = 0; i < 20000; i += 2)
		spool_index_remove(&index, base + i * 37 % 20011);
	for (uint64_t i = 0; i < 20000; i++)
		assert_int_equal(spool_index_find(&index, base + i * 37 % 20011) != NULL, i % 2);
	for (uint64_t i = 1; i < 20000; i += 2)
		spool_index_remove(&index, base + i * 37 % 20011);
	assert_int_equal(index.count, 0);
	assert_int_equal(index.pages.count, 0);
	spool_index_finish(&index);
}

static void sightings_are_found_by_scope_and_id(void **state)
{
	struct sighting_index index = { 0 };

	(void)state;
	assert_null(sighting_index_find(&index, 0, 1));
	sighting_index_remove(&index, 0, 1);
	for (int64_t id = -500; id < 500; id++)
		for (uint32_t scope = 0; scope < 3; scope++)
			sighting_index_set(
				&index, &(struct sighting_place) { .id = id,
								   .scope = scope,
								   .version = (uint64_t)(id + 1000),
								   .place = { 1, 2, 3 } });
	assert_int_equal(index.table.count, 3000);
	for (int64_t id = -500; id < 500; id += 3)
		sighting_index_remove(&index, 1, id);
	for (int64_t id = -500; id < 500; id++) {
		assert_true(sighting_index_find(&index, 0, id)->version == (uint64_t)(id + 1000));
		assert_int_equal(sighting_index_find(&index, 1, id) != NULL, (id + 500) % 3 != 0);
	}
	sighting_index_finish(&index);
}

/* --- segments --------------------------------------------------------------------------------- */

static void names_of_segments_are_strict(void **state)
{
	char name[SEGMENT_NAME_SIZE];

	(void)state;
	segment_name(0x2a, name);
	assert_string_equal(name, "0000002a.seg");
	assert_int_equal(segment_number(name), 0x2a);
	assert_int_equal(segment_number("ffffffff.seg"), UINT32_MAX);
	assert_int_equal(segment_number("2a.seg"), 0);
	assert_int_equal(segment_number("0000002A.seg"), 0);
	assert_int_equal(segment_number("0000002a.seg.old"), 0);
	assert_int_equal(segment_number("lock"), 0);
	assert_int_equal(segment_number(".."), 0);
}

static void targets_are_known_while_they_are_there(void **state)
{
	struct segments segments = { 0 };
	struct segment *one = segments_add(&segments, 1), *nine = segments_add(&segments, 9);

	(void)state;
	segments_add(&segments, 4);
	assert_int_equal(segments.list[1]->number, 4);
	assert_null(segments_find(&segments, 5));
	segment_add_target(nine, 9);
	assert_false(segment_has_targets(nine, &segments));
	segment_add_target(nine, 1);
	segment_add_target(nine, 1);
	assert_int_equal(nine->targets_count, 1);
	assert_true(segment_has_targets(nine, &segments));
	segments_remove(&segments, one);
	assert_false(segment_has_targets(nine, &segments));
	segments_finish(&segments);
}

/* --- what is in flight ------------------------------------------------------------------------ */

static bool all_but_seven(void *owner, uint64_t seq)
{
	(void)owner;
	return seq != 7;
}

static void remove_flights(const char *directory, int fd)
{
	unlinkat(fd, "in-flight", 0);
	unlinkat(fd, "boot", 0);
	close(fd);
	assert_int_equal(rmdir(directory), 0);
}

static void the_last_session_of_each_counts(void **state)
{
	char directory[] = "/tmp/korone-flight-XXXXXX";
	struct flight_log log;
	struct flight_entry *entries;
	size_t count;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	assert_true(flight_log_open(&log, fd, all_but_seven, NULL, &entries, &count, NULL));
	assert_int_equal(count, 0);
	free(entries);
	flight_log_set_complete(&log);
	flight_log_append(&log, 50, (const uint64_t[]) { 9, 7, 3, 5 }, 4);
	flight_log_append(&log, 51, (const uint64_t[]) { 9, 5 }, 2);
	flight_log_write(&log, all_but_seven, NULL);
	flight_log_append(&log, 0, (const uint64_t[]) { 5 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	/* a truncated end */
	assert_int_equal(write(log.fd, "\2\0\0\0garbage", 11), 11);
	flight_log_close(&log);
	assert_true(flight_log_open(&log, fd, all_but_seven, NULL, &entries, &count, NULL));
	assert_int_equal(count, 2);
	assert_true(entries[0].seq == 3 && entries[0].session == 50);
	assert_true(entries[1].seq == 9 && entries[1].session == 51);
	free(entries);
	/* rewritten when it is long: only the last entries of live updates stay */
	log.limit = 0;
	flight_log_append(&log, 52, (const uint64_t[]) { 3 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	assert_int_equal(log.bytes, 3 * 24);
	flight_log_close(&log);
	assert_true(flight_log_open(&log, fd, all_but_seven, NULL, &entries, &count, NULL));
	assert_int_equal(count, 2);
	assert_true(entries[0].session == 52);
	free(entries);
	flight_log_close(&log);
	remove_flights(directory, fd);
}

static size_t open_flights(struct flight_log *log, int fd)
{
	struct flight_entry *entries;
	size_t count;

	assert_true(flight_log_open(log, fd, all_but_seven, NULL, &entries, &count, NULL));
	free(entries);
	return count;
}

static void only_whole_notes_are_relied_on(void **state)
{
	char directory[] = "/tmp/korone-flight-XXXXXX";
	struct flight_log log;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	open_flights(&log, fd);
	assert_non_null(log.unknown_reason); /* nobody knows what was in flight before */
	flight_log_append(&log, 50, (const uint64_t[]) { 9 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	flight_log_close(&log);
	assert_int_equal(open_flights(&log, fd), 0);
	assert_non_null(log.unknown_reason);
	flight_log_append(&log, 50, (const uint64_t[]) { 9 }, 1);
	flight_log_set_complete(&log);
	flight_log_close(&log);
	assert_int_equal(open_flights(&log, fd), 0);
	assert_non_null(log.unknown_reason); /* it was not written */
	flight_log_append(&log, 50, (const uint64_t[]) { 9 }, 1);
	flight_log_set_complete(&log);
	flight_log_write(&log, all_but_seven, NULL);
	flight_log_close(&log);
	assert_int_equal(open_flights(&log, fd), 1);
	assert_null(log.unknown_reason);
	flight_log_append(&log, 50, (const uint64_t[]) { 3 }, 1);
	flight_log_append(&log, 50, (const uint64_t[]) { 5 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	assert_int_equal(pwrite(log.fd, "x", 1, 0), 1); /* appended */
	flight_log_close(&log);
	assert_int_equal(open_flights(&log, fd), 3);
	flight_log_close(&log);
	/* a bit in the first of three */
	int file = openat(fd, "in-flight", O_RDWR);
	assert_int_equal(pwrite(file, "x", 1, 18), 1);
	close(file);
	assert_int_equal(open_flights(&log, fd), 0);
	assert_non_null(log.unknown_reason);
	flight_log_close(&log);
	remove_flights(directory, fd);
}

/* As on a full disk: what cannot be written is kept, and until it is written nobody relies on the
 * file. */
static void a_note_that_cannot_be_written_is_kept(void **state)
{
	char directory[] = "/tmp/korone-flight-XXXXXX";
	struct rlimit before, full;
	struct flight_log log;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	open_flights(&log, fd);
	flight_log_set_complete(&log);
	flight_log_append(&log, 50, (const uint64_t[]) { 9 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	assert_int_equal(faccessat(fd, "boot", F_OK, 0), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	full = before;
	full.rlim_cur = log.bytes + 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	flight_log_append(&log, 51, (const uint64_t[]) { 3 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	flight_log_append(&log, 51, (const uint64_t[]) { 5 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_not_equal(faccessat(fd, "boot", F_OK, 0), 0);
	flight_log_append(&log, 52, (const uint64_t[]) { 9 }, 1);
	flight_log_write(&log, all_but_seven, NULL);
	flight_log_close(&log);
	assert_int_equal(open_flights(&log, fd), 3);
	assert_null(log.unknown_reason);
	flight_log_close(&log);
	remove_flights(directory, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checksum_is_crc32c),
		cmocka_unit_test(a_record_is_read_back),
		cmocka_unit_test(a_record_on_disk_is_these_bytes),
		cmocka_unit_test(an_end_that_was_damaged_is_told_from_one_cut_short),
		cmocka_unit_test(a_header_is_checked),
		cmocka_unit_test(updates_are_found_by_seq),
		cmocka_unit_test(sightings_are_found_by_scope_and_id),
		cmocka_unit_test(names_of_segments_are_strict),
		cmocka_unit_test(targets_are_known_while_they_are_there),
		cmocka_unit_test(the_last_session_of_each_counts),
		cmocka_unit_test(only_whole_notes_are_relied_on),
		cmocka_unit_test(a_note_that_cannot_be_written_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
