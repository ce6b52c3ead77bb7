/* test_recorder_store.c - the order between Postgres and Redis, and when what Redis remembers is
 * believed. */
#include <sysexits.h>

#include "tests/unit/standing_clock.h"
#include "tests/unit/store_world.h"

/* --- connecting ------------------------------------------------------------------------------- */

static void connecting_prepares_the_database(void **state)
{
	struct world *w = *state;

	assert_true(store_connect(w->store, &w->error));
	happened("connect migrate session key roles prepare ");
	assert_true(store_is_connected(w->store));
	assert_int_equal(store_refusal(w->store)->exit_code, 0);
	store_disconnect(w->store);
	happened("close ");
	assert_false(store_is_connected(w->store));
}

static void what_fails_on_the_way_ends_the_connection(void **state)
{
	static const char *const steps[] = { "migrate", "session", "key", "prepare" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		postgres.fails = steps[i];
		postgres.fault = POSTGRES_TROUBLE;
		assert_false(store_connect(w->store, &w->error));
		assert_false(store_is_connected(w->store));
		assert_non_null(strstr(events, "close "));
		assert_int_equal(store_refusal(w->store)->exit_code, 0);
		forget_events();
	}
}

static void only_the_first_refusal_is_for_good(void **state)
{
	struct world *w = *state;

	begin(w);
	store_disconnect(w->store);
	postgres.fails = "connect";
	postgres.fault = POSTGRES_REFUSED;
	assert_false(store_connect(w->store, &w->error));
	assert_int_equal(store_refusal(w->store)->exit_code, 0);
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	w = *state;
	postgres.fails = "connect";
	postgres.fault = POSTGRES_LOST;
	assert_false(store_connect(w->store, &w->error));
	assert_int_equal(store_refusal(w->store)->exit_code, 0);
	postgres.fault = POSTGRES_REFUSED;
	assert_false(store_connect(w->store, &w->error));
	assert_int_equal(store_refusal(w->store)->exit_code, EX_UNAVAILABLE);
	assert_non_null(strstr(store_refusal(w->store)->text, "DATABASE_URL"));
}

/* At once when it shows, and when it shows only by the statements that are there already. */
static void a_pooler_that_shares_sessions_is_refused(void **state)
{
	static const char *const sqlstates[] = { NULL, "42P05", "26000" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(sqlstates); i++) {
		postgres.is_shared = !sqlstates[i];
		postgres.fails = sqlstates[i] ? "prepare" : NULL;
		postgres.fault = POSTGRES_TROUBLE;
		postgres.sqlstate = sqlstates[i];
		assert_false(store_connect(w->store, &w->error));
		assert_false(store_is_connected(w->store));
		assert_int_equal(w->error.fault, POSTGRES_REFUSED);
		assert_non_null(strstr(w->error.text, "needs a session of its own"));
		assert_int_equal(store_refusal(w->store)->exit_code, EX_UNAVAILABLE);
		assert_non_null(strstr(store_refusal(w->store)->text, "connect directly"));
	}
}

static void another_key_is_refused(void **state)
{
	struct world *w = *state;

	postgres.other_key = true;
	assert_true(store_connect(w->store, &w->error));
	assert_int_equal(store_refusal(w->store)->exit_code, EX_CONFIG);
	assert_non_null(strstr(store_refusal(w->store)->text, "KORONE_PRIVACY_KEY"));
	assert_null(strstr(store_refusal(w->store)->text, KEY));
}

static void rights_are_done_without_unless_the_connection_is_lost(void **state)
{
	struct world *w = *state;

	postgres.fails = "roles";
	postgres.fault = POSTGRES_TROUBLE;
	assert_true(store_connect(w->store, &w->error));
	store_disconnect(w->store);
	postgres.fault = POSTGRES_LOST;
	assert_false(store_connect(w->store, &w->error));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
}

static void a_malformed_url_of_redis_is_told(void **state)
{
	struct world *w = *state;
	struct why why;

	w->settings.redis_url = "redis:";
	assert_null(store_create(&w->settings, -1, &why));
	assert_string_equal(why.text, "malformed");
}

/* --- a batch ---------------------------------------------------------------------------------- */

