/* helper.h - unwinds and names one capture in a process of its own, forked for it, with limits on
 * time and memory: what a broken capture or ELF file does to libdw happens there. */
#ifndef CRASHD_HELPER_H
#define CRASHD_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/capture.h"
#include "common/loop.h"
#include "crashd/frame.h"
#include "crashd/symbols.h"

#define HELPER_CPU_S 2
#define HELPER_MEMORY (512u << 20)
#define HELPER_WALL_MS 5000u /* waiting for a disk is not CPU time */

struct helper;

/* `frames` borrow from the helper for the call; empty when `fault` ("the symbolizer ended by
 * SIGSEGV", …) is not "". `seconds` is how long it took. */
typedef void helper_done_fn(void *owner, const struct frames *frames, const char *fault,
			    double seconds);

struct helper *helper_create(struct loop *loop, const struct symbols *symbols, helper_done_fn *fn,
			     void *owner);
/* Ends the one that runs. */
void helper_destroy(struct helper *helper);
bool helper_is_busy(const struct helper *helper);
/* Only when it is not busy. False when no process could be made. The capture is not needed after
 * the call. */
MUST_CHECK bool helper_start(struct helper *helper, const struct capture *capture, struct why *why);

/* What the helper does, in this process: appends the encoded frames. For tests. */
void helper_trace(const struct symbols *symbols, const struct capture *capture, struct buffer *out);

#endif
