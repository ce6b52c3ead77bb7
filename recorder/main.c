/* main.c - korone-recorder: writes the people and groups that the bot saw into Postgres, in
 * batches, only what changed. */
#include <signal.h>
#include <stdio.h>

#include "common/capture.h"
#include "common/command_socket.h"
#include "common/crash_link.h"
#include "common/database/check.h"
#include "common/database/privacy_requests.h"
#include "common/files.h"
#include "common/health.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "common/zlink.h"
#include "recorder/intake.h"
#include "recorder/metrics.h"

#define LOG_SUBSYSTEM "main"

#define LARGE_SIZE (128 * 1024)

static bool check(const struct settings *settings, bool only, FILE *faults)
{
	(void)only;
	return stores_check(settings, faults);
}

static const struct program program = {
	.name = "korone-recorder",
	.process = "recorder",
	.id = PROGRAM_RECORDER,
	.summary = "Writes the people and groups that the bot saw into Postgres.",
	.check = check,
};

struct recorder {
	const struct settings *settings;
	struct loop *loop;
	struct zcontext *context;
	struct health *health;
	struct crash_link *crashes;
	struct intake *intake;
	struct command_socket *commands;
};

static void prepare_captures(const struct settings *settings)
{
	char directory[4096];
	struct why why;

	snprintf(directory, sizeof(directory), "%s/recorder", settings->state_dir);
	if (!directory_make(directory, &why) || !capture_install_file(directory, "recorder", &why))
		fatal(EX_CONFIG, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
}

static bool on_command(void *owner, char *const words[], size_t count, struct buffer *out,
		       struct why *why)
{
	const struct recorder *recorder = owner;

	return privacy_requests_ask(recorder->settings, words, count, out, why);
}

static void open_commands(struct recorder *recorder)
{
	char path[4096];
	struct why why;

	privacy_requests_socket_path(recorder->settings, path, sizeof(path));
	if (directory_make(recorder->settings->run_dir, &why))
		recorder->commands = command_socket_open(recorder->loop, path, on_command, recorder,
							 &why);
	if (!recorder->commands)
		log_warn("going on without commands from koronectl", log_text("error", why.text));
}

static void on_stop(void *owner, int signo)
{
	struct recorder *recorder = owner;

	log_notice("stopping", log_signed("signal", signo));
	intake_drain(recorder->intake);
}

static void start(struct recorder *recorder)
{
	struct why why;

	recorder->health = health_start("recorder", recorder->settings->health_listen,
					&health_default_limits, &why);
	if (!recorder->health)
		fatal(EX_CONFIG, "cannot serve KORONE_HEALTH_LISTEN", log_text("error", why.text));
	recorder->loop = loop_create();
	health_watch_loop(recorder->health, recorder->loop);
	recorder->context = zcontext_create(1);
	recorder->crashes = crash_link_create(recorder->context, recorder->loop, recorder->settings,
					      "recorder", &why);
	if (!recorder->crashes)
		fatal(EX_CONFIG, "cannot use KORONE_CRASHES_ENDPOINT", log_text("error", why.text));
	loop_on_signal(recorder->loop, SIGTERM, on_stop, recorder);
	loop_on_signal(recorder->loop, SIGINT, on_stop, recorder);
	recorder->intake = intake_start(recorder->settings, recorder->loop, recorder->context,
					recorder->health, &why);
	if (!recorder->intake)
		fatal(EX_CONFIG, "cannot start", log_text("error", why.text));
	open_commands(recorder);
	log_notice("started", log_text("version", KORONE_VERSION),
		   log_signed("health_port", health_port(recorder->health)));
}

static void stop(struct recorder *recorder)
{
	command_socket_close(recorder->commands);
	intake_stop(recorder->intake);
	crash_link_destroy(recorder->crashes);
	zcontext_destroy(recorder->context);
	health_stop(recorder->health);
	loop_destroy(recorder->loop);
}

int main(int argc, char **argv)
{
	struct recorder recorder = { .settings = program_start(&program, argc, argv) };

	/* The memory of a batch goes back to the system with it, however large it was. */
	xtrim_blocks(LARGE_SIZE);
	prepare_captures(recorder.settings);
	recorder_metrics_register();
	start(&recorder);
	loop_run(recorder.loop);
	stop(&recorder);
	log_notice("stopped");
	return EX_OK;
}