static void redis_learns_only_after_the_commit(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(1, "Ann"));

	begin(w);
	store_compare(w->store, batch);
	happened("compare,1 ");
	assert_true(store_send(w->store, batch, &w->error));
	happened("send+note,1 ");
	assert_int_equal(batch->rows[0].outcome, ROW_PENDING);
	assert_true(store_receive(w->store, batch, &w->error));
	happened("receive redis-note-writing ");
	assert_int_equal(batch->rows[0].outcome, ROW_WRITTEN);
	store_remember(w->store, batch);
	happened("redis-store-1 ");
	batch_destroy(batch);
	/* That there is writing is noted once. */
	write_user(w, 2, "Ben");
	happened("compare,2 send,2 receive redis-store-1 ");
}

static void what_redis_knows_is_not_sent(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(1, "Ann"));

	begin(w);
	redis_now.outcome = ROW_UNCHANGED;
	write_batch(w, batch);
	happened("compare,1 redis-store-0 ");
	assert_int_equal(batch->counts.unchanged, 1);
	batch_destroy(batch);
	/* Redis is not asked again. */
	write_user(w, 1, "Ann");
	happened("compare redis-store-0 ");
	redis_now.outcome = ROW_OPTED_OUT;
	batch = batch_of_one(user(2, "Ben"));
	write_batch(w, batch);
	happened("compare,2 redis-store-0 ");
	assert_int_equal(batch->counts.opted_out, 1);
	assert_int_equal(batch->counts.unchanged, 0);
	batch_destroy(batch);
}

static void what_was_written_is_known_without_redis(void **state)
{
	struct world *w = *state;

	begin(w);
	write_user(w, 1, "Ann");
	forget_events();
	write_user(w, 1, "Ann");
	happened("compare redis-store-0 ");
	/* Other fields: it is there, with another hash. */
	write_user(w, 1, "Anna");
	happened("compare send,stored:1 receive redis-store-1 ");
	write_user(w, 1, "Anna");
	happened("compare redis-store-0 ");
}

static void what_was_not_written_is_not_remembered(void **state)
{
	struct world *w = *state;

	begin(w);
	tables_now.outcome = ROW_REFUSED;
	write_user(w, 1, "Ann");
	forget_events();
	tables_now.outcome = ROW_WRITTEN;
	write_user(w, 1, "Ann");
	happened("compare,1 send,1 receive redis-store-1 ");
}

static void old_marks_go_every_ten_minutes_and_many_at_once(void **state)
{
	struct world *w = *state;

	postgres.old_marks = 12000;
	begin(w);
	check(w);
	check(w);
	assert_int_equal(postgres.old_marks, 0);
	assert_int_equal(postgres.sweeps, 3);
	put_clock_forward(10 * 60 * 1000 - 1);
	check(w);
	assert_int_equal(postgres.sweeps, 3);
	put_clock_forward(1);
	check(w);
	assert_int_equal(postgres.sweeps, 4);
}

static void memory_of_written_rows_ends_after_an_hour(void **state)
{
	struct world *w = *state;

	begin(w);
	write_user(w, 1, "Ann");
	put_clock_forward(60 * 60 * 1000 - 1);
	check(w);
	forget_events();
	write_user(w, 1, "Ann");
	happened("compare redis-store-0 ");
	put_clock_forward(1);
	check(w);
	forget_events();
	write_user(w, 1, "Ann");
	happened("compare,1 send+note,1 receive redis-note-writing redis-store-1 ");
}

static void memory_of_written_rows_ends_with_the_tables_and_the_connection(void **state)
{
	struct world *w = *state;

	begin(w);
	write_user(w, 1, "Ann");
	snprintf(postgres.state.incarnation, sizeof(postgres.state.incarnation), "restored");
	check(w);
	forget_events();
	write_user(w, 1, "Ann");
	assert_non_null(strstr(events, "compare,1 "));
	check(w); /* so that nothing is left behind */
	store_disconnect(w->store);
	begin(w);
	assert_int_equal(postgres.renewals, 0);
	write_user(w, 1, "Ann");
	assert_non_null(strstr(events, "compare,1 "));
}

