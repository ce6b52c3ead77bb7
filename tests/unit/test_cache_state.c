/* test_cache_state.c - when what Redis remembers is believed, when it is made void, and who takes
 * the note back that there is writing: by the calls that the store makes. */
#include "tests/unit/standing_clock.h"
#include "tests/unit/store_world.h"

/* --- Redis is away ---------------------------------------------------------------------------- */

static void a_commit_without_redis_makes_its_memory_void_once(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.away = true;
	write_user(w, 1, "Ann");
	happened("send+note+renew,1 receive redis-note-writing redis-store-1 ");
	write_user(w, 2, "Ben");
	happened("send,2 receive redis-store-1 ");
	write_user(w, 2, "Ben"); /* what this recorder itself wrote it knows */
	happened("redis-store-0 ");
	check(w);
	write_user(w, 3, "Cleo");
	happened("send,3 receive redis-store-1 "); /* the note stays, as Redis knows nothing */
	assert_int_equal(postgres.renewals, 1);
	/* It is back. Under another incarnation: what it knew is not believed. */
	redis_now.away = false;
	check(w);
	happened("take-note-back redis-note-settled ");
	assert_string_equal(redis_now.incarnation, "renewed 1");
	write_user(w, 4, "Dan");
	happened("compare,4 send+note,4 receive redis-note-writing redis-store-1 ");
	redis_now.away = true;
	write_user(w, 5, "Eve");
	happened("send+renew,5 receive redis-store-1 ");
}

static void what_redis_could_not_store_makes_it_doubtful(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.cannot_store = true;
	write_user(w, 1, "Ann");
	forget_events();
	redis_now.cannot_store = false;
	/* It is not asked, and the next commit makes its memory void. */
	write_user(w, 1, "Ann");
	happened("send+renew,1 receive redis-store-1 ");
	assert_int_equal(postgres.renewals, 1);
	check(w);
	happened("take-note-back redis-note-settled ");
	assert_int_equal(postgres.renewals, 1);
	write_user(w, 2, "Ben");
	assert_non_null(strstr(events, "compare,2 "));
}

static void without_a_commit_the_next_check_makes_doubtful_memory_void(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.cannot_store = true;
	write_user(w, 1, "Ann");
	redis_now.cannot_store = false;
	forget_events();
	check(w);
	happened("renew take-note-back redis-note-settled ");
	assert_string_equal(redis_now.incarnation, "renewed 1");
	write_user(w, 2, "Ben");
	happened("compare,2 send+note,2 receive redis-note-writing redis-store-1 ");
}

static void ids_that_redis_could_not_forget_make_it_doubtful(void **state)
{
	struct world *w = *state;

	begin(w);
	tables_now.released[0] = 9;
	tables_now.released_count = 1;
	redis_now.cannot_remove = true;
	write_user(w, 1, "Ann");
	redis_now.cannot_remove = false;
	forget_events();
	check(w);
	assert_non_null(strstr(events, "renew "));
}

static void nothing_written_is_no_reason_for_doubt(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.outcome = ROW_UNCHANGED;
	redis_now.cannot_store = true;
	write_user(w, 1, "Ann");
	check(w);
	assert_int_equal(postgres.renewals, 0);
}

/* --- failures of Postgres --------------------------------------------------------------------- */

static void after_a_failed_batch_redis_is_doubtful(void **state)
{
	static const char *const steps[] = { "send", "receive" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct batch *batch = batch_of_one(user(1, "Ann"));

		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		w = *state;
		begin(w);
		write_user(w, 1, "Ann");
		forget_events();
		postgres.fails = steps[i];
		postgres.fault = POSTGRES_TROUBLE;
		write_user(w, 1, "Ann"); /* is as it was: nothing is sent */
		batch_add(batch, &(struct sighting) { .scope = SIGHTING_USER, .id = 2 });
		store_compare(w->store, batch);
		bool sent = store_send(w->store, batch, &w->error);
		assert_int_equal(sent, i == 1);
		if (sent)
			assert_false(store_receive(w->store, batch, &w->error));
		assert_int_equal(batch->rows[1].outcome, ROW_PENDING);
		postgres.fails = NULL;
		forget_events();
		/* Nor is what was known to be written. */
		batch->rows[0].outcome = ROW_PENDING;
		write_batch(w, batch);
		happened("send+renew,1,2 receive redis-store-2 ");
		batch_destroy(batch);
	}
}

static void a_refused_value_is_looked_for_with_care(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(1, "Ann"));

	postgres.state.rows = 0;
	begin(w);
	store_compare(w->store, batch);
	assert_true(store_send(w->store, batch, &w->error));
	postgres.fails = "receive";
	postgres.fault = POSTGRES_DATA;
	forget_events();
	assert_true(store_receive(w->store, batch, &w->error));
	happened("receive write+note+careful,1 redis-note-writing ");
	assert_int_equal(batch->rows[0].outcome, ROW_WRITTEN);
	batch_destroy(batch);
	check(w);
	assert_int_equal(postgres.renewals, 0);
	/* Also that may fail. */
	batch = batch_of_one(user(2, "Ben"));
	store_compare(w->store, batch);
	assert_true(store_send(w->store, batch, &w->error));
	postgres.fails = "receive";
	postgres.fault = POSTGRES_TROUBLE;
	forget_events();
	assert_false(store_receive(w->store, batch, &w->error));
	happened("receive ");
	postgres.fails = NULL;
	check(w);
	assert_int_equal(postgres.renewals, 1);
	batch_destroy(batch);
}

