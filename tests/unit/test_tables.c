/* test_tables.c - which rows go into which statement, in what order, and what becomes of each row;
 * above all that a row that Postgres refuses takes no other with it. */
#include "common/database/array.h"
#include "tests/unit/tables_world.h"

/* --- transactions ----------------------------------------------------------------------------- */

static void rows_are_sorted_by_scope_kind_and_id(void **state)
{
	struct world *w = *state;

	add_row(w, SIGHTING_MIGRATION, ROW_UNSURE, -90);
	add_row(w, SIGHTING_GROUP, ROW_FRESH, -7);
	add_row(w, SIGHTING_GROUP, ROW_UNSURE, -5);
	add_row(w, SIGHTING_USER, ROW_STORED, 1);
	add_row(w, SIGHTING_USER, ROW_UNSURE, 3000000009);
	add_row(w, SIGHTING_USER, ROW_UNSURE, 9);
	add_row(w, SIGHTING_USER, ROW_UNSURE, INT64_MIN);
	add_row(w, SIGHTING_USER, ROW_FRESH, 3);
	qsort(w->pointers, w->count, sizeof(*w->pointers), row_compare);
	assert_true(write_all(w, 0));
	assert_string_equal(
		server.sent[0],
		"lock; users -9223372036854775808 9 3000000009; fresh users 3; stored users 1; "
		"groups -5; fresh groups -7; migrate -90 to 0");
}

static void the_lock_comes_first_the_note_second_and_the_renewal_last(void **state)
{
	struct world *w = *state;

	add_users(w, 4, 5);
	add_row(w, SIGHTING_MIGRATION, ROW_UNSURE, -90)->seen.new_id = -1000090;
	add_row(w, SIGHTING_MIGRATION, ROW_UNSURE, -80)->seen.new_id = -1000080;
	assert_true(write_all(w, TABLES_RENEW | TABLES_NOTE));
	assert_string_equal(server.sent[0], "lock; note; users 4 5; migrate -90 to -1000090; "
					    "migrate -80 to -1000080; renew");
	assert_true(write_all(w, TABLES_NOTE));
	assert_null(strstr(server.sent[1], "renew"));
	assert_true(write_all(w, TABLES_RENEW));
	assert_null(strstr(server.sent[2], "note"));
}

static void with_care_rows_of_every_kind_are_looked_up(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 1);
	add_row(w, SIGHTING_GROUP, ROW_UNSURE, -1);
	assert_true(write_all(w, TABLES_CAREFUL));
	assert_string_equal(server.sent[0], "lock; careful users 1; careful groups -1");
}

static void every_statement_is_prepared_and_takes_what_is_sent(void **state)
{
	static const struct {
		const char *name;
		int values;
	} wanted[] = {
		{ "lock", 0 },           { "migrate", 4 },      { "users", 7 },
		{ "fresh users", 7 },    { "stored users", 7 }, { "careful users", 7 },
		{ "groups", 6 },         { "fresh groups", 6 }, { "stored groups", 6 },
		{ "careful groups", 6 },
	};
	struct world *w = *state;

	assert_true(tables_prepare(NULL, &w->error));
	assert_int_equal(server.names_count, COUNT_OF(wanted));
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		char last[16], more[16];

		assert_string_equal(server.names[i], wanted[i].name);
		snprintf(last, sizeof(last), "$%d", wanted[i].values);
		snprintf(more, sizeof(more), "$%d", wanted[i].values + 1);
		assert_true(wanted[i].values == 0 || strstr(server.sql[i], last));
		assert_null(strstr(server.sql[i], more));
		assert_null(strpbrk(server.sql[i], "%{}\n\t"));
	}
	assert_non_null(strstr(server.sql[0], "LOCK TABLE objections IN SHARE MODE"));
}

/* --- parameters ------------------------------------------------------------------------------- */