static void repeated_sightings_count_as_unchanged(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(1, "Ann"));
	struct sighting again = user(1, "Anna");

	begin(w);
	again.version = 2;
	batch_add(batch, &again);
	write_batch(w, batch);
	assert_int_equal(batch->counts.unchanged, 1);
	assert_int_equal(batch->counts.written, 1);
	batch_destroy(batch);
}

static void a_failed_batch_is_hashed_and_counted_once(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(1, "Ann"));
	struct sighting again = user(1, "Anna");

	begin(w);
	batch_add(batch, &again);
	store_compare(w->store, batch);
	postgres.fails = "send";
	postgres.fault = POSTGRES_TROUBLE;
	assert_false(store_send(w->store, batch, &w->error));
	postgres.fails = NULL;
	write_batch(w, batch);
	assert_int_equal(batch->counts.unchanged, 1);
	assert_int_equal(batch->counts.written, 1);
	batch_destroy(batch);
}

/* --- who is surely not stored ----------------------------------------------------------------- */

static void strangers_are_added_without_a_look(void **state)
{
	struct world *w = *state;
	struct sighting named = user(3, "Cleo"), same_name = user(4, "Dan"), other = user(5, "Eve");

	postgres.state.rows = 0;
	begin(w);
	write_user(w, 1, "Ann");
	happened("compare send+note,fresh:1 receive redis-note-writing redis-store-1 ");
	/* Known from the moment that it was compared. */
	redis_now.outcome = ROW_PENDING;
	tables_now.outcome = ROW_REFUSED;
	write_user(w, 2, "Ben");
	write_user(w, 2, "Ben");
	happened("compare send,fresh:2 receive redis-store-1 "
		 "compare,2 send,2 receive redis-store-1 ");
	/* A name that was seen may be somebody's. */
	named.username = (struct text) { "cleo", 4 };
	same_name.username = (struct text) { "CLEO", 4 };
	struct batch *batch = batch_of_one(named);
	write_batch(w, batch);
	batch_destroy(batch);
	forget_events();
	batch = batch_of_one(same_name);
	write_batch(w, batch);
	happened("compare,4 send,4 receive redis-store-1 ");
	batch_destroy(batch);
	/* Which names are the same beyond ASCII is Postgres' to say. */
	other.username = (struct text) { "\xc3\x89ve", 4 };
	batch = batch_of_one(other);
	write_batch(w, batch);
	happened("compare,5 send,5 receive redis-store-1 ");
	batch_destroy(batch);
}

static void nobody_is_a_stranger_before_all_is_learned(void **state)
{
	struct world *w = *state;

	begin(w); /* too many rows to learn */
	write_user(w, 1, "Ann");
	assert_non_null(strstr(events, "send+note,1 "));
	assert_null(strstr(events, "learn"));
	postgres.state.rows = 0;
	check(w);
	assert_non_null(strstr(events, "learn "));
	forget_events();
	write_user(w, 2, "Ben");
	assert_non_null(strstr(events, "fresh:2 "));
	store_disconnect(w->store);
	assert_true(store_connect(w->store, &w->error));
	forget_events();
	write_user(w, 3, "Cleo");
	assert_null(strstr(events, "fresh"));
}

/* --- names and moves -------------------------------------------------------------------------- */

static void who_lost_a_name_in_the_batch_is_not_remembered(void **state)
{
	struct world *w = *state;
	struct sighting before = user(1, "Ann"), after = user(2, "Ben");
	struct batch *batch;

	begin(w);
	before.username = after.username = (struct text) { "ann", 3 };
	after.version = 2;
	batch = batch_of_one(before);
	batch_add(batch, &after);
	write_batch(w, batch);
	batch_destroy(batch);
	forget_events();
	batch = batch_of_one(after);
	write_batch(w, batch);
	happened("compare redis-store-0 ");
	batch_destroy(batch);
	batch = batch_of_one(before);
	write_batch(w, batch);
	assert_non_null(strstr(events, "compare,1 "));
	batch_destroy(batch);
}

