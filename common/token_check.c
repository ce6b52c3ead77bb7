/* token_check.c - counts refusals within a check and chooses the pause before the next getMe. */
#include "common/token_check.h"

#include <time.h>

#include "common/xalloc.h"

static const uint32_t pauses_ms[] = { 0, 1000, 2000, 4000, 8000, 16000, 32000 };

bool token_check_refused(struct token_check *check, uint64_t *pause_ms)
{
	if (check->refusals == COUNT_OF(pauses_ms))
		return false;
	*pause_ms = pauses_ms[check->refusals++];
	return true;
}

void token_check_close(struct token_check *check)
{
	check->refusals = 0;
}

bool token_check_is_open(const struct token_check *check)
{
	return check->refusals > 0;
}

void token_check_describe(const struct token_check *check, int64_t now_s, char *out, size_t size)
{
	time_t until_s = (time_t)now_s;
	struct tm until;

	for (size_t i = check->refusals ? check->refusals - 1 : 0; i < COUNT_OF(pauses_ms); i++)
		until_s += pauses_ms[i] / 1000;
	gmtime_r(&until_s, &until);
	strftime(out, size, "Telegram refuses this token: asking again until %H:%M:%S UTC", &until);
}
