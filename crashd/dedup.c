/* dedup.c - see dedup.h. The file is a run of ids; only the last are read. */
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
	struct trace_id ids[DELIVERED_KEPT];
	size_t count; /* ever added; the newest is at (count - 1) % DELIVERED_KEPT */
	size_t on_disk;
};

static void remember(struct dedup *delivered, const struct trace_id *id)
{
	delivered->ids[delivered->count++ % DELIVERED_KEPT] = *id;
}

static void read_ids(struct dedup *delivered, off_t size)
{
	off_t tail = DELIVERED_KEPT * TRACE_ID_SIZE;
	struct trace_id id;

	size -= size % TRACE_ID_SIZE; /* a torn id at the end is none */
	for (off_t at = size > tail ? size - tail : 0; at < size; at += TRACE_ID_SIZE)
		if (pread(delivered->fd, &id, sizeof(id), at) == sizeof(id))
			remember(delivered, &id);
	delivered->on_disk = (size_t)size / TRACE_ID_SIZE;
	if (ftruncate(delivered->fd, size) != 0)
		delivered->on_disk = 0;
}

struct dedup *dedup_open(const char *path, struct why *why)
{
	struct dedup *delivered = xcalloc(1, sizeof(*delivered));
	struct stat status;

	delivered->path = xstrdup(path);
	delivered->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (delivered->fd < 0 || fstat(delivered->fd, &status) != 0) {
		why_set(why, "%s: %s", path, strerror(errno));
		dedup_close(delivered);
		return NULL;
	}
	read_ids(delivered, status.st_size);
	return delivered;
}

void dedup_close(struct dedup *delivered)
{
	if (!delivered)
		return;
	if (delivered->fd >= 0)
		close(delivered->fd);
	free(delivered->path);
	free(delivered);
}

bool dedup_has(const struct dedup *delivered, const struct trace_id *id)
{
	size_t kept = delivered->count < DELIVERED_KEPT ? delivered->count : DELIVERED_KEPT;

	for (size_t i = 0; i < kept; i++)
		if (memcmp(&delivered->ids[i], id, sizeof(*id)) == 0)
			return true;
	return false;
}

void dedup_add(struct dedup *delivered, const struct trace_id *id)
{
	remember(delivered, id);
	if (delivered->on_disk >= 2 * DELIVERED_KEPT && ftruncate(delivered->fd, 0) == 0) {
		/* The ring as it is: after it is full its order does not matter. */
		delivered->on_disk = DELIVERED_KEPT;
		if (write_all(delivered->fd, delivered->ids, sizeof(delivered->ids)))
			return;
	}
	/* A full disk costs a possible second report, nothing else. */
	if (write_all(delivered->fd, id, sizeof(*id)))
		delivered->on_disk++;
}
