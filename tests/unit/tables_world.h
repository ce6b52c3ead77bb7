/* tables_world.h - the recorder's tables at a server of the test's own: it knows ids that it
 * refuses, of people who objected, and of rows that are as they are. It takes the place of the real
 * one because the linker finds it first. */
#ifndef TESTS_UNIT_TABLES_WORLD_H
#define TESTS_UNIT_TABLES_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/database/state.h"
#include "common/xalloc.h"
#include "recorder/tables.h"

#define IDS_MAX 16
#define TRANSACTIONS_MAX 64
#define STATEMENTS_MAX 16

/* --- the server ------------------------------------------------------------------------------- */

const char state_renew_sql[] = "renew";
const char state_note_sql[] = "note";

struct ids {
	int64_t list[IDS_MAX];
	size_t count;
};

struct postgres_result {
	size_t affected;
	char fields[3][256];
	bool has[3];
};

static struct {
	struct ids refused, objected, unchanged;
	const char *released; /* by each statement that tells */
	size_t fails_at;      /* this transaction, from 1, is lost */
	bool fails_to_send;
	const struct postgres_step *under_way;
	char sent[TRANSACTIONS_MAX][512]; /* transactions, as "lock; users 1 2; …" */
	size_t sent_count;
	char names[STATEMENTS_MAX][32]; /* that were prepared */
	char *sql[STATEMENTS_MAX];
	size_t names_count;
	size_t results; /* that are not freed */
} server;

static bool is_in(const struct ids *ids, int64_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->list[i] == id)
			return true;
	return false;
}

static uint64_t number_at(const char *data, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | (uint8_t)data[i];
	return number;
}

/* The first parameter of all but migrations: bigint[]. */
static size_t ids_of(const struct postgres_step *step, int64_t *out)
{
	const char *data = step->values[0].data;
	size_t count = (size_t)number_at(data + 12, 4);

	assert_true(step->values[0].binary);
	assert_int_equal(step->values[0].size, 20 + 12 * count);
	for (size_t i = 0; i < count; i++)
		out[i] = (int64_t)number_at(data + 20 + 12 * i + 4, 8);
	return count;
}

static bool has_rows(const struct postgres_step *step)
{
	return step->name && (strstr(step->name, "users") || strstr(step->name, "groups"));
}

static void describe(const struct postgres_step *step, char *out, size_t size)
{
	int64_t ids[IDS_MAX];
	size_t used = strlen(out);

	used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "; " : "",
				 step->name ? step->name : step->sql);
	if (step->name && !strcmp(step->name, "migrate"))
		snprintf(out + used, size - used, " %s to %s", step->values[0].data,
			 step->values[1].data);
	if (!has_rows(step))
		return;
	for (size_t i = 0, count = ids_of(step, ids); i < count; i++)
		used += (size_t)snprintf(out + used, size - used, " %lld", (long long)ids[i]);
}

bool postgres_prepare(struct postgres *postgres, const char *name, const char *sql,
		      struct postgres_error *error)
{
	(void)postgres;
	(void)error;
	assert_true(server.names_count < STATEMENTS_MAX);
	snprintf(server.names[server.names_count], sizeof(server.names[0]), "%s", name);
	server.sql[server.names_count++] = xstrdup(sql);
	return true;
}

bool postgres_transaction_send(struct postgres *postgres, const struct postgres_step *steps,
			       size_t count, struct postgres_error *error)
{
	char *text = server.sent[server.sent_count];

	(void)postgres;
	assert_null(server.under_way);
	if (server.fails_to_send) {
		*error = (struct postgres_error) { .fault = POSTGRES_LOST };
		return false;
	}
	assert_true(server.sent_count < TRANSACTIONS_MAX);
	server.sent_count++;
	for (size_t i = 0; i < count; i++)
		describe(&steps[i], text, sizeof(server.sent[0]));
	server.under_way = steps;
	return true;
}

static void say(struct postgres_result *result, size_t field, const char *text)
{
	result->has[field] = true;
	snprintf(result->fields[field], sizeof(result->fields[field]), "%s", text);
}

static struct postgres_result *result_of(const struct postgres_step *step)
{
	struct postgres_result *result = xcalloc(1, sizeof(*result));
	char objected[256] = "", written[16];
	int64_t ids[IDS_MAX];
	size_t count = ids_of(step, ids), used = 0, left_out = 0;

