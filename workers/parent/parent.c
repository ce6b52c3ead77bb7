/* parent.c - the life of a parent: start, event loop, drain. */
#include "workers/parent/parent.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "workers/parent/pool.h"
#include "workers/wire/places.h"

#define LOG_SUBSYSTEM "parent"
#include "common/log.h"

#define TICK_MS 250u
#define QUIET_TICKS 4u /* that one stands for while nothing is under way */
#define REBALANCE_MS 2u
#define DRAIN_EXTRA_MS 5000u /* on top of the longest handler */
#define RETIRE_MS 1000u      /* into a drain, then unsent replies are returned */
#define LINGER_MS 50u        /* for the last message to get out */
#define HAND_OVER_MS 5000u   /* at the end, for captures that crashd has not stored yet */

/* --- sessions --- */

void pool_forget_work(struct pool *pool)
{
	children_forget_items(&pool->children);
	sender_link_forget(&pool->sender_link);
	items_finish(&pool->items);
	pool_spawn_missing(pool);
}

static void on_lost(void *owner, const char *reason)
{
	(void)reason; /* the link has logged it */
	pool_forget_work(owner);
}

static void on_stored(void *owner, uint64_t number)
{
	struct pool *pool = owner;

	items_open_lanes(&pool->items, number);
}

static uint64_t *on_in_flight(void *owner, size_t *count)
{
	struct pool *pool = owner;

	return items_seqs(&pool->items, count);
}

static void on_cooldown(void *owner, const struct message_cooldown *cooldown)
{
	struct pool *pool = owner;

	sender_link_cool(&pool->sender_link, cooldown->chat_id, cooldown->remaining_ms);
}

static void on_link_state(void *owner, bool ready, const char *state)
{
	struct pool *pool = owner;

	health_dependency(pool->health, "ingress", true, ready, state);
}

/* --- drain --- */

/* What crashd has not stored is kept in the state directory; in a pod that goes with it. */
static void on_lingered(void *owner)
{
	struct pool *pool = owner;
	size_t pending = crash_link_pending(pool->crashes);

	if (pending > 0 && loop_now_ms(pool->loop) < pool->hand_over_until_ms) {
		loop_timer_set(pool->loop, &pool->linger, LINGER_MS);
		return;
	}
	if (pending > 0)
		log_warn("crashd does not take the last captures; they stay in KORONE_STATE_DIR",
			 log_unsigned("captures", pending));
	loop_stop(pool->loop);
}

static bool is_drained(const struct pool *pool)
{
	if (pool->items.assigned || pool->items.waiting || pool->items.sending)
		return false;
	/* The modules' start-up calls do not count: the next start makes them again. */
	return !ingress_link_is_open(pool->ingress) || !ingress_link_unstored(pool->ingress);
}

/* Replies that Telegram has not taken by now go to ingress, which has another pool. */
static void retire_replies(struct pool *pool)
{
	uint64_t now_ms = loop_now_ms(pool->loop);

	if (pool->items.assigned || !pool->items.sending || now_ms < pool->retire_ms)
		return;
	pool->retire_ms = now_ms + RETIRE_MS;
	sender_link_retire(&pool->sender_link);
}

static void drain(struct pool *pool)
{
	bool late = loop_now_ms(pool->loop) >= pool->drain_until_ms;

	retire_replies(pool);
	if (pool->bye_sent || (!is_drained(pool) && !late))
		return;
	pool->bye_sent = true;
	if (late)
		log_warn("stopping with work in flight; other pools will get it",
			 log_unsigned("handling", pool->items.assigned),
			 log_unsigned("unsent", pool->items.sending));
	ingress_link_bye(pool->ingress);
	pool->hand_over_until_ms = loop_now_ms(pool->loop) + HAND_OVER_MS;
	loop_timer_set(pool->loop, &pool->linger, LINGER_MS);
}

static void on_hangup(void *owner, int signo)
{
	(void)signo;
	replace_start(owner);
}

static void on_stop(void *owner, int signo)
{
	struct pool *pool = owner;

	if (pool->draining) {
		log_notice("stopping at once", log_signed("signal", signo));
		loop_stop(pool->loop);
		return;
	}
	log_notice("draining", log_signed("signal", signo),
		   log_unsigned("in_flight", pool->items.waiting + pool->items.assigned),
		   log_unsigned("unsent", pool->items.sending));
	pool->draining = true;
	pool->retire_ms = loop_now_ms(pool->loop) + RETIRE_MS;
	pool->drain_until_ms = loop_now_ms(pool->loop) +
			       (uint64_t)pool->settings->handler_timeout_ms + DRAIN_EXTRA_MS;
	work_return_waiting(pool);
	sender_link_close(&pool->sender_link);
	ingress_link_beat(pool->ingress);
}

