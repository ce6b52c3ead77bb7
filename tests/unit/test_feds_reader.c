/* test_feds_reader.c - ids of people in CSV and JSON as bots and people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/modules/moderation/feds_reader.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct fed_people read_bytes(const char *text, size_t size)
{
	struct fed_people people = { .ids = xcalloc(FED_PEOPLE_MAX, sizeof(int64_t)) };
	/* Nothing behind the end is looked at. */
	char *copy = xmemdup(size ? text : "", size ? size : 1);

	fed_read(copy, size, &people);
	free(copy);
	return people;
}

struct row {
	const char *text;
	int64_t ids[4]; /* up to the first 0 */
	size_t skipped[FED_SKIPS];
	bool broken;
};

static void check(const struct row *row)
{
	struct fed_people people = read_bytes(row->text, strlen(row->text));
	size_t count = 0;

	while (count < COUNT_OF(row->ids) && row->ids[count])
		count++;
	if (people.broken != row->broken)
		fail_msg("%s: broken: %d", row->text, people.broken);
	if (!row->broken &&
	    (people.count != count || memcmp(people.ids, row->ids, count * sizeof(int64_t)) != 0))
		fail_msg("%s: %zu ids, the first is %lld", row->text, people.count,
			 (long long)people.ids[0]);
	for (size_t i = 0; !row->broken && i < FED_SKIPS; i++)
		if (people.skipped[i] != row->skipped[i])
			fail_msg("%s: skipped[%zu] is %zu", row->text, i, people.skipped[i]);
	free(people.ids);
}

static void csv_as_people_write_it(void **state)
{
	static const struct row rows[] = {
		{ .text = "" },
		{ .text = "\n\r\n\n" },
		{ "7\n5\n6", { 5, 6, 7 }, { 0 }, false },
		{ "\xef\xbb\xbfuser_id\r\n5\r\n6\r\n", { 5, 6 }, { 0 }, false },
		{ "id;User_ID;userid\n1;5;9\n2;6;9\n", { 5, 6 }, { 0 }, false },
		{ "name\tid\nx\t5\n\ny\t 6 \n", { 5, 6 }, { 0 }, false },
		{ "n,\"id\"\n\"a \"\"b\"\", c\nd\",\"5\"\ne,6", { 5, 6 }, { 0 }, false },
		{ "5.0\n6.00\n7.5\n", { 5, 6 }, { [FED_SKIP_NO_ID] = 1 }, false },
		{ "who\n5\n", { 5 }, { [FED_SKIP_NO_ID] = 1 }, false },
		{ "id\n5\n5\n5\n", { 5 }, { [FED_SKIP_TWICE] = 2 }, false },
		{ "id\n\n,x\n0\n-5\n1e9\n4503599627370496\n123456789012345678901234\n",
		  { 0 },
		  { [FED_SKIP_NO_ID] = 3, [FED_SKIP_NO_PERSON] = 3 },
		  false },
		{ "-1001000000777\n4503599627370495\n-1000000000000\n",
		  { -1001000000777, 4503599627370495 },
		  { [FED_SKIP_NO_PERSON] = 1 },
		  false },
		{ "name,id\nx\n", { 0 }, { [FED_SKIP_NO_ID] = 1 }, false },
		{ "id\n\"5", { 5 }, { 0 }, false },
		{ "<html>\n<p>503</p>\n", { 0 }, { [FED_SKIP_NO_ID] = 2 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(&rows[i]);
}

static void json_as_bots_write_it(void **state)
{
	static const struct row rows[] = {
		{ .text = "[]" },
		{ " [7, 5, \"6\"]\n", { 5, 6, 7 }, { 0 }, false },
		{ "{\"user_id\": 5}\n{\"user_id\": 6}\n", { 5, 6 }, { 0 }, false },
		{ "[{\"id\": 1, \"user_id\": 5, \"user_id\": 9}]", { 5 }, { 0 }, false },
		{ "[{\"user_id\": 5, \"id\": 1, \"by\": {\"id\": 8}}]", { 5 }, { 0 }, false },
		{ "[{\"user\": {\"id\": 5, \"name\": \"]}\\\"\"}}]", { 5 }, { 0 }, false },
		{ "{\"by\": {\"id\": 8}, \"fBans\": [5, {\"ID\": 6}]}", { 5, 6 }, { 0 }, false },
		{ "{\"owners\": [8], \"bans\": [5]}", { 5 }, { 0 }, false },
		{ "[null, true, 1.5, {\"a\": [8]}, {}]", { 0 }, { [FED_SKIP_NO_ID] = 5 }, false },
		{ "[[5, [6]], -7]", { 5, 6 }, { [FED_SKIP_NO_PERSON] = 1 }, false },
		{ .text = "[5", .broken = true },
		{ .text = "[{\"id\": 5}, {\"id", .broken = true },
		{ .text = "[\"5\\", .broken = true },
		{ .text = "[5}", .broken = true },
		{ .text = "[5]]", .broken = true },
		{ .text = "{5}", .broken = true },
		{ .text = "[[[[[[[[[[[[[[[[[[5]]]]]]]]]]]]]]]]]]", .broken = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(&rows[i]);
}

static void zeros_are_no_text(void **state)
{
	struct fed_people people = read_bytes("5\0\n6\n\0", 7);

	(void)state;
	assert_int_equal(people.count, 1);
	assert_int_equal(people.ids[0], 6);
	assert_int_equal(people.skipped[FED_SKIP_NO_ID], 2);
	free(people.ids);
	people = read_bytes("[5\0]", 4);
	assert_true(people.broken || people.count == 0);
	free(people.ids);
}

static void so_many_and_no_more(void **state)
{
	struct buffer {
		char *text;
		size_t size;
	} list = { xmalloc(FED_PEOPLE_MAX * 8), 0 };
	struct fed_people people;

	(void)state;
	for (int i = 0; i < FED_PEOPLE_MAX; i++)
		list.size += (size_t)sprintf(list.text + list.size, "%d\n", 100000 + i);
	people = read_bytes(list.text, list.size);
	assert_int_equal(people.count, FED_PEOPLE_MAX);
	assert_false(people.too_many);
	free(people.ids);
	memcpy(list.text + list.size, "7\n", 2);
	people = read_bytes(list.text, list.size + 2);
	assert_true(people.too_many);
	free(people.ids);
	free(list.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_as_people_write_it),
		cmocka_unit_test(json_as_bots_write_it),
		cmocka_unit_test(zeros_are_no_text),
		cmocka_unit_test(so_many_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
