/* strikes.c - counts bad frames per connection, for a bounded number of connections. */
#include "common/strikes.h"

bool strikes_add(struct strikes *strikes, const struct zpeer *peer)
{
	for (size_t i = 0; i < strikes->used; i++)
		if (zpeer_equal(&strikes->peers[i].peer, peer))
			return ++strikes->peers[i].count >= STRIKES_MAX;

	size_t place = strikes->next++ % STRIKES_PEERS;
	if (strikes->used < STRIKES_PEERS)
		strikes->used++;
	strikes->peers[place].peer = *peer;
	strikes->peers[place].count = 1;
	return false;
}

bool strikes_is_out(const struct strikes *strikes, const struct zpeer *peer)
{
	for (size_t i = 0; i < strikes->used; i++)
		if (strikes->peers[i].count >= STRIKES_MAX &&
		    zpeer_equal(&strikes->peers[i].peer, peer))
			return true;
	return false;
}
