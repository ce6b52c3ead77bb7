/* cache_state.c - see cache_state.h. */
#include "recorder/cache_state.h"

bool cache_is_trusted(const struct cache_state *cache)
{
	return cache->trust == CACHE_TRUSTED;
}

bool cache_is_doubted(const struct cache_state *cache)
{
	return cache->trust == CACHE_DOUBTED;
}

void cache_doubt(struct cache_state *cache)
{
	if (cache->trust == CACHE_TRUSTED)
		cache->trust = CACHE_DOUBTED;
}

bool cache_wants_renewal(const struct cache_state *cache)
{
	return cache->trust != CACHE_VOID;
}

void cache_renewed(struct cache_state *cache)
{
	cache->trust = CACHE_VOID;
}

void cache_ready(struct cache_state *cache)
{
	if (cache->trust == CACHE_VOID)
		cache->trust = CACHE_TRUSTED;
}

bool cache_find_note(struct cache_state *cache)
{
	if (cache->noted)
		return false;
	cache->noted = true;
	if (cache->trust == CACHE_DOUBTED)
		return false;
	cache->trust = CACHE_DOUBTED;
	return true;
}

void cache_lock_lost(struct cache_state *cache)
{
	cache->noted = false;
	/* Another may fill Redis for the new incarnation. The note that it leaves, or ours, tells
	 * what that is worth. */
	cache_ready(cache);
}
