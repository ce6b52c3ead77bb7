/* test_derived_cache.c - what is derived from stores: when it is valid, when it makes room, and
 * what does not survive corruption; and how handlers get it. */
#include "tests/unit/host_world.h"
#include "tests/unit/moved_clock.h"
#include "workers/storage/derived_cache.h"

#define GROUP "\"chat\":{\"id\":-100,\"type\":\"supergroup\",\"title\":\"G\"}"
#define OWNER "\"from\":{\"id\":8,\"is_bot\":false,\"first_name\":\"Olga\"}"

static const struct holder chat = { OF_CHAT, -1001, 0 };

struct caches {
	struct derived_cache *derived;
	struct settings_cache *versions;
};

static int set_up(void **state)
{
	struct caches *caches = xcalloc(1, sizeof(*caches));

	caches->derived = derived_cache_create();
	caches->versions = settings_cache_create();
	settings_cache_note_followed(caches->versions);
	*state = caches;
	return 0;
}

static int tear_down(void **state)
{
	struct caches *caches = *state;

	derived_cache_destroy(caches->derived);
	settings_cache_destroy(caches->versions);
	free(caches);
	return 0;
}

static void put(struct caches *caches, struct holder holder, const char *name, const void *bytes,
		size_t size)
{
	derived_cache_put(caches->derived, holder, "module", name,
			  settings_cache_version(caches->versions, holder.id), bytes, size);
}

static bool has(struct caches *caches, struct holder holder, const char *name, const void *bytes,
		size_t size)
{
	struct buffer found = { 0 };
	bool same = derived_cache_find(caches->derived, caches->versions, holder, "module", name,
				       &found) &&
		    buffer_unread_size(&found) == size &&
		    (!size || memcmp(buffer_unread(&found), bytes, size) == 0);

	buffer_finish(&found);
	return same;
}

static void what_is_put_is_found_until_it_changes(void **state)
{
	const struct holder person = { OF_PERSON, chat.id, 0 };
	struct caches *caches = *state;

	assert_false(has(caches, chat, "words", "", 0));
	put(caches, chat, "words", "one\0two", 8);
	put(caches, chat, "empty", "", 0);
	assert_true(has(caches, chat, "words", "one\0two", 8));
	assert_true(has(caches, chat, "empty", "", 0));
	assert_false(has(caches, chat, "word", "one\0two", 8));
	assert_false(has(caches, person, "words", "one\0two", 8));
	settings_cache_change(caches->versions, settings_cache_bucket(chat.id));
	assert_false(has(caches, chat, "words", "one\0two", 8));
	put(caches, chat, "words", "three", 6);
	assert_true(has(caches, chat, "words", "three", 6));
}

static void what_was_read_before_a_change_is_not_published(void **state)
{
	struct caches *caches = *state;
	uint64_t version = settings_cache_version(caches->versions, chat.id);

	settings_cache_change(caches->versions, settings_cache_bucket(chat.id));
	derived_cache_put(caches->derived, chat, "module", "words", version, "old", 4);
	assert_false(has(caches, chat, "words", "old", 4));
}

static void it_is_built_anew_after_a_while(void **state)
{
	struct caches *caches = *state;

	put(caches, chat, "words", "one", 4);
	put_clock_forward(SETTINGS_CACHE_KEPT_MS - 1000);
	settings_cache_note_followed(caches->versions);
	assert_true(has(caches, chat, "words", "one", 4));
	put_clock_forward(2000);
	settings_cache_note_followed(caches->versions);
	assert_false(has(caches, chat, "words", "one", 4));
}

static void sizes_up_to_the_most(void **state)
{
	static char bytes[DERIVED_MAX];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	for (size_t size = 0; size < 40; size++) {
		put(*state, chat, "words", bytes, size);
		assert_true(has(*state, chat, "words", bytes, size));
	}
	put(*state, chat, "words", bytes, sizeof(bytes));
	assert_true(has(*state, chat, "words", bytes, sizeof(bytes)));
}

/* 1,000 groups with 500 words of 16 bytes. */
static void a_thousand_groups_fit(void **state)
{
	static char bytes[500 * 16];
	struct caches *caches = *state;

	for (int round = 0; round < 20; round++) /* built anew, they take no more room */
		for (int64_t i = 0; i < 1000; i++) {
			memset(bytes, (int)i, sizeof(bytes));
			put(caches, (struct holder) { OF_CHAT, -i, 0 }, "words", bytes,
			    sizeof(bytes));
		}
	for (int64_t i = 0; i < 1000; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		assert_true(has(caches, (struct holder) { OF_CHAT, -i, 0 }, "words", bytes,
				sizeof(bytes)));
	}
	assert_in_range(derived_cache_taken(caches->derived), 8000000, 8100000);
	print_message("# 1,000 groups of 500 words: %llu KiB\n",
		      (unsigned long long)derived_cache_taken(caches->derived) >> 10);
}

/* More than there is room for: the oldest go, and nothing is wrong. */
static void the_ring_goes_round(void **state)
{
	static char bytes[DERIVED_MAX];
	const int64_t count = 3 * DERIVED_POOL_BYTES / DERIVED_MAX;
	int64_t found = 0;

	for (int64_t i = 0; i < count; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		put(*state, (struct holder) { OF_CHAT, -i, 0 }, "words", bytes, sizeof(bytes));
		assert_true(has(*state, (struct holder) { OF_CHAT, -i, 0 }, "words", bytes,
				sizeof(bytes)));
	}
	for (int64_t i = 0; i < count; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		found += has(*state, (struct holder) { OF_CHAT, -i, 0 }, "words", bytes,
			     sizeof(bytes));
	}
	assert_in_range(found, count / 3 - 3, count / 3);
}

