/* parent_replace.c - SIGHUP: the pool goes over to the program that is installed now.
 *
 *   SIGHUP --> next_nursery --ready--> nursery     forks all that is new
 *                               nursery --> last_nursery   until none of its children is left
 *
 * Old children finish what they have in hand, and go once a new one is there. The old sender
 * finishes the calls that it has begun; the new one goes on with the rest. The session with ingress
 * and all books stay, so nothing is lost or made twice. */
#include "workers/pool.h"

#define LOG_SUBSYSTEM "parent"
#include "common/log.h"

#define FIRST_CHILDREN_MAX 16u

void replace_start(struct pool *pool)
{
	struct why why;

	if (pool->draining)
		return;
	if (pool->next_nursery || pool->last_nursery) {
		log_notice("a replacement is under way, another one follows");
		pool->replace_again = true;
		return;
	}
	log_notice("replacing all processes but this one by those of the installed program");
	pool->next_nursery = nursery_link_create_next(pool->nursery);
	if (!nursery_link_start(pool->next_nursery, &why))
		replace_failed(pool, why.text);
}

void replace_failed(struct pool *pool, const char *reason)
{
	log_error(
		"going on with the program as it was: its replacement cannot be used error=\"%s\"",
		reason);
	/* Its process is put down at the next tick: this may be called by its link. */
	pool->last_nursery = pool->next_nursery;
	pool->next_nursery = NULL;
}

/* As many as work now: they are wanted at once. */
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
	pool->children.nursery = pool->post.nursery = pool->nursery;
	pool->start_calls_made = false; /* its modules may have others */
	children_retire(&pool->children, pool->last_nursery);
	start_first_children(pool);
	post_leave(&pool->post);
}

void replace_check(struct pool *pool)
{
	if (!pool->last_nursery)
		return;
	children_replace(&pool->children);
	if (children_are_of(&pool->children, pool->last_nursery) ||
	    (pool->post.serial && pool->post.home == pool->last_nursery))
		return;
	nursery_link_destroy(pool->last_nursery);
	pool->last_nursery = NULL;
	log_notice("the replacement is over nursery=%d", (int)nursery_link_pid(pool->nursery));
	if (!pool->replace_again)
		return;
	pool->replace_again = false;
	replace_start(pool);
}
