/* The spool as its callers see it: what is appended comes back, what is done leaves the disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/loop.h"
#include "common/xalloc.h"
#include "ingress/spool/spool.h"

#define BOT 123456
#define FOUND_MAX 4096

/* --- what a replay found ---------------------------------------------------------------------- */

struct found {
	size_t updates_count, sightings_count, damages;
	struct spool_update updates[FOUND_MAX];
	char sightings[FOUND_MAX][128];
	char metas[1024];
};

static struct found found;

static void on_update(void *owner, const struct spool_update *update)
{
	(void)owner;
	found.updates[found.updates_count++] = *update;
}

static void on_sighting(void *owner, const struct sighting *sighting)
{
	(void)owner;
	snprintf(found.sightings[found.sightings_count++], 128, "%d %lld v%llu at %lld %.*s",
		 sighting->scope, (long long)sighting->id, (unsigned long long)sighting->version,
		 (long long)sighting->seen_at, (int)sighting->first_name.length,
		 sighting->first_name.data ? sighting->first_name.data : "");
}

static void on_meta(void *owner, const char *key, const void *value, size_t size)
{
	size_t used = strlen(found.metas);

	(void)owner;
	snprintf(found.metas + used, sizeof(found.metas) - used, "%s=%.*s;", key, (int)size,
		 (const char *)value);
}

static void on_damage(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		      const char *what)
{
	(void)owner;
	(void)offset;
	assert_non_null(segment);
	assert_non_null(what);
	assert_true(bytes > 0);
	found.damages++;
}

static const struct spool_replay replay = {
	.update = on_update, .sighting = on_sighting, .meta = on_meta, .damage = on_damage
};

/* --- helpers ---------------------------------------------------------------------------------- */

struct world {
	char directory[64];
	struct spool *spool;
	struct spool_options options;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->directory, "/tmp/korone-spool-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	world->options = (struct spool_options) { .directory = world->directory,
						  .bot_id = BOT,
						  .max_bytes = 64 << 20,
						  .segment_bytes = 1 << 20,
						  .segment_ms = 60000 };
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	char *command = xasprintf("rm -rf %s", world->directory);

	spool_close(world->spool);
	assert_int_equal(system(command), 0);
	free(command);
	free(world);
	return 0;
}

static struct spool *open_spool(struct world *world)
{
	struct why why = { "" };

	memset(&found, 0, sizeof(found));
	world->spool = spool_open(&world->options, &replay, &why);
	if (!world->spool)
		fail_msg("%s", why.text);
	return world->spool;
}

/* As after a clean end and a start. */
static struct spool *reopen(struct world *world)
{
	spool_close(world->spool);
	return open_spool(world);
}

static void commit(struct spool *spool)
{
	spool_commit(spool, true, NULL, NULL);
	assert_true(spool_flush(spool, 5000));
}

static uint64_t add(struct spool *spool, int64_t update_id, const char *body)
{
	struct spool_update update = { .update_id = update_id,
				       .kind = KIND_MESSAGE,
				       .lane = (uint64_t)update_id * 3,
				       .trace = { { (uint8_t)update_id, 7 } },
				       .received_ms = 1700000000000 + (uint64_t)update_id };

	spool_append_update(spool, &update, body, strlen(body));
	return update.seq;
}

static void has_body(struct spool *spool, uint64_t seq, const char *wanted)
{
	struct buffer body = { 0 };
	struct why why = { "" };

	if (!spool_read(spool, seq, &body, &why))
		fail_msg("%s", why.text);
	assert_int_equal(body.size, strlen(wanted));
	assert_memory_equal(body.data, wanted, body.size);
	buffer_finish(&body);
}

static bool is_gone(struct spool *spool, uint64_t seq)
{
	struct buffer body = { 0 };
	bool gone = !spool_read(spool, seq, &body, NULL);

	buffer_finish(&body);
	return gone;
}

/* Whether any file of the directory holds the text. */
static bool disk_has(const struct world *world, const char *text)
{
	DIR *directory = opendir(world->directory);
	struct dirent *entry;
	bool has = false;

	while ((entry = readdir(directory))) {
		char *path = xasprintf("%s/%s", world->directory, entry->d_name);
		FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		char *data = malloc(64 << 20);
		size_t size = file ? fread(data, 1, 64 << 20, file) : 0;

		has = has || memmem(data, size, text, strlen(text));
		if (file)
			fclose(file);
		free(data);
		free(path);
	}
	closedir(directory);
	return has;
}

