/* test_recorder.c - the pure parts of the recorder: folding, texts, arrays, hashes, URLs, moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/database/array.h"
#include "common/database/hash.h"
#include "common/database/text.h"
#include "common/database/url.h"
#include "common/xalloc.h"
#include "recorder/batch.h"
#include "recorder/moves.h"
#include "recorder/names.h"
#include "recorder/recent.h"
#include "recorder/resp.h"

static struct sighting user(int64_t id, uint64_t version, int64_t seen_at, const char *name)
{
	return (struct sighting) { .scope = SIGHTING_USER,
				   .id = id,
				   .version = version,
				   .seen_at = seen_at,
				   .first_name = text_of(name) };
}

/* --- batch --- */

static void test_fold_keeps_newest_fields_and_earliest_time(void **state)
{
	struct batch *batch = batch_create(10, 7, 0);
	struct sighting first = user(1, 3, 500, "new"), second = user(1, 2, 400, "old"),
			third = user(1, 4, 600, "newest");

	(void)state;
	batch_add(batch, &first);
	batch_add(batch, &second);
	assert_int_equal(batch->rows_count, 1);
	assert_true(text_is(batch->rows[0].seen.first_name, "new"));
	assert_int_equal(batch->rows[0].seen.seen_at, 400);
	batch_add(batch, &third);
	assert_true(text_is(batch->rows[0].seen.first_name, "newest"));
	assert_int_equal(batch->rows[0].seen.seen_at, 400);
	assert_int_equal(batch->rows[0].seen.version, 4);
	assert_int_equal(batch->received_count, 3);
	assert_int_equal(batch->received[1].version, 2);
	batch_destroy(batch);
}

static void test_same_number_in_other_scope_is_another_row(void **state)
{
	struct batch *batch = batch_create(10, 7, 0);
	struct sighting person = user(-5, 1, 1, "a");
	struct sighting group = { .scope = SIGHTING_GROUP, .id = -5, .title = text_of("b") };
	struct sighting migration = { .scope = SIGHTING_MIGRATION, .id = -5, .new_id = -6 };

	(void)state;
	batch_add(batch, &person);
	batch_add(batch, &group);
	batch_add(batch, &migration);
	batch_add(batch, &group);
	assert_int_equal(batch->rows_count, 3);
	batch_destroy(batch);
}

/* The frame that they lie in is gone when the batch is written. */
static void test_batch_copies_every_text(void **state)
{
	struct batch *batch = batch_create(10, 7, 0);
	char text[] = "text";
	struct sighting group = { .scope = SIGHTING_GROUP,
				  .id = -5,
				  .username = { text, 4 },
				  .first_name = { text, 4 },
				  .last_name = { text, 4 },
				  .language_code = { text, 4 },
				  .title = { text, 4 },
				  .type = { text, 4 } };
	const struct sighting *kept;

	(void)state;
	batch_add(batch, &group);
	memset(text, 'x', 4);
	kept = &batch->rows[0].seen;
	assert_true(text_is(kept->username, "text"));
	assert_true(text_is(kept->first_name, "text"));
	assert_true(text_is(kept->last_name, "text"));
	assert_true(text_is(kept->language_code, "text"));
	assert_true(text_is(kept->title, "text"));
	assert_true(text_is(kept->type, "text"));
	batch_destroy(batch);
}

static void test_batch_owns_its_texts_and_knows_when_it_is_full(void **state)
{
	enum { ROWS = 1000 };
	struct batch *batch = batch_create(ROWS, 7, 0);
	char name[] = "name";

	(void)state;
	for (int64_t i = 0; i < ROWS; i++) {
		/* Sparse ids, like Telegram's. */
		struct sighting seen = user(i * INT64_C(1099511627776) + 5, 1, 1, name);

		assert_false(batch_is_full(batch));
		batch_add(batch, &seen);
	}
	memset(name, 'x', 4);
	assert_true(batch_is_full(batch));
	assert_int_equal(batch->rows_count, ROWS);
	for (size_t i = 0; i < ROWS; i++)
		assert_true(text_is(batch->rows[i].seen.first_name, "name"));
	batch_destroy(batch);
}

/* --- text --- */

static void assert_cleaned(const char *bytes, size_t size, const char *expected)
{
	struct arena arena = { 0 };
	struct text text = text_clean(&arena, (struct text) { bytes, size });

	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.data, expected, text.length);
	arena_finish(&arena);
}

