/* test_redis.c - what the recorder keeps in Redis, whom it believes, and when it comes back. */
#include "tests/unit/redis_peer.h"
#include "tests/unit/standing_clock.h"

#include "common/clock.h"
#include "recorder/redis.h"

#define MANY 4100 /* more than one round trip takes */
#define WEEK_S (7 * 24 * 3600)
#define BACKOFF_MAX_MS 5000

struct world {
	struct redis *redis;
	struct database_state database;
	struct row rows[MANY], *all[MANY];
};

static int set_up_with(void **state, const char *url)
{
	struct world *w = xmalloc(sizeof(*w));
	struct why why;

	peer_start();
	w->database = (struct database_state) { .incarnation = "0123", .settled = "5" };
	w->redis = redis_create(url, &why);
	assert_non_null(w->redis);
	*state = w;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, "unix:///redis");
}

static int tear_down(void **state)
{
	struct world *w = *state;

	redis_destroy(w->redis);
	peer_finish();
	free(w);
	return 0;
}

static enum redis_check check(struct world *w)
{
	return redis_check(w->redis, &w->database, w->database.settled);
}

/* Ids of which four each are in a bucket; they differ in a byte of the field. */
static void fill(struct world *w, size_t count, enum row_outcome outcome)
{
	for (size_t i = 0; i < count; i++) {
		struct row *row = &w->rows[i];
		uint32_t bucket = (uint32_t)i / 4, field = (uint32_t)i;

		*row = (struct row) { .seen.scope = SIGHTING_USER, .outcome = outcome };
		memcpy(row->id_hash, &bucket, sizeof(bucket));
		memcpy(row->id_hash + sizeof(bucket) + 2, &field, sizeof(field));
		memcpy(row->row_hash, &field, sizeof(field));
		row->row_hash[ROW_HASH_SIZE - 1] = 7;
		w->all[i] = row;
	}
}

static void ask(struct world *w, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		w->rows[i].outcome = ROW_PENDING;
		w->rows[i].kind = ROW_UNSURE;
	}
	assert_true(redis_compare(w->redis, w->all, count));
}

static void store(struct world *w, size_t count)
{
	fill(w, count, ROW_WRITTEN);
	assert_true(redis_store(w->redis, w->all, count));
}

static bool remove_rows(struct world *w, size_t first, size_t count)
{
	uint8_t(*ids)[ID_HASH_SIZE] = xmalloc(count * sizeof(*ids));
	bool good;

	for (size_t i = 0; i < count; i++)
		memcpy(ids[i], w->rows[first + i].id_hash, ID_HASH_SIZE);
	good = redis_remove(w->redis, (const uint8_t(*)[ID_HASH_SIZE])ids, count);
	free(ids);
	return good;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void rows_are_told_from_others_of_their_bucket(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	fill(w, 10, ROW_WRITTEN);
	w->rows[2].outcome = ROW_OPTED_OUT;
	w->rows[3].outcome = ROW_PENDING;
	w->rows[4].outcome = ROW_UNCHANGED;
	w->rows[5].outcome = ROW_REFUSED;
	assert_true(redis_store(w->redis, w->all, 10));
	w->rows[6].row_hash[0] ^= 1;
	w->rows[7].row_hash[ROW_HASH_SIZE - 1] ^= 1;
	ask(w, 10);
	for (size_t i = 0; i < 10; i++) {
		bool unknown = i >= 3 && i <= 5, other = i == 6 || i == 7;

		assert_int_equal(w->rows[i].outcome, i == 2             ? ROW_OPTED_OUT
						     : unknown || other ? ROW_PENDING
									: ROW_UNCHANGED);
		assert_int_equal(w->rows[i].kind, other ? ROW_STORED : ROW_UNSURE);
	}
	assert_int_equal(redis_errors(w->redis), 0);
	assert_true(redis_is_ready(w->redis));
}

static void what_is_not_stored_as_it_was_is_removed(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 12);
	w->rows[1].name_lost = true;
	w->rows[4].seen.scope = SIGHTING_MIGRATION;
	memcpy(w->rows[4].new_id_hash, w->rows[9].id_hash, ID_HASH_SIZE);
	w->all[0] = &w->rows[1];
	w->all[1] = &w->rows[4];
	assert_true(redis_store(w->redis, w->all, 2));
	assert_int_equal(peer_count_fields(), 9);
	assert_true(remove_rows(w, 7, 1));
	assert_int_equal(peer_count_fields(), 8);
	w->all[0] = &w->rows[0];
	w->all[1] = &w->rows[1];
	ask(w, 12);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(w->rows[i].outcome, i == 1 || i == 4 || i == 7 || i == 9
							     ? ROW_PENDING
							     : ROW_UNCHANGED);
}

