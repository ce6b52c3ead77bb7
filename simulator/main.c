/* main.c - korone-botapi-sim: a Bot API server with people who chat, for tests and demonstrations.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/files.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "simulator/call_waiters.h"
#include "simulator/crowd.h"
#include "simulator/dispatch.h"
#include "simulator/long_poll.h"
#include "simulator/methods.h"
#include "simulator/page_stream.h"
#include "simulator/sim.h"
#include "simulator/sim_life.h"

static void on_stop(void *owner, int signo)
{
	struct sim *sim = owner;

	(void)signo;
	loop_stop(sim->loop);
}

/* DIR/TOKEN, as telegram-bot-api has it. */
static char *make_local_folder(const struct options *options)
{
	size_t size = strlen(options->local) + strlen(options->token) + 2;
	char *folder = xmalloc(size);

	snprintf(folder, size, "%s/%s", options->local, options->token);
	return folder;
}

static void create_parts(struct sim *sim)
{
	sim->methods = methods_create();
	sim->loop = loop_create();
	sim->delayed.loop = sim->loop;
	if (sim->options.local)
		sim->local_folder = make_local_folder(&sim->options);
	sim->long_poll = long_poll_create(sim);
	sim->call_waiters = call_waiters_create();
	sim->page_streams = page_streams_create(sim);
	sim_begin(sim, sim->options.crowd.seed);
}

static void destroy_parts(struct sim *sim)
{
	/* First: it tells those who hold an exchange that the client is gone. */
	server_destroy(sim->server);
	delayed_answers_finish(&sim->delayed);
	call_waiters_destroy(sim->call_waiters);
	page_streams_destroy(sim->page_streams);
	sim_end(sim);
	long_poll_destroy(sim);
	free(sim->local_folder);
	methods_destroy(sim->methods);
	loop_destroy(sim->loop);
	arena_finish(&sim->arena);
	arena_finish(&sim->action_arena);
	buffer_finish(&sim->answer);
	buffer_finish(&sim->scratch);
}

static bool listen_for_bot(struct sim *sim, struct why *why)
{
	const struct options *options = &sim->options;
	char text[16];
	int size;

	sim->server = server_create(sim->loop, options->listen, options->port, dispatch_request,
				    sim, why);
	if (!sim->server)
		return false;
	size = snprintf(text, sizeof(text), "%d\n", server_port(sim->server));
	return !options->port_file || file_replace(options->port_file, text, (size_t)size, why);
}

static bool start(struct sim *sim)
{
	struct why why;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	create_parts(sim);
	loop_on_signal(sim->loop, SIGINT, on_stop, sim);
	loop_on_signal(sim->loop, SIGTERM, on_stop, sim);
	/* Before the port is known: who waits for that may look for the token. */
	if (sim->options.made_token)
		fprintf(stderr, "korone-botapi-sim: the bot's token is %s\n", sim->options.token);
	if (!listen_for_bot(sim, &why)) {
		fprintf(stderr, "korone-botapi-sim: %s\n", why.text);
		return false;
	}
	fprintf(stderr, "korone-botapi-sim: listening on http://%s:%d\n",
		inet_ntoa(sim->options.listen), server_port(sim->server));
	if (sim->options.crowd.on)
		crowd_start(sim, &sim->options.crowd);
	return true;
}

int main(int argc, char **argv)
{
	static struct sim sim;
	bool started;

	program_open_standard_streams();
	program_harden();
	options_parse(&sim.options, argc, argv);
	if (sim.options.lists_methods) {
		sim.methods = methods_create();
		methods_print(sim.methods);
		methods_destroy(sim.methods);
		return EX_OK;
	}
	started = start(&sim);
	if (started)
		loop_run(sim.loop);
	destroy_parts(&sim);
	return started ? EX_OK : EX_UNAVAILABLE;
}
