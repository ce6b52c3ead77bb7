/* flight.c - the in-flight log: appending, rewriting with only the live entries, and reading after
 * a restart. */
#include "ingress/spool/flight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "ingress/spool/boot.h"
#include "ingress/spool/record.h"

#define NAME "in-flight"
#define NEW_NAME "in-flight.new"
#define LIMIT_MIN (2u << 20)
#define LIMIT_MAX (1u << 30)

/* Followed by `count` seqs. */
struct flight_record {
	uint32_t count;
	uint32_t crc; /* of session and seqs */
	uint64_t session;
};

static uint32_t flight_crc(uint64_t session, const void *seqs, size_t count)
{
	return crc32c(crc32c(0, &session, sizeof(session)), seqs, count * sizeof(uint64_t));
}

static void append_record(struct buffer *out, uint64_t session, const uint64_t *seqs, size_t count)
{
	struct flight_record record = { .count = (uint32_t)count,
					.crc = flight_crc(session, seqs, count),
					.session = session };

	if (count == 0)
		return;
	buffer_append(out, &record, sizeof(record));
	buffer_append(out, seqs, count * sizeof(*seqs));
}

void flight_log_append(struct flight_log *log, uint64_t session, const uint64_t *seqs, size_t count)
{
	append_record(&log->open, session, seqs, count);
}

/* --- reading ---------------------------------------------------------------------------------- */

struct entries {
	struct flight_entry *list;
	size_t count, capacity;
	bool damaged; /* the rest was not read */
};

static void add_entry(struct entries *entries, struct flight_entry entry)
{
	array_reserve(entries->list, &entries->capacity, entries->count + 1);
	entries->list[entries->count++] = entry;
}

/* A truncated last record does not count: its updates were never sent. */
static void read_records(const uint8_t *data, size_t size, flight_is_live_fn *is_live, void *owner,
			 struct entries *out)
{
	size_t offset = 0;