static void more_than_one_round_trip_takes_is_kept_and_removed(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	store(w, MANY);
	assert_int_equal(peer_count_fields(), MANY);
	ask(w, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(w->rows[i].outcome, ROW_UNCHANGED);
	assert_true(remove_rows(w, 0, MANY));
	assert_int_equal(peer_count_fields(), 0);
	assert_int_equal(redis_errors(w->redis), 0);
}

static void nothing_to_do_is_done_without_a_word(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	peer.refused = "MULTI";
	fill(w, 2, ROW_UNCHANGED);
	assert_true(redis_store(w->redis, w->all, 2));
	assert_true(redis_remove(w->redis, NULL, 0));
	assert_true(redis_compare(w->redis, w->all, 0));
	assert_int_equal(redis_errors(w->redis), 0);
}

static void all_vanishes_within_a_week_but_not_at_once(void **state)
{
	struct world *w = *state;
	int64_t now = clock_utc_s(), first = 0;
	bool differ = false;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 80);
	for (size_t i = 0; i < peer.values_count; i++) {
		const struct peer_value *value = &peer.values[i];

		if (!value->field.size) {
			assert_int_equal(value->life, WEEK_S);
			continue;
		}
		assert_in_range(value->life, now + 1, clock_utc_s() + WEEK_S);
		differ = differ || (first && first != value->life);
		first = value->life;
	}
	assert_true(differ);
}

/* --- owners and states ------------------------------------------------------------------------ */

static void who_was_replaced_stores_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 4);
	peer_string(":owner")->value.bytes[0] ^= 1;
	fill(w, 8, ROW_WRITTEN);
	assert_false(redis_store(w->redis, w->all, 8));
	assert_non_null(strstr(redis_state(w->redis), "another recorder took over"));
	assert_int_equal(peer_count_fields(), 4);
	assert_false(redis_is_ready(w->redis));
	assert_false(redis_is_refused(w->redis));
}

/* From one store to the next as well. */
static void who_is_replaced_after_a_store_stores_nothing_more(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	for (unsigned round = 0; round < 3; round++)
		store(w, 4);
	peer_string(":owner")->value.bytes[0] ^= 1;
	assert_false(remove_rows(w, 0, 1));
	assert_int_equal(peer_count_fields(), 4);
}

static void a_note_is_what_the_next_check_must_know(void **state)
{
	struct world *w = *state;

	redis_note(w->redis, "away");
	assert_int_equal(peer.connections, 0);
	assert_int_equal(check(w), REDIS_READY);
	assert_string_equal(peer_string(":settled")->value.bytes, "5");
	redis_note(w->redis, REDIS_WRITING);
	assert_string_equal(peer_string(":settled")->value.bytes, REDIS_WRITING);
	assert_int_equal(check(w), REDIS_OTHER);
	assert_false(redis_is_ready(w->redis));
	assert_int_equal(redis_check(w->redis, &w->database, REDIS_WRITING), REDIS_READY);
	assert_true(redis_is_ready(w->redis));
}

static bool knows_the_rows(struct world *w)
{
	assert_int_equal(check(w), REDIS_READY);
	ask(w, 4);
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(w->rows[i].outcome, w->rows[0].outcome);
	return w->rows[0].outcome == ROW_UNCHANGED;
}

