/* capture_handler.h - between capture.c, which fills a slot, and capture_file.c, whose function the
 * handler calls to write it to a file. */
#ifndef COMMON_CAPTURE_HANDLER_H
#define COMMON_CAPTURE_HANDLER_H

#include "common/capture.h"

/* Called by the fatal-signal handler once the slot is complete: async-signal-safe only. */
typedef void capture_done_fn(const struct capture_slot *slot);

void capture_install_with(struct capture_slot *slot, capture_done_fn *done);

#endif
