/* duration.c - see duration.h. */
#include "workers/host/duration.h"

#include <inttypes.h>

static const char *count(struct ctx *ctx, int64_t seconds, int64_t unit, const char *words)
{
	return arena_printf(ctx->arena, "%" PRId64 " %s", seconds / unit, words);
}

const char *duration_words(struct ctx *ctx, int64_t seconds)
{
	uint64_t days = (uint64_t)seconds / 86400, hours = (uint64_t)seconds / 3600;
	uint64_t minutes = (uint64_t)seconds / 60;

	if (seconds % 86400 == 0)
		return count(ctx, seconds, 86400, ctx_plural(ctx, "day", "days", days));
	if (seconds % 3600 == 0)
		return count(ctx, seconds, 3600, ctx_plural(ctx, "hour", "hours", hours));
	if (seconds % 60 == 0)
		return count(ctx, seconds, 60, ctx_plural(ctx, "minute", "minutes", minutes));
	return count(ctx, seconds, 1, ctx_plural(ctx, "second", "seconds", (uint64_t)seconds));
}
