/* fake_facts.h - the facts of fake_storage.c: a list. */
#ifndef TESTS_MODULES_FAKE_FACTS_H
#define TESTS_MODULES_FAKE_FACTS_H

#include "common/json.h"
#include "workers/storage/storage.h"

struct fake_facts {
	struct fact_row *rows;
	size_t count;
};

void fake_facts_finish(struct fake_facts *facts);

struct fact_state fake_facts_find(const struct fake_facts *facts, const struct fact_key *key,
				  int64_t now_s);
void fake_facts_write(struct fake_facts *facts, const struct fact_key *key,
		      const struct fact_write *write, const struct fact *before, bool has_objected);
void fake_facts_list(const struct fake_facts *facts, const struct fact_key *key, int64_t now_s,
		     struct buffer *out);
/* All at once: no conversation has PRESENCE_PART of them. */
void fake_facts_ids(const struct fake_facts *facts, struct buffer *out);
void fake_facts_move(struct fake_facts *facts, int64_t from, int64_t to);
void fake_facts_forget(struct fake_facts *facts, struct holder holder);
/* What export_user() has about a person; `title` tells a group's, or NULL. */
void fake_facts_export(const struct fake_facts *facts, int64_t person,
		       const char *(*title)(void *owner, int64_t group), void *owner,
		       struct json *json);

#endif
