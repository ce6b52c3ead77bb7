/* spawn.c - starts the processes that a pool lacks: its nursery, its sender, its fetcher, and as
 * many children as sizing.c says. A nursery or sender that keeps dying early is started once a
 * second. */
#include "workers/parent/pool.h"

#include <sysexits.h>

#define LOG_SUBSYSTEM "parent"
#include "common/log.h"

#define YOUNG_DEATHS 10u /* of a nursery or sender in a row, then it is delayed */
#define YOUNG_MS 1000u

struct sizing_view pool_sizing_view(const struct pool *pool)
{
	return (struct sizing_view) {
		.starting = pool->children.counts[CHILD_STARTING],
		.idle = pool->children.counts[CHILD_IDLE],
		.busy = pool->children.counts[CHILD_BUSY],
		.progressing = children_progressing(&pool->children),
		.waiting = (uint32_t)pool->items.ready_lanes + children_blocked(&pool->children),
		.handle_us = pool->children.handle_us,
	};
}

/* There is at least a second between two starts of something that keeps dying. */
static bool is_held(struct respawn_backoff *respawn_backoff, uint64_t now_ms)
{
	if (now_ms < respawn_backoff->hold_until_ms)
		return true;
	respawn_backoff->started_ms = now_ms;
	return false;
}

void pool_note_death(struct pool *pool, struct respawn_backoff *respawn_backoff)
{
	uint64_t now_ms = loop_now_ms(pool->loop);

	respawn_backoff->deaths = now_ms - respawn_backoff->started_ms < YOUNG_MS
					  ? respawn_backoff->deaths + 1
					  : 0;
	if (respawn_backoff->deaths >= YOUNG_DEATHS)
		respawn_backoff->hold_until_ms = now_ms + YOUNG_MS;
}

void pool_spawn_nursery(struct pool *pool)
{
	struct why why;

	if (nursery_link_pid(pool->nursery) || pool->draining)
		return;
	if (is_held(&pool->nursery_backoff, loop_now_ms(pool->loop)))
		return;
	if (!nursery_link_start(pool->nursery, &why))
		fatal(EX_OSERR, "cannot start the nursery", log_text("error", why.text));
}

static void spawn_sender(struct pool *pool)
{
	struct why why;

	if (pool->sender_link.serial || is_held(&pool->sender_backoff, loop_now_ms(pool->loop)))
		return;
	if (!sender_link_start(&pool->sender_link, ++pool->last_serial, &why))
		log_error("cannot start a sender", log_text("error", why.text));
}

/* Not in a pool whose modules name no host, nor while nothing is asked. */
static void spawn_fetcher(struct pool *pool)
{
	struct why why;

	if (!fetcher_link_is_missing(&pool->fetcher_link) ||
	    is_held(&pool->fetcher_backoff, loop_now_ms(pool->loop)))
		return;
	if (!fetcher_link_start(&pool->fetcher_link, ++pool->last_serial, &why))
		log_error("cannot start a fetcher", log_text("error", why.text));
}

void pool_spawn_children(struct pool *pool)
{
	struct sizing_view view = pool_sizing_view(pool);
	uint32_t count = sizing_grow(&pool->sizing, &view, loop_now_ms(pool->loop));
	struct why why;

	if (pool->draining && !pool->items.waiting)
		return;
	for (; count; count--) {
		if (!children_start(&pool->children, ++pool->last_serial, &pool->bot, &why)) {
			log_error("cannot start a child", log_text("error", why.text));
			return;
		}
	}
}

void pool_spawn_missing(struct pool *pool)
{
	pool_spawn_nursery(pool);
	if (!pool->nursery_ready)
		return;
	spawn_sender(pool);
	spawn_fetcher(pool);
	if (pool->bot.id)
		pool_spawn_children(pool);
}
