/* main.c - ingress: takes updates from Telegram, stores them safely on disk, and passes updates to
 * the pools and sightings to the recorder. Reads as a table of contents. */
#include <stdlib.h>

#include "common/capture.h"
#include "common/clock.h"
#include "common/crash_link.h"
#include "common/files.h"
#include "common/health.h"
#include "common/log.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "ingress/control.h"
#include "ingress/drain.h"
#include "ingress/intake/intake.h"
#include "ingress/intake/poll.h"
#include "ingress/intake/quarantine.h"
#include "ingress/intake/webhook.h"
#include "ingress/metrics.h"
#include "ingress/pools/pools.h"
#include "ingress/replay.h"
#include "ingress/sightings/sightings.h"
#include "ingress/spool/spool.h"
#include "ingress/status.h"

#define LOG_SUBSYSTEM "main"

#define FLUSH_MS 5000u /* for the disk, at shutdown */

static const struct program program = {
	.name = "korone-ingress",
	.process = "ingress",
	.id = PROGRAM_INGRESS,
	.summary = "Receives updates from Telegram, stores them on disk, and passes them to pools.",
};

static char *open_state(const struct settings *settings)
{
	char *state = xasprintf("%s/%s", settings->state_dir, program.process);
	struct why why;

	if (!directory_make(state, &why) || !capture_install_file(state, program.process, &why))
		fatal(EX_IOERR, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	return state;
}

static struct health *open_health(const struct settings *settings)
{
	struct why why;
	struct health *health = health_start(program.process, settings->health_listen,
					     &health_default_limits, &why);

	if (!health)
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_HEALTH_LISTEN",
		      log_text("error", why.text));
	health_dependency(health, "telegram", true, false, "starting");
	return health;
}

static void on_kinds(void *poller, uint32_t declared)
{
	poller_need_kinds(poller, declared);
}

static void on_migrated(void *intake, int64_t from, int64_t to)
{
	intake_migrated(intake, from, to);
}

static struct quarantine *open_quarantine(const char *state)
{
	char *directory = xasprintf("%s/set-aside", state);
	struct why why;
	struct quarantine *quarantine = quarantine_open(directory, clock_utc_s(), &why);

	if (!quarantine)
		fatal(EX_IOERR, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	free(directory);
	return quarantine;
}

/* NULL when the settings select polling. */
static struct webhook *open_webhook(const struct settings *settings, struct loop *loop,
				    struct spool *spool, struct intake *intake,
				    struct webhook_health *webhook_health)
{
	struct webhook_options options = { .loop = loop,
					   .spool = spool,
					   .intake = intake,
					   .webhook_health = webhook_health,
					   .listen = settings->webhook_listen,
					   .url = settings->webhook_url,
					   .secret = settings->webhook_secret };
	struct why why;

	if (!*settings->webhook_url)
		return NULL;
	struct webhook *webhook = webhook_open(&options, &why);
	if (!webhook)
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_WEBHOOK_LISTEN",
		      log_text("error", why.text));
	return webhook;
}

int main(int argc, char **argv)
{
	const struct settings *settings = program_start(&program, argc, argv);
	struct why why;

	ingress_metrics_register();
	char *state = open_state(settings);
	struct loop *loop = loop_create();
	struct health *health = open_health(settings);

	/* what the last run left behind */
	struct sightings *sightings = sightings_create();
	struct pools *pools = pools_create();
	struct intake *intake = intake_create();
	struct poller *poller = poller_create(loop, settings);
	struct replay replay = { pools, intake, poller, sightings };
	struct spool *spool = replay_spool(&replay, settings, state, &why);
	if (!spool)
		fatal(EX_IOERR, "cannot open the spool", log_text("error", why.text));
	spool_attach(spool, loop);

	/* recorders, pools, crashd */
	struct zcontext *context = zcontext_create(1);
	struct pools_options links = { context, loop, spool, settings };
	if (!sightings_open(sightings, context, loop, spool, settings, &why))
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_SIGHTINGS_ENDPOINT",
		      log_text("error", why.text));
	if (!pools_open(pools, &links, &why))
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_UPDATES_ENDPOINT",
		      log_text("error", why.text));
	struct crash_link *crash_link = crash_link_create(context, loop, settings, program.process,
							  &why);
	if (!crash_link)
		fatal(EX_UNAVAILABLE, "cannot use KORONE_CRASHES_ENDPOINT",
		      log_text("error", why.text));

	/* Telegram */
	struct quarantine *quarantine = open_quarantine(state);
	struct intake_options targets = { loop, spool, pools, sightings, quarantine };
	intake_open(intake, &targets);
	pools_on_kinds(pools, on_kinds, poller);
	pools_on_migrated(pools, on_migrated, intake);
	struct webhook *webhook = open_webhook(settings, loop, spool, intake,
					       poller_webhook_health(poller));
	poller_start(poller, spool, intake);

	/* operators */
	struct control *control = control_open(&(struct control_options) { loop, settings->run_dir,
									   pools, intake, poller,
									   quarantine, webhook },
					       &why);
	if (!control)
		fatal(EX_CANTCREAT, "cannot use KORONE_RUN_DIR", log_text("error", why.text));
	struct status *status = status_create(&(struct status_options) {
		loop, health, settings, spool, pools, sightings, poller, webhook });
	struct drain drain = { .loop = loop, .poller = poller, .pools = pools };
	drain_on_signals(&drain);
	health_watch_loop(health, loop);
	log_notice("started", log_text("version", KORONE_VERSION),
		   log_signed("health_port", health_port(health)));
	loop_run(loop);

	if (!spool_flush(spool, FLUSH_MS))
		log_error("disk full: last verdicts not saved; those updates will be redelivered");
	loop_timer_clear(loop, &drain.timer);
	control_close(control);
	webhook_close(webhook);
	status_destroy(status);
	poller_destroy(poller);
	crash_link_destroy(crash_link);
	pools_destroy(pools);
	sightings_destroy(sightings);
	intake_destroy(intake);
	quarantine_close(quarantine);
	spool_close(spool);
	zcontext_destroy(context);
	health_stop(health);
	loop_destroy(loop);
	free(state);
	log_notice("stopped");
	return EX_OK;
}
