/* fetches.c - what children ask other hosts: from them to the fetcher, and its answers back; one
 * line for each that failed, within limits. */
#include "workers/parent/pool.h"

#include "common/walls.h"

#define LOG_SUBSYSTEM "work"
#include "common/log.h"

/* A host that refuses or is away is not our trouble; what the operator can change is. */
static enum log_level level_of(enum fetch_outcome outcome)
{
	switch (outcome) {
	case FETCH_OK:
	case FETCH_STATUS:
	case FETCH_BUSY:
		return LOG_LEVEL_DEBUG;
	case FETCH_TOO_LARGE:
	case FETCH_TIMEOUT:
	case FETCH_NETWORK:
		return LOG_LEVEL_NOTICE;
	case FETCH_FORBIDDEN:
	case FETCH_NO_KEY:
	case FETCH_MALFORMED:
	case FETCH_LOST:
		return LOG_LEVEL_WARN;
	case FETCH_OUTCOME_COUNT:
		break;
	}
	return LOG_LEVEL_WARN;
}

/* Of the host only what the module's table calls it: with "any", its name is what a person wrote.
 */
static void log_failure(struct pool *pool, const struct child_record *child,
			const struct wire_fetched *head, struct text rule, struct text why)
{
	const struct item *item = child && child->in_flight_count ? child->in_flight[0] : NULL;
	enum log_level level = level_of((enum fetch_outcome)head->outcome);
	uint64_t left_out = 0;

	if (level != LOG_LEVEL_DEBUG &&
	    !log_limit_pass(&pool->fetch_lines, loop_now_ms(pool->loop), &left_out))
		return;
	log_context_trace(item ? &item->trace : NULL);
	log_at(level, "fetch failed", log_bytes("host", rule.data, rule.length),
	       log_text("outcome", fetch_outcome_names[head->outcome]),
	       log_bytes("why", why.data, why.length), log_unsigned("left_out", left_out));
	log_context_trace(NULL);
}

static void on_fetched(void *owner, uint64_t waiter, const struct wire_fetched *head,
		       struct text rule, struct text why, const void *answer, size_t size)
{
	struct pool *pool = owner;
	struct child_record *child = children_by_serial(&pool->children, waiter);

	status_fetched(head);
	if (head->outcome != FETCH_OK)
		log_failure(pool, child, head, rule, why);
	if (child)
		child_answer(child, WIRE_FETCHED, answer, size);
}

static void on_ready(void *owner, uint32_t walls, struct text missing)
{
	struct pool *pool = owner;

	if (walls != WALLS_ALL && pool->fetcher_walls != walls)
		log_warn("going on with a fetcher that is not confined: a host that took it over "
			 "could do what this user can",
			 log_bytes("error", missing.data, missing.length));
	pool->fetcher_walls = walls;
}

static void on_wanted(void *owner)
{
	pool_spawn_missing(owner);
}

const struct fetcher_link_events fetches_events = {
	.fetched = on_fetched,
	.ready = on_ready,
	.wanted = on_wanted,
};

/* A name with a slip of the pen would be missed: no program knows what modules there are. */
void fetches_take_hosts(struct pool *pool, struct cursor hosts)
{
	const struct module_keys *keys = &pool->settings->module_keys;

	fetcher_link_take_hosts(&pool->fetcher_link, hosts);
	for (size_t i = 0; i < keys->count; i++)
		if (!web_hosts_use_key(&pool->fetcher_link.hosts, keys->all[i].name))
			log_warn("a key that no loaded module has a use for",
				 log_text("setting", keys->all[i].name));
}
