/* token_check.h - decides whether Telegram refuses the bot's token permanently.
 *
 * One 401 or 404 proves little: Telegram occasionally returns them for a valid token, and for a
 * while after a /revoke some of its servers know a token that others do not
 * (tdlib/telegram-bot-api#77); 404 may also mean an unknown method. So the first refusal of any
 * call opens a check: no other call is started, and getMe is called, at once and then with growing
 * pauses.
 *
 *     CLOSED --a call is refused--> OPEN --getMe is answered--> CLOSED
 *                                    +---getMe is refused after each of the pauses--> refused
 * permanently
 *
 * From then on only refusals of getMe count, each after the full pause before it, so a check takes
 * at least a minute. What proves nothing (no answer, 429, 5xx, a proxy's page) neither counts nor
 * closes the check: getMe is retried with the usual backoff for such failures. */
#ifndef COMMON_TOKEN_CHECK_H
#define COMMON_TOKEN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

/* A zeroed one is closed. */
struct token_check {
	unsigned refusals; /* in this check: of the call that opened it, and of getMe; 0: closed */
};

/* Telegram refused a call or, in an open check, getMe: call getMe in `*pause_ms`. Do not report
 * other calls that were in progress when the check was opened. False: the token is refused
 * permanently. */
MUST_CHECK bool token_check_refused(struct token_check *check, uint64_t *pause_ms);
/* getMe was answered. */
void token_check_close(struct token_check *check);
bool token_check_is_open(const struct token_check *check);
/* In an open check, a human-readable text: what is wrong, and until when (`now_s` is UTC) it is
 * being checked. */
void token_check_describe(const struct token_check *check, int64_t now_s, char *out, size_t size);

#endif
