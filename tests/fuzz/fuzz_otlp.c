/* fuzz_otlp.c - what answers a report: an OTLP server, a proxy, anything. The first byte selects
 * the status. */
#include <string.h>

#include "common/http.h"
#include "common/utf8.h"
#include "crashd/destination.h"
#include "crashd/otlp.h"
#include "tests/fuzz/fuzz.h"

/* It is cut between characters. */
static void check_message(const char message[200])
{
	size_t at = 0;

	PROMISE(memchr(message, '\0', 200) != NULL);
	while (message[at]) {
		size_t length = utf8_character(message + at, strlen(message + at));

		PROMISE(length > 0);
		at += length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 0, 200, 202, 204, 301, 400, 401, 413, 429, 503 };
	struct http_answer answer = { .error = "" };
	char message[200] = "";
	enum otlp_answer meaning;

	if (size == 0)
		return 0;
	answer.status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))];
	answer.body = (const char *)data + 1;
	answer.size = size - 1;
	(void)destination_judge(&answer);
	meaning = otlp_read_answer(answer.body, answer.size, message);
	PROMISE(meaning <= OTLP_FOREIGN);
	PROMISE(meaning != OTLP_FOREIGN || answer.size > 0);
	check_message(message);
	otlp_read_error(answer.body, answer.size, message);
	check_message(message);
	return 0;
}
