#include "simulator/crowd.h"

#include <math.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/seeded_random.h"
#include "simulator/sim.h"

#define TICK_MS 10
/* Updates made before the server looks at its connections again. */
#define TURN_MAX 500
/* Tries for one update: an activity may come to nothing, or to a kind that the bot does not want.
 */
#define TRIES_MAX 100

static void on_timer(void *owner);

struct crowd *crowd_create(struct sim *sim)
{
	struct crowd *crowd = xmalloc(sizeof(*crowd));

	crowd->options = sim->options.crowd;
	crowd->activity.sim = sim;
	crowd->activity.options = &crowd->options;
	crowd->timer = (struct loop_timer) { .fn = on_timer, .owner = sim };
	return crowd;
}

void crowd_destroy(struct sim *sim)
{
	struct crowd *crowd = sim->crowd;

	crowd_stop(sim);
	crowd_population_finish(&crowd->activity.population);
	free(crowd);
}

static bool is_done(const struct crowd *crowd)
{
	return crowd->options.count > 0 && crowd->made >= crowd->options.count;
}

/* One update that reaches the queue. */
static bool make_one(struct sim *sim)
{
	uint64_t before = sim->queue.counts.pushed;

	for (int i = 0; i < TRIES_MAX && sim->queue.counts.pushed == before; i++)
		crowd_activity_next(&sim->crowd->activity);
	sim->crowd->made += sim->queue.counts.pushed - before;
	return sim->queue.counts.pushed != before;
}

/* How many are due now: by the clock, or by the room that the bot made. */
static uint64_t due_now(struct sim *sim)
{
	struct crowd *crowd = sim->crowd;
	uint64_t now_ms = loop_now_ms(sim->loop);
	uint64_t due;

	if (crowd->options.rate == RATE_MAX) {
		uint64_t backlog = (uint64_t)crowd->options.backlog;

		return sim->queue.count < backlog ? backlog - sim->queue.count : 0;
	}
	crowd->owed += (double)(now_ms - crowd->last_ms) * crowd->options.rate / 1000;
	crowd->last_ms = now_ms;
	due = (uint64_t)crowd->owed;
	crowd->owed -= (double)due;
	return due;
}

static void make_due(struct sim *sim)
{
	struct crowd *crowd = sim->crowd;
	uint64_t due = due_now(sim);
	uint64_t turn = due < TURN_MAX ? due : TURN_MAX;

	for (uint64_t i = 0; i < turn && !is_done(crowd); i++) {
		if (!make_one(sim))
			break;
	}
	crowd->owed += (double)(due - turn);
	if (is_done(crowd))
		crowd->running = false;
}

/* Often enough that updates come one by one and not in bursts. */
static uint64_t tick_ms(const struct crowd *crowd)
{
	return crowd->options.rate * TICK_MS > 1000 ? 1 : TICK_MS;
}

static void on_timer(void *owner)
{
	struct sim *sim = owner;
	struct crowd *crowd = sim->crowd;

	if (!crowd->running)
		return;
	make_due(sim);
	/* With rate max the bot's polls drive it; the timer only tops up. */
	if (crowd->running)
		loop_timer_set(sim->loop, &crowd->timer, tick_ms(crowd));
}

void crowd_start(struct sim *sim, const struct crowd_options *options)
{
	struct crowd *crowd = sim->crowd;

	crowd->options = *options;
	sim->random = options->seed;
	crowd->made = 0;
	crowd->owed = 0;
	crowd->last_ms = loop_now_ms(sim->loop);
	if (sim->queue.tail_id == 0)
		queue_restart(&sim->queue,
			      (int32_t)(2000001 + seeded_random_below(&sim->random, 500000000)));
	if (crowd->activity.population.chats_count == 0)
		crowd_population_make(&crowd->activity.population, sim, &crowd->options);
	crowd->running = true;
	loop_timer_set(sim->loop, &crowd->timer, 0);
}

void crowd_stop(struct sim *sim)
{
	sim->crowd->running = false;
	loop_timer_clear(sim->loop, &sim->crowd->timer);
}

void crowd_wakeup(struct sim *sim)
{
	struct crowd *crowd = sim->crowd;

	if (crowd->running && crowd->options.rate == RATE_MAX)
		loop_timer_set(sim->loop, &crowd->timer, 0);
}
