#include "simulator/sim_life.h"

#include <string.h>

#include "simulator/crowd.h"
#include "simulator/feed.h"
#include "simulator/long_poll.h"
#include "simulator/method_bot.h"
#include "simulator/migrations.h"
#include "simulator/sim.h"
#include "simulator/webhook.h"

static void on_queued(struct sim *sim)
{
	long_poll_wakeup(sim);
	webhook_wakeup(sim);
}

void sim_begin(struct sim *sim, uint64_t seed)
{
	world_init(&sim->world, sim->options.bot_id, sim->options.username);
	sim->world.privacy_mode = sim->options.privacy_mode;
	sim->random = seed;
	sim->files.local = sim->local_folder;
	sim->limits.options = sim->options.limits;
	sim->commands = commands_create();
	sim->crowd = crowd_create(sim);
	sim->feed = feed_create(on_queued, crowd_wakeup);
	sim->webhook = webhook_create(sim);
}

void sim_end(struct sim *sim)
{
	webhook_destroy(sim);
	crowd_destroy(sim);
	feed_destroy(sim->feed);
	commands_destroy(sim->commands);
	callback_queries_finish(&sim->callback_queries);
	limits_finish(&sim->limits);
	ledger_finish(&sim->ledger);
	journal_finish(&sim->journal);
	update_log_finish(&sim->update_log);
	messages_finish(&sim->messages);
	files_finish(&sim->files);
	invites_finish(&sim->invites);
	payments_finish(&sim->payments);
	sticker_sets_finish(&sim->sticker_sets);
	queries_finish(&sim->queries);
	queue_finish(&sim->queue);
	world_finish(&sim->world);
	memset(&sim->business, 0, sizeof(sim->business));
	sim->albums = 0;
	migrations_finish(sim);
	sim->polls = 0;
	sim->ephemeral = 0;
	memset(&sim->faults, 0, sizeof(sim->faults));
	memset(sim->calls, 0, sizeof(sim->calls));
	memset(sim->errors, 0, sizeof(sim->errors));
	sim->unauthorized = 0;
	sim->foreign = 0;
}

void sim_restart(struct sim *sim, uint64_t seed)
{
	sim_end(sim);
	sim->restarts++;
	sim->options.crowd.seed = seed;
	sim_begin(sim, seed);
	if (sim->options.crowd.on)
		crowd_start(sim, &sim->options.crowd);
}
