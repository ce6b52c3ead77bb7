/* retry.c - one function for each row of the table in retry.h. */
#include "workers/sender/retry.h"

#define FIRST_MS 500u
#define CEILING_MS 30000u
#define HARMLESS_TRIES 8u
#define BLOCKED_TRIES 3u
#define BLOCKED_WAIT_S 2u

static const struct retry never = { 0 };

static struct retry back_off(unsigned tries)
{
	uint64_t after_ms = tries > 7 ? CEILING_MS : (uint64_t)FIRST_MS << (tries - 1);

	return (struct retry) { true, after_ms < CEILING_MS ? after_ms : CEILING_MS };
}

static struct retry after_trouble(const struct retry_case *it)
{
	if (it->want_result && it->tries >= BLOCKED_TRIES)
		return never;
	if (!it->written)
		return back_off(it->tries);
	if (!it->harmless || it->tries >= HARMLESS_TRIES)
		return never;
	return back_off(it->tries);
}

static struct retry after_flood(const struct retry_case *it)
{
	/* Bot API: "left to wait before the request can be repeated"; one second without it. */
	uint64_t seconds = it->retry_after_s ? it->retry_after_s : 1;

	if (it->want_result && seconds > BLOCKED_WAIT_S)
		return never;
	return (struct retry) { true, seconds * 1000 };
}

static struct retry after_refused_token(const struct retry_case *it)
{
	if (it->refusals == 1)
		return (struct retry) { true, 0 };
	if (it->not_found || it->refusals >= (it->want_result ? BLOCKED_TRIES : HARMLESS_TRIES))
		return never;
	return back_off(it->refusals - 1);
}

struct retry retry_decide(const struct retry_case *it)
{
	if (it->refusals)
		return after_refused_token(it);
	switch (it->outcome) {
	case OUTCOME_TOO_MANY:
		return after_flood(it);
	case OUTCOME_SERVER_ERROR:
	case OUTCOME_NETWORK:
		return after_trouble(it);
	case OUTCOME_MIGRATED:
		return (struct retry) { it->tries == 1, 0 };
	case OUTCOME_OK:
	case OUTCOME_BLOCKED:
	case OUTCOME_KICKED:
	case OUTCOME_NO_RIGHTS:
	case OUTCOME_GONE:
	case OUTCOME_NOT_MODIFIED:
	case OUTCOME_TOO_OLD:
	case OUTCOME_UNAUTHORIZED:
	case OUTCOME_REFUSED:
	case OUTCOME_COUNT:
		return never;
	}
	return never;
}