static size_t segments_on_disk(const struct world *world)
{
	DIR *directory = opendir(world->directory);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(directory)))
		count += strstr(entry->d_name, ".seg") != NULL;
	closedir(directory);
	return count;
}

/* Does all the cleaning that is due. */
static void tend(struct spool *spool)
{
	for (int i = 0; i < 200; i++) {
		spool_tend(spool);
		assert_true(spool_flush(spool, 5000));
	}
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec) { ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* --- what comes back -------------------------------------------------------------------------- */

static void an_update_comes_back(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t one = add(spool, 11, "first body"), two = add(spool, 12, "");

	assert_true(two > one);
	has_body(spool, one, "first body"); /* not durable yet */
	commit(spool);
	has_body(spool, one, "first body");
	has_body(spool, two, "");
	spool = reopen(world);
	assert_int_equal(found.damages, 0);
	assert_int_equal(found.updates_count, 2);
	assert_true(found.updates[0].seq == one && found.updates[1].seq == two);
	assert_int_equal(found.updates[0].update_id, 11);
	assert_int_equal(found.updates[0].kind, KIND_MESSAGE);
	assert_int_equal(found.updates[0].lane, 33);
	assert_int_equal(found.updates[0].trace.bytes[0], 11);
	assert_int_equal(found.updates[0].trace.bytes[1], 7);
	assert_true(found.updates[0].received_ms == 1700000000011);
	assert_int_equal(found.updates[0].session, 0);
	has_body(spool, one, "first body");
	assert_true(add(spool, 13, "x") > two);
}

static void what_is_done_does_not_come_back(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t one = add(spool, 1, "one"), two = add(spool, 2, "two"),
		 three = add(spool, 3, "three");

	commit(spool);
	spool_append_done(spool, (const uint64_t[]) { one, three, 999 }, 3);
	assert_true(is_gone(spool, one));
	commit(spool);
	spool = reopen(world);
	assert_int_equal(found.updates_count, 1);
	assert_true(found.updates[0].seq == two);
	assert_true(is_gone(spool, three));
	has_body(spool, two, "two");
}

static void numbers_are_never_used_twice(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t last = 0;

	for (int i = 0; i < 5; i++) {
		uint64_t seq = add(spool, i, "x");

		assert_true(seq > last);
		last = seq;
		commit(spool);
		spool_append_done(spool, &seq, 1);
		commit(spool);
		world->options.segment_ms = 1;
		spool = reopen(world);
		tend(spool);
	}
	/* Even when the directory is deleted: they start with the time. */
	assert_true(last > UINT64_C(1700000000000) << 16);
}

static void a_replacement_takes_the_place(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t seq = add(spool, 1, "the original"), other = add(spool, 2, "other");
	struct spool_update work = { .seq = seq, .update_id = 1, .flags = ITEM_WORK, .due_ms = 77 };

	commit(spool);
	spool_append_replacement(spool, &work, "later", 5);
	has_body(spool, seq, "later");
	commit(spool);
	spool = reopen(world);
	assert_int_equal(found.updates_count, 2);
	assert_true(found.updates[0].seq == seq && found.updates[1].seq == other);
	assert_int_equal(found.updates[0].flags, ITEM_WORK);
	assert_int_equal(found.updates[0].due_ms, 77);
	has_body(spool, seq, "later");
	spool_append_done(spool, &seq, 1);
	commit(spool);
	/* of one that is done: nothing */
	spool_append_replacement(spool, &work, "later", 5);
	assert_true(is_gone(spool, seq));
	spool = reopen(world);
	assert_int_equal(found.updates_count, 1);
}

static void attempts_are_kept(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	struct spool_update update = { .update_id = 5, .kind = KIND_POLL };

	spool_append_update(spool, &update, "body", 4);
	commit(spool);
	update.attempts = 2;
	update.lost = 3;
	spool_append_attempt(spool, &update);
	commit(spool);
	spool = reopen(world);
	assert_int_equal(found.updates_count, 1);
	assert_int_equal(found.updates[0].attempts, 2);
	assert_int_equal(found.updates[0].lost, 3);
	has_body(spool, update.seq, "body");
}

static void sessions_come_back(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t seqs[4];

	for (int i = 0; i < 4; i++)
		seqs[i] = add(spool, i, "x");
	commit(spool);
	spool_append_dispatched(spool, 71, seqs, 3);
	spool_append_dispatched(spool, 72, seqs + 1, 1);
	spool_append_dispatched(spool, 0, seqs + 2, 1);
	spool_commit(spool, false, NULL, NULL);
	spool = reopen(world);
	assert_int_equal(found.updates_count, 4);
	assert_int_equal(found.updates[0].session, 71);
	assert_int_equal(found.updates[1].session, 72);
	assert_int_equal(found.updates[2].session, 0);
	assert_int_equal(found.updates[3].session, 0);
	spool = reopen(world);
	assert_int_equal(found.updates[1].session, 72);
	spool_append_done(spool, seqs, 1);
	commit(spool);
	reopen(world);
	assert_int_equal(found.updates_count, 3);
	assert_int_equal(found.updates[0].session, 72);
}

static struct sighting person(int64_t id, uint64_t version, const char *name)
{
	return (struct sighting) { .scope = SIGHTING_USER,
				   .id = id,
				   .version = version,
				   .seen_at = 1700000000 + id,
				   .first_name = { name, strlen(name) } };
}

static void sightings_come_back_until_they_are_stored(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	struct sighting anna = person(1, 1, "Anna"), bob = person(2, 1, "Bob");
	struct sighting_stored stored = { SIGHTING_USER, 1, 1 };

	spool_append_sighting(spool, &anna);
	spool_append_sighting(spool, &bob);
	commit(spool);
	spool = reopen(world);
	assert_int_equal(found.sightings_count, 2);
	anna = person(1, 2, "Anne");
	spool_append_sighting(spool, &anna);
	spool_append_sighting_stored(spool, &stored); /* the older version */
	stored.id = 2;
	spool_append_sighting_stored(spool, &stored);
	commit(spool);
	spool = reopen(world);
	assert_int_equal(found.sightings_count, 1);
	assert_string_equal(found.sightings[0], "0 1 v2 at 1700000001 Anne");
	stored = (struct sighting_stored) { SIGHTING_USER, 1, 2 };
	spool_append_sighting_stored(spool, &stored);
	spool_append_sighting_stored(spool, &stored);
	commit(spool);
	reopen(world);
	assert_int_equal(found.sightings_count, 0);
}

static void metas_are_carried_along(void **state)
{
	struct world *world = *state;
	struct spool *spool;

	world->options.segment_bytes = 512;
	world->options.segment_ms = 1;
	spool = open_spool(world);
	spool_append_meta(spool, "a", "1", 1);
	spool_append_meta(spool, "b", "2", 1);
	spool_append_meta(spool, "c", "3", 1);
	commit(spool);
	spool_append_meta(spool, "b", "two", 3);
	spool_append_meta(spool, "c", NULL, 0);
	commit(spool);
	for (int i = 0; i < 20; i++) {
		uint64_t seq = add(spool, i, "some text that fills segments");

		commit(spool);
		spool_append_done(spool, &seq, 1);
		commit(spool);
		pause_ms(2);
		tend(spool);
	}
	assert_in_range(segments_on_disk(world), 1, 2);
	spool = reopen(world);
	assert_string_equal(found.metas, "a=1;b=two;");
	assert_int_equal(found.updates_count, 0);
}

/* --- what leaves ------------------------------------------------------------------------------ */

static void a_done_body_leaves_the_disk(void **state)
{
	struct world *world = *state;
	struct spool *spool;
	uint64_t stays, goes;

	world->options.segment_ms = 200;
	spool = open_spool(world);
	stays = add(spool, 1, "what waits");
	goes = add(spool, 2, "what is private");
	commit(spool);
	assert_true(disk_has(world, "what is private"));
	spool_append_done(spool, &goes, 1);
	commit(spool);
	tend(spool);
	assert_true(disk_has(world, "what is private")); /* not due */
	pause_ms(120);
	tend(spool);
	assert_false(disk_has(world, "what is private"));
	assert_true(disk_has(world, "what waits"));
	has_body(spool, stays, "what waits");
	spool = reopen(world);
	assert_int_equal(found.updates_count, 1);
	has_body(spool, stays, "what waits");
	assert_int_equal(found.damages, 0);
}

static void a_replaced_body_leaves_the_disk(void **state)
{
	struct world *world = *state;
	struct spool_update update = { .update_id = 9 };
	struct spool *spool;

	world->options.segment_ms = 1;
	spool = open_spool(world);
	spool_append_update(spool, &update, "long text", 9);
	commit(spool);
	update.flags = ITEM_INCIDENT;
	spool_append_replacement(spool, &update, "short", 5);
	commit(spool);
	pause_ms(2);
	tend(spool);
	assert_false(disk_has(world, "long text"));
	spool = reopen(world);
	has_body(spool, update.seq, "short");
}

/* The record that says that somebody is stored names them, and may be all that is dead in its
 * segment. */
static void who_was_stored_leaves_the_disk(void **state)
{
	static const char id_bytes[] = "XXXXXXXX";
	struct world *world = *state;
	struct sighting someone = { .scope = SIGHTING_USER,
				    .version = 1,
				    .first_name = { "A", 1 } };
	struct sighting_stored stored = { .scope = SIGHTING_USER, .version = 1 };
	char filler[4096] = { 0 };
	struct spool *spool;
	uint64_t stays;

	memcpy(&someone.id, id_bytes, sizeof(someone.id));
	stored.id = someone.id;
	world->options.segment_bytes = sizeof(filler);
	world->options.segment_ms = 200;
	memset(filler, 'f', sizeof(filler) - 1);
	spool = open_spool(world);
	spool_append_sighting(spool, &someone);
	add(spool, 1, filler);
	commit(spool);
	stays = add(spool, 2, "what waits");
	spool_append_sighting_stored(spool, &stored);
	commit(spool);
	assert_true(disk_has(world, id_bytes));
	/* Each half of the time, one of the two segments. */
	for (int i = 0; i < 2; i++) {
		pause_ms(120);
		tend(spool);
	}
	assert_false(disk_has(world, id_bytes));
	has_body(spool, stays, "what waits");
}

static void a_done_body_leaves_the_disk_after_a_restart(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t stays = add(spool, 1, "what waits"), goes = add(spool, 2, "what is private");

	commit(spool);
	spool_append_done(spool, &goes, 1);
	commit(spool);
	spool = reopen(world);
	tend(spool); /* a minute is over for sure */
	assert_false(disk_has(world, "what is private"));
	has_body(spool, stays, "what waits");
}

/* Many segments, done in another order than they came; nothing is lost, nothing comes back. */
static void cleaning_keeps_what_is_live(void **state)
{
	struct world *world = *state;
	struct spool *spool;
	uint64_t seqs[300];
	uint32_t random = 5;
	char body[64];

	world->options.segment_bytes = 4096;
	world->options.segment_ms = 1;
	spool = open_spool(world);
	memset(seqs, 0, sizeof(seqs));
	for (int i = 0; i < 3000; i++) {
		size_t slot;

		random = random * 1664525u + 1013904223u;
		slot = (random >> 8) % 300;
		if (seqs[slot]) {
			struct spool_update update = { .seq = seqs[slot],
						       .update_id = (int64_t)slot };

			snprintf(body, sizeof(body), "body of %zu", slot);
			has_body(spool, seqs[slot], body);
			if (random & 64) {
				spool_append_replacement(spool, &update, body, strlen(body));
			} else {
				spool_append_done(spool, &seqs[slot], 1);
				seqs[slot] = 0;
			}
		} else {
			struct sighting someone = person((int64_t)slot + 1, (uint64_t)i + 1, "A");

			snprintf(body, sizeof(body), "body of %zu", slot);
			seqs[slot] = add(spool, (int64_t)slot, body);
			spool_append_sighting(spool, &someone);
		}
		if (random & 512)
			commit(spool);
		if (random & 1024)
			spool_tend(spool);
		if (i % 500 == 499) {
			size_t live = 0;

			spool = reopen(world);
			for (size_t j = 0; j < 300; j++) {
				live += seqs[j] != 0;
				snprintf(body, sizeof(body), "body of %zu", j);
				if (seqs[j])
					has_body(spool, seqs[j], body);
			}
			assert_int_equal(found.damages, 0);
			assert_int_equal(found.updates_count, live);
			for (size_t j = 1; j < live; j++)
				assert_true(found.updates[j].seq > found.updates[j - 1].seq);
		}
	}
	for (size_t j = 0; j < 300; j++)
		if (seqs[j])
			spool_append_done(spool, &seqs[j], 1);
	commit(spool);
	pause_ms(2);
	tend(spool);
	spool = reopen(world);
	assert_int_equal(found.updates_count, 0);
	assert_in_range(found.sightings_count, 100, 300);
	for (size_t j = 0; j < 300; j++) {
		struct sighting_stored stored = { SIGHTING_USER, (int64_t)j + 1, 5000 };

		spool_append_sighting_stored(spool, &stored);
	}
	commit(spool);
	pause_ms(2);
	tend(spool);
	assert_in_range(segments_on_disk(world), 1, 2);
	assert_in_range(spool_bytes(spool), 1, 4096);
	reopen(world);
	assert_int_equal(found.sightings_count, 0);
}

/* --- who may open it -------------------------------------------------------------------------- */

static void files_are_private(void **state)
{
	struct world *world = *state;
	struct stat stat_of;
	DIR *directory;
	struct dirent *entry;

	assert_int_equal(chmod(world->directory, 0755), 0);
	add(open_spool(world), 1, "x");
	commit(world->spool);
	spool_append_dispatched(world->spool, 1, (const uint64_t[]) { 1 }, 1);
	spool_commit(world->spool, false, NULL, NULL);
	assert_int_equal(stat(world->directory, &stat_of), 0);
	assert_int_equal(stat_of.st_mode & 0777, 0700);
	directory = opendir(world->directory);
	while ((entry = readdir(directory))) {
		char *path = xasprintf("%s/%s", world->directory, entry->d_name);

		assert_int_equal(stat(path, &stat_of), 0);
		if (S_ISREG(stat_of.st_mode))
			assert_int_equal(stat_of.st_mode & 0777, 0600);
		free(path);
	}
	closedir(directory);
}

static void another_bots_spool_is_refused(void **state)
{
	struct world *world = *state;
	struct why why = { "" };

	add(open_spool(world), 1, "x");
	commit(world->spool);
	spool_close(world->spool);
	world->spool = NULL;
	world->options.bot_id++;
	assert_null(spool_open(&world->options, &replay, &why));
	assert_non_null(strstr(why.text, "123456"));
	world->options.bot_id--;
	open_spool(world);
	assert_int_equal(found.updates_count, 1);
}

static void two_processes_cannot_share_it(void **state)
{
	struct world *world = *state;
	struct why why = { "" };

	open_spool(world);
	assert_null(spool_open(&world->options, &replay, &why));
	assert_string_not_equal(why.text, "");
}

/* --- limits and trouble ----------------------------------------------------------------------- */

static void it_says_when_it_is_full(void **state)
{
	struct world *world = *state;
	struct spool *spool;
	uint64_t seqs[64];
	char body[8192];
	size_t count = 0;

	memset(body, 'b', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	world->options.max_bytes = 200 << 10;
	world->options.segment_bytes = 16 << 10;
	world->options.segment_ms = 1;
	spool = open_spool(world);
	assert_false(spool_is_full(spool));
	while (!spool_is_full(spool)) {
		assert_in_range(count, 0, 63);
		seqs[count] = add(spool, (int64_t)count, body);
		count++;
		commit(spool);
		spool_tend(spool);
	}
	assert_in_range(spool_bytes(spool), 200 << 10, 220 << 10);
	for (size_t i = 0; i < 2; i++) {
		spool_append_done(spool, &seqs[i], 1);
		commit(spool);
	}
	tend(spool);
	assert_true(spool_is_full(spool)); /* above 90 % */
	spool_append_done(spool, seqs, count / 2);
	commit(spool);
	pause_ms(2);
	tend(spool);
	assert_false(spool_is_full(spool));
	for (size_t i = count / 2; i < count; i++)
		has_body(spool, seqs[i], body);
}

struct fault {
	_Atomic int error;
	_Atomic enum spool_step step;
};

static int fail_step(void *owner, enum spool_step step)
{
	struct fault *fault = owner;

	return step == fault->step ? fault->error : 0;
}

static void count_call(void *owner)
{
	++*(int *)owner;
}

static void a_full_disk_is_waited_for(void **state)
{
	struct world *world = *state;
	struct fault fault = { 0, SPOOL_STEP_WRITE };
	struct spool *spool;
	uint64_t one, two;
	int calls = 0;

	world->options.before_step = fail_step;
	world->options.before_step_owner = &fault;
	spool = open_spool(world);
	one = add(spool, 1, "before");
	commit(spool);
	fault.error = ENOSPC;
	two = add(spool, 2, "on a full disk");
	spool_append_done(spool, &one, 1);
	spool_commit(spool, true, count_call, &calls);
	assert_false(spool_flush(spool, 300));
	assert_true(spool_is_full(spool));
	assert_int_equal(calls, 0);
	has_body(spool, two, "on a full disk"); /* what is in hand goes on */
	fault.error = 0;
	assert_true(spool_flush(spool, 5000));
	assert_int_equal(calls, 1);
	for (int i = 0; i < 300 && spool_is_full(spool); i++)
		pause_ms(10);
	assert_false(spool_is_full(spool));
	spool = reopen(world);
	assert_int_equal(found.updates_count, 1);
	assert_int_equal(found.damages, 0);
	has_body(spool, two, "on a full disk");
}

static int exit_code_of(struct world *world, struct fault fault)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct spool *spool;

		(void)!freopen("/dev/null", "w", stderr);
		world->options.before_step = fail_step;
		world->options.before_step_owner = &fault;
		spool = spool_open(&world->options, &replay, NULL);
		add(spool, 1, "x");
		spool_commit(spool, true, NULL, NULL);
		spool_flush(spool, 3000);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_failed_sync_ends_the_process(void **state)
{
	struct world *world = *state;

	assert_int_equal(exit_code_of(world, (struct fault) { 0, SPOOL_STEP_SYNC }), 0);
	assert_int_equal(exit_code_of(world, (struct fault) { EIO, SPOOL_STEP_SYNC }), 74);
	assert_int_equal(exit_code_of(world, (struct fault) { ENOSPC, SPOOL_STEP_SYNC }), 74);
	assert_int_equal(exit_code_of(world, (struct fault) { EIO, SPOOL_STEP_WRITE }), 74);
}

/* --- in a loop -------------------------------------------------------------------------------- */

struct turn {
	struct loop *loop;
	int calls;
};

static void stop_at_three(void *owner)
{
	struct turn *turn = owner;

	if (++turn->calls == 3)
		loop_stop(turn->loop);
}

static void commits_are_told_in_the_loop(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	struct turn turn = { .loop = loop_create() };
	int at_once = 0;

	spool_attach(spool, turn.loop);
	for (int i = 0; i < 3; i++) {
		add(spool, i, "x");
		spool_commit(spool, i != 1, stop_at_three, &turn);
	}
	spool_commit(spool, false, count_call, &at_once); /* nothing to wait for */
	assert_int_equal(at_once, 1);
	assert_int_equal(turn.calls, 0);
	loop_run(turn.loop);
	assert_int_equal(turn.calls, 3);
	assert_true(spool_syncs(spool) > 0);
	spool_close(spool);
	world->spool = NULL;
	loop_destroy(turn.loop);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_update_comes_back),
		TEST(what_is_done_does_not_come_back),
		TEST(numbers_are_never_used_twice),
		TEST(a_replacement_takes_the_place),
		TEST(attempts_are_kept),
		TEST(sessions_come_back),
		TEST(sightings_come_back_until_they_are_stored),
		TEST(metas_are_carried_along),
		TEST(a_done_body_leaves_the_disk),
		TEST(a_replaced_body_leaves_the_disk),
		TEST(who_was_stored_leaves_the_disk),
		TEST(a_done_body_leaves_the_disk_after_a_restart),
		TEST(cleaning_keeps_what_is_live),
		TEST(files_are_private),
		TEST(another_bots_spool_is_refused),
		TEST(two_processes_cannot_share_it),
		TEST(it_says_when_it_is_full),
		TEST(a_full_disk_is_waited_for),
		TEST(a_failed_sync_ends_the_process),
		TEST(commits_are_told_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
