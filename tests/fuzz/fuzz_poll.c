/* fuzz_poll.c - an HTTP server's answer to a poll: Telegram's refusals, a proxy's page, anything.
 * The first byte selects how the request ended, the second the status. */
#include "ingress/intake/poll_answer.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 0, 200, 401, 404, 409, 429, 500, 502 };
	struct http_answer http = { .error = "" };
	struct webhook_info webhook;
	struct poll_answer answer;

	if (size < 2)
		return 0;
	http.result = (enum http_result)(data[0] % (HTTP_FAILED + 1));
	http.status = statuses[data[1] % (sizeof(statuses) / sizeof(*statuses))];
	http.body = (const char *)data + 2;
	http.size = size - 2;
	poll_answer_read(&http, &answer);
	PROMISE(answer.ok || answer.error < POLL_ERROR_COUNT);
	PROMISE(answer.error != POLL_ERROR_TOO_MANY_REQUESTS || answer.retry_after_s > 0);
	poll_answer_webhook(&http, "https://example.org/hook", &webhook);
	PROMISE(memchr(webhook.last_error, '\0', sizeof(webhook.last_error)) != NULL);
	PROMISE(!strpbrk(webhook.last_error, "\033\n\r\t"));
	return 0;
}
