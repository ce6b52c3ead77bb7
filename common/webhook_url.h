/* webhook_url.h - KORONE_WEBHOOK_URL: what is announced to Telegram and compared with its requests.
 */
#ifndef COMMON_WEBHOOK_URL_H
#define COMMON_WEBHOOK_URL_H

#include <stdbool.h>

#include "common/why.h"

/* Whether Telegram calls this URL exactly as written. `is_public`: the caller is Telegram's own
 * server, which accepts only https and four ports (Bot API, setWebhook). The reason does not
 * include the URL, whose path may be meant as a secret. */
MUST_CHECK bool webhook_url_check(const char *url, bool is_public, struct why *why);

/* What Telegram puts into the request line: path and query exactly as written in the URL (TDLib,
 * HttpUrl.cpp). The caller frees it. */
char *webhook_url_target(const char *url);

/* For an operator, in words and without the targets themselves: how a request's target differs from
 * the announced one. */
const char *webhook_target_difference(const char *announced, const char *given);

#endif
