/* log_limit.c - lines per period, and those that were left out. */
#include "common/log_limit.h"

bool log_limit_pass(struct log_limit *limit, uint64_t now_ms, uint64_t *left_out)
{
	if (limit->lines == 0 || now_ms - limit->since_ms >= LOG_LIMIT_MS) {
		limit->since_ms = now_ms;
		limit->lines = 0;
	}
	if (limit->lines >= LOG_LIMIT_LINES) {
		limit->left_out++;
		return false;
	}
	limit->lines++;
	*left_out = limit->left_out;
	limit->left_out = 0;
	return true;
}
