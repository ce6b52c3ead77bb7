/* pace.c - a short list of hosts, searched from the front; who asks nothing and wants no silence is
 * forgotten. */
#include "workers/fetcher/pace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"

void pace_finish(struct pace *pace)
{
	free(pace->hosts);
	*pace = (struct pace) { 0 };
}

static struct pace_host *find(const struct pace *pace, const char *name)
{
	for (size_t i = 0; i < pace->count; i++)
		if (strcmp(pace->hosts[i].name, name) == 0)
			return &pace->hosts[i];
	return NULL;
}

static void forget_idle(struct pace *pace, uint64_t now_ms)
{
	for (size_t i = 0; i < pace->count;) {
		const struct pace_host *host = &pace->hosts[i];

		if (host->active || host->quiet_until_ms > now_ms)
			i++;
		else
			pace->hosts[i] = pace->hosts[--pace->count];
	}
}

/* NULL when too many are remembered. */
static struct pace_host *require(struct pace *pace, const char *name, uint64_t now_ms)
{
	struct pace_host *host = find(pace, name);

	if (host)
		return host;
	if (pace->count == PACE_HOSTS_MAX)
		forget_idle(pace, now_ms);
	if (pace->count == PACE_HOSTS_MAX)
		return NULL;
	array_reserve(pace->hosts, &pace->capacity, pace->count + 1);
	host = &pace->hosts[pace->count++];
	*host = (struct pace_host) { 0 };
	snprintf(host->name, sizeof(host->name), "%s", name);
	return host;
}

uint64_t pace_quiet_ms(const struct pace *pace, const char *name, uint64_t now_ms)
{
	const struct pace_host *host = find(pace, name);

	return host && host->quiet_until_ms > now_ms ? host->quiet_until_ms - now_ms : 0;
}

bool pace_begin(struct pace *pace, const char *name, uint64_t now_ms)
{
	struct pace_host *host = pace->active < PACE_AT_ONCE ? require(pace, name, now_ms) : NULL;

	if (!host || host->active >= PACE_OF_HOST)
		return false;
	host->active++;
	pace->active++;
	return true;
}

void pace_end(struct pace *pace, const char *name, uint64_t now_ms)
{
	struct pace_host *host = find(pace, name);
	bool began = host && host->active;

	if (!began)
		panic("a fetch ends that never began");
	host->active--;
	pace->active--;
	forget_idle(pace, now_ms);
}

void pace_quiet(struct pace *pace, const char *name, uint64_t now_ms, uint64_t for_ms)
{
	struct pace_host *host = require(pace, name, now_ms);
	uint64_t until_ms = now_ms + (for_ms < PACE_QUIET_MAX_MS ? for_ms : PACE_QUIET_MAX_MS);

	if (host && host->quiet_until_ms < until_ms)
		host->quiet_until_ms = until_ms;
}