/* --- the event loop --- */

static void set_tick(struct pool *pool, uint32_t ticks)
{
	pool->ticks = ticks;
	loop_timer_set_tick(pool->loop, &pool->tick, (uint64_t)TICK_MS * ticks);
}

/* Nothing is under way that has a deadline. */
static bool is_quiet(const struct pool *pool)
{
	const struct children *children = &pool->children;

	return pool->bot.id && pool->nursery_ready && !pool->next_nursery && !pool->last_nursery &&
	       !pool->draining && !pool->token_refused && pool->sender_link.serial &&
	       !pool->sender_link.watch.abort_ms && fetcher_link_is_well(&pool->fetcher_link) &&
	       !pool->items.waiting && children->counts[CHILD_IDLE] >= pool->sizing.minimum &&
	       !children->counts[CHILD_STARTING] && !children->counts[CHILD_BUSY] &&
	       !children->counts[CHILD_STOPPING];
}

/* At the end of each iteration everything that it produced is passed on, in few system calls. */
static bool on_turn(void *owner)
{
	struct pool *pool = owner;

	sender_link_note_answered(&pool->sender_link, ingress_link_answered_ms(pool->ingress));
	if (!outbox_is_full(&pool->sender_link.outbox))
		children_give(&pool->children);
	if ((pool->children.batched || pool->items.ready_lanes) &&
	    !loop_timer_is_set(&pool->rebalance))
		loop_timer_set(pool->loop, &pool->rebalance, REBALANCE_MS);
	if (pool->nursery_ready)
		programs_start(&pool->programs, pool->nursery, &pool->last_serial);
	channels_flush(&pool->channels);
	ingress_link_flush(pool->ingress);
	if (pool->draining)
		drain(pool);
	coalesce_turn(&pool->coalesce, pool->handled, loop_now_ms(pool->loop));
	if (pool->ticks > 1 && !is_quiet(pool))
		set_tick(pool, 1);
	return false;
}

static void on_rebalance(void *owner)
{
	struct pool *pool = owner;

	(void)children_rebalance(&pool->children);
	if (pool->nursery_ready && pool->bot.id)
		pool_spawn_children(pool);
}

/* Of handlers that take long. */
static void show_typing(struct pool *pool)
{
	uint64_t now_ms = loop_now_ms(pool->loop);
	struct child_record *child;

	for (child = LIST_FIRST(&pool->children.all); child; child = LIST_NEXT(child, link))
		if (!child->abort_ms && typing_take_due(&child->typing, now_ms))
			sender_link_hint(&pool->sender_link, child->typing.call,
					 child->typing.size);
}

static void on_tick(void *owner)
{
	struct pool *pool = owner;
	struct sizing_view view = pool_sizing_view(pool);

	children_check_deadlines(&pool->children);
	show_typing(pool);
	sender_link_check(&pool->sender_link, pool->ticks, loop_now_ms(pool->loop));
	fetcher_link_check(&pool->fetcher_link, pool->ticks);
	children_stop_idle(&pool->children,
			   sizing_shrink(&pool->sizing, &view, loop_now_ms(pool->loop)));
	replace_check(pool);
	pool_spawn_missing(pool);
	status_publish(pool);
	set_tick(pool, is_quiet(pool) ? QUIET_TICKS : 1);
}

/* --- start and end --- */

static void start_links(struct pool *pool)
{
	const struct ingress_events events = { .owner = pool,
					       .item = work_take_item,
					       .in_flight = on_in_flight,
					       .room = work_room,
					       .beat = status_fill_beat,
					       .stored = on_stored,
					       .lost = on_lost,
					       .cooldown = on_cooldown,
					       .state = on_link_state };
	const struct settings *settings = pool->settings;
	struct why why;

	pool->health = health_start("worker", settings->health_listen, &health_default_limits,
				    &why);
	if (!pool->health)
		fatal(EX_CONFIG, "cannot serve KORONE_HEALTH_LISTEN", log_text("error", why.text));
	health_watch_loop(pool->health, pool->loop);
	health_dependency(pool->health, "telegram", true, false, "starting");
	pool->context = zcontext_create(1);
	pool->crashes = crash_link_create(pool->context, pool->loop, settings, "worker", &why);
	if (!pool->crashes)
		fatal(EX_CONFIG, "cannot use KORONE_CRASHES_ENDPOINT", log_text("error", why.text));
	pool->ingress = ingress_link_create(pool->context, pool->loop, settings, &pool->lock,
					    &events, &why);
	if (!pool->ingress)
		fatal(EX_CONFIG, "cannot use KORONE_UPDATES_ENDPOINT", log_text("error", why.text));
}