static void other_tables_are_not_those_that_are_known(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 4);
	assert_true(knows_the_rows(w));
	snprintf(w->database.incarnation, sizeof(w->database.incarnation), "0124");
	assert_false(knows_the_rows(w));
	snprintf(w->database.incarnation, sizeof(w->database.incarnation), "0123");
	assert_true(knows_the_rows(w));
}

/* 40 to 100 rows are in a bucket: 102,400 are the most for 1024 of them, 81,920 the aim. */
static void growing_tables_get_more_buckets(void **state)
{
	struct world *w = *state;

	w->database.rows = 81920;
	assert_int_equal(check(w), REDIS_READY);
	store(w, 4);
	w->database.rows = 102400;
	assert_true(knows_the_rows(w));
	w->database.rows = 102401;
	assert_false(knows_the_rows(w));
	store(w, 4);
	w->database.rows = 2 * 102400;
	assert_true(knows_the_rows(w));
}

static void a_new_start_has_the_buckets_that_the_tables_need(void **state)
{
	static const struct {
		uint64_t rows;
		bool same;
	} starts[] = { { 0, true }, { 81920, true }, { 81921, false }, { 102400, false } };
	struct world *w = *state;
	struct why why;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 4);
	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		redis_destroy(w->redis);
		w->redis = redis_create("unix:///redis", &why);
		w->database.rows = starts[i].rows;
		assert_int_equal(knows_the_rows(w), starts[i].same);
	}
}

static void another_run_of_redis_is_not_trusted(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 4);
	for (unsigned i = 0; i < 2; i++) {
		peer.refused = "GET";
		assert_int_equal(check(w), REDIS_AWAY);
		peer.refused = NULL;
		peer.run_id = i ? "fedcba9876543210" : peer.run_id;
		put_clock_forward(BACKOFF_MAX_MS);
		assert_int_equal(knows_the_rows(w), i == 0);
	}
}

static void one_on_standby_owns_nothing(void **state)
{
	struct world *w = *state;

	assert_string_equal(redis_state(w->redis), "connecting");
	redis_probe(w->redis);
	assert_string_equal(redis_state(w->redis), "ready");
	assert_false(redis_is_ready(w->redis));
	assert_int_equal(peer.values_count, 0);
	fill(w, 4, ROW_WRITTEN);
	assert_false(redis_store(w->redis, w->all, 4));
	assert_false(remove_rows(w, 0, 1));
	assert_int_equal(peer.values_count, 0);
	assert_int_equal(check(w), REDIS_READY);
	assert_int_equal(peer.connections, 1);
}

/* --- failures --------------------------------------------------------------------------------- */

static void whatever_is_refused_makes_it_away(void **state)
{
	static const char *const commands[] = { "INFO", "GET", "SET", "UNWATCH", "WATCH" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		peer.refused = commands[i];
		assert_int_equal(check(w), REDIS_AWAY);
		assert_string_equal(redis_state(w->redis), "ERR refused by the test");
		assert_int_equal(redis_errors(w->redis), i + 1);
		assert_false(redis_is_ready(w->redis));
		put_clock_forward(BACKOFF_MAX_MS);
	}
}

static void a_change_that_fails_is_not_taken_for_stored(void **state)
{
	static const struct {
		const char *command, *state;
	} rows[] = { { "MULTI", "ERR refused by the test" },
		     { "HSET", "OOM of the test" },
		     { "EXPIREAT", "OOM of the test" } };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		peer.refused = NULL;
		assert_int_equal(check(w), REDIS_READY);
		fill(w, 8, ROW_WRITTEN);
		peer.refused = rows[i].command;
		assert_false(redis_store(w->redis, w->all, 8));
		assert_string_equal(redis_state(w->redis), rows[i].state);
		assert_false(redis_is_ready(w->redis));
		put_clock_forward(BACKOFF_MAX_MS);
	}
}

static void rows_that_cannot_be_asked_for_are_unsure(void **state)
{
	struct world *w = *state;

	assert_int_equal(check(w), REDIS_READY);
	store(w, 8);
	w->rows[3].kind = ROW_STORED;
	peer.refused = "HMGET";
	assert_false(redis_compare(w->redis, w->all, 8));
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(w->rows[i].outcome, ROW_PENDING);
		assert_int_equal(w->rows[i].kind, ROW_UNSURE);
	}
	assert_int_equal(redis_errors(w->redis), 1);
}

