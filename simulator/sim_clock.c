#include "simulator/sim_clock.h"

#include <stdlib.h>

#include "common/clock.h"

#define LONGEST_S (3660 * INT64_C(86400))

static int64_t machine_ms(void)
{
	return (int64_t)(clock_utc_ns() / 1000000);
}

int64_t sim_clock_ms(const struct sim_clock *clock)
{
	return clock->stands ? clock->stands_at_ms : machine_ms() + clock->offset_ms;
}

int64_t sim_clock_s(const struct sim_clock *clock)
{
	return sim_clock_ms(clock) / 1000;
}

void sim_clock_advance(struct sim_clock *clock, int64_t ms)
{
	if (clock->stands)
		clock->stands_at_ms += ms;
	else
		clock->offset_ms += ms;
}

void sim_clock_set(struct sim_clock *clock, int64_t utc_ms, bool stands)
{
	clock->stands = stands;
	clock->stands_at_ms = utc_ms;
	clock->offset_ms = utc_ms - machine_ms();
}

static int64_t seconds_of(char unit)
{
	switch (unit) {
	case '\0':
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	}
	return 0;
}

bool sim_clock_parse(const char *text, int64_t *out_ms)
{
	char *end;
	long long count = strtoll(text, &end, 10);
	int64_t unit = seconds_of(*end);

	if (*text < '0' || *text > '9' || unit == 0 || (*end && end[1]) || count > LONGEST_S / unit)
		return false;
	*out_ms = count * unit * 1000;
	return true;
}