static void take_lock(struct pool *pool)
{
	struct buffer directory = { 0 };
	struct why why;

	buffer_printf(&directory, "%s/worker", pool->settings->state_dir);
	if (!session_lock_take(&pool->lock, buffer_text(&directory), &why))
		fatal(EX_CONFIG, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	buffer_finish(&directory);
}

/* Files of handlers have none: only a child that was taken over makes them. */
static void remove_names(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (unlinkat(dirfd(directory), entry->d_name, 0) < 0)
			(void)unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
	if (directory)
		closedir(directory);
}

/* Before the nursery is there: what children may open is looked up once. */
static void make_place_of_files(const struct settings *settings)
{
	char path[PATH_MAX];
	struct why why;

	place_of_files(settings, path, sizeof(path));
	if (!directory_make(path, &why))
		fatal(EX_CONFIG, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	remove_names(path);
}

static void init_parts(struct pool *pool)
{
	struct nursery_events nursery_events = deaths_nursery_events;
	struct children_events children_events = work_children_events;
	struct sender_link_events sender_link_events = work_sender_events;
	struct fetcher_link_events fetcher_link_events = fetches_events;

	nursery_events.owner = children_events.owner = sender_link_events.owner = pool;
	fetcher_link_events.owner = pool;
	pool->channels.loop = pool->loop;
	items_init(&pool->items);
	pool->nursery = nursery_link_create(pool->loop, pool->settings, pool->lock.fd,
					    &nursery_events);
	children_init(&pool->children, pool->loop, pool->settings, pool->nursery, &pool->channels,
		      &pool->items, &children_events);
	sender_link_init(&pool->sender_link, pool->settings, pool->nursery, &pool->channels,
			 &sender_link_events);
	fetcher_link_init(&pool->fetcher_link, pool->settings, pool->loop, pool->nursery,
			  &pool->channels, &fetcher_link_events);
	programs_init(&pool->programs, &pool->channels, &pool->fetcher_link, work_program_ended,
		      pool);
	sizing_init(&pool->sizing, (uint32_t)pool->settings->pool_min,
		    (uint32_t)pool->settings->pool_max, loop_now_ms(pool->loop));
	pool->tick = (struct loop_timer) { .fn = on_tick, .owner = pool };
	pool->rebalance = (struct loop_timer) { .fn = on_rebalance, .owner = pool };
	pool->linger = (struct loop_timer) { .fn = on_lingered, .owner = pool };
}

static void close_pool(struct pool *pool)
{
	ingress_link_destroy(pool->ingress);
	programs_finish(&pool->programs);
	children_finish(&pool->children);
	sender_link_finish(&pool->sender_link);
	fetcher_link_finish(&pool->fetcher_link);
	nursery_link_destroy(pool->next_nursery);
	nursery_link_destroy(pool->last_nursery);
	nursery_link_destroy(pool->nursery);
	crash_link_destroy(pool->crashes);
	zcontext_destroy(pool->context);
	health_stop(pool->health);
	items_finish(&pool->items);
	buffer_finish(&pool->text);
	loop_destroy(pool->loop);
	session_lock_release(&pool->lock);
}

int parent_run(const struct settings *settings)
{
	struct pool pool = { .settings = settings, .loop = loop_create() };

	pool.start_ms = loop_now_ms(pool.loop);
	if (gethostname(pool.host, sizeof(pool.host) - 1) < 0 || !pool.host[0])
		strcpy(pool.host, "unknown");
	take_lock(&pool);
	make_place_of_files(settings);
	init_parts(&pool);
	/* Before ZeroMQ and the health server have threads: a nursery is forked from a clean start.
	 */
	pool_spawn_nursery(&pool);
	status_register_metrics();
	start_links(&pool);
	loop_on_signal(pool.loop, SIGTERM, on_stop, &pool);
	loop_on_signal(pool.loop, SIGINT, on_stop, &pool);
	loop_on_signal(pool.loop, SIGHUP, on_hangup, &pool);
	loop_add_hook(pool.loop, on_turn, &pool);
	on_tick(&pool);
	loop_run(pool.loop);
	close_pool(&pool);
	log_notice("stopped");
	return EX_OK;
}
