/* main.c - ingress: takes updates from Telegram, keeps them safe on disk, and hands each to a pool
 * and what was seen to the recorder. Reads as a table of contents. */
#include <signal.h>
#include <stdlib.h>

#include "common/capture.h"
#include "common/crash_link.h"
#include "common/files.h"
#include "common/health.h"
#include "common/log.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "ingress/intake.h"
#include "ingress/metrics.h"
#include "ingress/poll.h"
#include "ingress/pools.h"
#include "ingress/sightings.h"
#include "ingress/spool.h"
#include "ingress/status.h"

#define LOG_SUBSYSTEM "main"

#define DRAIN_MS 10000u      /* for what pools have in hand to come back */
#define DRAIN_FLUSH_MS 5000u /* for the disk */

static const struct program program = {
	.name = "korone-ingress",
	.process = "ingress",
	.id = PROGRAM_INGRESS,
	.summary = "Takes updates from Telegram, keeps them safe on disk, and hands them to pools.",
};

struct ingress {
	const struct settings *settings;
	struct loop *loop;
	struct zcontext *context;
	struct health *health;
	struct crash_link *crash_link;
	struct spool *spool;
	struct sightings *sightings;
	struct pools *pools;
	struct intake *intake;
	struct poller *poller;
	struct status *status;
	struct loop_timer drain_timer;
	size_t damages;
};

/* --- the spool of the last run ---------------------------------------------------------------- */

static void on_replayed_update(void *owner, const struct spool_update *update)
{
	struct ingress *ingress = owner;

	pools_restore_update(ingress->pools, update);
	intake_restore_update(ingress->intake, update);
}

static void on_replayed_sighting(void *owner, const struct sighting *sighting)
{
	struct ingress *ingress = owner;

	sightings_restore(ingress->sightings, sighting);
}

static void on_replayed_meta(void *owner, const char *key, const void *value, size_t size)
{
	struct ingress *ingress = owner;

	pools_restore_meta(ingress->pools, key, value, size);
	intake_restore_meta(ingress->intake, key, value, size);
	poller_restore_meta(ingress->poller, key, value, size);
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	struct ingress *ingress = owner;

	ingress->damages++;
	log_error("the spool is damaged and goes on without a part of it segment=%s offset=%llu "
		  "bytes=%llu what=\"%s\"",
		  segment, (unsigned long long)offset, (unsigned long long)bytes, what);
}

static void open_spool(struct ingress *ingress, const char *state)
{
	char *directory = xasprintf("%s/spool", state);
	struct why why;
	struct spool_options options = {
		.directory = directory,
		.bot_id = bot_id_of_token(ingress->settings->bot_token),
		.max_bytes = ingress->settings->spool_max_bytes,
	};
	struct spool_replay replay = {
		.owner = ingress,
		.update = on_replayed_update,
		.sighting = on_replayed_sighting,
		.meta = on_replayed_meta,
		.damage = on_damage,
	};

	if (options.bot_id == 0)
		fatal(EX_CONFIG, "TELEGRAM_BOT_TOKEN is not a bot token: it is DIGITS:CHARACTERS, "
				 "as @BotFather gives it");
	ingress->spool = spool_open(&options, &replay, &why);
	if (!ingress->spool)
		fatal(EX_IOERR, "cannot open the spool: %s", why.text);
	spool_attach(ingress->spool, ingress->loop);
	log_notice("the spool is open backlog=%zu sightings=%zu damages=%zu bytes=%llu",
		   dispatch_backlog(pools_dispatch(ingress->pools)),
		   sightings_pending(ingress->sightings), ingress->damages,
		   (unsigned long long)spool_bytes(ingress->spool));
	free(directory);
}

/* --- links ------------------------------------------------------------------------------------ */

static void open_health(struct ingress *ingress)
{
	struct why why;

	ingress->health = health_start(program.process, ingress->settings->health_listen, &why);
	if (!ingress->health)
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_HEALTH_LISTEN: %s", why.text);
	health_dependency(ingress->health, "telegram", true, false, "starting");
}

static void on_kinds(void *owner, uint32_t kinds_declared)
{
	struct ingress *ingress = owner;

	poller_need_kinds(ingress->poller, kinds_declared);
}

