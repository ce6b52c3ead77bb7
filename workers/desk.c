/* desk.c - see desk.h. */
#include "workers/desk.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int desk_create(struct why *why)
{
	int fd = memfd_create("korone-desk", MFD_CLOEXEC);

	if (fd < 0) {
		why_set(why, "memfd_create: %s", strerror(errno));
		return -1;
	}
	/* Pages that nobody writes cost nothing. */
	if (ftruncate(fd, sizeof(struct desk)) < 0) {
		why_set(why, "ftruncate: %s", strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

struct desk *desk_map(int fd, struct why *why)
{
	void *desk = mmap(NULL, sizeof(struct desk), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (desk == MAP_FAILED) {
		why_set(why, "mmap: %s", strerror(errno));
		return NULL;
	}
	return desk;
}

void desk_unmap(struct desk *desk)
{
	if (desk)
		munmap(desk, sizeof(*desk));
}

static uint64_t claim_value(uint32_t ordinal, enum claim_state state)
{
	return (uint64_t)ordinal * 4 + (uint64_t)state;
}

void claim_offer(struct desk *desk, uint32_t ordinal)
{
	atomic_store(&desk->claims[ordinal % DESK_CLAIMS], claim_value(ordinal, CLAIM_OFFERED));
}

static bool move(struct desk *desk, uint32_t ordinal, enum claim_state to)
{
	uint64_t offered = claim_value(ordinal, CLAIM_OFFERED);

	return atomic_compare_exchange_strong(&desk->claims[ordinal % DESK_CLAIMS], &offered,
					      claim_value(ordinal, to));
}

bool claim_take_back(struct desk *desk, uint32_t ordinal)
{
	return move(desk, ordinal, CLAIM_TAKEN_BACK);
}

bool claim_begin(struct desk *desk, uint32_t ordinal)
{
	return move(desk, ordinal, CLAIM_BEGUN);
}

enum claim_state claim_state(const struct desk *desk, uint32_t ordinal)
{
	uint64_t value = atomic_load(&desk->claims[ordinal % DESK_CLAIMS]);

	return value / 4 == ordinal ? (enum claim_state)(value % 4) : CLAIM_NONE;
}
