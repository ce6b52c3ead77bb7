/* test_spool_crash.c - crash consistency of the spool: whatever a crash leaves on disk, what comes
 * back is right.
 *
 * Every prefix of a segment, blocks that never arrived, every byte flipped, and a copy of the
 * directory before each step of a run with replacements, cleaning and restarts. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "ingress/spool/spool.h"
#include "tests/unit/memory_directory.h"

#define ITEMS 256
#define ABSENT 0
#define DONE (-1)

/* What an update is: ABSENT, the version of its body, or DONE. */
struct item {
	uint64_t seq;
	int durable; /* as of the last finished commit */
	int issued;  /* as of the last commit that was started */
};

struct model {
	struct item items[ITEMS];
	size_t count;
};

/* --- replays ---------------------------------------------------------------------------------- */

struct found {
	uint64_t seqs[ITEMS];
	int versions[ITEMS];
	size_t count, damages, sightings;
};

static void on_update(void *owner, const struct spool_update *update)
{
	struct found *found = owner;

	assert_in_range(found->count, 0, ITEMS - 1);
	found->seqs[found->count++] = update->seq;
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	struct found *found = owner;

	(void)sighting;
	found->sightings++;
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	struct found *found = owner;

	(void)segment;
	(void)offset;
	(void)bytes;
	(void)what;
	found->damages++;
}

/* A body identifies its update and version, and is longer than a block. */
static size_t write_body(char *out, size_t size, uint64_t seq, int version)
{
	int length = snprintf(out, size, "%llu v%d ", (unsigned long long)seq, version);

	memset(out + length, 'a' + version % 26, 90 + (size_t)version * 7 % 60);
	return (size_t)length + 90 + (size_t)version * 7 % 60;
}

static struct spool *open_at(const char *directory, struct found *found)
{
	struct spool_options options = { .directory = directory,
					 .bot_id = 42,
					 .max_bytes = 1 << 20,
					 .segment_bytes = 2048,
					 .segment_ms = 2 };
	struct spool_replay replay = {
		.owner = found, .update = on_update, .sighting = on_sighting, .damage = on_damage
	};
	struct why why = { "" };
	struct spool *spool;

	memset(found, 0, sizeof(*found));
	spool = spool_open(&options, &replay, &why);
	if (!spool)
		fail_msg("%s", why.text);
	return spool;
}

/* Reads each body and compares it with what it should be. */
static void read_versions(struct spool *spool, struct found *found)
{
	for (size_t i = 0; i < found->count; i++) {
		struct buffer body = { 0 };
		unsigned long long seq;
		char wanted[256];
		size_t size;

		assert_true(spool_read(spool, found->seqs[i], &body, NULL));
		/* The first one of add(), before its first version. */
		if (i == 0 && body.size == 0) {
			found->versions[i] = ABSENT;
			continue;
		}
		assert_int_equal(sscanf(buffer_text(&body), "%llu v%d", &seq, &found->versions[i]),
				 2);
		assert_true(seq == found->seqs[i]);
		size = write_body(wanted, sizeof(wanted), seq, found->versions[i]);
		assert_int_equal(body.size, size);
		assert_memory_equal(body.data, wanted, size);
		buffer_finish(&body);
		if (i > 0)
			assert_true(found->seqs[i] > found->seqs[i - 1]);
	}
}

static void replay(const char *directory, struct found *found)
{
	struct spool *spool = open_at(directory, found);

	read_versions(spool, found);
	spool_close(spool);
}

static int version_found(const struct found *found, uint64_t seq)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->seqs[i] == seq)
			return found->versions[i];
	return ABSENT;
}

/* --- files ------------------------------------------------------------------------------------ */

