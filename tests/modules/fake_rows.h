/* fake_rows.h - what fake_storage.c and its parts keep, and the marks of what was written. */
#ifndef TESTS_MODULES_FAKE_ROWS_H
#define TESTS_MODULES_FAKE_ROWS_H

#include "tests/modules/fake_facts.h"
#include "tests/modules/fake_jobs.h"
#include "tests/modules/fake_recent.h"
#include "workers/storage/storage.h"

/* What stands before the key in marks of short-lived values. */
#define BRIEF_MARK "korone/brief/"

struct setting_row {
	struct holder holder;
	char *module, *key, *value;
};

struct brief_row {
	struct holder holder;
	char *module, *name, *value; /* value NULL: removed */
	struct mark claim;           /* whose it is, if it is one */
	int64_t until_s;
};

/* A write that an update has made, and what was there before it. */
struct mark_row {
	struct mark mark;
	struct holder holder;
	char *module, *key, *before; /* before NULL: nothing */
};

/* What another host answered. */
struct fetched_row {
	struct text asked, answer; /* of the heap */
	int64_t until_s;
};

/* Of a group the first name is the title. */
struct person_row {
	struct recorded_person fields;
	bool forgotten;
};

struct fake_storage {
	struct setting_row *settings;
	struct brief_row *briefs;
	struct person_row *people;
	struct mark_row *marks;
	struct fetched_row *fetched;
	struct fake_facts facts;
	struct fake_recent recent;
	struct fake_jobs jobs;
	size_t settings_count, briefs_count, people_count, marks_count, fetched_count;
	int64_t now_s;
	unsigned trips;
};

/* With its end. */
void fake_append_text(struct buffer *out, const char *text);
bool fake_is_turn(const struct mark *a, const struct mark *b);
bool fake_is_same(struct holder a, struct holder b);
bool fake_is_entry(const struct setting_row *row);
void fake_free_setting(struct setting_row *row);
void fake_drop_setting(struct fake_storage *memory, size_t index);
const struct mark_row *fake_find_mark(const struct fake_storage *memory, const struct mark *mark,
				      struct holder holder, const char *module, const char *key);
/* False when the write was made before. */
bool fake_take_mark(struct fake_storage *memory, const struct mark *mark, struct holder holder,
		    const char *module, const char *key, const char *before);
bool fake_marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why);

#endif
