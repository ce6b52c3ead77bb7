/* main.c - korone-botapi-sim: a Bot API server with people who chat, for tests and demonstrations.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/files.h"
#include "simulator/bot.h"
#include "simulator/dispatch.h"
#include "simulator/sim.h"

int64_t sim_now_s(const struct sim *sim)
{
	return clock_utc_s() + sim->clock_offset_s;
}

static void on_signal(void *owner, int signo)
{
	struct sim *sim = owner;

	(void)signo;
	loop_stop(sim->loop);
}

static void sim_init(struct sim *sim)
{
	world_init(&sim->world, sim->options.bot_id, sim->options.username);
	sim->loop = loop_create();
	sim->laters.loop = sim->loop;
	sim->feed.allowed = feed_default_kinds();
	sim->limits.options = sim->options.limits;
	sim->commands = commands_create();
	poll_init(sim);
	hook_init(sim);
	crowd_init(sim);
	loop_on_signal(sim->loop, SIGINT, on_signal, sim);
	loop_on_signal(sim->loop, SIGTERM, on_signal, sim);
}

static void sim_finish(struct sim *sim)
{
	hook_finish(sim);
	watchers_finish(&sim->watchers);
	laters_finish(&sim->laters);
	server_destroy(sim->server);
	crowd_finish(&sim->crowd);
	commands_destroy(sim->commands);
	callbacks_finish(&sim->callbacks);
	limits_finish(&sim->limits);
	ledger_finish(&sim->ledger);
	journal_finish(&sim->journal);
	messages_finish(&sim->messages);
	queue_finish(&sim->queue);
	world_finish(&sim->world);
	loop_destroy(sim->loop);
	arena_finish(&sim->arena);
	arena_finish(&sim->act_arena);
	buffer_finish(&sim->answer);
	buffer_finish(&sim->scratch);
}

static bool listen_on(struct sim *sim, struct why *why)
{
	char text[16];
	int size;

	sim->server = server_create(sim->loop, sim->options.listen, sim->options.port,
				    dispatch_request, sim, why);
	if (!sim->server)
		return false;
	size = snprintf(text, sizeof(text), "%d\n", server_port(sim->server));
	return !sim->options.port_file ||
	       file_replace(sim->options.port_file, text, (size_t)size, why);
}

int main(int argc, char **argv)
{
	static struct sim sim;
	struct why why;

	options_parse(&sim.options, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	sim_init(&sim);
	if (!listen_on(&sim, &why)) {
		fprintf(stderr, "korone-botapi-sim: cannot listen: %s\n", why.text);
		sim_finish(&sim);
		return EX_UNAVAILABLE;
	}
	fprintf(stderr, "korone-botapi-sim: listening on http://%s:%d\n",
		inet_ntoa(sim.options.listen), server_port(sim.server));
	if (sim.options.crowd.on)
		crowd_start(&sim, &sim.options.crowd);
	loop_run(sim.loop);
	sim_finish(&sim);
	return EX_OK;
}
