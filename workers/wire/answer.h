/* answer.h - reads Telegram's answer to a call: a typed outcome from one table, and the result. */
#ifndef WORKERS_WIRE_ANSWER_H
#define WORKERS_WIRE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "workers/wire/call.h"

/* OUTCOME(id, label, expected): expected ones are normal for a bot: counted, not logged. */
#define OUTCOMES(OUTCOME)                            \
	OUTCOME(OK, "ok", true)                      \
	OUTCOME(MIGRATED, "migrated", true)          \
	OUTCOME(BLOCKED, "blocked", true)            \
	OUTCOME(KICKED, "kicked", true)              \
	OUTCOME(NO_RIGHTS, "no_rights", true)        \
	OUTCOME(GONE, "gone", true)                  \
	OUTCOME(NOT_MODIFIED, "not_modified", true)  \
	OUTCOME(TOO_OLD, "too_old", true)            \
	OUTCOME(TOO_MANY, "too_many", true)          \
	OUTCOME(UNAUTHORIZED, "unauthorized", false) \
	OUTCOME(REFUSED, "refused", false)           \
	OUTCOME(SERVER_ERROR, "server_error", false) \
	OUTCOME(NETWORK, "network", false)

enum call_outcome {
#define OUTCOME_ENUM(id, label, expected) OUTCOME_##id,
	OUTCOMES(OUTCOME_ENUM)
#undef OUTCOME_ENUM
		OUTCOME_COUNT
};

extern const char *const outcome_names[OUTCOME_COUNT + 1];
bool outcome_is_expected(enum call_outcome outcome);

/* `http_status` 0: there was no answer. Texts of *out borrow from `body` or come from the arena. */
enum call_outcome answer_read(int http_status, const char *body, size_t size, bool want_result,
			      struct arena *arena, struct call_result *out);

/* What a result says, wherever it was kept: OUTCOME_NETWORK for none. */
enum call_outcome answer_outcome_of(const struct call_result *result);

/* Telegram's description for the log: without secrets, and with what it quotes of a message left
 * out. */
void answer_clean_description(struct text description, char *out, size_t size);

/* Telegram answered 401 or 404, which may be about the token: not a proxy's page, and not "method
 * not found", which it answers only to a known token (telegram-bot-api, Client::on_cmd). */
bool answer_refuses_token(const struct call_result *result);

#endif
