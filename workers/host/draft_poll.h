/* draft_poll.h - the poll of a draft (Bot API, sendPoll). */
#ifndef WORKERS_HOST_DRAFT_POLL_H
#define WORKERS_HOST_DRAFT_POLL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/json.h"
#include "workers/host/markup.h"

#define POLL_OPTIONS_MAX 12
#define POLL_QUESTION_UNITS 300
#define POLL_OPTION_UNITS 100

struct draft_poll {
	bool has_question;
	struct markup question;
	struct markup options[POLL_OPTIONS_MAX];
	size_t count; /* of options, also of those over the limit */
};

/* Ends its texts. NULL, or what is wrong. */
const char *draft_poll_fault(struct draft_poll *poll, struct arena *arena);
/* "question", "options" and their entities. */
void draft_poll_write(const struct draft_poll *poll, struct json *json);

#endif
