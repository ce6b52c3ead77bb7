/* scoreboard.c - makes and maps the shared memory; claims are atomic words of ordinal and state. */
#include "workers/wire/scoreboard.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int scoreboard_create(struct why *why)
{
	int fd = memfd_create("korone-desk", MFD_CLOEXEC);

	if (fd < 0) {
		why_set(why, "memfd_create: %s", strerror(errno));
		return -1;
	}
	/* Pages that are never written cost nothing. */
	if (ftruncate(fd, sizeof(struct scoreboard)) < 0) {
		why_set(why, "ftruncate: %s", strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

struct scoreboard *scoreboard_map(int fd, struct why *why)
{
	void *scoreboard = mmap(NULL, sizeof(struct scoreboard), PROT_READ | PROT_WRITE, MAP_SHARED,
				fd, 0);

	if (scoreboard == MAP_FAILED) {
		why_set(why, "mmap: %s", strerror(errno));
		return NULL;
	}
	return scoreboard;
}

void scoreboard_unmap(struct scoreboard *scoreboard)
{
	if (scoreboard)
		munmap(scoreboard, sizeof(*scoreboard));
}

static uint64_t claim_value(uint32_t ordinal, enum claim_state state)
{
	return (uint64_t)ordinal * 4 + (uint64_t)state;
}

void claim_offer(struct scoreboard *scoreboard, uint32_t ordinal)
{
	atomic_store(&scoreboard->claims[ordinal % SCOREBOARD_CLAIMS],
		     claim_value(ordinal, CLAIM_OFFERED));
}

static bool move(struct scoreboard *scoreboard, uint32_t ordinal, enum claim_state to)
{
	uint64_t offered = claim_value(ordinal, CLAIM_OFFERED);

	return atomic_compare_exchange_strong(&scoreboard->claims[ordinal % SCOREBOARD_CLAIMS],
					      &offered, claim_value(ordinal, to));
}

bool claim_take_back(struct scoreboard *scoreboard, uint32_t ordinal)
{
	return move(scoreboard, ordinal, CLAIM_TAKEN_BACK);
}

bool claim_begin(struct scoreboard *scoreboard, uint32_t ordinal)
{
	return move(scoreboard, ordinal, CLAIM_BEGUN);
}

enum claim_state claim_state(const struct scoreboard *scoreboard, uint32_t ordinal)
{
	uint64_t value = atomic_load(&scoreboard->claims[ordinal % SCOREBOARD_CLAIMS]);

	return value / 4 == ordinal ? (enum claim_state)(value % 4) : CLAIM_NONE;
}