/* --- notes that are left ---------------------------------------------------------------------- */

static void a_note_that_another_left_makes_its_memory_void(void **state)
{
	struct world *w = *state;
	bool locked;

	postgres.state.writing = true;
	assert_true(store_connect(w->store, &w->error));
	assert_true(store_try_lock(w->store, &locked, &w->error));
	forget_events();
	check(w);
	happened("renew take-note-back redis-note-settled ");
	check(w);
	happened("");
}

/* What was committed last, and whether Redis learned it, nobody knows. */
static void a_note_that_a_lost_connection_left_makes_memory_void(void **state)
{
	struct world *w = *state;

	begin(w);
	write_user(w, 1, "Ann");
	store_disconnect(w->store);
	assert_true(store_connect(w->store, &w->error));
	forget_events();
	check(w);
	happened("renew take-note-back redis-note-settled ");
}

/* Redis was away, then another recorder was active, for which it came back, and died. */
static void a_note_of_another_counts_though_memory_was_void_before(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.away = true;
	write_user(w, 1, "Ann");
	store_disconnect(w->store);
	redis_now.away = false;
	snprintf(postgres.state.incarnation, sizeof(postgres.state.incarnation), "of another");
	postgres.state.writing = true;
	assert_true(store_connect(w->store, &w->error));
	forget_events();
	check(w);
	happened("renew take-note-back redis-note-settled ");
}

/* Another may have filled Redis since, for the incarnation that there is. */
static void what_was_void_before_the_lock_was_lost_is_no_more(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.away = true;
	write_user(w, 1, "Ann");
	store_disconnect(w->store);
	snprintf(postgres.state.incarnation, sizeof(postgres.state.incarnation), "of another");
	postgres.state.writing = false;
	begin(w);
	write_user(w, 2, "Ben");
	happened("send+note+renew,2 receive redis-note-writing redis-store-1 ");
}

static void doubt_outlives_the_connection(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(1, "Ann"));

	begin(w);
	store_compare(w->store, batch);
	postgres.fails = "send";
	postgres.fault = POSTGRES_LOST;
	assert_false(store_send(w->store, batch, &w->error));
	postgres.fails = NULL;
	batch_destroy(batch);
	store_disconnect(w->store);
	assert_true(store_connect(w->store, &w->error));
	forget_events();
	check(w);
	happened("renew ");
}

static void what_is_void_is_not_made_void_again(void **state)
{
	struct world *w = *state;
	struct batch *batch = batch_of_one(user(2, "Ben"));

	begin(w);
	redis_now.away = true;
	write_user(w, 1, "Ann");
	store_compare(w->store, batch);
	postgres.fails = "send";
	postgres.fault = POSTGRES_TROUBLE;
	assert_false(store_send(w->store, batch, &w->error));
	postgres.fails = NULL;
	check(w);
	forget_events();
	write_batch(w, batch);
	happened("send,2 receive redis-store-1 ");
	assert_int_equal(postgres.renewals, 1);
	batch_destroy(batch);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static void who_leaves_takes_the_note_back(void **state)
{
	struct world *w = *state;

	store_leave(w->store); /* not connected */
	happened("");
	begin(w);
	write_user(w, 1, "Ann");
	forget_events();
	store_leave(w->store);
	happened("patience-1000 take-note-back redis-note-settled ");
}

static void who_leaves_in_doubt_leaves_the_note(void **state)
{
	struct world *w = *state;

	begin(w);
	redis_now.cannot_store = true;
	write_user(w, 1, "Ann");
	forget_events();
	store_leave(w->store);
	happened("");
	assert_true(postgres.state.writing);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_commit_without_redis_makes_its_memory_void_once),
		WITH_STORE(what_redis_could_not_store_makes_it_doubtful),
		WITH_STORE(without_a_commit_the_next_check_makes_doubtful_memory_void),
		WITH_STORE(ids_that_redis_could_not_forget_make_it_doubtful),
		WITH_STORE(nothing_written_is_no_reason_for_doubt),
		WITH_STORE(after_a_failed_batch_redis_is_doubtful),
		WITH_STORE(a_refused_value_is_looked_for_with_care),
		WITH_STORE(a_note_that_another_left_makes_its_memory_void),
		WITH_STORE(a_note_that_a_lost_connection_left_makes_memory_void),
		WITH_STORE(a_note_of_another_counts_though_memory_was_void_before),
		WITH_STORE(what_was_void_before_the_lock_was_lost_is_no_more),
		WITH_STORE(doubt_outlives_the_connection),
		WITH_STORE(what_is_void_is_not_made_void_again),
		WITH_STORE(who_leaves_takes_the_note_back),
		WITH_STORE(who_leaves_in_doubt_leaves_the_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
