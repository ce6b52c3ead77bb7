/* fake_people.h - the people and groups of fake_storage.c: who is recorded, their export and their
 * erasure, and lists of ids. The functions with an `owner` are those of struct storage. */
#ifndef TESTS_MODULES_FAKE_PEOPLE_H
#define TESTS_MODULES_FAKE_PEOPLE_H

#include "tests/modules/fake_rows.h"

struct person_row *fake_find_row(struct fake_storage *memory, int64_t id);
struct person_row *fake_require_row(struct fake_storage *memory, int64_t id);
bool fake_find_person(void *owner, const char *username, int64_t id, struct arena *arena,
		      const struct recorded_person **out, struct why *why);
const char *fake_title_of(void *owner, int64_t group);
bool fake_export(void *owner, struct holder holder, struct buffer *out, struct why *why);
bool fake_has_objected(void *owner, struct holder holder, bool *out, struct why *why);
bool fake_forget(void *owner, struct holder holder, struct why *why);
bool fake_remember(void *owner, const struct mark *mark, struct holder holder, struct why *why);
bool fake_count(void *owner, struct recorded_counts *out, struct why *why);
bool fake_ids(void *owner, const struct ids_query *query, int64_t after, int64_t *out, size_t max,
	      size_t *count, struct why *why);
bool fake_count_ids(void *owner, const struct ids_query *query, int64_t *out, struct why *why);

#endif
