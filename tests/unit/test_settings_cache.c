/* test_settings_cache.c - what the processes of a pool share of the settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/moved_clock.h"
#include "workers/storage/settings_cache.h"

static const struct holder chat = { OF_CHAT, -1001, 0 };

static int set_up(void **state)
{
	*state = settings_cache_create();
	return 0;
}

static int tear_down(void **state)
{
	settings_cache_destroy(*state);
	return 0;
}

static void put(struct settings_cache *settings_cache, struct holder holder, const void *data,
		size_t size)
{
	settings_cache_put(settings_cache, holder,
			   settings_cache_version(settings_cache, holder.id), data, size);
}

static bool has(struct settings_cache *settings_cache, struct holder holder, const void *data,
		size_t size)
{
	struct buffer found = { 0 };
	bool same = settings_cache_find(settings_cache, holder, &found) &&
		    buffer_unread_size(&found) == size &&
		    (size == 0 || memcmp(buffer_unread(&found), data, size) == 0);

	buffer_finish(&found);
	return same;
}

static void whatever_its_size_it_comes_back(void **state)
{
	static const size_t sizes[] = { 0,  1,   7,   8,   23,   24,
					25, 471, 472, 473, 5000, SETTINGS_CACHE_ENTRY_MAX };
	static char data[SETTINGS_CACHE_ENTRY_MAX];

	settings_cache_note_followed(*state);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put(*state, chat, data, sizes[i]);
		assert_true(has(*state, chat, data, sizes[i]));
	}
	/* And smaller again: what is left of the larger one is not found. */
	for (size_t i = sizeof(sizes) / sizeof(sizes[0]); i-- > 0;) {
		put(*state, chat, data, sizes[i]);
		assert_true(has(*state, chat, data, sizes[i]));
	}
}

static void what_is_too_large_is_not_kept(void **state)
{
	static const char data[SETTINGS_CACHE_ENTRY_MAX + 2048];

	put(*state, chat, data, sizeof(data));
	assert_false(has(*state, chat, data, sizeof(data)));
}

static void a_person_and_a_chat_of_one_number_are_two(void **state)
{
	const struct holder person = { OF_PERSON, chat.id, 0 };

	put(*state, chat, "chat", 4);
	assert_false(has(*state, person, "chat", 4));
}

static void what_was_read_before_a_change_does_not_count(void **state)
{
	uint64_t before = settings_cache_version(*state, chat.id);

	put(*state, chat, "old", 3);
	settings_cache_change(*state, settings_cache_bucket(chat.id));
	assert_false(has(*state, chat, "old", 3));
	settings_cache_put(*state, chat, before, "late", 4);
	assert_false(has(*state, chat, "late", 4));
	put(*state, chat, "new", 3);
	assert_true(has(*state, chat, "new", 3));
}

static void a_change_of_another_pool_counts(void **state)
{
	uint64_t tokens[SETTINGS_CACHE_BUCKETS] = { 0 };

	put(*state, chat, "old", 3);
	assert_false(settings_cache_differ(*state, 0));
	assert_true(settings_cache_differ(*state, 17));
	tokens[(settings_cache_bucket(chat.id) + 1) % SETTINGS_CACHE_BUCKETS] = 17;
	settings_cache_follow(*state, 17, tokens);
	assert_true(has(*state, chat, "old", 3));
	tokens[settings_cache_bucket(chat.id)] = 18;
	settings_cache_follow(*state, 18, tokens);
	assert_false(has(*state, chat, "old", 3));
	assert_false(settings_cache_differ(*state, 18));
}

static void other_processes_see_it(void **state)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		put(*state, chat, "child", 5);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(has(*state, chat, "child", 5));
}

/* A change of one chat must not send all of a busy bot to the database. */
static void a_change_ends_what_is_in_its_bucket_only(void **state)
{
	struct holder other = { OF_CHAT, 1, 0 };

	while (settings_cache_bucket(other.id) == settings_cache_bucket(chat.id))
		other.id++;
	put(*state, chat, "one", 3);
	put(*state, other, "two", 3);
	settings_cache_change(*state, settings_cache_bucket(chat.id));
	assert_false(has(*state, chat, "one", 3));
	assert_true(has(*state, other, "two", 3));
	/* Whatever bucket somebody names. */
	settings_cache_change(*state, settings_cache_bucket(other.id) + SETTINGS_CACHE_BUCKETS);
	assert_false(has(*state, other, "two", 3));
}

static void ids_are_spread_over_the_buckets(void **state)
{
	unsigned counts[SETTINGS_CACHE_BUCKETS] = { 0 };

	(void)state;
	for (int64_t id = 1; id <= 32 * (int64_t)SETTINGS_CACHE_BUCKETS; id++) {
		unsigned bucket = settings_cache_bucket(-1001000000000 - id);

		assert_true(bucket < SETTINGS_CACHE_BUCKETS);
		counts[bucket]++;
	}
	for (size_t i = 0; i < SETTINGS_CACHE_BUCKETS; i++)
		assert_in_range(counts[i], 1, 128);
}

static void the_newest_of_a_chat_takes_the_place_of_the_others(void **state)
{
	for (int i = 0; i < 100; i++) {
		char data[32];
		int size = snprintf(data, sizeof(data), "%d", i);

		put(*state, chat, data, (size_t)size);
		assert_true(has(*state, chat, data, (size_t)size));
	}
}