static const struct postgres_value *sent_values(struct world *w, int *count)
{
	assert_true(send_all(w, 0));
	*count = server.under_way[1].values_count;
	return server.under_way[1].values;
}

static void assert_array(const struct postgres_value *value, struct buffer *wanted)
{
	assert_true(value->binary);
	assert_int_equal(value->size, wanted->size);
	assert_memory_equal(value->data, wanted->data, wanted->size);
	buffer_clear(wanted);
}

static void a_user_goes_out_as_arrays_of_columns(void **state)
{
	struct world *w = *state;
	struct row *ann = add_row(w, SIGHTING_USER, ROW_UNSURE, 1);
	struct row *ben = add_row(w, SIGHTING_USER, ROW_UNSURE, 2);
	const struct text texts[][2] = { { { NULL, 0 }, text_of("ben") },
					 { text_of("Ann"), text_of("Ben") },
					 { text_of("A"), { NULL, 0 } },
					 { text_of("en"), text_of("de") } };
	const struct postgres_value *values;
	struct buffer wanted = { 0 };
	int count;

	ann->seen.username = text_of("BEN");
	ann->name_lost = true; /* Ben has it now */
	ann->seen.first_name = texts[1][0];
	ann->seen.last_name = texts[2][0];
	ann->seen.language_code = texts[3][0];
	ann->seen.seen_at = 1700000000;
	memset(ann->id_hash, 0xaa, sizeof(ann->id_hash));
	ben->seen.username = texts[0][1];
	ben->seen.first_name = texts[1][1];
	ben->seen.language_code = texts[3][1];
	ben->seen.seen_at = 1600000000;
	memset(ben->id_hash, 0xbb, sizeof(ben->id_hash));

	values = sent_values(w, &count);
	assert_int_equal(count, 7);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		array_start(&wanted, ARRAY_OID_TEXT, 2);
		array_bytes(&wanted, texts[i][0]);
		array_bytes(&wanted, texts[i][1]);
		assert_array(&values[1 + i], &wanted);
	}
	array_start(&wanted, ARRAY_OID_TIMESTAMPTZ, 2);
	array_time(&wanted, 1700000000);
	array_time(&wanted, 1600000000);
	assert_array(&values[5], &wanted);
	array_start(&wanted, ARRAY_OID_BYTEA, 2);
	array_bytes(&wanted, (struct text) { (const char *)ann->id_hash, ID_HASH_SIZE });
	array_bytes(&wanted, (struct text) { (const char *)ben->id_hash, ID_HASH_SIZE });
	assert_array(&values[6], &wanted);
	buffer_finish(&wanted);
	assert_true(receive(w));
}

static void a_group_has_a_title_and_a_type(void **state)
{
	struct world *w = *state;
	struct row *group = add_row(w, SIGHTING_GROUP, ROW_UNSURE, -1);
	const struct text texts[] = { text_of("club"), text_of("The club"), text_of("supergroup") };
	const struct postgres_value *values;
	struct buffer wanted = { 0 };
	int count;

	group->seen.username = texts[0];
	group->seen.title = texts[1];
	group->seen.type = texts[2];
	values = sent_values(w, &count);
	assert_int_equal(count, 6);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		array_start(&wanted, ARRAY_OID_TEXT, 1);
		array_bytes(&wanted, texts[i]);
		assert_array(&values[1 + i], &wanted);
	}
	buffer_finish(&wanted);
	assert_true(receive(w));
}

