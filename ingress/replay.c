/* replay.c - opens the spool and restores the state of the last run: each callback passes what was
 * found to its part. */
#include "ingress/replay.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "replay"

static void on_update(void *owner, const struct spool_update *update)
{
	const struct replay *replay = owner;

	pools_restore_update(replay->pools, update);
	intake_restore_update(replay->intake, update);
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	const struct replay *replay = owner;

	sightings_restore(replay->sightings, sighting);
}

static void on_meta(void *owner, const char *key, const void *value, size_t size)
{
	const struct replay *replay = owner;

	pools_restore_meta(replay->pools, key, value, size);
	intake_restore_meta(replay->intake, key, value, size);
	poller_restore_meta(replay->poller, key, value, size);
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	(void)owner;
	log_error("the spool is damaged: skipping a part of it", log_text("segment", segment),
		  log_unsigned("offset", offset), log_unsigned("bytes", bytes),
		  log_text("what", what));
}

struct spool *replay_spool(const struct replay *replay, const struct settings *settings,
			   const char *state, struct why *why)
{
	struct replay targets = *replay;
	char *directory = xasprintf("%s/spool", state);
	struct spool_options options = {
		.directory = directory,
		.bot_id = bot_id_of_token(settings->bot_token),
		.max_bytes = settings->spool_max_bytes,
	};
	struct spool_replay callbacks = {
		.owner = &targets,
		.update = on_update,
		.sighting = on_sighting,
		.meta = on_meta,
		.damage = on_damage,
	};
	struct spool *spool = spool_open(&options, &callbacks, why);

	if (spool)
		log_notice("spool open",
			   log_unsigned("backlog", dispatch_backlog(pools_dispatch(replay->pools))),
			   log_unsigned("sightings", sightings_pending(replay->sightings)),
			   log_unsigned("bytes", spool_bytes(spool)));
	free(directory);
	return spool;
}
