/* token_check.h - whether Telegram refuses the bot's token for good.
 *
 * One 401 or 404 proves little: Telegram gives them now and then for a token that is good, and for
 * a while after a /revoke some of its servers know a token that others do not
 * (tdlib/telegram-bot-api#77); 404 may also be an unknown method. So the first refusal of any call
 * opens a check: no other call is begun, and getMe is asked, at once and then with growing pauses.
 *
 *     CLOSED --a call is refused--> OPEN --getMe is answered--> CLOSED
 *                                    +---getMe is refused after each of the pauses--> for good
 *
 * Only refusals of getMe count on, each after the whole pause before it: those of one check span a
 * minute at least. What proves nothing (no answer, 429, 5xx, a proxy's page) neither counts nor
 * closes the check: getMe is asked again, in the rhythm of such failures. */
#ifndef COMMON_TOKEN_CHECK_H
#define COMMON_TOKEN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

/* Zeroed is closed. */
struct token_check {
	unsigned refusals; /* in this check: of the call that opened it, and of getMe; 0: closed */
};

/* Telegram refused a call, or in an open check getMe: ask getMe in `*pause_ms`. Other calls that
 * were under way when the check was opened are not told of. False: it is refused for good. */
MUST_CHECK bool token_check_refused(struct token_check *check, uint64_t *pause_ms);
/* getMe was answered. */
void token_check_close(struct token_check *check);
bool token_check_is_open(const struct token_check *check);
/* For people, in an open check: what is wrong, and at `now_s` (UTC) until when it is asked. */
void token_check_describe(const struct token_check *check, int64_t now_s, char *out, size_t size);

#endif
