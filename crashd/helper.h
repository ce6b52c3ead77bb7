/* helper.h - has the symbolizer, a separate process (zygote.h), unwind and name one capture at a
 * time; starts it at first use, and again when it has ended. */
#ifndef CRASHD_HELPER_H
#define CRASHD_HELPER_H

#include <stdbool.h>

#include "common/capture.h"
#include "common/loop.h"
#include "crashd/frame.h"

#define HELPER_WALL_MS 5000u /* wall time: waiting for a disk is not CPU time */

struct helper;

/* `frames` borrow from the helper for the call; empty when `fault` ("the symbolizer ended by
 * SIGSEGV", …) is not "". `seconds` is how long it took. */
typedef void helper_done_fn(void *owner, const struct frames *frames, const char *fault,
			    double seconds);

/* `symbols` is the directory of kept programs; borrowed. */
struct helper *helper_create(struct loop *loop, const char *symbols, helper_done_fn *fn,
			     void *owner);
/* Ends what runs. NULL is ignored. */
void helper_destroy(struct helper *helper);
bool helper_is_busy(const struct helper *helper);
/* The walls around the symbolizer, bits of enum wall; -1 before the first answer. */
int helper_walls(const struct helper *helper);
/* Must not be busy. False when no process could be started. The capture is only used during the
 * call; its update does not reach the symbolizer. */
MUST_CHECK bool helper_start(struct helper *helper, const struct capture *capture, struct why *why);

#endif
