/* test_cas_list.c - the public list: read, packed, and looked up as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/modules/moderation/cas_list.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct cas_people read_text(const char *text)
{
	const size_t size = strlen(text);
	struct cas_people people = { .keys = xcalloc(cas_count_lines(text, size),
						     sizeof(uint64_t)) };

	cas_read(text, size, &people);
	return people;
}

/* As handlers do it: from the part as it is kept. */
static bool has(const struct cas_people *people, int64_t id)
{
	struct buffer part = { 0 }, shard = { 0 };
	bool found;

	cas_pack(people, cas_part_of(id), &part);
	assert_true(cas_unpack(buffer_text(&part), cas_shard_of(id), &shard));
	found = cas_has(buffer_unread(&shard), buffer_unread_size(&shard), id);
	buffer_finish(&part);
	buffer_finish(&shard);
	return found;
}

static void lines_as_hosts_write_them(void **state)
{
	static const struct {
		const char *text;
		size_t count, bad;
	} rows[] = {
		{ "", 0, 0 },
		{ "\n\r\n\n", 0, 0 },
		{ "7", 1, 0 },
		{ "user_id\n7\n8\r\n\n9", 3, 0 },
		{ "\"user_id\",date\n\"7\",1\n8;2\n7,3\n", 2, 0 },
		{ "<html>\n<p>\n</html>\n", 0, 2 },
		{ "7\n7x\n-8\n0\n1.5\n4398046511103\n4398046511104\n99999999999999999999999\n", 2,
		  6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct cas_people people = read_text(rows[i].text);

		if (people.count != rows[i].count || people.bad != rows[i].bad)
			fail_msg("%s: %zu ids, %zu bad lines", rows[i].text, people.count,
				 people.bad);
		free(people.keys);
	}
}

static void who_is_on_it_is_found_and_nobody_else(void **state)
{
	static const int64_t ids[] = { 1,    2,          127,        128,          129,
				       1023, 1024,       1025,       2047,         5000000001,
				       7,    7000000000, 7000001024, 4398046511103 };
	char text[400];
	size_t size = 0;
	struct cas_people people;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%lld\n",
					 (long long)ids[i]);
	people = read_text(text);
	assert_int_equal(people.count, COUNT_OF(ids));
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		assert_true(has(&people, ids[i]));
		/* The same part and shard. */
		assert_false(has(&people, ids[i] + 2048));
		assert_false(has(&people, ids[i] ^ 4));
	}
	assert_false(has(&people, 3));
	assert_false(cas_has("", 0, 0));
	assert_false(cas_has(ids, sizeof(ids), -1));
	assert_false(cas_has(ids, sizeof(ids), CAS_ID_MAX + 1));
	free(people.keys);
}

static void a_part_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = { "!", "A", "gA", "_____________w", "__________9_" };
	struct buffer out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (cas_unpack(wrong[i], 0, &out))
			fail_msg("%s", wrong[i]);
	assert_true(cas_unpack("", 0, &out));
	buffer_finish(&out);
}

/* A million and a quarter: what a part takes in the database, and a shard in a pool. */
static void a_long_list_is_kept_small(void **state)
{
	const size_t count = 1250000;
	char *text = xmalloc(count * 11 + 1);
	size_t size = 0, largest = 0;
	struct cas_people people = { 0 };
	struct buffer part = { 0 }, shard = { 0 };

	(void)state;
	for (size_t i = 0; i < count; i++)
		size += (size_t)sprintf(text + size, "%zu\n", 1000000 + i * 6007);
	people.keys = xcalloc(cas_count_lines(text, size), sizeof(uint64_t));
	cas_read(text, size, &people);
	assert_int_equal(people.count, count);
	for (unsigned i = 0; i < CAS_PARTS; i++) {
		buffer_clear(&part);
		cas_pack(&people, i, &part);
		largest = buffer_unread_size(&part) > largest ? buffer_unread_size(&part) : largest;
	}
	assert_true(largest < 32 << 10);
	assert_true(cas_unpack(buffer_text(&part), 3, &shard));
	assert_true(buffer_unread_size(&shard) < 6 << 10);
	buffer_finish(&part);
	buffer_finish(&shard);
	free(people.keys);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_as_hosts_write_them),
		cmocka_unit_test(who_is_on_it_is_found_and_nobody_else),
		cmocka_unit_test(a_part_that_is_none_is_refused),
		cmocka_unit_test(a_long_list_is_kept_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
