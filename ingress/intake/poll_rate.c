/* poll_rate.c - see poll_rate.h. */
#include "ingress/intake/poll_rate.h"

#define WINDOW_MS 10000u
#define WINDOW_SHORT_MS 500u

void poll_rate_start(struct poll_rate *rate, uint64_t now_ms)
{
	rate->counted_ms = now_ms;
}

static void measure(struct poll_rate *rate, int64_t received, uint64_t now_ms, uint64_t window_ms)
{
	uint64_t passed_ms = now_ms - rate->counted_ms;

	if (passed_ms < window_ms)
		return;
	rate->per_second = (double)(received - rate->counted) * 1000 / (double)passed_ms;
	rate->counted = received;
	rate->counted_ms = now_ms;
}

void poll_rate_measure(struct poll_rate *rate, int64_t received, uint64_t now_ms)
{
	measure(rate, received, now_ms, WINDOW_MS);
}

void poll_rate_measure_last(struct poll_rate *rate, int64_t received, uint64_t now_ms)
{
	measure(rate, received, now_ms, WINDOW_SHORT_MS);
}

double poll_rate_minutes_kept(const struct poll_rate *rate)
{
	double minutes = TELEGRAM_HOURS * 60;

	if (rate->per_second > 0 && TELEGRAM_UPDATES_MAX / rate->per_second < minutes * 60)
		minutes = TELEGRAM_UPDATES_MAX / rate->per_second / 60;
	return minutes;
}
