/* process_fork.c - makes the socket pair and the memory, and gives the other ends to the nursery.
 */
#include "workers/parent/process_fork.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool share(struct nursery_link *nursery, enum nursery_role role, uint64_t serial, int memory,
		  int pair[2], struct scoreboard **scoreboard, struct why *why)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return why_set(why, "socketpair: %s", strerror(errno));
	*scoreboard = scoreboard_map(memory, why);
	if (!*scoreboard)
		return false;
	return nursery_link_fork(nursery, role, serial, pair[1], memory) ||
	       why_set(why, "the nursery does not take requests");
}

int process_fork(struct nursery_link *nursery, enum nursery_role role, uint64_t serial,
		 struct scoreboard **scoreboard, struct why *why)
{
	int pair[2] = { -1, -1 }, memory = scoreboard_create(why);
	bool ok;

	*scoreboard = NULL;
	if (memory < 0)
		return -1;
	ok = share(nursery, role, serial, memory, pair, scoreboard, why);
	close(memory);
	if (pair[1] >= 0)
		close(pair[1]);
	if (ok)
		return pair[0];
	if (pair[0] >= 0)
		close(pair[0]);
	scoreboard_unmap(*scoreboard);
	*scoreboard = NULL;
	return -1;
}