static void who_lost_a_name_to_others_is_forgotten(void **state)
{
	struct world *w = *state;

	begin(w);
	write_user(w, 1, "Ann");
	forget_events();
	tables_now.released[0] = 1;
	tables_now.released_count = 1;
	write_user(w, 2, "Ben");
	happened("compare,2 send,2 receive redis-remove-1 redis-store-1 ");
	write_user(w, 1, "Ann");
	assert_non_null(strstr(events, "compare,1 "));
}

static struct sighting migration(int64_t id, int64_t new_id)
{
	return (struct sighting) { .scope = SIGHTING_MIGRATION, .id = id, .new_id = new_id };
}

static void chains_of_migrations_end_at_the_newest_id(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(migration(-1, -2));
	struct sighting next = migration(-2, -3);
	struct sighting late = { .scope = SIGHTING_GROUP, .id = -1 };

	begin(w);
	batch_add(batch, &next);
	store_compare(w->store, batch);
	assert_int_equal(batch->rows[0].seen.new_id, -3);
	assert_int_equal(batch->rows[1].seen.new_id, -3);
	assert_memory_equal(batch->rows[0].new_id_hash, batch->rows[1].new_id_hash, ID_HASH_SIZE);
	happened("compare "); /* of migrations Redis knows nothing */
	batch_destroy(batch);
	/* A group that is seen under its old id moves on at once. */
	batch = batch_of_one(late);
	store_compare(w->store, batch);
	assert_int_equal(batch->pending_count, 2);
	for (size_t i = 0; i < 2; i++)
		if (batch->pending[i]->seen.scope == SIGHTING_MIGRATION) {
			assert_int_equal(batch->pending[i]->seen.id, -1);
			assert_int_equal(batch->pending[i]->seen.new_id, -3);
			assert_memory_equal(batch->pending[i]->id_hash, batch->rows[0].id_hash,
					    ID_HASH_SIZE);
		}
	batch_destroy(batch);
	/* A person of that number does not. */
	batch = batch_of_one(user(-1, "Ann"));
	store_compare(w->store, batch);
	assert_int_equal(batch->pending_count, 1);
	batch_destroy(batch);
}

static void both_ids_of_a_migration_are_forgotten(void **state)
{
	static const int64_t ids[] = { -1, -2 };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct sighting group = { .scope = SIGHTING_GROUP, .id = ids[i] };
		struct batch *batch;

		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		w = *state;
		begin(w);
		batch = batch_of_one(group);
		write_batch(w, batch);
		batch_destroy(batch);
		batch = batch_of_one(migration(-1, -2));
		write_batch(w, batch);
		batch_destroy(batch);
		forget_events();
		batch = batch_of_one(group);
		store_compare(w->store, batch);
		assert_non_null(strstr(events, "compare,-"));
		batch_destroy(batch);
	}
}

/* --- once a second ---------------------------------------------------------------------------- */

static void who_lost_the_lock_is_not_active(void **state)
{
	struct world *w = *state;

	begin(w);
	postgres.state.locked = false;
	assert_false(store_check(w->store, &w->error));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	assert_non_null(strstr(w->error.text, "lock"));
	happened("");
}

static void the_note_is_taken_back_when_redis_knows_all(void **state)
{
	struct world *w = *state;

	begin(w);
	check(w);
	happened("");
	write_user(w, 1, "Ann");
	forget_events();
	postgres.fails = "take-note-back";
	postgres.fault = POSTGRES_TROUBLE;
	assert_false(store_check(w->store, &w->error));
	happened("take-note-back ");
	postgres.fails = NULL;
	check(w);
	assert_string_equal(redis_now.known, REDIS_WRITING);
	happened("take-note-back redis-note-settled ");
	check(w);
	assert_string_equal(redis_now.known, "settled");
	happened("");
}

static void tables_that_redis_does_not_remember_are_another_incarnation(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.knows_others = true;
	check(w);
	happened("renew ");
	assert_string_equal(redis_now.incarnation, "renewed 1");
	assert_true(store_redis_is_ready(w->store));
}

