/* exit_reason.h - how a process of the pool ended: a reason, a capture kind and a text. */
#ifndef WORKERS_PARENT_EXIT_REASON_H
#define WORKERS_PARENT_EXIT_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/capture.h"
#include "common/message.h"

struct death {
	int status; /* from wait(2) */
	uint32_t max_rss_kib;
	int64_t memory_max;  /* its limit in bytes, 0: none */
	bool hang;           /* aborted because it was past its deadline */
	bool protocol_error; /* killed for sending malformed data */
};

struct exit_reason {
	enum ended_reason reason;
	enum capture_kind kind;
	char how[96]; /* "signal 11 (SEGV)", "exit status 3", … */
};

void exit_reason_write(const struct death *death, struct exit_reason *out);
/* The label of korone_worker_crashes_total: "SEGV", "KILL", "exit", … */
extern const char *const exit_reason_signals[];
const char *exit_reason_signal(const struct death *death);

#endif
