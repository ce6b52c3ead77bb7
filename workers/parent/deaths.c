/* deaths.c - what the nursery reports: forks and deaths. A dead process is first replaced, then
 * accounted for: verdict, one line in the log, a report for crashd. */
#include "workers/parent/pool.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "common/xalloc.h"

#define LOG_SUBSYSTEM "parent"
#include "common/log.h"

/* --- a child --- */

/* Names come from memory that a crash may have overwritten: only printable ASCII passes. */
static void copy_name(char *out, size_t size, const char *from, size_t most)
{
	size_t used = 0;

	for (; used < most && used + 1 < size && from[used]; used++)
		out[used] = from[used] > ' ' && from[used] < 127 && from[used] != '"' ? from[used]
										      : '?';
	out[used] = '\0';
}

static void log_death(const struct child_record *child, const struct exit_reason *exit_reason,
		      const struct item *item)
{
	const struct capture_slot *slot = &child->scoreboard->slot;
	char module[sizeof(slot->module) + 1], handler[sizeof(slot->handler) + 1];
	char doing[sizeof(module) + sizeof(handler)];

	if (!item) {
		log_warn("child died", log_signed("child", child->pid),
			 log_text("how", exit_reason->how), log_text("doing", "nothing"),
			 log_unsigned("handled", child->handled));
		return;
	}
	copy_name(module, sizeof(module), slot->module, sizeof(slot->module));
	copy_name(handler, sizeof(handler), slot->handler, sizeof(slot->handler));
	log_context_trace(&item->trace);
	snprintf(doing, sizeof(doing), "%s/%s", module[0] ? module : "host", handler);
	log_warn("child died", log_signed("child", child->pid), log_text("how", exit_reason->how),
		 log_text("doing", doing), log_unsigned("attempt", item->attempt),
		 log_unsigned("handled", child->handled));
	log_context_trace(NULL);
}

static void put_back_one(struct pool *pool, struct item *item)
{
	item->flags |= ITEM_REPEAT;
	items_put_back(&pool->items, item);
}

/* What it had not begun goes to another child; last to first, to keep the order. It may have begun
 * the first of them when nobody is to blame. */
static void put_back(struct pool *pool, struct child_record *child, const struct item *but)
{
	for (uint32_t i = child->in_flight_count; i-- > 0;)
		if (child->in_flight[i] != but)
			put_back_one(pool, child->in_flight[i]);
}

static void report_exit(struct pool *pool, struct child_record *child, const struct death *death)
{
	const struct dead_process dead = { "child", child->pid, child->nursery,
					   &child->scoreboard->slot };
	struct item *item = child_blamed(child, WIFSIGNALED(death->status));
	struct exit_reason exit_reason;
	bool expected = child->leaving && !child->in_flight_count && WIFEXITED(death->status) &&
			WEXITSTATUS(death->status) == 0;

	put_back(pool, child, item);
	if (expected)
		return;
	exit_reason_write(death, &exit_reason);
	log_death(child, &exit_reason, item);
	report_death(pool, &dead, death, &exit_reason, item);
	pool->crashed++;
	status_process_ended(exit_reason_signal(death));
	if (!item)
		return;
	status_update_ended(death->hang ? RESULT_TIMEOUT : RESULT_CRASH);
	work_end_item(pool, item, exit_reason.reason);
}

/* A child that died before it handled one update may be the first of many. */
static void watch_crash_loop(struct pool *pool, const struct child_record *child)
{
	if (child->handled || child->leaving || child->dismissed)
		return;
	if (sizing_crash_loop(&pool->sizing, loop_now_ms(pool->loop)))
		log_error("children die on their first update: slowing down respawns until one "
			  "succeeds");
}

static void child_died(struct pool *pool, struct child_record *child, int status,
		       uint32_t max_rss_kib)
{
	const struct death death = { .status = status,
				     .max_rss_kib = max_rss_kib,
				     .memory_max = pool->settings->child_memory_max,
				     .protocol_error = child->protocol_error,
				     .hang = child->abort_ms != 0 };

	if (!child->dismissed)
		report_exit(pool, child, &death);
	programs_forget(&pool->programs, child->serial);
	children_remove(child);
}

/* --- the sender --- */

static void sender_died(struct pool *pool, int status, uint32_t max_rss_kib)
{
	const struct death death = { .status = status,
				     .max_rss_kib = max_rss_kib,
				     .protocol_error = pool->sender_link.protocol_error,
				     .hang = pool->sender_link.watch.abort_ms != 0 };
	const struct dead_process dead = { "sender", pool->sender_link.pid, pool->sender_link.home,
					   &pool->sender_link.scoreboard->slot };
	struct exit_reason exit_reason;

	sender_link_died(&pool->sender_link);
	if (pool->sender_link.dismissed ||
	    (pool->sender_link.leaving && WIFEXITED(status) && WEXITSTATUS(status) == EX_OK)) {
		sender_link_clear(&pool->sender_link);
		return;
	}
	exit_reason_write(&death, &exit_reason);
	log_warn("sender died", log_signed("sender", dead.pid), log_text("how", exit_reason.how),
		 log_unsigned("calls", outbox_count(&pool->sender_link.outbox)));
	report_death(pool, &dead, &death, &exit_reason, NULL);
	pool->crashed++;
	status_process_ended(exit_reason_signal(&death));
	sender_link_clear(&pool->sender_link);
}

/* --- the fetcher --- */