static void a_person_does_not_take_the_place_of_a_chat(void **state)
{
	const struct holder person = { OF_PERSON, chat.id, 0 };

	put(*state, chat, "chat", 4);
	put(*state, person, "person", 6);
	assert_true(has(*state, chat, "chat", 4));
	assert_true(has(*state, person, "person", 6));
}

/* However full it is, what was read last is there. */
static void the_newest_is_always_kept(void **state)
{
	static char large[600];

	for (int64_t id = 1; id <= 40000; id++) {
		const struct holder other = { OF_PERSON, id, 0 };
		size_t size = id % 8 ? 4 : sizeof(large);

		put(*state, other, large, size);
		assert_true(has(*state, other, large, size));
	}
}

/* What a process that ran wild wrote over it is not taken for somebody's settings. */
static void what_was_scribbled_over_is_not_there(void **state)
{
	static const char text[] = "a text that is nowhere else";
	char *at;

	put(*state, chat, text, sizeof(text));
	at = memmem(*state, 4 << 20, text, sizeof(text));
	assert_non_null(at);
	at[5] ^= 1;
	assert_false(has(*state, chat, text, sizeof(text)));
	at[5] ^= 1;
	assert_true(has(*state, chat, text, sizeof(text)));
}

static void it_counts_for_ten_minutes_and_for_one_without_redis(void **state)
{
	uint64_t now_ms;

	put_clock_forward(SETTINGS_CACHE_KEPT_MS); /* the machine may have been started just now */
	now_ms = clock_boot_ms();
	/* Seconds to spare: this may be a slow machine. */
	assert_true(settings_cache_is_fresh(*state, now_ms - SETTINGS_CACHE_ALONE_MS + 30000));
	assert_false(settings_cache_is_fresh(*state, now_ms - SETTINGS_CACHE_ALONE_MS));
	settings_cache_note_followed(*state);
	assert_true(settings_cache_is_followed(*state));
	assert_true(settings_cache_is_fresh(*state, now_ms - SETTINGS_CACHE_ALONE_MS));
	assert_true(settings_cache_is_fresh(*state, now_ms - SETTINGS_CACHE_KEPT_MS + 30000));
	assert_false(settings_cache_is_fresh(*state, now_ms - SETTINGS_CACHE_KEPT_MS));
}

static void one_process_in_each_period_looks(void **state)
{
	assert_true(settings_cache_follow_is_due(*state));
	assert_false(settings_cache_follow_is_due(*state));
}

static void a_token_that_is_the_same_changes_nothing(void **state)
{
	uint64_t tokens[SETTINGS_CACHE_BUCKETS] = { 0 };

	tokens[settings_cache_bucket(chat.id)] = 18;
	settings_cache_follow(*state, 18, tokens);
	put(*state, chat, "new", 3);
	settings_cache_follow(*state, 19, tokens);
	assert_true(has(*state, chat, "new", 3));
	assert_true(settings_cache_differ(*state, 18));
	/* None at all is another one too: Redis was emptied. */
	tokens[settings_cache_bucket(chat.id)] = 0;
	settings_cache_follow(*state, 20, tokens);
	assert_false(has(*state, chat, "new", 3));
}

/* Otherwise two busy chats would cost a query with each update. */
static void chats_of_a_busy_bot_do_not_evict_each_other(void **state)
{
	enum { CHATS = 500 };

	for (int i = 0; i < CHATS; i++)
		put(*state, (struct holder) { OF_CHAT, -1001000000000 - i * 7919, 0 }, "x", 2);
	for (int i = 0; i < CHATS; i++)
		assert_true(has(*state, (struct holder) { OF_CHAT, -1001000000000 - i * 7919, 0 },
				"x", 2));
}

/* Not of files: how much of the libraries is there is the kernel's business. */
static long shared_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[128];
	long kb = -1;

	assert_non_null(file);
	while (kb < 0 && fgets(line, sizeof(line), file))
		(void)sscanf(line, "RssShmem: %ld kB", &kb);
	fclose(file);
	assert_true(kb >= 0);
	return kb;
}

/* Nobody chose anything, or a language: that is most of the chats. */
static void many_chats_take_little_memory(void **state)
{
	static const char language[] = "language\0locale\0pt_BR";
	long before = shared_kb();

	for (int i = 1; i <= 20000; i++) {
		const struct holder other = { OF_CHAT, -i, 0 };

		put(*state, other, language, i % 2 ? 0 : sizeof(language));
		(void)has(*state, other, language, sizeof(language));
	}
	assert_in_range(shared_kb() - before, 20000 * 64 / 1024, 20000 * 110 / 1024);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(whatever_its_size_it_comes_back),
		TEST(what_is_too_large_is_not_kept),
		TEST(a_person_and_a_chat_of_one_number_are_two),
		TEST(what_was_read_before_a_change_does_not_count),
		TEST(a_change_of_another_pool_counts),
		TEST(other_processes_see_it),
		TEST(a_change_ends_what_is_in_its_bucket_only),
		TEST(ids_are_spread_over_the_buckets),
		TEST(the_newest_of_a_chat_takes_the_place_of_the_others),
		TEST(a_person_does_not_take_the_place_of_a_chat),
		TEST(the_newest_is_always_kept),
		TEST(what_was_scribbled_over_is_not_there),
		TEST(it_counts_for_ten_minutes_and_for_one_without_redis),
		TEST(one_process_in_each_period_looks),
		TEST(a_token_that_is_the_same_changes_nothing),
		TEST(chats_of_a_busy_bot_do_not_evict_each_other),
		TEST(many_chats_take_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