static void what_is_corrupted_is_not_found(void **state)
{
	struct caches *caches = *state;
	uint64_t *words = (uint64_t *)(void *)caches->derived;
	size_t hits = 0;
	char bytes[64];

	memset(bytes, 'x', sizeof(bytes));
	put(caches, chat, "words", bytes, sizeof(bytes));
	for (size_t i = 0; i < 14 + (1 + 16384 * 4); i++) {
		if (!words[i])
			continue;
		for (unsigned bit = 0; bit < 64; bit += 7) {
			words[i] ^= UINT64_C(1) << bit;
			if (i >= 1 + 16384 * 4) { /* in the ring */
				assert_false(has(caches, chat, "words", bytes, sizeof(bytes)));
				hits++;
			} else {
				(void)has(caches, chat, "words", bytes, sizeof(bytes));
			}
			words[i] ^= UINT64_C(1) << bit;
		}
	}
	assert_true(hits > 100);
	assert_true(has(caches, chat, "words", bytes, sizeof(bytes)));
}

/* --- for handlers ----------------------------------------------------------------------------- */

static unsigned built;
static enum verdict (*act)(struct ctx *ctx);

static enum verdict on_any(struct ctx *ctx, const struct any_update *update)
{
	(void)update;
	return act(ctx);
}

static const struct module test_module = {
	.name = "test",
	.routes = (const struct route[]) { ANY(on_any), END_OF_ROUTES },
};
static const struct module *const modules[] = { &test_module, NULL };

static bool build(struct ctx *ctx, struct holder holder, struct derived *out)
{
	const char *key = NULL, *value;

	built++;
	while (store_each(ctx, holder, "w/", &key, &value))
		derived_add(out, value, strlen(value));
	return true;
}

static bool build_too_much(struct ctx *ctx, struct holder holder, struct derived *out)
{
	static const char bytes[DERIVED_MAX];

	(void)ctx;
	(void)holder;
	derived_add(out, bytes, sizeof(bytes));
	derived_add(out, bytes, 1);
	return true;
}

static char derived[64];

static enum verdict look(struct ctx *ctx)
{
	size_t size;
	const char *bytes = ctx_derived(ctx, THIS_CHAT, "words", build, &size);

	assert_non_null(bytes);
	assert_in_range(size, 0, sizeof(derived) - 1);
	memcpy(derived, bytes, size);
	derived[size] = '\0';
	return DONE;
}

static enum verdict add(struct ctx *ctx)
{
	return store_set(ctx, THIS_CHAT, "w/a", "A") && store_set(ctx, THIS_CHAT, "w/b", "B")
		       ? DONE
		       : FAIL;
}

static enum verdict change(struct ctx *ctx)
{
	return store_set(ctx, THIS_CHAT, "w/a", "C") ? look(ctx) : FAIL;
}

static enum verdict derive_too_much(struct ctx *ctx)
{
	size_t size;

	assert_null(ctx_derived(ctx, THIS_CHAT, "much", build_too_much, &size));
	return DONE;
}

static enum verdict derive_of_member(struct ctx *ctx)
{
	size_t size;

	assert_null(ctx_derived(ctx, THIS_MEMBER, "words", build, &size));
	return DONE;
}

static void run(struct host_world *world, enum verdict (*fn)(struct ctx *ctx))
{
	act = fn;
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":5,\"date\":1," OWNER "," GROUP
		     ",\"text\":\"x\"}}");
}

static int set_up_host(void **state)
{
	built = 0;
	*state = world_open(modules);
	return 0;
}

static int tear_down_host(void **state)
{
	world_close(*state);
	return 0;
}

static void it_is_built_once_for_each_version(void **state)
{
	struct host_world *world = *state;
	unsigned trips;

	run(world, add);
	run(world, look);
	assert_string_equal(derived, "AB");
	trips = fake_storage_trips(world->memory);
	for (int i = 0; i < 5; i++)
		run(world, look);
	assert_int_equal(built, 1);
	assert_int_equal(fake_storage_trips(world->memory), trips); /* no query at all */
	run(world, change);
	assert_string_equal(derived, "CB");
	assert_int_equal(built, 2);
	/* What a repeat is shown is its own: others must not get it. */
	act = change;
	world_repeat(world, KIND_MESSAGE);
	assert_string_equal(derived, "CB");
	run(world, look);
	assert_string_equal(derived, "CB");
}

static void what_cannot_be_derived_fails_the_handler(void **state)
{
	struct host_world *world = *state;

	run(world, derive_too_much);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, "more than 524288 bytes"));
	run(world, derive_of_member);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world->outcome.reason, "a member's"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define IN_HOST(name) cmocka_unit_test_setup_teardown(name, set_up_host, tear_down_host)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_found_until_it_changes),
		TEST(what_was_read_before_a_change_is_not_published),
		TEST(it_is_built_anew_after_a_while),
		TEST(sizes_up_to_the_most),
		TEST(a_thousand_groups_fit),
		TEST(the_ring_goes_round),
		TEST(what_is_corrupted_is_not_found),
		IN_HOST(it_is_built_once_for_each_version),
		IN_HOST(what_cannot_be_derived_fails_the_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