static void open_links(struct ingress *ingress)
{
	struct pools_options pools = {
		.loop = ingress->loop,
		.spool = ingress->spool,
		.settings = ingress->settings,
	};
	struct why why;

	ingress->context = pools.context = zcontext_create(1);
	if (!sightings_open(ingress->sightings, ingress->context, ingress->loop, ingress->spool,
			    ingress->settings, &why))
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_SIGHTINGS_ENDPOINT: %s", why.text);
	if (!pools_open(ingress->pools, &pools, &why))
		fatal(EX_UNAVAILABLE, "cannot serve KORONE_UPDATES_ENDPOINT: %s", why.text);
	pools_on_kinds(ingress->pools, on_kinds, ingress);
	ingress->crash_link = crash_link_create(ingress->context, ingress->loop, ingress->settings,
						program.process, &why);
	if (!ingress->crash_link)
		fatal(EX_UNAVAILABLE, "cannot use KORONE_CRASHES_ENDPOINT: %s", why.text);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void on_drained(void *owner)
{
	struct ingress *ingress = owner;

	log_notice("nothing is in hand any more");
	loop_stop(ingress->loop);
}

static void on_drain_timeout(void *owner)
{
	struct ingress *ingress = owner;

	log_notice("pools still have updates in hand: they are held for them in_flight=%zu",
		   dispatch_out(pools_dispatch(ingress->pools)));
	loop_stop(ingress->loop);
}

static void on_stop(void *owner, int signo)
{
	struct ingress *ingress = owner;

	if (loop_timer_is_set(&ingress->drain_timer))
		return;
	log_notice("stopping signal=%d in_flight=%zu at_most_ms=%u", signo,
		   dispatch_out(pools_dispatch(ingress->pools)), DRAIN_MS);
	poller_stop(ingress->poller);
	pools_drain(ingress->pools, on_drained, ingress);
	loop_timer_set(ingress->loop, &ingress->drain_timer, DRAIN_MS);
}

static void close_all(struct ingress *ingress)
{
	if (!spool_flush(ingress->spool, DRAIN_FLUSH_MS))
		log_error("the disk is full: what pools said last is not stored and will be "
			  "handled again");
	status_destroy(ingress->status);
	poller_destroy(ingress->poller);
	crash_link_destroy(ingress->crash_link);
	pools_destroy(ingress->pools);
	sightings_destroy(ingress->sightings);
	intake_destroy(ingress->intake);
	spool_close(ingress->spool);
	zcontext_destroy(ingress->context);
	health_stop(ingress->health);
	loop_destroy(ingress->loop);
}

int main(int argc, char **argv)
{
	struct ingress ingress = { .settings = program_start(&program, argc, argv) };
	char *state = xasprintf("%s/%s", ingress.settings->state_dir, program.process);
	struct why why;

	ingress_metrics_register();
	if (!directory_make(state, &why) || !capture_install_file(state, program.process, &why))
		fatal(EX_CANTCREAT, "cannot use KORONE_STATE_DIR: %s", why.text);
	ingress.loop = loop_create();
	open_health(&ingress);

	ingress.sightings = sightings_create();
	ingress.pools = pools_create();
	ingress.intake = intake_create();
	ingress.poller = poller_create(ingress.loop, ingress.settings);
	open_spool(&ingress, state);
	open_links(&ingress);
	intake_open(ingress.intake, &(struct intake_options) {
					    .spool = ingress.spool,
					    .pools = ingress.pools,
					    .sightings = ingress.sightings,
				    });

	ingress.drain_timer = (struct loop_timer) { .fn = on_drain_timeout, .owner = &ingress };
	loop_on_signal(ingress.loop, SIGTERM, on_stop, &ingress);
	loop_on_signal(ingress.loop, SIGINT, on_stop, &ingress);
	poller_start(ingress.poller, ingress.spool, ingress.intake);
	ingress.status = status_create(&(struct status_options) {
		.loop = ingress.loop,
		.health = ingress.health,
		.settings = ingress.settings,
		.spool = ingress.spool,
		.pools = ingress.pools,
		.sightings = ingress.sightings,
		.poller = ingress.poller,
	});
	health_watch_loop(ingress.health, ingress.loop);
	log_notice("ingress runs version=%s health_port=%d", KORONE_VERSION,
		   health_port(ingress.health));
	loop_run(ingress.loop);

	close_all(&ingress);
	log_notice("stopped");
	free(state);
	return EX_OK;
}