	for (size_t i = count; i-- > 0;) { /* in another order than that of the rows */
		left_out += is_in(&server.objected, ids[i]) || is_in(&server.unchanged, ids[i]);
		if (is_in(&server.objected, ids[i]))
			used += (size_t)snprintf(objected + used, sizeof(objected) - used, "%s%lld",
						 used ? " " : "", (long long)ids[i]);
	}
	result->affected = count - left_out;
	if (strstr(step->name, "fresh"))
		return result;
	snprintf(written, sizeof(written), "%zu", count - left_out);
	say(result, 0, written);
	if (used && !strstr(step->name, "stored"))
		say(result, 1, objected);
	if (server.released)
		say(result, 2, server.released);
	return result;
}

static bool refuses(const struct postgres_step *step)
{
	int64_t ids[IDS_MAX];

	if (step->name && !strcmp(step->name, "migrate"))
		return is_in(&server.refused, strtoll(step->values[0].data, NULL, 10));
	for (size_t i = 0, count = has_rows(step) ? ids_of(step, ids) : 0; i < count; i++)
		if (is_in(&server.refused, ids[i]))
			return true;
	return false;
}

bool postgres_transaction_receive(struct postgres *postgres, struct postgres_step *steps,
				  size_t count, struct postgres_error *error)
{
	(void)postgres;
	assert_ptr_equal(steps, server.under_way);
	server.under_way = NULL;
	*error = (struct postgres_error) { .fault = POSTGRES_LOST };
	for (size_t i = 0; i < count; i++)
		steps[i].result = NULL;
	if (server.sent_count == server.fails_at)
		return false;
	for (size_t i = 0; i < count; i++)
		if (refuses(&steps[i])) {
			*error = (struct postgres_error) { .fault = POSTGRES_DATA };
			return false;
		}
	for (size_t i = 0; i < count; i++)
		if (has_rows(&steps[i])) {
			steps[i].result = result_of(&steps[i]);
			server.results++;
		}
	return true;
}

const char *postgres_field(const struct postgres_result *result, int row, int column)
{
	assert_int_equal(row, 0);
	return result->has[column] ? result->fields[column] : NULL;
}

size_t postgres_affected(const struct postgres_result *result)
{
	return result->affected;
}

void postgres_result_free(struct postgres_result *result)
{
	server.results -= result != NULL;
	free(result);
}

/* --- the world -------------------------------------------------------------------------------- */

struct world {
	struct tables *tables;
	struct row rows[IDS_MAX];
	struct row *pointers[IDS_MAX];
	size_t count;
	struct batch_counts counts;
	struct postgres_error error;
};

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	memset(&server, 0, sizeof(server));
	w->tables = tables_create();
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	assert_int_equal(server.results, 0);
	for (size_t i = 0; i < server.names_count; i++)
		free(server.sql[i]);
	tables_destroy(w->tables);
	free(w);
	return 0;
}

static struct row *add_row(struct world *w, enum sighting_scope scope, enum row_kind kind,
			   int64_t id)
{
	struct row *row = &w->rows[w->count];

	*row = (struct row) { .seen = { .scope = scope, .id = id }, .kind = kind };
	w->pointers[w->count++] = row;
	return row;
}

static void add_users(struct world *w, int64_t first, int64_t last)
{
	for (int64_t id = first; id <= last; id++)
		add_row(w, SIGHTING_USER, ROW_UNSURE, id);
}

static void add_id(struct ids *ids, int64_t id)
{
	ids->list[ids->count++] = id;
}

static bool write_all(struct world *w, enum tables_mode mode)
{
	return tables_write(w->tables, NULL, w->pointers, w->count, mode, &w->counts, &w->error);
}

static bool send_all(struct world *w, enum tables_mode mode)
{
	return tables_send(w->tables, NULL, w->pointers, w->count, mode, &w->error);
}

static bool receive(struct world *w)
{
	return tables_receive(w->tables, NULL, &w->counts, &w->error);
}

static void assert_counts(const struct world *w, size_t written, size_t unchanged, size_t opted_out,
			  size_t refused)
{
	assert_int_equal(w->counts.written, written);
	assert_int_equal(w->counts.unchanged, unchanged);
	assert_int_equal(w->counts.opted_out, opted_out);
	assert_int_equal(w->counts.refused, refused);
}

#endif
