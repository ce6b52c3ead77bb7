/* telegram.h - stands in for Telegram: answers the calls whose results are awaited, as the
 * conversation tells it to. */
#ifndef TESTS_MODULES_TELEGRAM_H
#define TESTS_MODULES_TELEGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/why.h"
#include "workers/wire/call.h"

/* "telegram banChatMember of bob: refuses …" */
struct told_answer {
	const char *method;
	int64_t user_id, chat_id; /* only about this person, in this chat; 0: any */
	const char *answer;
	bool used;
};

struct conversation;

/* Answers are used in the order in which they were told, and the last one of a method stays.
 * Telling one drops those that were used. */
void telegram_tell(struct conversation *conversation, const struct told_answer *answer);
/* At the end: an answer that no call asked for is a fault, such as one about another person. */
void telegram_finish(struct conversation *conversation);
/* The answer to a call; it shows itself in the transcript unless the host asked. */
void telegram_call(struct conversation *conversation, const struct call *call, struct arena *arena,
		   struct call_result *out);

/* What "{…}", "refuses TEXT", "refuses 403 TEXT" and "fails" mean. */
struct call_result telegram_result(const char *answer);

#endif
