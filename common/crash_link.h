/* crash_link.h - sends captures to crashd and keeps each until crashd confirms that it is stored.
 *
 * While crashd is away up to 64 MiB are kept in memory; beyond that the oldest is dropped and
 * counted. */
#ifndef COMMON_CRASH_LINK_H
#define COMMON_CRASH_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "common/capture.h"
#include "common/loop.h"
#include "common/settings.h"
#include "common/zlink.h"

struct crash_link;

/* Connects to the crashes endpoint and sends the capture files that earlier runs left in
 * KORONE_STATE_DIR/PROCESS (see capture_install_file()); each is deleted once it is stored. */
struct crash_link *crash_link_create(struct zcontext *context, struct loop *loop,
				     const struct settings *settings, const char *process,
				     struct why *why);
/* Looks for capture files again: after another process that leaves its own there has ended. */
void crash_link_take_files(struct crash_link *link);
/* Unconfirmed captures are written to files (0600) in KORONE_STATE_DIR/PROCESS for the next start,
 * if that comes within 24 hours. NULL is allowed. */
void crash_link_destroy(struct crash_link *link);
void crash_link_report(struct crash_link *link, const struct capture *capture);
size_t crash_link_pending(const struct crash_link *link);

#endif
