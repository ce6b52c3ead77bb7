/* examine.h - turns captures into reports, one after the other: helper, report, store. Once the
 * report is on disk the stack no longer is. */
#ifndef CRASHD_EXAMINE_H
#define CRASHD_EXAMINE_H

#include <stdbool.h>

#include "common/loop.h"
#include "crashd/dedup.h"
#include "crashd/incidents.h"
#include "crashd/scrub.h"
#include "crashd/store.h"

struct examiner;

/* A report was made. */
typedef void examiner_made_fn(void *owner);

struct examiner_options {
	struct loop *loop;
	const char *symbols; /* the directory of kept programs */
	struct store *store;
	struct dedup *delivered;
	struct incidents *incidents;
	struct scrubber *scrubber;
	/* False when there is no destination: reports are logged and dropped. */
	bool keeps_reports;
	examiner_made_fn *fn;
	void *owner;
};

/* What the options point to is borrowed for its life. */
struct examiner *examiner_create(const struct examiner_options *options);
void examiner_destroy(struct examiner *examiner);
/* The walls around the symbolizer, bits of enum wall; -1 before it has done anything. */
int examiner_walls(const struct examiner *examiner);
/* Starts on the next capture unless one is being examined. */
void examiner_pump(struct examiner *examiner);

#endif
