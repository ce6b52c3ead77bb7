/* statements.c - fills in the templates of recorder/statements. In them {table} is the name of the
 * table, {columns} its columns of texts, {s.columns} the same of `s`; {rows} are the rows that
 * came, as `s`. What is stored is `k`, what is written `t`. */
#include "recorder/statements.h"

#include <string.h>

#include "common/pack.h"
#include "statements.inc"

static void fill_in(struct buffer *out, const char *template, const struct statement_table *table,
		    bool careful);

/* In a SELECT's list the arrays go through together, where FROM unnest() would first make a table
 * of each: that took twice the time. */
static void add_rows(struct buffer *out, const struct statement_table *table)
{
	size_t number = 1;

	buffer_printf(out, "(SELECT unnest($%zu::bigint[]) AS id", number++);
	for (size_t i = 0; table->texts[i]; i++)
		buffer_printf(out, ", unnest($%zu::text[]) AS %s", number++, table->texts[i]);
	buffer_printf(out, ", unnest($%zu::timestamptz[]) AS registered_at", number++);
	buffer_printf(out, ", unnest($%zu::bytea[]) AS hash) s", number);
}

/* "s.username, s.first_name, …" for the word "s.columns". */
static void add_columns(struct buffer *out, const struct statement_table *table, struct text word)
{
	int prefix = (int)(word.length - strlen("columns"));

	for (size_t i = 0; table->texts[i]; i++)
		buffer_printf(out, "%s%.*s%s", i ? ", " : "", prefix, word.data, table->texts[i]);
}

static void add_word(struct buffer *out, struct text word, const struct statement_table *table,
		     bool careful)
{
	if (text_is(word, "table")) {
		buffer_append_text(out, table->name);
	} else if (text_is(word, "rows")) {
		add_rows(out, table);
	} else if (text_is(word, "claim")) {
		fill_in(out, claim_sql, table, careful);
	} else if (text_is(word, "differs")) {
		fill_in(out, differs_sql, table, careful);
	} else if (text_is(word, "conflict")) {
		if (careful) {
			buffer_append_text(out, " ");
			fill_in(out, conflict_sql, table, careful);
		}
	} else {
		add_columns(out, table, word);
	}
}

static void fill_in(struct buffer *out, const char *template, const struct statement_table *table,
		    bool careful)
{
	const char *brace;

	while ((brace = strchr(template, '{'))) {
		struct text word = { brace + 1, strcspn(brace + 1, "}") };

		buffer_append(out, template, (size_t)(brace - template));
		add_word(out, word, table, careful);
		template = word.data + word.length + 1;
	}
	buffer_append_text(out, template);
}

void statement_unsure(struct buffer *out, const struct statement_table *table, bool careful)
{
	fill_in(out, unsure_sql, table, careful);
}

void statement_fresh(struct buffer *out, const struct statement_table *table)
{
	fill_in(out, fresh_sql, table, false);
}

void statement_stored(struct buffer *out, const struct statement_table *table)
{
	fill_in(out, stored_sql, table, false);
}