static void fetcher_died(struct pool *pool, int status, uint32_t max_rss_kib)
{
	struct fetcher_link *link = &pool->fetcher_link;
	const struct death death = { .status = status,
				     .max_rss_kib = max_rss_kib,
				     .protocol_error = link->protocol_error,
				     .hang = link->watch.abort_ms != 0 };
	const struct dead_process dead = { "fetcher", link->pid, link->home,
					   &link->scoreboard->slot };
	struct exit_reason exit_reason;

	fetcher_link_died(link);
	if (!link->leaving || !WIFEXITED(status) || WEXITSTATUS(status) != EX_OK) {
		exit_reason_write(&death, &exit_reason);
		log_warn("fetcher died", log_signed("fetcher", dead.pid),
			 log_text("how", exit_reason.how), log_unsigned("fetches", link->count));
		report_death(pool, &dead, &death, &exit_reason, NULL);
		pool->crashed++;
		status_process_ended(exit_reason_signal(&death));
	}
	fetcher_link_clear(link);
}

/* --- the nursery's reports --- */

static void on_ready(void *owner, struct nursery_link *link, const struct nursery_ready *ready)
{
	struct pool *pool = owner;

	log_notice("nursery is ready", log_signed("nursery", nursery_link_pid(link)),
		   log_bytes("version", ready->version.data, ready->version.length));
	if (link == pool->next_nursery)
		replace_switch(pool);
	pool->nursery_ready = true;
	fetches_take_hosts(pool, ready->hosts);
	if (!pool->start_calls_made)
		work_make_start_calls(pool, ready->calls);
	pool->start_calls_made = true;
	/* One that leaves may have said so already. */
	if (!pool->draining)
		ingress_link_open(pool->ingress, ready->kinds);
	pool_spawn_missing(pool);
}

static void on_failed(void *owner, struct nursery_link *link, const char *reason)
{
	struct pool *pool = owner;

	if (link == pool->next_nursery)
		replace_failed(pool, reason);
	else
		fatal(EX_CONFIG, "cannot load the modules", log_text("error", reason));
}

static void on_forked(void *owner, uint64_t serial, pid_t pid, int error)
{
	struct pool *pool = owner;
	struct child_record *child = children_by_serial(&pool->children, serial);

	if (!pid) {
		log_error("the nursery cannot fork", log_text("error", strerror(error)));
		programs_fork_failed(&pool->programs, serial);
	}
	if (serial == pool->sender_link.serial) {
		sender_link_forked(&pool->sender_link, pid);
		if (!pid) {
			sender_link_died(&pool->sender_link);
			sender_link_clear(&pool->sender_link);
		}
	} else if (serial == pool->fetcher_link.serial) {
		pool->fetcher_link.pid = pid;
		if (!pid) {
			fetcher_link_died(&pool->fetcher_link);
			fetcher_link_clear(&pool->fetcher_link);
		}
	} else if (child) {
		child->pid = pid;
		if (!pid) {
			(void)sizing_crash_loop(&pool->sizing, loop_now_ms(pool->loop));
			children_remove(child);
		} else if (child->dismissed) {
			child_kill(child);
		}
	}
}

static void on_died(void *owner, pid_t pid, int status, uint32_t max_rss_kib)
{
	struct pool *pool = owner;
	struct child_record *child = children_by_pid(&pool->children, pid);

	if (child) {
		child_mark_lost(child);
		/* What it sent before it died counts. */
		channel_drain(&child->channel);
		watch_crash_loop(pool, child);
		/* A replacement first: the accounting can wait. */
		pool_spawn_missing(pool);
		child_died(pool, child, status, max_rss_kib);
	} else if (pid == pool->sender_link.pid) {
		sender_died(pool, status, max_rss_kib);
		pool_note_death(pool, &pool->sender_backoff);
	} else if (pid == pool->fetcher_link.pid) {
		fetcher_died(pool, status, max_rss_kib);
		pool_note_death(pool, &pool->fetcher_backoff);
	}
	pool_spawn_missing(pool);
}

static void on_changed(void *owner, struct nursery_link *link)
{
	struct pool *pool = owner;

	log_notice("files that handlers may open were replaced; renewing the children");
	children_renew(&pool->children, link);
}

/* All its children died with it, through no fault of their updates. */
static void on_gone(void *owner, struct nursery_link *link, int status)
{
	const struct death death = { .status = status };
	struct child_record *child, *next;
	struct pool *pool = owner;
	struct exit_reason exit_reason;

	exit_reason_write(&death, &exit_reason);
	if (link == pool->nursery)
		pool->nursery_ready = false;
	if (!pool->draining)
		log_error("nursery died", log_text("how", exit_reason.how),
			  log_unsigned("children", pool->children.counts[CHILD_BUSY] +
							   pool->children.counts[CHILD_IDLE]));
	for (child = LIST_FIRST(&pool->children.all); child; child = next) {
		next = LIST_NEXT(child, link);
		if (child->nursery != link)
			continue;
		channel_drain(&child->channel);
		put_back(pool, child, NULL);
		programs_forget(&pool->programs, child->serial);
		children_remove(child);
	}
	if (pool->sender_link.serial && pool->sender_link.home == link) {
		sender_link_died(&pool->sender_link);
		sender_link_clear(&pool->sender_link);
	}
	if (pool->fetcher_link.serial && pool->fetcher_link.home == link) {
		fetcher_link_died(&pool->fetcher_link);
		fetcher_link_clear(&pool->fetcher_link);
	}
	crash_link_take_files(pool->crashes);
	if (link == pool->next_nursery)
		replace_failed(pool, "it died");
	if (link == pool->nursery)
		pool_note_death(pool, &pool->nursery_backoff);
	/* There will be no other to handle it. */
	if (link == pool->nursery && pool->draining)
		work_return_waiting(pool);
	pool_spawn_missing(pool);
}

const struct nursery_events deaths_nursery_events = {
	.ready = on_ready,
	.failed = on_failed,
	.forked = on_forked,
	.died = on_died,
	.gone = on_gone,
	.changed = on_changed,
};
