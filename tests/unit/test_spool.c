/* test_spool.c - the spool as its callers see it: what is appended comes back, and to whom. */
#include <dirent.h>
#include <sys/stat.h>

#include "ingress/spool/record.h"
#include "tests/unit/spool_world.h"

static bool is_gone(struct spool *spool, uint64_t seq)
{
	struct buffer body = { 0 };
	bool gone = !spool_read(spool, seq, &body, NULL);

	buffer_finish(&body);
	return gone;
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
	/* Even when the directory is deleted: numbers start from the time. */
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
	/* of one that is done: no effect */
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

/* Takes the only segment of a closed spool for another number, and changes a field of its header.
 */
static void change_segment(const struct world *world, uint32_t from, uint32_t to, uint32_t version)
{
	char *old = xasprintf("%s/%08x.seg", world->directory, from);
	char *new = xasprintf("%s/%08x.seg", world->directory, to);
	FILE *file = fopen(old, "r+");
	struct segment_header header;

	assert_non_null(file);
	assert_int_equal(fread(&header, sizeof(header), 1, file), 1);
	header.version = version;
	header.crc = crc32c(0, &header, offsetof(struct segment_header, crc));
	rewind(file);
	assert_int_equal(fwrite(&header, sizeof(header), 1, file), 1);
	fclose(file);
	assert_int_equal(rename(old, new), 0);
	free(old);
	free(new);
}

/* A program that is older than what is on the disk leaves it alone. */
static void what_is_not_understood_is_refused(void **state)
{
	struct world *world = *state;
	struct why why = { "" };

	add(open_spool(world), 1, "x");
	commit(world->spool);
	spool_close(world->spool);
	world->spool = NULL;
	change_segment(world, 1, 1, SEGMENT_VERSION + 1);
	assert_null(spool_open(&world->options, &replay, &why));
	assert_non_null(strstr(why.text, "this program knows"));
	change_segment(world, 1, 2, SEGMENT_VERSION);
	assert_null(spool_open(&world->options, &replay, &why));
	assert_non_null(strstr(why.text, "segment 00000001 was renamed"));
	change_segment(world, 2, 1, SEGMENT_VERSION);
	open_spool(world);
	assert_int_equal(found.updates_count, 1);
	assert_int_equal(found.damages, 0);
}

static void the_last_number_is_the_end(void **state)
{
	struct world *world = *state;
	char *path = xasprintf("%s/ffffffff.seg", world->directory);
	struct why why = { "" };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
	assert_null(spool_open(&world->options, &replay, &why));
	assert_non_null(strstr(why.text, "exhausted"));
	free(path);
}

/* Numbers that damage may hide were perhaps given out. */
static void after_damage_numbers_leave_a_gap(void **state)
{
	struct world *world = *state;
	uint64_t last, plain;
	char *path;
	FILE *file;

	last = add(open_spool(world), 1, "x");
	commit(world->spool);
	plain = add(reopen(world), 2, "y");
	assert_int_equal(plain, last + 1);
	commit(world->spool);
	spool_close(world->spool);
	world->spool = NULL;
	path = xasprintf("%s/00000001.seg", world->directory);
	file = fopen(path, "a");
	assert_non_null(file);
	fputs("garbage of a torn write", file);
	fclose(file);
	free(path);
	assert_true(add(open_spool(world), 3, "z") > plain + (1 << 20));
	assert_int_equal(found.damages, 1);
	assert_int_equal(found.updates_count, 2);
}

/* Its checksum says that we wrote it: it is reported, and what follows counts. */
static void a_record_that_is_wrong_is_reported(void **state)
{
	static const struct end_record end = { 4, ~4u };
	static const uint8_t long_key[] = { 9, 'a' };
	struct world *world = *state;
	struct buffer out = { 0 };
	uint64_t seq = add(open_spool(world), 1, "x");
	char *path = xasprintf("%s/00000001.seg", world->directory);
	const struct record_parts parts[] = {
		{ 2, RECORD_META, long_key, sizeof(long_key), NULL, 0 },
		{ 3, RECORD_UPDATE, "short", 5, NULL, 0 },
		{ 4, RECORD_KILL, "odd", 3, NULL, 0 },
		{ 5, RECORD_META, "\1av", 3, NULL, 0 },
		{ 6, RECORD_END, &end, sizeof(end), NULL, 0 },
	};
	FILE *file;

	commit(world->spool);
	spool_close(world->spool);
	world->spool = NULL;
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		record_append(&out, 1, &parts[i]);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(fwrite(out.data, out.size, 1, file), 1);
	fclose(file);
	buffer_finish(&out);
	free(path);
	open_spool(world);
	assert_int_equal(found.damages, 3);
	assert_int_equal(found.updates_count, 1);
	assert_string_equal(found.metas, "a=v;");
	has_body(world->spool, seq, "x");
}

static void a_body_can_be_borrowed(void **state)
{
	struct world *world = *state;
	struct spool *spool = open_spool(world);
	uint64_t one = add(spool, 1, "one"), two = add(spool, 2, "two");
	struct why why = { "" };
	struct text text;

	assert_true(spool_borrow(spool, two, &text, &why));
	assert_true(text_is(text, "two"));
	commit(spool);
	assert_true(spool_borrow(spool, one, &text, &why));
	assert_true(text_is(text, "one"));
	assert_false(spool_borrow(spool, two + 1, &text, &why));
	assert_non_null(strstr(why.text, "is not in the spool"));
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
		TEST(files_are_private),
		TEST(another_bots_spool_is_refused),
		TEST(two_processes_cannot_share_it),
		TEST(what_is_not_understood_is_refused),
		TEST(the_last_number_is_the_end),
		TEST(after_damage_numbers_leave_a_gap),
		TEST(a_record_that_is_wrong_is_reported),
		TEST(a_body_can_be_borrowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
