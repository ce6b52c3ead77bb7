/* test_spool_clean.c - what is done is removed from disk, and what is live stays. */
#include <dirent.h>

#include "tests/unit/spool_world.h"

/* Whether any file of the directory contains the text. */
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

/* The record that says that somebody is stored names them, and may be the only dead one in its
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
	tend(spool); /* a minute is certainly over */
	assert_false(disk_has(world, "what is private"));
	has_body(spool, stays, "what waits");
}

/* Many segments, done in a different order than they came; nothing is lost, nothing comes back. */
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

/* --- when to clean ---------------------------------------------------------------------------- */

/* It is asked again soon while there is work, and once a second otherwise. */
static void it_says_when_there_is_more_to_do(void **state)
{
	struct world *world = *state;
	struct spool *spool;
	uint64_t goes;

	world->options.segment_ms = 2;
	spool = open_spool(world);
	assert_int_equal(spool_tend(spool), 1000);
	(void)add(spool, 1, "what waits");
	goes = add(spool, 2, "what is private");
	assert_in_range(spool_tend(spool), 1, 100); /* not while a batch is open */
	commit(spool);
	assert_int_equal(spool_tend(spool), 1000);
	spool_append_done(spool, &goes, 1);
	commit(spool);
	pause_ms(3);
	assert_in_range(spool_tend(spool), 1, 100);
	tend(spool);
	assert_int_equal(spool_tend(spool), 1000);
}

/* In a segment of more than a step, and with records of more than a step. */
/* The newest segment with the text. */
static int newest_with(const struct world *world, const char *text)
{
	DIR *directory = opendir(world->directory);
	static char data[16 << 20];
	struct dirent *entry;
	int newest = 0;

	while ((entry = readdir(directory))) {
		char *path = xasprintf("%s/%s", world->directory, entry->d_name);
		FILE *file = strstr(entry->d_name, ".seg") ? fopen(path, "r") : NULL;
		size_t size = file ? fread(data, 1, sizeof(data), file) : 0;
		int number = (int)strtol(entry->d_name, NULL, 16);

		if (number > newest && memmem(data, size, text, strlen(text)))
			newest = number;
		if (file)
			fclose(file);
		free(path);
	}
	closedir(directory);
	return newest;
}

/* An update is done, and what that leaves is cleaned. */
static void pass_one(struct spool *spool)
{
	uint64_t seq = add(spool, 1, "passes");

	commit(spool);
	spool_append_done(spool, &seq, 1);
	commit(spool);
	for (int i = 0; i < 3; i++) {
		spool_tend(spool);
		seq = add(spool, 1, "passes");
		commit(spool);
		spool_append_done(spool, &seq, 1);
		commit(spool);
	}
}

/* Much that waits is copied once, away from what passes, and then stays where it is. */
static void what_waits_is_not_copied_for_ever(void **state)
{
	struct world *world = *state;
	char text[1000];
	struct spool *spool;
	uint64_t passes;
	int settled;

	world->options.segment_ms = 1;
	world->options.segment_bytes = 16 << 20;
	spool = open_spool(world);
	memset(text, '.', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "it waits", 8);
	for (int i = 0; i < 2000; i++)
		add(spool, 1, text);
	passes = add(spool, 1, "passes");
	commit(spool);
	spool_append_done(spool, &passes, 1);
	commit(spool);
	for (int i = 0; i < 20; i++)
		pass_one(spool);
	tend(spool);
	settled = newest_with(world, "it waits");
	for (int i = 0; i < 20; i++)
		pass_one(spool);
	tend(spool);
	assert_int_equal(newest_with(world, "it waits"), settled);
	spool = reopen(world);
	assert_int_equal(found.updates_count, 2000);
}

static void large_segments_and_records_are_cleaned_too(void **state)
{
	enum { LARGE = 3 << 20, SMALL = 100 << 10, COUNT = 40 };
	struct world *world = *state;
	char *large = malloc(LARGE + 1), small[SMALL + 1];
	struct spool *spool;
	uint64_t goes, stays, seqs[COUNT];

	memset(large, 'l', LARGE);
	large[LARGE] = '\0';
	memset(small, 's', SMALL);
	small[SMALL] = '\0';
	world->options.segment_ms = 2;
	world->options.segment_bytes = 32 << 20;
	spool = open_spool(world);
	goes = add(spool, 1, "what is private");
	stays = add(spool, 2, large);
	for (int i = 0; i < COUNT; i++) {
		small[0] = (char)('A' + i);
		seqs[i] = add(spool, 3 + i, small);
	}
	commit(spool);
	spool_append_done(spool, &goes, 1);
	commit(spool);
	pause_ms(3);
	tend(spool);
	assert_false(disk_has(world, "what is private"));
	spool = reopen(world);
	assert_int_equal(found.damages, 0);
	assert_int_equal(found.updates_count, COUNT + 1);
	has_body(spool, stays, large);
	for (int i = 0; i < COUNT; i++) {
		small[0] = (char)('A' + i);
		has_body(spool, seqs[i], small);
	}
	free(large);
}

/* A kill outlives the segment that it is in for as long as what it kills is on the disk. */
static void what_was_done_stays_done_when_its_kill_is_moved(void **state)
{
	struct world *world = *state;
	struct sighting anna = person(1, 1, "Anna");
	struct sighting_stored stored = { SIGHTING_USER, 1, 1 };
	char filler[4096];
	struct spool *spool;
	uint64_t old, other;

	memset(filler, 'f', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	world->options.segment_bytes = sizeof(filler);
	spool = open_spool(world);
	old = add(spool, 1, "old");
	spool_append_sighting(spool, &anna);
	(void)add(spool, 2, filler); /* keeps the first segment */
	commit(spool);
	other = add(spool, 3, "in the second");
	spool_append_done(spool, &old, 1);
	spool_append_sighting_stored(spool, &stored);
	(void)add(spool, 4, filler);
	commit(spool);
	spool_append_done(spool, &other, 1);
	commit(spool);
	for (int i = 0; i < 3; i++) {
		spool = reopen(world); /* what died before is due */
		assert_int_equal(found.updates_count, 2);
		assert_int_equal(found.sightings_count, 0);
		assert_int_equal(found.damages, 0);
		tend(spool);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_done_body_leaves_the_disk),
		TEST(a_replaced_body_leaves_the_disk),
		TEST(who_was_stored_leaves_the_disk),
		TEST(a_done_body_leaves_the_disk_after_a_restart),
		TEST(cleaning_keeps_what_is_live),
		TEST(metas_are_carried_along),
		TEST(it_says_when_there_is_more_to_do),
		TEST(what_waits_is_not_copied_for_ever),
		TEST(large_segments_and_records_are_cleaned_too),
		TEST(what_was_done_stays_done_when_its_kill_is_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
