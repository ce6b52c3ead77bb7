/* fuzz_segments.c - spool_open() on crafted segments: records with valid checksums and arbitrary
 * contents, in two segments. Whatever they say, the spool opens or refuses with a reason, each
 * update reported can be read or cannot, and after all are done and a restart none comes back. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "ingress/spool/record.h"
#include "ingress/spool/segment.h"
#include "ingress/spool/spool.h"
#include "tests/fuzz/fuzz.h"

#define SEQS_MAX 256u
#define BOT_ID 42

static char directory[64];

static void make_directory(void)
{
	if (directory[0])
		return;
	log_open("fuzz", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	/* In memory: a run only opens and closes. */
	strcpy(directory, access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz-spool.XXXXXX"
							: "/tmp/fuzz-spool.XXXXXX");
	PROMISE(mkdtemp(directory));
}

static void write_segment(uint32_t number, const struct buffer *bytes)
{
	char name[SEGMENT_NAME_SIZE], path[128];

	segment_name(number, name);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	PROMISE(fd >= 0);
	PROMISE(write(fd, bytes->data, bytes->size) == (ssize_t)bytes->size);
	close(fd);
}

static void remove_all(void)
{
	static const char *const others[] = { "lock", "reserve", "in-flight" };
	char name[SEGMENT_NAME_SIZE], path[128];

	for (uint32_t number = 1; number < 16; number++) {
		segment_name(number, name);
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		unlink(path);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, others[i]);
		unlink(path);
	}
}

/* A byte for the kind, a byte for the length, the bytes. Every fourth record ends its batch. */
static void craft(uint32_t number, const uint8_t *data, size_t size)
{
	struct buffer bytes = { 0 };
	uint32_t records = 0, batch = 0;

	segment_header_append(&bytes, number, BOT_ID, 1, 1);
	for (size_t at = 0; at + 2 <= size && records < 64;) {
		size_t length = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;

		record_append(&bytes, number,
			      &(struct record_parts) { .number = records++,
						       .kind = (enum record_kind)(data[at] % 8),
						       .body = data + at + 2,
						       .body_size = length });
		at += 2 + length;
		if (++batch == 4 || at + 2 > size) {
			struct end_record end = { batch, ~batch };

			record_append(&bytes, number,
				      &(struct record_parts) { .number = records++,
							       .kind = RECORD_END,
							       .head = &end,
							       .head_size = sizeof(end) });
			batch = 0;
		}
	}
	write_segment(number, &bytes);
	buffer_finish(&bytes);
}

struct found {
	uint64_t seqs[SEQS_MAX];
	size_t count, sightings;
};

static void on_update(void *owner, const struct spool_update *update)
{
	struct found *found = owner;

	PROMISE(update->kind <= KIND_UNKNOWN);
	if (found->count < SEQS_MAX)
		found->seqs[found->count++] = update->seq;
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	(void)sighting;
	((struct found *)owner)->sightings++;
}

static void on_meta(void *owner, const char *key, const void *value, size_t size)
{
	(void)owner;
	PROMISE(key && (value || size == 0));
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	(void)owner;
	(void)offset;
	(void)bytes;
	PROMISE(segment && what);
}

static struct spool *open_spool(struct found *found)
{
	struct spool_options options = { .directory = directory,
					 .bot_id = BOT_ID,
					 .max_bytes = 1 << 20 };
	struct spool_replay replay = { found, on_update, on_sighting, on_meta, on_damage };
	struct why why;

	*found = (struct found) { 0 };
	return spool_open(&options, &replay, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer body = { 0 };
	struct found found, again;
	struct spool *spool;

	make_directory();
	craft(1, data, size / 2);
	craft(2, data + size / 2, size - size / 2);
	spool = open_spool(&found);
	if (spool) {
		for (size_t i = 0; i < found.count; i++)
			(void)!spool_read(spool, found.seqs[i], &body, NULL);
		spool_append_done(spool, found.seqs, found.count);
		spool_commit(spool, true, NULL, NULL);
		spool_close(spool);
		spool = open_spool(&again);
		PROMISE(spool);
		PROMISE(found.count == SEQS_MAX || again.count == 0);
		PROMISE(again.sightings == found.sightings);
		spool_close(spool);
	}
	buffer_finish(&body);
	remove_all();
	return 0;
}
