/* replace.c - replaces the processes of the pool with those of the program that is installed now:
 * on SIGHUP, and when the nursery is stuck.
 *
 *   SIGHUP --> next_nursery --ready--> nursery     forks all that is new
 *                               nursery --> last_nursery   until none of its children is left
 *
 * Old children finish what they have in flight and leave once a new one is ready. The old sender
 * finishes the calls that it has begun; the new one makes the rest. So does the old fetcher. The
 * session with ingress and all records stay, so nothing is lost or done twice.
 *
 * A stuck nursery reports no deaths and kills nothing. A process that has closed its socket then
 * counts as dead, and once nothing is in flight the nursery is killed, and with it whatever is
 * left. */
#include "workers/parent/pool.h"

#define LOG_SUBSYSTEM "parent"
#include "common/log.h"

#define FIRST_CHILDREN_MAX 16u

static void start_next(struct pool *pool)
{
	struct why why;

	pool->next_nursery = nursery_link_create_next(pool->nursery);
	if (!nursery_link_start(pool->next_nursery, &why))
		replace_failed(pool, why.text);
}

void replace_start(struct pool *pool)
{
	if (pool->draining)
		return;
	if (pool->next_nursery || pool->last_nursery) {
		log_notice("a replacement is in progress; another one follows");
		pool->replace_again = true;
		return;
	}
	log_notice("replacing all processes except this one with the installed program");
	start_next(pool);
}

void replace_failed(struct pool *pool, const char *reason)
{
	log_error("cannot use the replacement; going on with the current program",
		  log_text("error", reason));
	/* The process is killed at the next tick: this may be called by its link. */
	pool->last_nursery = pool->next_nursery;
	pool->next_nursery = NULL;
}

/* As many as are busy now: they are needed at once. */
static void start_first_children(struct pool *pool)
{
	uint32_t count = pool->children.counts[CHILD_BUSY] + 1;
	struct why why;

	if (count > FIRST_CHILDREN_MAX)
		count = FIRST_CHILDREN_MAX;
	while (count-- && pool->bot.id)
		if (!children_start(&pool->children, ++pool->last_serial, &pool->bot, &why))
			return;
}

void replace_switch(struct pool *pool)
{
	pool->last_nursery = pool->nursery;
	pool->nursery = pool->next_nursery;
	pool->next_nursery = NULL;
	pool->children.nursery = pool->sender_link.nursery = pool->nursery;
	pool->fetcher_link.nursery = pool->nursery;
	pool->start_calls_made = false; /* its modules may have different ones */
	children_retire(&pool->children, pool->last_nursery);
	start_first_children(pool);
	sender_link_leave(&pool->sender_link);
	fetcher_link_leave(&pool->fetcher_link);
}

/* A stuck nursery with children is replaced by another, so that they can finish; it is killed if it
 * has none, or if a replacement in progress may be waiting for it. */
static void replace_stuck(struct pool *pool)
{
	if (pool->next_nursery)
		return;
	log_error("the nursery is stuck; replacing it",
		  log_signed("nursery", nursery_link_pid(pool->nursery)));
	if (pool->nursery_ready && !pool->last_nursery)
		start_next(pool);
	else
		nursery_link_end(pool->nursery);
}

static void ask_nurseries(struct pool *pool)
{
	if (pool->last_nursery)
		(void)nursery_link_ask(pool->last_nursery, pool->ticks);
	if (pool->next_nursery && nursery_link_ask(pool->next_nursery, pool->ticks))
		nursery_link_end(pool->next_nursery);
	if (nursery_link_ask(pool->nursery, pool->ticks) && !pool->draining)
		replace_stuck(pool);
}

/* For a stuck nursery: true while anything left of it is worth waiting for. */
static bool is_worth_waiting(struct pool *pool, const struct nursery_link *link)
{
	struct sender_link *sender_link = &pool->sender_link;
	bool sends;

	if (sender_link->home == link && sender_link_has_left(sender_link)) {
		sender_link_died(sender_link);
		sender_link_clear(sender_link);
	}
	sends = sender_link->serial && sender_link->home == link;
	/* Only the end of its nursery ends a sender that does not respond, and children may be
	 * waiting for the next sender. */
	if (sends && (sender_link->dismissed || sender_link->watch.abort_ms))
		return false;
	/* Its fetcher serves those children, and waits for nothing else. */
	return sends || children_work_for(&pool->children, link);
}

static bool is_in_use(struct pool *pool, struct nursery_link *link)
{
	if (!nursery_link_is_silent(link))
		return children_exist_of(&pool->children, link) ||
		       (pool->sender_link.serial && pool->sender_link.home == link) ||
		       (pool->fetcher_link.serial && pool->fetcher_link.home == link);
	if (is_worth_waiting(pool, link))
		return true;
	nursery_link_end(link);
	return false;
}

void replace_check(struct pool *pool)
{
	ask_nurseries(pool);
	if (!pool->last_nursery)
		return;
	children_replace(&pool->children);
	if (is_in_use(pool, pool->last_nursery))
		return;
	nursery_link_destroy(pool->last_nursery);
	pool->last_nursery = NULL;
	log_notice("replacement complete", log_signed("nursery", nursery_link_pid(pool->nursery)));
	if (!pool->replace_again)
		return;
	pool->replace_again = false;
	replace_start(pool);
}