	while (size - offset >= sizeof(struct flight_record)) {
		struct flight_record record;
		const uint8_t *seqs = data + offset + sizeof(record);
		size_t left = size - offset - sizeof(record);

		memcpy(&record, data + offset, sizeof(record));
		if (record.count > left / sizeof(uint64_t))
			return;
		out->damaged = record.crc != flight_crc(record.session, seqs, record.count);
		if (out->damaged)
			return;
		for (uint32_t i = 0; i < record.count; i++) {
			struct flight_entry entry = { .session = record.session,
						      .order = out->count };

			memcpy(&entry.seq, seqs + i * sizeof(uint64_t), sizeof(uint64_t));
			if (is_live(owner, entry.seq))
				add_entry(out, entry);
		}
		offset += sizeof(record) + record.count * sizeof(uint64_t);
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct flight_entry *left = a, *right = b;

	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

/* Sorts by seq and keeps each update's last entry, unless that says that it came back. */
static void keep_last(struct entries *entries)
{
	struct flight_entry *list = entries->list;
	size_t kept = 0;

	if (entries->count > 1)
		qsort(list, entries->count, sizeof(*list), compare_entries);
	for (size_t i = 0; i < entries->count; i++) {
		bool is_last = i + 1 == entries->count || list[i + 1].seq != list[i].seq;

		if (is_last && list[i].session)
			list[kept++] = list[i];
	}
	entries->count = kept;
}

static bool read_file(const struct flight_log *log, flight_is_live_fn *is_live, void *owner,
		      struct entries *out, struct why *why)
{
	struct buffer data = { 0 };
	struct stat stat = { .st_size = 0 };
	ssize_t got = 1;

	if (fstat(log->fd, &stat) < 0 || stat.st_size > LIMIT_MAX)
		return why_set(why, "cannot read the in-flight file: %s",
			       stat.st_size > LIMIT_MAX ? "it is too large" : strerror(errno));
	buffer_reserve(&data, (size_t)stat.st_size + 1);
	while (got > 0 && data.size < (size_t)stat.st_size) {
		got = pread(log->fd, data.data + data.size, (size_t)stat.st_size - data.size,
			    (off_t)data.size);
		if (got > 0)
			data.size += (size_t)got;
	}
	read_records(data.data, data.size, is_live, owner, out);
	keep_last(out);
	buffer_finish(&data);
	return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Replaces the file by a new one with `entries` and the open buffer. */
static bool replace_file(struct flight_log *log, const struct entries *entries)
{
	int fd = openat(log->directory, NEW_NAME,
			O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct buffer all = { 0 };
	size_t size;
	bool ok;

	if (fd < 0)
		return false;
	for (size_t i = 0; i < entries->count; i++)
		append_record(&all, entries->list[i].session, &entries->list[i].seq, 1);
	buffer_append(&all, buffer_unread(&log->open), buffer_unread_size(&log->open));
	size = buffer_unread_size(&all);
	ok = write_all(fd, buffer_unread(&all), size) &&
	     renameat(log->directory, NEW_NAME, log->directory, NAME) == 0;
	buffer_finish(&all);
	if (!ok) {
		unlinkat(log->directory, NEW_NAME, 0);
		close(fd);
		return false;
	}
	if (log->fd >= 0)
		close(log->fd);
	log->fd = fd;
	log->bytes = size;
	log->limit = 4 * log->bytes > LIMIT_MIN ? 4 * log->bytes : LIMIT_MIN;
	buffer_clear(&log->open);
	return true;
}

static void note(struct flight_log *log)
{
	if (log->complete && !log->noted)
		log->noted = spool_boot_note(log->directory);
}

void flight_log_set_complete(struct flight_log *log)
{
	log->unknown_reason = NULL;
	log->complete = true;
	if (!log->open.size)
		note(log);
}

/* Rewrites the file with only the last entry of each live update. */
static bool write_anew(struct flight_log *log, flight_is_live_fn *is_live, void *owner)
{
	struct entries entries = { 0 };
	bool ok = read_file(log, is_live, owner, &entries, NULL) && replace_file(log, &entries);

	free(entries.list);
	return ok;
}

static bool write_on(struct flight_log *log)
{
	/* A truncated end would hide what follows, so the file can only be rewritten. */
	if (log->limit == 0)
		return false;
	if (!write_all(log->fd, log->open.data, log->open.size)) {
		if (ftruncate(log->fd, (off_t)log->bytes) < 0)
			log->limit = 0;
		return false;
	}
	log->bytes += log->open.size;
	buffer_clear(&log->open);
	return true;
}

void flight_log_write(struct flight_log *log, flight_is_live_fn *is_live, void *owner)
{
	if (!log->open.size)
		return;
	if (((log->limit == 0 || log->bytes > log->limit) && write_anew(log, is_live, owner)) ||
	    write_on(log)) {
		note(log);
		return;
	}
	if (log->noted)
		spool_boot_forget(log->directory);
	log->noted = false;
}

bool flight_log_open(struct flight_log *log, int directory, flight_is_live_fn *is_live, void *owner,
		     struct flight_entry **entries, size_t *count, struct why *why)
{
	struct entries found = { 0 };

	*log = (struct flight_log) { .directory = directory };
	log->fd = openat(directory, NAME, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			 0600);
	if (log->fd < 0)
		return why_set(why, "cannot open the in-flight file: %s", strerror(errno));
	if (!read_file(log, is_live, owner, &found, why)) {
		free(found.list);
		flight_log_close(log);
		return false;
	}
	log->noted = log->complete = spool_boot_is_noted(directory, &log->unknown_reason);
	if (!log->unknown_reason && found.damaged)
		log->unknown_reason = "the in-flight log is damaged";
	if (log->unknown_reason) {
		log->noted = log->complete = false;
		spool_boot_forget(directory);
		found.count = 0;
	}
	/* Also removes a damaged end. On a full disk the old file stays in use. */
	if (!replace_file(log, &found))
		log->limit = 0;
	*entries = found.list;
	*count = found.count;
	return true;
}

void flight_log_close(struct flight_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
	buffer_finish(&log->open);
}