static void a_migration_names_both_ids_and_their_hashes(void **state)
{
	struct world *w = *state;
	struct row *move = add_row(w, SIGHTING_MIGRATION, ROW_UNSURE, -5);
	const struct postgres_value *values;
	int count;

	move->seen.new_id = -1000000000005;
	memset(move->id_hash, 0xaa, sizeof(move->id_hash));
	memset(move->new_id_hash, 0xbb, sizeof(move->new_id_hash));
	values = sent_values(w, &count);
	assert_int_equal(count, 4);
	assert_string_equal(values[0].data, "-5");
	assert_string_equal(values[1].data, "-1000000000005");
	assert_int_equal(values[2].size, ID_HASH_SIZE);
	assert_memory_equal(values[2].data, move->id_hash, ID_HASH_SIZE);
	assert_memory_equal(values[3].data, move->new_id_hash, ID_HASH_SIZE);
	assert_true(receive(w));
	assert_int_equal(move->outcome, ROW_WRITTEN);
	assert_counts(w, 1, 0, 0, 0);
}

/* --- outcomes --------------------------------------------------------------------------------- */

static void what_was_written_left_out_and_the_same_is_told_apart(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 6);
	add_row(w, SIGHTING_GROUP, ROW_UNSURE, -1);
	add_id(&server.objected, 2);
	add_id(&server.objected, 5);
	add_id(&server.unchanged, 3);
	assert_true(write_all(w, 0));
	assert_counts(w, 4, 1, 2, 0);
	for (size_t i = 0; i < w->count; i++)
		assert_int_equal(w->rows[i].outcome,
				 i == 1 || i == 4 ? ROW_OPTED_OUT : ROW_WRITTEN);
}

static void fresh_and_stored_rows_are_written_as_they_are(void **state)
{
	struct world *w = *state;

	add_row(w, SIGHTING_USER, ROW_FRESH, 1);
	add_row(w, SIGHTING_USER, ROW_FRESH, 2);
	add_row(w, SIGHTING_USER, ROW_STORED, 3);
	assert_true(send_all(w, 0));
	assert_true(receive(w));
	assert_counts(w, 3, 0, 0, 0);
	for (size_t i = 0; i < w->count; i++)
		assert_int_equal(w->rows[i].outcome, ROW_WRITTEN);
}

/* Committed, but which row was left out nobody knows: all are pending, and none is counted. */
static void a_row_that_is_not_as_it_was_known_is_for_the_careful_statement(void **state)
{
	const enum row_kind kinds_known[] = { ROW_FRESH, ROW_STORED };
	struct world *w = *state;

	add_id(&server.objected, 2);
	server.released = "77";
	for (size_t i = 0; i < COUNT_OF(kinds_known); i++) {
		const int64_t *released;
		size_t count;

		w->count = 0;
		add_row(w, SIGHTING_USER, ROW_UNSURE, 1);
		add_row(w, SIGHTING_USER, kinds_known[i], 2);
		add_row(w, SIGHTING_USER, kinds_known[i], 3);
		assert_true(send_all(w, 0));
		assert_false(receive(w));
		assert_int_equal(w->error.fault, POSTGRES_DATA);
		assert_counts(w, 0, 0, 0, 0);
		for (size_t j = 0; j < w->count; j++)
			assert_int_equal(w->rows[j].outcome, ROW_PENDING);
		/* Who lost a name has lost it. */
		released = tables_take_released(w->tables, &count);
		assert_true(count >= 1);
		assert_int_equal(released[0], 77);
	}
}

static void who_lost_a_username_is_told_once(void **state)
{
	struct world *w = *state;
	const int64_t *released;
	size_t count;

	server.released = "8 -9 10";
	add_users(w, 1, 1);
	add_row(w, SIGHTING_GROUP, ROW_UNSURE, -1);
	assert_true(write_all(w, 0));
	released = tables_take_released(w->tables, &count);
	assert_int_equal(count, 6);
	assert_int_equal(released[0], 8);
	assert_int_equal(released[1], -9);
	assert_int_equal(released[5], 10);
	(void)tables_take_released(w->tables, &count);
	assert_int_equal(count, 0);
}

/* --- refused rows ----------------------------------------------------------------------------- */

