/* fuzz_answer.c - an HTTP server's answer to a call: Telegram's, a proxy's page, anything. The
 * first byte selects the status. */
#include "tests/fuzz/fuzz.h"
#include "workers/wire/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 0, 200, 400, 401, 403, 404, 429, 500, 502 };
	struct arena arena = { 0 };
	struct call_result result;
	enum call_outcome outcome;

	if (size == 0)
		return 0;
	outcome = answer_read(statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))],
			      (const char *)data + 1, size - 1, true, &arena, &result);
	PROMISE(outcome < OUTCOME_COUNT);
	PROMISE(result.status <= CALL_FAILED);
	arena_finish(&arena);
	return 0;
}
