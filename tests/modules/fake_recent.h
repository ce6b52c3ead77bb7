/* fake_recent.h - the counts of ctx_count_recent() of fake_storage.c: a list. */
#ifndef TESTS_MODULES_FAKE_RECENT_H
#define TESTS_MODULES_FAKE_RECENT_H

#include "workers/storage/storage.h"

struct fake_recent {
	struct recent_row *rows;
	size_t count;
	struct noted_row *noted;
	size_t noted_count;
};

void fake_recent_finish(struct fake_recent *recent);
int64_t fake_recent_count(struct fake_recent *recent, const struct mark *mark,
			  const struct brief_key *key, int64_t now_s, int64_t window_s);
/* The sets of numbers of ctx_note_message(). */
void fake_recent_add_number(struct fake_recent *recent, const struct brief_key *key, int64_t number,
			    int64_t until_s);
void fake_recent_numbers(const struct fake_recent *recent, const struct brief_key *keys,
			 size_t count, int64_t now_s, struct buffer *out);

#endif