static void a_refused_row_takes_no_other_with_it(void **state)
{
	for (int64_t bad = 1; bad <= 7; bad++) {
		struct world *w;

		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
		w = *state;
		add_users(w, 1, 7);
		add_id(&server.refused, bad);
		assert_true(write_all(w, TABLES_CAREFUL));
		assert_counts(w, 6, 0, 0, 1);
		for (int64_t id = 1; id <= 7; id++)
			assert_int_equal(w->rows[id - 1].outcome,
					 id == bad ? ROW_REFUSED : ROW_WRITTEN);
		/* By halving: 7, 3 and 4, and so on, not one by one. */
		assert_true(server.sent_count <= 7);
		assert_string_equal(server.sent[0], "lock; careful users 1 2 3 4 5 6 7");
		assert_string_equal(server.sent[1], "lock; careful users 1 2 3");
	}
}

static void several_refused_rows_are_found(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 6);
	add_row(w, SIGHTING_GROUP, ROW_UNSURE, -1);
	add_row(w, SIGHTING_MIGRATION, ROW_UNSURE, -2);
	add_id(&server.refused, 1);
	add_id(&server.refused, 6);
	add_id(&server.refused, -1);
	add_id(&server.refused, -2);
	add_id(&server.objected, 3);
	assert_true(write_all(w, TABLES_CAREFUL | TABLES_NOTE));
	assert_counts(w, 3, 0, 1, 4);
	assert_int_equal(w->rows[6].outcome, ROW_REFUSED);
	assert_int_equal(w->rows[7].outcome, ROW_REFUSED);
	assert_int_equal(w->rows[2].outcome, ROW_OPTED_OUT);
}

static void sending_alone_does_not_halve(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 4);
	add_id(&server.refused, 2);
	assert_true(send_all(w, 0));
	assert_false(receive(w));
	assert_int_equal(w->error.fault, POSTGRES_DATA);
	assert_int_equal(server.sent_count, 1);
	assert_counts(w, 0, 0, 0, 0);
	assert_int_equal(w->rows[0].outcome, ROW_PENDING);
}

/* --- failures --------------------------------------------------------------------------------- */

static void after_a_failure_what_is_not_written_is_pending(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 4);
	add_id(&server.refused, 2);
	server.fails_at = 5; /* 1-4 and 1-2 are refused, 1 is written, 2 set aside */
	assert_false(write_all(w, TABLES_CAREFUL));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	assert_int_equal(w->rows[0].outcome, ROW_WRITTEN);
	assert_int_equal(w->rows[1].outcome, ROW_REFUSED);
	assert_int_equal(w->rows[2].outcome, ROW_PENDING);
	assert_int_equal(w->rows[3].outcome, ROW_PENDING);
	assert_counts(w, 1, 0, 0, 1);
}

static void what_cannot_be_sent_is_pending(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 2);
	server.fails_to_send = true;
	assert_false(write_all(w, 0));
	assert_int_equal(w->error.fault, POSTGRES_LOST);
	assert_int_equal(w->rows[0].outcome, ROW_PENDING);
	server.fails_to_send = false;
	assert_true(write_all(w, 0));
	assert_counts(w, 2, 0, 0, 0);
	w->count = 0;
	assert_true(write_all(w, 0));
	assert_int_equal(server.sent_count, 1);
}

/* --- two at a time ---------------------------------------------------------------------------- */

static void the_next_is_filled_while_the_server_works(void **state)
{
	struct world *w = *state;
	struct row *const *next;

	add_users(w, 1, 2);
	tables_fill(w->tables, w->pointers, 2);
	assert_true(send_all(w, 0));
	add_users(w, 3, 6);
	next = w->pointers + 2;
	tables_fill(w->tables, next, 4);
	assert_true(receive(w));
	assert_int_equal(w->rows[1].outcome, ROW_WRITTEN);
	assert_int_equal(w->rows[2].outcome, ROW_PENDING);
	assert_true(tables_send(w->tables, NULL, next, 4, 0, &w->error));
	assert_true(receive(w));
	assert_int_equal(w->rows[5].outcome, ROW_WRITTEN);
	assert_counts(w, 6, 0, 0, 0);
	assert_string_equal(server.sent[0], "lock; users 1 2");
	assert_string_equal(server.sent[1], "lock; users 3 4 5 6");
}

