/* scoreboard.h - the memory that a parent shares with one child, its sender or its fetcher: a memfd
 * with the crash slot, the claims by which items are taken back, and the calls that a sender has
 * begun.
 *
 * The other side may overwrite all of it: the parent's own records decide, and what is read here
 * can at most cost that child its own items. */
#ifndef WORKERS_WIRE_SCOREBOARD_H
#define WORKERS_WIRE_SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/capture.h"
#include "common/why.h"

/* More than twice CHILD_BATCH_MAX: items that were taken back may still be on their way to the
 * child. */
#define SCOREBOARD_CLAIMS 64u
/* Over twice the maximum of KORONE_SEND_INFLIGHT: the place of a finished call stays taken until
 * the parent has been told (sender.c). */
#define SCOREBOARD_CALLS_MAX 20480u

enum claim_state { CLAIM_NONE, CLAIM_OFFERED, CLAIM_BEGUN, CLAIM_TAKEN_BACK };

struct scoreboard {
	struct capture_slot slot;
	_Atomic uint64_t
		turned_ms; /* sender, fetcher: start of the last loop turn, CLOCK_BOOTTIME */
	/* parent: when ingress last answered a beat of the session, CLOCK_BOOTTIME; 0: no session
	 */
	_Atomic uint64_t answered_ms;
	_Atomic uint64_t claims[SCOREBOARD_CLAIMS];   /* ordinal * 4 + enum claim_state */
	_Atomic uint64_t calls[SCOREBOARD_CALLS_MAX]; /* sender: ids of calls in flight, 0: free */
};

/* A new memfd, close-on-exec; -1 and a reason on failure. */
int scoreboard_create(struct why *why);
struct scoreboard *scoreboard_map(int fd, struct why *why);
void scoreboard_unmap(struct scoreboard *scoreboard);

/* Parent: before the item is sent. */
void claim_offer(struct scoreboard *scoreboard, uint32_t ordinal);
/* Parent: true when the child has not begun the item and now never will. */
bool claim_take_back(struct scoreboard *scoreboard, uint32_t ordinal);
/* Child: true when it may begin the item; false when that was taken back. */
bool claim_begin(struct scoreboard *scoreboard, uint32_t ordinal);
/* NONE when the entry belongs to another item. */
enum claim_state claim_state(const struct scoreboard *scoreboard, uint32_t ordinal);

#endif
