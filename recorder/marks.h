/* marks.h - removes what workers have written for a while only, so that none has to look after it:
 * the marks of their writes (the table marks) once they are a day old, and facts that have ended.
 */
#ifndef RECORDER_MARKS_H
#define RECORDER_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database/postgres.h"

#define MARKS_SWEEP_MS (10 * 60 * 1000) /* from one time to the next */
#define MARKS_SWEEP_ROWS 5000           /* at most at once; with more, again in a second */

/* Does so when it is due; *due_ms (boot clock) starts at 0. */
MUST_CHECK bool marks_sweep(struct postgres *postgres, uint64_t *due_ms,
			    struct postgres_error *error);

#endif