static void what_was_filled_for_other_rows_is_not_sent(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 4);
	tables_fill(w->tables, w->pointers, 4);
	assert_true(tables_send(w->tables, NULL, w->pointers, 2, 0, &w->error));
	assert_string_equal(server.sent[0], "lock; users 1 2");
	assert_true(receive(w));
	tables_fill(w->tables, w->pointers, 2);
	assert_true(tables_send(w->tables, NULL, w->pointers + 2, 2, 0, &w->error));
	assert_string_equal(server.sent[1], "lock; users 3 4");
	assert_true(receive(w));
}

static void rows_that_are_sent_again_go_as_they_are_now(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(send_all(w, 0));
		assert_true(receive(w));
	}
	w->rows[0].kind = w->rows[1].kind = ROW_FRESH;
	assert_true(send_all(w, 0));
	assert_string_equal(server.sent[2], "lock; fresh users 1 2");
	assert_true(receive(w));
}

static void a_transaction_of_everything_has_room(void **state)
{
	struct world *w = *state;

	add_users(w, 1, 1);
	assert_true(write_all(w, 0)); /* a small one before */
	assert_true(write_all(w, 0));
	w->count = 0;
	for (int scope = SIGHTING_USER; scope <= SIGHTING_GROUP; scope++)
		for (int kind = ROW_UNSURE; kind <= ROW_STORED; kind++)
			add_row(w, (enum sighting_scope)scope, (enum row_kind)kind, 1 + kind);
	for (int64_t i = 0; i < 6; i++)
		add_row(w, SIGHTING_MIGRATION, ROW_UNSURE, -10 - i)->seen.new_id = -20 - i;
	assert_true(write_all(w, TABLES_NOTE | TABLES_RENEW));
	assert_string_equal(server.sent[2],
			    "lock; note; users 1; fresh users 2; stored users 3; groups 1; fresh "
			    "groups 2; stored groups 3; migrate -10 to -20; migrate -11 to -21; "
			    "migrate -12 to -22; migrate -13 to -23; migrate -14 to -24; migrate "
			    "-15 to -25; renew");
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(rows_are_sorted_by_scope_kind_and_id),
		WITH_SERVER(the_lock_comes_first_the_note_second_and_the_renewal_last),
		WITH_SERVER(with_care_rows_of_every_kind_are_looked_up),
		WITH_SERVER(every_statement_is_prepared_and_takes_what_is_sent),
		WITH_SERVER(a_user_goes_out_as_arrays_of_columns),
		WITH_SERVER(a_group_has_a_title_and_a_type),
		WITH_SERVER(a_migration_names_both_ids_and_their_hashes),
		WITH_SERVER(what_was_written_left_out_and_the_same_is_told_apart),
		WITH_SERVER(fresh_and_stored_rows_are_written_as_they_are),
		WITH_SERVER(a_row_that_is_not_as_it_was_known_is_for_the_careful_statement),
		WITH_SERVER(who_lost_a_username_is_told_once),
		WITH_SERVER(a_refused_row_takes_no_other_with_it),
		WITH_SERVER(several_refused_rows_are_found),
		WITH_SERVER(sending_alone_does_not_halve),
		WITH_SERVER(after_a_failure_what_is_not_written_is_pending),
		WITH_SERVER(what_cannot_be_sent_is_pending),
		WITH_SERVER(the_next_is_filled_while_the_server_works),
		WITH_SERVER(what_was_filled_for_other_rows_is_not_sent),
		WITH_SERVER(rows_that_are_sent_again_go_as_they_are_now),
		WITH_SERVER(a_transaction_of_everything_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
