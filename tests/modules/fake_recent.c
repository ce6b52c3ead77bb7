/* fake_recent.c - see fake_recent.h. Nothing is forgotten: no conversation has COUNT_RECENT_MAX. */
#include "tests/modules/fake_recent.h"

#include "common/xalloc.h"

struct recent_row {
	struct mark mark;
	struct holder holder;
	char *module, *name;
	int64_t at_s, number;
};

struct noted_row {
	struct holder holder;
	char *name;
	int64_t number;
	int64_t until_s; /* of the set; each addition prolongs it */
};

void fake_recent_finish(struct fake_recent *recent)
{
	for (size_t i = 0; i < recent->count; i++) {
		free(recent->rows[i].module);
		free(recent->rows[i].name);
	}
	free(recent->rows);
	for (size_t i = 0; i < recent->noted_count; i++)
		free(recent->noted[i].name);
	free(recent->noted);
}

static bool is_of_key(const struct recent_row *row, const struct brief_key *key)
{
	return row->holder.scope == key->holder.scope && row->holder.id == key->holder.id &&
	       row->holder.person == key->holder.person && strcmp(row->module, key->module) == 0 &&
	       strcmp(row->name, key->name) == 0;
}

static bool is_of_mark(const struct recent_row *row, const struct mark *mark)
{
	return row->mark.update_id == mark->update_id && row->mark.stage == mark->stage &&
	       row->mark.nth == mark->nth;
}

int64_t fake_recent_count(struct fake_recent *recent, const struct mark *mark,
			  const struct brief_key *key, int64_t now_s, int64_t window_s)
{
	int64_t number = 1;

	for (size_t i = 0; i < recent->count; i++) {
		const struct recent_row *row = &recent->rows[i];

		if (!is_of_key(row, key))
			continue;
		if (is_of_mark(row, mark))
			return row->number;
		number += llabs((long long)(row->at_s - now_s)) < window_s;
	}
	recent->rows = xreallocarray(recent->rows, recent->count + 1, sizeof(*recent->rows));
	recent->rows[recent->count++] = (struct recent_row) {
		.mark = *mark,
		.holder = key->holder,
		.module = xstrdup(key->module),
		.name = xstrdup(key->name),
		.at_s = now_s,
		.number = number,
	};
	return number;
}

/* --- sets of numbers -------------------------------------------------------------------------- */

static bool is_in_set(const struct noted_row *row, const struct brief_key *key)
{
	return row->holder.id == key->holder.id && strcmp(row->name, key->name) == 0;
}

void fake_recent_add_number(struct fake_recent *recent, const struct brief_key *key, int64_t number,
			    int64_t until_s)
{
	bool there = false;

	for (size_t i = 0; i < recent->noted_count; i++) {
		struct noted_row *row = &recent->noted[i];

		if (!is_in_set(row, key))
			continue;
		row->until_s = until_s;
		there = there || row->number == number;
	}
	if (there)
		return;
	recent->noted = xreallocarray(recent->noted, recent->noted_count + 1,
				      sizeof(*recent->noted));
	recent->noted[recent->noted_count++] = (struct noted_row) {
		.holder = key->holder,
		.name = xstrdup(key->name),
		.number = number,
		.until_s = until_s,
	};
}

void fake_recent_numbers(const struct fake_recent *recent, const struct brief_key *keys,
			 size_t count, int64_t now_s, struct buffer *out)
{
	for (size_t i = 0; i < recent->noted_count; i++)
		for (size_t j = 0; j < count; j++)
			if (is_in_set(&recent->noted[i], &keys[j]) &&
			    recent->noted[i].until_s > now_s)
				buffer_append(out, &recent->noted[i].number,
					      sizeof(recent->noted[i].number));
}
