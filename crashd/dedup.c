/* dedup.c - a ring of ids in memory, and a file of ids of which only the last are read. */
#include "crashd/dedup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"

struct dedup {
	char *path;
	int fd;
	struct trace_id ids[DEDUP_KEPT];
	size_t count; /* number ever added; the newest is at (count - 1) % DEDUP_KEPT */
	size_t on_disk;
};

static void remember(struct dedup *dedup, const struct trace_id *id)
{
	dedup->ids[dedup->count++ % DEDUP_KEPT] = *id;
}

static void read_ids(struct dedup *dedup, off_t size)
{
	off_t tail = DEDUP_KEPT * TRACE_ID_SIZE;
	struct trace_id id;

	size -= size % TRACE_ID_SIZE; /* a torn id at the end is dropped */
	for (off_t at = size > tail ? size - tail : 0; at < size; at += TRACE_ID_SIZE)
		if (pread(dedup->fd, &id, sizeof(id), at) == sizeof(id))
			remember(dedup, &id);
	dedup->on_disk = (size_t)size / TRACE_ID_SIZE;
	if (ftruncate(dedup->fd, size) != 0)
		dedup->on_disk = 0;
}

struct dedup *dedup_open(const char *path, struct why *why)
{
	struct dedup *dedup = xcalloc(1, sizeof(*dedup));
	struct stat status;

	dedup->path = xstrdup(path);
	dedup->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (dedup->fd < 0 || fstat(dedup->fd, &status) != 0) {
		why_set(why, "%s: %s", path, strerror(errno));
		dedup_close(dedup);
		return NULL;
	}
	read_ids(dedup, status.st_size);
	return dedup;
}

void dedup_close(struct dedup *dedup)
{
	if (!dedup)
		return;
	if (dedup->fd >= 0)
		close(dedup->fd);
	free(dedup->path);
	free(dedup);
}

bool dedup_has(const struct dedup *dedup, const struct trace_id *id)
{
	size_t kept = dedup->count < DEDUP_KEPT ? dedup->count : DEDUP_KEPT;

	for (size_t i = 0; i < kept; i++)
		if (memcmp(&dedup->ids[i], id, sizeof(*id)) == 0)
			return true;
	return false;
}

void dedup_add(struct dedup *dedup, const struct trace_id *id)
{
	remember(dedup, id);
	if (dedup->on_disk >= 2 * DEDUP_KEPT && ftruncate(dedup->fd, 0) == 0) {
		/* The ring as it is: once it is full its order does not matter. */
		dedup->on_disk = DEDUP_KEPT;
		if (write_all(dedup->fd, dedup->ids, sizeof(dedup->ids)))
			return;
	}
	/* A full disk may cause a second report, nothing worse. */
	if (write_all(dedup->fd, id, sizeof(*id)))
		dedup->on_disk++;
}