static void write_file(const char *directory, const char *name, const void *data, size_t size)
{
	char *path = xasprintf("%s/%s", directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_true(write_all(fd, data, size));
	close(fd);
	free(path);
}

static void read_whole(const char *directory, const char *name, struct buffer *out)
{
	char *path = xasprintf("%s/%s", directory, name);

	assert_true(file_read(path, 1 << 24, out, NULL));
	free(path);
}

static void empty(const char *directory)
{
	DIR *open = opendir(directory);
	struct dirent *entry;

	while ((entry = readdir(open))) {
		char *path = xasprintf("%s/%s", directory, entry->d_name);

		unlink(path);
		free(path);
	}
	closedir(open);
}

static void copy_directory(const char *from, const char *to)
{
	DIR *open = opendir(from);
	struct dirent *entry;

	assert_int_equal(mkdir(to, 0700), 0);
	while ((entry = readdir(open))) {
		struct buffer data = { 0 };

		/* Not the lock and the reserve. */
		if (!strstr(entry->d_name, ".seg"))
			continue;
		read_whole(from, entry->d_name, &data);
		write_file(to, entry->d_name, data.data, data.size);
		buffer_finish(&data);
	}
	closedir(open);
}

static int set_up(void **state)
{
	char *directory = make_memory_directory("korone-crash");

	assert_non_null(directory);
	*state = directory;
	return 0;
}

static int tear_down(void **state)
{
	char *command = xasprintf("rm -rf %s", (char *)*state);

	assert_int_equal(system(command), 0);
	free(command);
	free(*state);
	return 0;
}

/* --- one segment, by hand --------------------------------------------------------------------- */

#define BATCHES 9

struct history {
	struct buffer segment;
	char name[32];
	size_t ends[BATCHES]; /* where each batch ends */
	struct model models[BATCHES];
	size_t batches;
};

static struct item *item_of(struct model *model, uint64_t seq)
{
	for (size_t i = 0; i < model->count; i++)
		if (model->items[i].seq == seq)
			return &model->items[i];
	assert_in_range(model->count, 0, ITEMS - 1);
	model->items[model->count].seq = seq;
	return &model->items[model->count++];
}

static uint64_t add(struct spool *spool, struct model *model)
{
	struct spool_update update = { .update_id = 1, .kind = KIND_MESSAGE };
	uint64_t next = model->count ? model->items[model->count - 1].seq + 1 : 0;
	char body[256];

	if (!next) {
		/* The first number is known only once it is given out. */
		spool_append_update(spool, &update, "", 0);
		next = update.seq;
		spool_append_replacement(spool, &update, body,
					 write_body(body, sizeof(body), next, 1));
	} else {
		spool_append_update(spool, &update, body, write_body(body, sizeof(body), next, 1));
	}
	assert_true(update.seq == next);
	item_of(model, next)->issued = 1;
	return next;
}

static void replace(struct spool *spool, struct model *model, uint64_t seq)
{
	struct spool_update update = { .seq = seq, .update_id = 1 };
	struct item *item = item_of(model, seq);
	char body[256];

	item->issued++;
	spool_append_replacement(spool, &update, body,
				 write_body(body, sizeof(body), seq, item->issued));
}

static void finish(struct spool *spool, struct model *model, uint64_t seq)
{
	spool_append_done(spool, &seq, 1);
	item_of(model, seq)->issued = DONE;
}

static void commit(struct spool *spool, struct model *model)
{
	spool_commit(spool, true, NULL, NULL);
	assert_true(spool_flush(spool, 5000));
	for (size_t i = 0; i < model->count; i++)
		model->items[i].durable = model->items[i].issued;
}

static void find_segment(const char *directory, char name[32])
{
	DIR *open = opendir(directory);
	struct dirent *entry;

	name[0] = '\0';
	while ((entry = readdir(open)))
		if (strstr(entry->d_name, ".seg"))
			snprintf(name, 32, "%.31s", entry->d_name);
	closedir(open);
	assert_string_not_equal(name, "");
}

/* Batches of one to four records of every kind, all in one segment. */
static void make_history(const char *directory, struct history *history)
{
	struct spool_options options = { .directory = directory,
					 .bot_id = 42,
					 .max_bytes = 1 << 20 };
	struct spool *spool = spool_open(&options, NULL, NULL);
	struct model model = { 0 };
	uint64_t seqs[BATCHES];

	memset(history, 0, sizeof(*history));
	for (size_t i = 0; i < BATCHES; i++) {
		struct sighting someone = { .scope = SIGHTING_USER,
					    .id = (int64_t)i + 1,
					    .version = 1,
					    .first_name = { "A", 1 } };

		seqs[i] = add(spool, &model);
		if (i % 3 == 1)
			add(spool, &model);
		if (i % 3 == 2)
			spool_append_sighting(spool, &someone);
		if (i > 2 && i % 2)
			finish(spool, &model, seqs[i - 2]);
		if (i > 2 && !(i % 2))
			replace(spool, &model, seqs[i - 1]);
		if (i == 4)
			spool_append_meta(spool, "key", "value", 5);
		commit(spool, &model);
		find_segment(directory, history->name);
		buffer_clear(&history->segment);
		read_whole(directory, history->name, &history->segment);
		history->ends[i] = history->segment.size;
		history->models[i] = model;
	}
	history->batches = BATCHES;
	spool_close(spool);
	assert_int_equal(history->segment.size, history->ends[BATCHES - 1]);
}

static void equals(const struct found *found, const struct model *model)
{
	size_t live = 0;

	for (size_t i = 0; i < model->count; i++) {
		int version = model->items[i].durable;

		live += version > 0;
		assert_int_equal(version_found(found, model->items[i].seq),
				 version > 0 ? version : ABSENT);
	}
	assert_int_equal(found->count, live);
}

static void every_prefix_gives_the_last_whole_batch(void **state)
{
	static const struct model nothing;
	struct history *history = calloc(1, sizeof(*history));
	const char *directory = *state;
	size_t batch = 0;

	make_history(directory, history);
	for (size_t size = 0; size <= history->segment.size; size++) {
		bool at_end = batch < BATCHES && size == history->ends[batch];
		struct found found;

		/* All of them would take long; those around the ends matter most. */
		if (size % 7 && batch < BATCHES && size + 28 < history->ends[batch])
			continue;
		batch += at_end;
		empty(directory);
		write_file(directory, history->name, history->segment.data, size);
		replay(directory, &found);
		equals(&found, batch ? &history->models[batch - 1] : &nothing);
		/* Truncation is reported, once. (Nothing, or a header alone, is complete.) */
		assert_int_equal(found.damages, !at_end && size != 0 && size != 64);
	}
	assert_int_equal(batch, BATCHES);
	buffer_finish(&history->segment);
	free(history);
}

static void a_torn_tail_is_said_once(void **state)
{
	struct history *history = calloc(1, sizeof(*history));
	const char *directory = *state;
	struct found found;

	make_history(directory, history);
	empty(directory);
	write_file(directory, history->name, history->segment.data, history->segment.size - 5);
	replay(directory, &found);
	assert_int_equal(found.damages, 1);
	replay(directory, &found);
	assert_int_equal(found.damages, 0);
	equals(&found, &history->models[BATCHES - 2]);
	buffer_finish(&history->segment);
	free(history);
}

/* Blocks of the last batch never reached the disk: nothing before them is affected. */
static void blocks_that_are_missing_harm_only_the_last_batch(void **state)
{
	struct history *history = calloc(1, sizeof(*history));
	const char *directory = *state;
	size_t start = 0;

	make_history(directory, history);
	start = history->ends[BATCHES - 2];
	for (size_t block = start & ~(size_t)63; block < history->segment.size; block += 64) {
		const struct model *before = &history->models[BATCHES - 2];
		const struct model *after = &history->models[BATCHES - 1];
		struct buffer torn = { 0 };
		struct found found;

		buffer_append(&torn, history->segment.data, history->segment.size);
		for (size_t at = block; at < block + 64 && at < torn.size; at++)
			if (at >= start)
				torn.data[at] = 0;
		empty(directory);
		write_file(directory, history->name, torn.data, torn.size);
		replay(directory, &found);
		assert_true(found.damages > 0);
		for (size_t i = 0; i < after->count; i++) {
			int was = i < before->count ? before->items[i].durable : ABSENT;
			int is = after->items[i].durable;
			int got = version_found(&found, after->items[i].seq);

			assert_true(got == (was > 0 ? was : ABSENT) ||
				    got == (is > 0 ? is : ABSENT));
		}
		buffer_finish(&torn);
	}
	buffer_finish(&history->segment);
	free(history);
}

static void tend_for_a_while(struct spool *spool)
{
	for (int i = 0; i < 20; i++) {
		spool_tend(spool);
		assert_true(spool_flush(spool, 5000));
		nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
	}
}

/* The replacement in a later segment did not reach the disk, but its kill did: what was there
 * before stays live, even after that segment was cleaned. */
static void a_kill_without_its_replacement_is_void_for_good(void **state)
{
	const char *directory = *state;
	struct model model = { 0 };
	struct buffer segment = { 0 };
	struct found found;
	struct spool *spool = open_at(directory, &found);
	char name[32], body[256];

	add(spool, &model);
	commit(spool, &model);
	spool_close(spool);
	spool = open_at(directory, &found); /* in a new segment, in which nothing is dead */
	uint64_t seq = add(spool, &model);
	commit(spool, &model);
	spool_close(spool);
	spool = open_at(directory, &found);
	add(spool, &model); /* it is copied for this one */
	replace(spool, &model, seq);
	spool_commit(spool, true, NULL, NULL);
	spool_close(spool);
	snprintf(name, sizeof(name), "%08x.seg", 3);
	read_whole(directory, name, &segment);
	size_t size = write_body(body, sizeof(body), seq, 2);
	uint8_t *at = memmem(segment.data, segment.size, body, size);
	assert_non_null(at);
	memset(at, 0, size);
	write_file(directory, name, segment.data, segment.size);
	buffer_finish(&segment);

	for (int start = 0; start < 4; start++) {
		spool = open_at(directory, &found);
		read_versions(spool, &found);
		assert_int_equal(version_found(&found, seq), 1);
		assert_int_equal(found.damages, start == 0);
		tend_for_a_while(spool);
		spool_close(spool);
	}
}

/* One byte changed somewhere: at most the record around it is lost. */
static void a_flipped_byte_costs_one_record(void **state)
{
	struct history *history = calloc(1, sizeof(*history));
	const char *directory = *state;

	make_history(directory, history);
	for (size_t at = 0; at < history->segment.size; at += 3) {
		const struct model *model = &history->models[BATCHES - 1];
		struct found found;
		size_t wrong = 0;

		history->segment.data[at] ^= (uint8_t)(1 + at % 255);
		empty(directory);
		write_file(directory, history->name, history->segment.data, history->segment.size);
		history->segment.data[at] ^= (uint8_t)(1 + at % 255);
		replay(directory, &found);
		for (size_t i = 0; i < model->count; i++) {
			int is = model->items[i].durable;

			wrong += version_found(&found, model->items[i].seq) !=
				 (is > 0 ? is : ABSENT);
		}
		assert_in_range(wrong, 0, 1);
		if (wrong)
			assert_true(found.damages > 0);
	}
	buffer_finish(&history->segment);
	free(history);
}

/* --- a long run, stopped before every step ---------------------------------------------------- */

#define SNAPSHOTS_MAX 2000

struct run {
	const char *directory; /* with "live" and a directory per snapshot in it */
	char live[96];
	struct model model;
	struct model *settings_cache;
	size_t count;
};

static int take_snapshot(void *owner, enum spool_step step)
{
	struct run *run = owner;
	char path[128];

	(void)step;
	if (run->count == SNAPSHOTS_MAX)
		return 0;
	snprintf(path, sizeof(path), "%s/%zu", run->directory, run->count);
	copy_directory(run->live, path);
	run->settings_cache[run->count++] = run->model;
	return 0;
}

static struct spool *open_run(struct run *run)
{
	struct spool_options options = { .directory = run->live,
					 .bot_id = 42,
					 .max_bytes = 1 << 20,
					 .segment_bytes = 1500,
					 .segment_ms = 2,
					 .before_step = take_snapshot,
					 .before_step_owner = run };
	struct spool *spool = spool_open(&options, NULL, NULL);

	assert_non_null(spool);
	return spool;
}

static void work(struct run *run, uint32_t seed)
{
	struct spool *spool = open_run(run);
	uint32_t random = seed;

	for (int i = 0; i < 150; i++) {
		random = random * 1664525u + 1013904223u;
		for (uint32_t n = random >> 28; n > 0; n--) {
			struct item *item;

			random = random * 1664525u + 1013904223u;
			if (run->model.count < ITEMS - 1 && (random >> 20) % 3 == 0) {
				add(spool, &run->model);
				continue;
			}
			if (!run->model.count)
				continue;
			item = &run->model.items[(random >> 8) % run->model.count];
			if (item->issued > 0 && random & 16)
				replace(spool, &run->model, item->seq);
			else if (item->issued > 0)
				finish(spool, &run->model, item->seq);
		}
		commit(spool, &run->model);
		spool_tend(spool);
		assert_true(spool_flush(spool, 5000));
		if (i % 40 == 39) {
			spool_close(spool);
			spool = open_run(run);
		}
	}
	spool_close(spool);
}

static void check_snapshot(const struct run *run, size_t at)
{
	const struct model *model = &run->settings_cache[at];
	struct found found;
	char path[128];

	snprintf(path, sizeof(path), "%s/%zu", run->directory, at);
	replay(path, &found);
	assert_int_equal(found.damages, 0);
	for (size_t i = 0; i < model->count; i++) {
		const struct item *item = &model->items[i];
		int got = version_found(&found, item->seq);

		/* What was durable, or what was being written. */
		if (got != (item->durable > 0 ? item->durable : ABSENT) &&
		    got != (item->issued > 0 ? item->issued : ABSENT))
			fail_msg("snapshot %zu: update %zu is v%d, not v%d or v%d", at, i, got,
				 item->durable, item->issued);
	}
}

static void a_crash_before_any_step_loses_nothing(void **state)
{
	struct run *run = calloc(1, sizeof(*run));

	run->directory = *state;
	run->settings_cache = calloc(SNAPSHOTS_MAX, sizeof(*run->settings_cache));
	snprintf(run->live, sizeof(run->live), "%s/live", run->directory);
	work(run, 17);
	assert_in_range(run->count, 400, SNAPSHOTS_MAX);
	for (size_t i = 0; i < run->count; i++)
		check_snapshot(run, i);
	free(run->settings_cache);
	free(run);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_prefix_gives_the_last_whole_batch),
		TEST(a_torn_tail_is_said_once),
		TEST(blocks_that_are_missing_harm_only_the_last_batch),
		TEST(a_kill_without_its_replacement_is_void_for_good),
		TEST(a_flipped_byte_costs_one_record),
		TEST(a_crash_before_any_step_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
