/* pace.h - how much is asked of one host at once, and until when it wants to be asked nothing. No
 * clock, no network. */
#ifndef WORKERS_FETCHER_PACE_H
#define WORKERS_FETCHER_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_AT_ONCE 32u    /* in all */
#define PACE_OF_HOST 4u     /* of one host */
#define PACE_HOSTS_MAX 512u /* that are remembered */
#define PACE_QUIET_MAX_MS 3600000u

/* Zeroed is empty. */
struct pace {
	struct pace_host {
		char name[256];
		uint32_t active;
		uint64_t quiet_until_ms;
	} * hosts;
	size_t count, capacity;
	uint32_t active;
};

void pace_finish(struct pace *pace);
/* How long the host wants to be left alone from now on; 0: not. */
uint64_t pace_quiet_ms(const struct pace *pace, const char *host, uint64_t now_ms);
/* True when one more may be asked of the host now; it counts until pace_end(). */
bool pace_begin(struct pace *pace, const char *host, uint64_t now_ms);
void pace_end(struct pace *pace, const char *host, uint64_t now_ms);
/* The host said Retry-After. */
void pace_quiet(struct pace *pace, const char *host, uint64_t now_ms, uint64_t for_ms);

#endif