/* The least time after which it connects again, in steps of a millisecond. */
static unsigned pause_ms(struct world *w)
{
	unsigned before = peer.connections, pause = 0;

	while (peer.connections == before) {
		assert_true(pause <= BACKOFF_MAX_MS);
		assert_int_equal(check(w), REDIS_AWAY);
		if (peer.connections == before)
			put_clock_forward(1);
		pause += peer.connections == before;
	}
	return pause;
}

static void pauses_double_up_to_seconds_and_begin_anew(void **state)
{
	static const unsigned longest[] = { 100, 200, 400, 800, 1600, 3200, 5000, 5000 };
	struct world *w = *state;

	for (unsigned round = 0; round < 2; round++) {
		peer.away = true;
		peer.refused = "GET";
		assert_int_equal(check(w), REDIS_AWAY);
		for (size_t i = 0; i < COUNT_OF(longest); i++)
			assert_in_range(pause_ms(w), longest[i] / 2, longest[i]);
		assert_string_equal(redis_state(w->redis), "the connection was lost");
		peer.away = false;
		peer.refused = NULL;
		put_clock_forward(BACKOFF_MAX_MS);
		assert_int_equal(check(w), REDIS_READY);
		assert_string_equal(redis_state(w->redis), "ready");
	}
}

/* --- logging in ------------------------------------------------------------------------------- */

static void the_login_and_the_database_are_those_of_the_url(void **state)
{
	static const struct {
		const char *url, *logins;
	} rows[] = {
		{ "unix:///redis", "" },
		{ "unix:///redis?db=0", "" },
		{ "unix:///redis?db=3", "SELECT 3 " },
		{ "unix://:secret@/redis", "AUTH secret " },
		{ "unix://me:secret@/redis?db=12", "AUTH me secret SELECT 12 " },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct world *w;

		set_up_with(state, rows[i].url);
		w = *state;
		assert_int_equal(check(w), REDIS_READY);
		assert_string_equal(peer.logins, rows[i].logins);
		tear_down(state);
	}
}

static void a_refused_login_is_no_connection(void **state)
{
	static const char *const commands[] = { "AUTH", "SELECT" };

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct world *w;

		set_up_with(state, "unix://:secret@/redis?db=3");
		w = *state;
		peer.refused = commands[i];
		assert_int_equal(check(w), REDIS_AWAY);
		assert_false(redis_is_refused(w->redis));
		assert_int_equal(redis_errors(w->redis), 1);
		tear_down(state);
	}
}

int main(void)
{
#define WITH_REDIS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_REDIS(rows_are_told_from_others_of_their_bucket),
		WITH_REDIS(what_is_not_stored_as_it_was_is_removed),
		WITH_REDIS(more_than_one_round_trip_takes_is_kept_and_removed),
		WITH_REDIS(nothing_to_do_is_done_without_a_word),
		WITH_REDIS(all_vanishes_within_a_week_but_not_at_once),
		WITH_REDIS(who_was_replaced_stores_nothing),
		WITH_REDIS(who_is_replaced_after_a_store_stores_nothing_more),
		WITH_REDIS(a_note_is_what_the_next_check_must_know),
		WITH_REDIS(other_tables_are_not_those_that_are_known),
		WITH_REDIS(growing_tables_get_more_buckets),
		WITH_REDIS(a_new_start_has_the_buckets_that_the_tables_need),
		WITH_REDIS(another_run_of_redis_is_not_trusted),
		WITH_REDIS(one_on_standby_owns_nothing),
		WITH_REDIS(whatever_is_refused_makes_it_away),
		WITH_REDIS(a_change_that_fails_is_not_taken_for_stored),
		WITH_REDIS(rows_that_cannot_be_asked_for_are_unsure),
		WITH_REDIS(pauses_double_up_to_seconds_and_begin_anew),
		cmocka_unit_test(the_login_and_the_database_are_those_of_the_url),
		cmocka_unit_test(a_refused_login_is_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
