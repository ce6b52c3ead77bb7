/* fake_recent.h - the counts of ctx_count_recent() of fake_storage.c: a list. */
#ifndef TESTS_MODULES_FAKE_RECENT_H
#define TESTS_MODULES_FAKE_RECENT_H

#include "workers/storage/storage.h"

struct fake_recent {
	struct recent_row *rows;
	size_t count;
};

void fake_recent_finish(struct fake_recent *recent);
int64_t fake_recent_count(struct fake_recent *recent, const struct mark *mark,
			  const struct brief_key *key, int64_t now_s, int64_t window_s);

#endif
