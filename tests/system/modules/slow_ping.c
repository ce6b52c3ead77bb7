/* slow_ping.c - the module of a test build of korone-worker: /ping TEXT answers after its handler
 * has blocked for SLOW_PING_MS (50), like one that queries a database or another service. Linked
 * instead of workers/modules/modules.c.
 *
 * With SLOW_PING_LOG=PATH each handler writes "PID BEGIN NOW CHAT TEXT" there every 10 ms, so that
 * it is known how long it ran even if it was killed. The times are milliseconds of the machine's
 * clock, which all network namespaces share. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

#define SLICE_MS 10

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec) { ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Opened before the walls are built. -1: none */
static int notes = -1;

static void *open_notes(const struct settings *settings, struct why *why)
{
	const char *path = getenv("SLOW_PING_LOG");

	(void)settings;
	notes = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (path && notes < 0)
		why_set(why, "cannot open SLOW_PING_LOG");
	return path && notes < 0 ? NULL : &notes;
}

static void sleep_with_notes(long ms, const struct command *cmd)
{
	uint64_t begin = clock_boot_ms();

	for (long slept = 0; slept <= ms; slept += SLICE_MS) {
		dprintf(notes, "%d %" PRIu64 " %" PRIu64 " %" PRId64 " %s\n", (int)getpid(), begin,
			clock_boot_ms(), cmd->chat->id, cmd->args);
		sleep_ms(SLICE_MS);
	}
}

static enum verdict ping(struct ctx *ctx, const struct command *cmd)
{
	const char *ms = getenv("SLOW_PING_MS");
	long block_ms = ms ? atol(ms) : 50;

	if (notes >= 0)
		sleep_with_notes(block_ms, cmd);
	else
		sleep_ms(block_ms);
	return ctx_reply(ctx, "pong %s", cmd->args);
}

static const struct route routes[] = {
	COMMAND("ping", ping, .help = "answer after a while"),
	END_OF_ROUTES,
};

static const struct module ping_module = {
	.name = "ping",
	.title = "Slow ping",
	.open = open_notes,
	.routes = routes,
};

const struct module *const compiled_modules[] = { &ping_module, NULL };
