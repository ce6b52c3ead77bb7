/* telegram_id.c - strtoll() with nothing after the number. */
#include "common/telegram_id.h"

#include <errno.h>
#include <stdlib.h>

bool telegram_id_parse(const char *text, bool is_group, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *text && !*end && !errno && (is_group ? *out < 0 : *out > 0);
}