static void only_before_the_first_check_redis_is_refused_for_good(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.refused = true;
	check(w);
	assert_int_equal(store_refusal(w->store)->exit_code, 0);
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
	w = *state;
	redis_now.refused = true;
	assert_true(store_connect(w->store, &w->error));
	check(w);
	assert_int_equal(store_refusal(w->store)->exit_code, EX_UNAVAILABLE);
	assert_non_null(strstr(store_refusal(w->store)->text, "REDIS_URL: WRONGPASS"));
}

static void object(const struct hash_keys *keys, int64_t id)
{
	uint8_t hash[ID_HASH_SIZE];

	hash_id(keys, id, hash);
	hex_encode(hash, sizeof(hash), postgres.removals[0]);
	postgres.removals_count = 1;
}

static void people_who_objected_elsewhere_are_forgotten(void **state)
{
	struct hash_keys *keys = hash_keys_create(KEY);
	struct world *w = *state;

	begin(w);
	write_user(w, 1, "Ann");
	check(w);
	forget_events();
	object(keys, 1);
	redis_now.cannot_remove = true;
	check(w);
	happened("redis-remove-1 "); /* they stay until Redis took it */
	redis_now.cannot_remove = false;
	check(w);
	happened("redis-remove-1 delete-removals ");
	check(w);
	happened("");
	write_user(w, 1, "Ann");
	assert_non_null(strstr(events, "compare,1 "));
	hash_keys_destroy(keys);
}

static void who_objected_elsewhere_is_no_stranger(void **state)
{
	struct hash_keys *keys = hash_keys_create(KEY);
	struct world *w = *state;

	postgres.state.rows = 0;
	begin(w);
	object(keys, 9);
	check(w);
	forget_events();
	write_user(w, 9, "Ida");
	happened("compare,9 send+note,9 receive redis-note-writing redis-store-1 ");
	hash_keys_destroy(keys);
}

/* --- standby ---------------------------------------------------------------------------------- */

static void on_standby_redis_is_only_probed(void **state)
{
	struct world *w = *state;

	store_probe(w->store);
	happened("probe ");
	assert_string_equal(store_redis_state(w->store), "away");
	assert_false(store_redis_is_ready(w->store));
	assert_int_equal(store_redis_errors(w->store), 3);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_STORE(connecting_prepares_the_database),
		WITH_STORE(what_fails_on_the_way_ends_the_connection),
		WITH_STORE(only_the_first_refusal_is_for_good),
		WITH_STORE(a_pooler_that_shares_sessions_is_refused),
		WITH_STORE(another_key_is_refused),
		WITH_STORE(rights_are_done_without_unless_the_connection_is_lost),
		WITH_STORE(a_malformed_url_of_redis_is_told),
		WITH_STORE(redis_learns_only_after_the_commit),
		WITH_STORE(what_redis_knows_is_not_sent),
		WITH_STORE(what_was_written_is_known_without_redis),
		WITH_STORE(what_was_not_written_is_not_remembered),
		WITH_STORE(old_marks_go_every_ten_minutes_and_many_at_once),
		WITH_STORE(memory_of_written_rows_ends_after_an_hour),
		WITH_STORE(memory_of_written_rows_ends_with_the_tables_and_the_connection),
		WITH_STORE(repeated_sightings_count_as_unchanged),
		WITH_STORE(a_failed_batch_is_hashed_and_counted_once),
		WITH_STORE(strangers_are_added_without_a_look),
		WITH_STORE(nobody_is_a_stranger_before_all_is_learned),
		WITH_STORE(who_lost_a_name_in_the_batch_is_not_remembered),
		WITH_STORE(who_lost_a_name_to_others_is_forgotten),
		WITH_STORE(chains_of_migrations_end_at_the_newest_id),
		WITH_STORE(both_ids_of_a_migration_are_forgotten),
		WITH_STORE(who_lost_the_lock_is_not_active),
		WITH_STORE(the_note_is_taken_back_when_redis_knows_all),
		WITH_STORE(tables_that_redis_does_not_remember_are_another_incarnation),
		WITH_STORE(only_before_the_first_check_redis_is_refused_for_good),
		WITH_STORE(people_who_objected_elsewhere_are_forgotten),
		WITH_STORE(who_objected_elsewhere_is_no_stranger),
		WITH_STORE(on_standby_redis_is_only_probed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