static void test_text_replaces_nul_and_malformed_bytes(void **state)
{
	(void)state;
	assert_cleaned("plain", 5, "plain");
	assert_cleaned("", 0, "");
	assert_cleaned("a\0b", 3,
		       "a\xef\xbf\xbd"
		       "b");
	assert_cleaned("\xf0\x9f\xa6\x8a\xcc\x81", 6, "\xf0\x9f\xa6\x8a\xcc\x81");
	assert_cleaned("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* surrogate */
	assert_cleaned("\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd");                 /* overlong */
	assert_cleaned("\xf4\x90\x80\x80", 4,
		       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* over U+10FFFF */
	assert_cleaned("x\xe2\x82", 3, "x\xef\xbf\xbd\xef\xbf\xbd");        /* cut off */
	assert_cleaned("\xf4\x8f\xbf\xbf", 4, "\xf4\x8f\xbf\xbf");          /* U+10FFFF */
	assert_null(text_clean(NULL, (struct text) { NULL, 0 }).data);
	assert_true(text_is_ascii((struct text) { "a\x7f", 2 }));
	assert_true(text_is_ascii((struct text) { "", 0 }));
	assert_false(text_is_ascii((struct text) { "a\x80", 2 }));
}

/* --- array --- */

static void test_array_matches_the_server_format(void **state)
{
	/* SELECT array_send('{5,-1}'::bigint[]) and array_send('{NULL,ab}'::text[]) except for the
	 * flag that says whether there are NULLs, which the server computes itself. */
	static const uint8_t numbers[] = {
		0, 0, 0, 1, 0, 0, 0,    1,    0,    0,    0,    20,   0,    0,   0,
		2, 0, 0, 0, 1, 0, 0,    0,    8,    0,    0,    0,    0,    0,   0,
		0, 5, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	static const uint8_t texts[] = { 0,    0,    0,    1,    0, 0, 0, 1, 0,   0,
					 0,    25,   0,    0,    0, 2, 0, 0, 0,   1,
					 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 'a', 'b' };
	static const uint8_t nothing[] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 25 };
	struct buffer out = { 0 };

	(void)state;
	array_start(&out, ARRAY_OID_BIGINT, 2);
	array_bigint(&out, 5);
	array_bigint(&out, -1);
	assert_int_equal(out.size, sizeof(numbers));
	assert_memory_equal(out.data, numbers, sizeof(numbers));
	buffer_clear(&out);
	array_start(&out, ARRAY_OID_TEXT, 2);
	array_bytes(&out, (struct text) { NULL, 0 });
	array_bytes(&out, text_of("ab"));
	assert_int_equal(out.size, sizeof(texts));
	assert_memory_equal(out.data, texts, sizeof(texts));
	/* After what is there. */
	array_start(&out, ARRAY_OID_TEXT, 0);
	assert_int_equal(out.size, sizeof(texts) + sizeof(nothing));
	assert_memory_equal(out.data + sizeof(texts), nothing, sizeof(nothing));
	buffer_finish(&out);
}

static int64_t encoded_time(int64_t utc_s)
{
	struct buffer out = { 0 };
	uint64_t value = 0;

	array_start(&out, ARRAY_OID_TIMESTAMPTZ, 1);
	array_time(&out, utc_s);
	for (size_t i = out.size - 8; i < out.size; i++)
		value = value << 8 | out.data[i];
	buffer_finish(&out);
	return (int64_t)value;
}

static void test_times_count_from_2000_and_never_become_infinity(void **state)
{
	(void)state;
	assert_int_equal(encoded_time(946684800), 0);
	assert_int_equal(encoded_time(946684801), 1000000);
	assert_int_equal(encoded_time(INT64_MAX), INT64_MAX - 1);
	assert_int_equal(encoded_time(INT64_MIN), INT64_MIN + 1);
}

/* --- hash --- */

static void test_hashes_depend_on_key_and_fields(void **state)
{
	struct hash_keys *one = hash_keys_create("0123456789abcdef"),
			 *two = hash_keys_create("0123456789abcdeg");
	uint8_t a[ID_HASH_SIZE], b[ID_HASH_SIZE], row_a[ROW_HASH_SIZE], row_b[ROW_HASH_SIZE];
	char check_one[KEY_CHECK_SIZE], check_two[KEY_CHECK_SIZE];
	struct sighting seen = user(1, 1, 1, "ab");

	(void)state;
	hash_id(one, 1, a);
	hash_id(one, 1, b);
	assert_memory_equal(a, b, sizeof(a));
	hash_id(one, -1, b);
	assert_memory_not_equal(a, b, sizeof(a));
	hash_id(two, 1, b);
	assert_memory_not_equal(a, b, sizeof(a));
	hash_key_check(one, check_one);
	hash_key_check(two, check_two);
	assert_string_not_equal(check_one, check_two);
	assert_int_equal(strlen(check_one), 2 * ID_HASH_SIZE);

	hash_row(one, &seen, row_a);
	seen.seen_at = 99;
	seen.version = 99;
	hash_row(one, &seen, row_b);
	assert_memory_equal(row_a, row_b, sizeof(row_a));
	seen.last_name = text_of("");
	hash_row(one, &seen, row_b);
	assert_memory_not_equal(row_a, row_b, sizeof(row_a));
	/* The same bytes divided differently. */
	seen = user(1, 1, 1, "a");
	seen.last_name = text_of("b");
	hash_row(one, &seen, row_a);
	seen = user(1, 1, 1, "ab");
	seen.last_name = text_of("");
	hash_row(one, &seen, row_b);
	assert_memory_not_equal(row_a, row_b, sizeof(row_a));
	hash_keys_destroy(one);
	hash_keys_destroy(two);
}

static void test_id_hash_is_hmac_sha256(void **state)
{
	/* Python: k = hmac(b"0123456789abcdef", b"korone id"); hmac(k, struct.pack("<q", 7))[:16].
	 * The hashes are in databases: the formula must never change. */
	static const uint8_t expected[ID_HASH_SIZE] = { 0x24, 0x15, 0x60, 0x11, 0xcc, 0xd1,
							0xfa, 0x3d, 0x1d, 0xaf, 0xaa, 0xbd,
							0x6d, 0x3a, 0x23, 0xea };
	struct hash_keys *keys = hash_keys_create("0123456789abcdef");
	uint8_t hash[ID_HASH_SIZE];

	(void)state;
	hash_id(keys, 7, hash);
	assert_memory_equal(hash, expected, sizeof(expected));
	hash_keys_destroy(keys);
}

/* --- url --- */

static void test_names_hash_without_case(void **state)
{
	static const char longer[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
	struct hash_keys *keys = hash_keys_create("a privacy key");
	uint8_t hash[ID_HASH_SIZE], other[ID_HASH_SIZE];
	char hex[2 * ID_HASH_SIZE + 1];

	(void)state;
	hash_name(keys, text_of("Some_Name9"), hash);
	hash_name(keys, text_of("sOME_nAME9"), other);
	assert_memory_equal(hash, other, sizeof(hash));
	hash_name(keys, text_of("some^name9"), other);
	assert_memory_not_equal(hash, other, sizeof(hash));
	hash_name(keys, text_of(longer), hash);
	hash_name(keys, (struct text) { longer, sizeof(longer) - 2 }, other);
	assert_memory_not_equal(hash, other, sizeof(hash));
	hash_id(keys, 5, other);
	hex_encode(other, sizeof(other), hex);
	hash_from_hex(hex, hash);
	assert_memory_equal(hash, other, sizeof(hash));
	hash_keys_destroy(keys);
}

static void test_commands_of_redis(void **state)
{
	static const char expected[] = "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$13\r\na\0b\r\n3456789\xff\r\n"
				       "*1\r\n$4\r\nEXEC\r\n";
	struct buffer out = { 0 };

	(void)state;
	resp_command(&out, 3);
	resp_word(&out, "SET");
	resp_word(&out, "");
	resp_argument(&out, "a\0b\r\n3456789\xff", 13);
	resp_command(&out, 1);
	resp_word(&out, "EXEC");
	assert_int_equal(out.size, sizeof(expected) - 1);
	assert_memory_equal(out.data, expected, out.size);
	buffer_finish(&out);
}

static void test_redis_urls(void **state)
{
	struct redis_url url;
	struct why why;

	(void)state;
	assert_true(redis_url_parse("redis://localhost", &url, &why));
	assert_string_equal(url.host, "localhost");
	assert_int_equal(url.port, 6379);
	assert_int_equal(url.database, 0);
	redis_url_finish(&url);
	assert_true(redis_url_parse("redis://me:p%40ss%2f@db.example:7000/3", &url, &why));
	assert_string_equal(url.user, "me");
	assert_string_equal(url.password, "p@ss/");
	assert_string_equal(url.host, "db.example");
	assert_int_equal(url.port, 7000);
	assert_int_equal(url.database, 3);
	redis_url_finish(&url);
	assert_true(redis_url_parse("redis://:secret@[::1]:7001/", &url, &why));
	assert_null(url.user);
	assert_string_equal(url.password, "secret");
	assert_string_equal(url.host, "::1");
	assert_int_equal(url.port, 7001);
	redis_url_finish(&url);
	assert_true(redis_url_parse("unix:///run/redis.sock?db=2", &url, &why));
	assert_string_equal(url.path, "/run/redis.sock");
	assert_null(url.host);
	assert_int_equal(url.database, 2);
	redis_url_finish(&url);
	assert_true(redis_url_parse("unix://u:p@/run/redis.sock", &url, &why));
	assert_string_equal(url.user, "u");
	assert_string_equal(url.password, "p");
	assert_string_equal(url.path, "/run/redis.sock");
	redis_url_finish(&url);
}

static void assert_same_text(const char *text, const char *expected)
{
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

/* The ends of what is allowed. */
static void test_redis_urls_at_their_limits(void **state)
{
	static const struct {
		const char *url;
		const char *user, *password, *host, *path; /* NULL: none */
		int port, database;
	} rows[] = {
		{ "redis://h:1", NULL, NULL, "h", NULL, 1, 0 },
		{ "redis://h:65535/100000", NULL, NULL, "h", NULL, 65535, 100000 },
		{ "redis://h/", NULL, NULL, "h", NULL, 6379, 0 },
		{ "redis://h?db=7", NULL, NULL, "h", NULL, 6379, 7 },
		{ "redis://h/?db=7", NULL, NULL, "h", NULL, 6379, 7 },
		{ "redis://u:@h", "u", "", "h", NULL, 6379, 0 },
		{ "redis://%75%3A:a@b%2Fc%25@h:2", "u:", "a@b/c%", "h", NULL, 2, 0 },
		{ "redis://:%4a%4F%01@h", NULL, "JO\001", "h", NULL, 6379, 0 },
		{ "redis://[::1]", NULL, NULL, "::1", NULL, 6379, 0 },
		{ "redis://[::1]/4", NULL, NULL, "::1", NULL, 6379, 4 },
		{ "unix:///a", NULL, NULL, NULL, "/a", 0, 0 },
		{ "unix:///a%20b?db=100000", NULL, NULL, NULL, "/a b", 0, 100000 },
		{ "unix://:p@/a/b", NULL, "p", NULL, "/a/b", 0, 0 },
	};
	static const char *const wrong[] = {
		"redis://h:65536",     "redis://h/100001", "redis://h:",      "redis://h:1x",
		"redis://h/-1",        "redis://h?dc=1",   "redis://h?db=",   "redis://[::1]x",
		"redis://[::1]:0",     "redis://:p%4@h",   "redis://:p%4g@h", "redis://:p%g4@h",
		"unix:///a?db=100001", "unix:///a?",       "unix://u@/a",     "redis://:1"
	};
	struct redis_url url;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (!redis_url_parse(rows[i].url, &url, &why))
			fail_msg("%s: %s", rows[i].url, why.text);
		assert_same_text(url.user, rows[i].user);
		assert_same_text(url.password, rows[i].password);
		assert_same_text(url.host, rows[i].host);
		assert_same_text(url.path, rows[i].path);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.database, rows[i].database);
		redis_url_finish(&url);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (redis_url_parse(wrong[i], &url, &why))
			fail_msg("%s is taken", wrong[i]);
}

static void test_wrong_redis_urls_are_refused_without_repeating_them(void **state)
{
	static const char *const wrong[] = {
		"",
		"localhost",
		"http://secret@host",
		"redis://",
		"redis://secret:99999",
		"redis://secret:0",
		"redis://secret/abc",
		"redis://secret@host",
		"redis://:secret%zz@host",
		"redis://:secret%0@host",
		"redis://:secret%00@host",
		"redis://[::1",
		"rediss://:secret@host",
		"unix://",
		"unix:///",
		"unix://secret/x",
		"unix:///secret?db=x",
		"redis://secret/1234567",
	};
	struct redis_url url;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(redis_url_parse(wrong[i], &url, &why));
		assert_non_null(strstr(why.text, "REDIS_URL: "));
		assert_null(strstr(why.text, "secret"));
		assert_null(url.host);
		assert_null(url.password);
	}
}

/* --- moves --- */

static void test_moves_are_bounded_and_found(void **state)
{
	static struct moves moves;

	(void)state;
	assert_int_equal(moves_find(&moves, -1), 0);
	for (int64_t i = 1; i <= MOVES_MAX + 10; i++)
		moves_add(&moves, -i, -1000 - i);
	assert_int_equal(moves.count, MOVES_MAX);
	assert_int_equal(moves_find(&moves, -1), 0);
	assert_int_equal(moves_find(&moves, -20), -1020);
	moves_add(&moves, -5, -5);
	assert_int_equal(moves_find(&moves, -5), 0);
}

/* --- recent --- */

static void test_recent_knows_what_was_put_last(void **state)
{
	struct recent *recent = recent_create();
	uint8_t id[ID_HASH_SIZE] = { 1, 2, 3 }, row[ROW_HASH_SIZE] = { 7 };
	uint8_t other_row[ROW_HASH_SIZE] = { 8 };

	(void)state;
	assert_int_equal(recent_look(recent, id, row), RECENT_UNKNOWN);
	recent_put(recent, id, row);
	assert_int_equal(recent_look(recent, id, row), RECENT_SAME);
	assert_int_equal(recent_look(recent, id, other_row), RECENT_OTHER);
	recent_put(recent, id, other_row);
	assert_int_equal(recent_look(recent, id, row), RECENT_OTHER);
	assert_int_equal(recent_look(recent, id, other_row), RECENT_SAME);
	/* Others of the same set push it out, the oldest first. */
	for (uint8_t i = 1; i <= 4; i++) {
		uint8_t other[ID_HASH_SIZE] = { 1, 2, 3, 0, 0, 0, 0, 0, (uint8_t)(i << 1) };

		assert_int_equal(recent_look(recent, id, other_row), RECENT_SAME);
		recent_put(recent, other, row);
		assert_int_equal(recent_look(recent, other, row), RECENT_SAME);
	}
	assert_int_equal(recent_look(recent, id, other_row), RECENT_UNKNOWN);
	recent_put(recent, id, row);
	recent_remove(recent, id);
	assert_int_equal(recent_look(recent, id, row), RECENT_UNKNOWN);
	recent_put(recent, id, row);
	recent_clear(recent);
	assert_int_equal(recent_look(recent, id, row), RECENT_UNKNOWN);
	recent_destroy(recent);
}

/* --- names --- */

static struct row named(int64_t id, uint64_t version, const char *username)
{
	struct row row = { .seen = user(id, version, 1, "x") };

	if (username)
		row.seen.username = text_of(username);
	return row;
}

static void test_the_newest_of_a_batch_keeps_a_username(void **state)
{
	struct row rows[] = { named(1, 5, "Ann"),   named(2, 7, "aNN"), named(3, 6, "ann"),
			      named(4, 1, "other"), named(5, 2, NULL),  named(6, 3, ""),
			      named(7, 4, "") };
	struct row *pointers[COUNT_OF(rows)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		pointers[i] = &rows[i];
	names_resolve(pointers, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(rows[i].name_lost, i == 0 || i == 2);
	/* again, as after a failure, without the winner */
	names_resolve(pointers + 2, 5);
	assert_false(rows[2].name_lost);
	names_resolve(pointers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold_keeps_newest_fields_and_earliest_time),
		cmocka_unit_test(test_same_number_in_other_scope_is_another_row),
		cmocka_unit_test(test_batch_copies_every_text),
		cmocka_unit_test(test_batch_owns_its_texts_and_knows_when_it_is_full),
		cmocka_unit_test(test_text_replaces_nul_and_malformed_bytes),
		cmocka_unit_test(test_array_matches_the_server_format),
		cmocka_unit_test(test_times_count_from_2000_and_never_become_infinity),
		cmocka_unit_test(test_hashes_depend_on_key_and_fields),
		cmocka_unit_test(test_id_hash_is_hmac_sha256),
		cmocka_unit_test(test_names_hash_without_case),
		cmocka_unit_test(test_commands_of_redis),
		cmocka_unit_test(test_redis_urls),
		cmocka_unit_test(test_redis_urls_at_their_limits),
		cmocka_unit_test(test_wrong_redis_urls_are_refused_without_repeating_them),
		cmocka_unit_test(test_moves_are_bounded_and_found),
		cmocka_unit_test(test_recent_knows_what_was_put_last),
		cmocka_unit_test(test_the_newest_of_a_batch_keeps_a_username),
	};

	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
