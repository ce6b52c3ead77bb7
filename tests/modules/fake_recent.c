/* fake_recent.c - see fake_recent.h. Nothing is forgotten: no conversation has COUNT_RECENT_MAX. */
#include "tests/modules/fake_recent.h"

#include "common/xalloc.h"

struct recent_row {
	struct mark mark;
	struct holder holder;
	char *module, *name;
	int64_t at_s, number;
};

void fake_recent_finish(struct fake_recent *recent)
{
	for (size_t i = 0; i < recent->count; i++) {
		free(recent->rows[i].module);
		free(recent->rows[i].name);
	}
	free(recent->rows);
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
