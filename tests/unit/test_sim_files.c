/* test_sim_files.c - the simulator's files, images, polls, reactions and topics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "simulator/files.h"
#include "simulator/image_size.h"
#include "simulator/polls.h"
#include "simulator/reactions.h"
#include "simulator/topics.h"

/* --- files ------------------------------------------------------------------------------------ */

static void a_file_is_found_by_id_and_by_path(void **state)
{
	struct files files = { 0 };
	struct stored_file *file = files_add(&files, MEDIA_PHOTO, "abc", 3);
	char id[FILE_ID_SIZE], unique_id[FILE_ID_SIZE], other[FILE_ID_SIZE], path[FILE_PATH_SIZE];
	struct buffer bytes = { 0 };

	(void)state;
	file_ids(file, id, unique_id);
	file_path(file, path);
	assert_string_equal(path, "photos/file_1.jpg");
	assert_ptr_equal(files_find(&files, id), file);
	assert_ptr_equal(files_find_path(&files, path), file);
	file_read_bytes(file, &bytes);
	assert_memory_equal(buffer_unread(&bytes), "abc", 3);
	for (size_t i = 0; i < strlen(id); i++) {
		strcpy(other, id);
		other[i] = other[i] == 'A' ? 'B' : 'A';
		assert_null(files_find(&files, other));
	}
	assert_null(files_find(&files, ""));
	assert_null(files_find_path(&files, "photos/file_1.png"));
	assert_null(files_find_path(&files, "file_1.jpg"));
	assert_null(files_find_path(&files, "photos/file_2.jpg"));
	buffer_finish(&bytes);
	files_finish(&files);
}

static void the_oldest_file_is_forgotten(void **state)
{
	struct files files = { 0 };
	char id[FILE_ID_SIZE], unique_id[FILE_ID_SIZE];

	(void)state;
	file_ids(files_add(&files, MEDIA_VOICE, NULL, 9), id, unique_id);
	for (int i = 1; i < FILES_MAX; i++)
		files_add(&files, MEDIA_VOICE, NULL, 9);
	assert_non_null(files_find(&files, id));
	files_add(&files, MEDIA_VOICE, NULL, 9);
	assert_null(files_find(&files, id));
	files_finish(&files);
}

/* The bytes of old uploads go, the files stay. */
static void bytes_are_limited(void **state)
{
	enum { SIZE = 40 << 20 };
	static char bytes[SIZE];
	struct files files = { 0 };
	struct stored_file *first = files_add(&files, MEDIA_DOCUMENT, bytes, SIZE);

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct stored_file *file = files_add(&files, MEDIA_DOCUMENT, bytes, SIZE);

		assert_non_null(file->bytes);
		assert_true(files.bytes <= FILES_BYTES_MAX);
	}
	assert_null(first->bytes);
	assert_int_equal(first->number, 1);
	files_finish(&files);
}

static void files_sent_together_have_one_content(void **state)
{
	struct files files = { 0 };
	struct stored_file *small = files_add(&files, MEDIA_PHOTO, NULL, 9);
	struct stored_file *large = files_add(&files, MEDIA_PHOTO, NULL, 99);

	(void)state;
	assert_null(file_content(&files, large));
	files_set_content(&files, small->number, "\"photo\":[]xx", 10);
	assert_string_equal(file_content(&files, large), "\"photo\":[]");
	assert_string_equal(file_content(&files, small), "\"photo\":[]");
	files_finish(&files);
}

/* --- images ----------------------------------------------------------------------------------- */

#define IMAGE(bytes) image_of(bytes, sizeof(bytes) - 1)

static void images_have_their_size(void **state)
{
	struct image image;

	(void)state;
	image = IMAGE("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0\0\0\1\7");
	assert_int_equal(image.format, IMAGE_PNG);
	assert_int_equal(image.width, 512);
	assert_int_equal(image.height, 263);
	image = IMAGE("\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x11\x08\0\x10\0\x20\3");
	assert_int_equal(image.format, IMAGE_JPEG);
	assert_int_equal(image.width, 32);
	assert_int_equal(image.height, 16);
	image = IMAGE("RIFF1234WEBPVP8 1234frm\x9d\x01\x2a\0\2\1\2");
	assert_int_equal(image.format, IMAGE_WEBP);
	assert_int_equal(image.width, 512);
	assert_int_equal(image.height, 513);
	image = IMAGE("RIFF1234WEBPVP8X1234\0\0\0\0\xff\1\0\x8f\0\0");
	assert_int_equal(image.width, 512);
	assert_int_equal(image.height, 144);
	image = IMAGE("GIF89a\x03\0\x04\0");
	assert_int_equal(image.format, IMAGE_GIF);
	assert_int_equal(image.height, 4);
	assert_int_equal(IMAGE("\x1f\x8b\x08").format, IMAGE_TGS);
	assert_int_equal(IMAGE("\x1a\x45\xdf\xa3").format, IMAGE_WEBM);
}

/* Each beginning of an image is read within its bounds (AddressSanitizer looks on). */
static void cut_images_are_none(void **state)
{
	static const char jpeg[] = "\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x11\x08\0\x10\0\x20";

	(void)state;
	for (size_t size = 0; size < sizeof(jpeg) - 1; size++) {
		char *copy = test_malloc(size + 1);

		memcpy(copy, jpeg, size);
		assert_int_equal(image_of(copy, size).width, 0);
		test_free(copy);
	}
	assert_int_equal(IMAGE("\xff\xd8\xff\xe0\xff\xff").format, IMAGE_NONE);
	assert_int_equal(IMAGE("hello").format, IMAGE_NONE);
}

/* --- polls ------------------------------------------------------------------------------------ */

static struct poll *poll_of_three(void)
{
	struct poll *poll = poll_create(7);

	poll->question = strdup("Q?");
	for (int i = 0; i < 3; i++)
		poll_add_option(poll, (const char *[]) { "a", "b", "c" }[i], NULL);
	poll_render(poll);
	return poll;
}

static void votes_are_counted_by_the_rules(void **state)
{
	struct poll *poll = poll_of_three();

	(void)state;
	poll->is_revotable = true;
	assert_true(poll_vote(poll, 1, 1));
	assert_false(poll_vote(poll, 1, 3));
	assert_false(poll_vote(poll, 1, 8));
	assert_true(poll_vote(poll, 1, 4));
	assert_non_null(strstr(buffer_text(&poll->json), "\"total_voter_count\":1"));
	assert_true(poll_vote(poll, 1, 0));
	assert_non_null(strstr(buffer_text(&poll->json), "\"total_voter_count\":0"));
	poll->is_multiple = true;
	assert_true(poll_vote(poll, 2, 5));
	poll->is_revotable = false;
	assert_false(poll_vote(poll, 2, 1));
	assert_true(poll_vote(poll, 3, 1));
	poll_release(poll);
}

static void a_poll_closes_when_its_time_is_over(void **state)
{
	struct poll *poll = poll_of_three();

	(void)state;
	poll->close_s = 100;
	assert_false(poll_expire(poll, 99));
	assert_true(poll_expire(poll, 100));
	assert_false(poll_expire(poll, 101));
	assert_false(poll_vote(poll, 1, 1));
	poll_release(poll_share(poll));
	poll_release(poll);
}

/* --- reactions, topics -------------------------------------------------------------------------
 */

static void an_actor_has_one_list_of_reactions(void **state)
{
	struct reactions reactions = { 0 };

	(void)state;
	assert_string_equal(reactions_of(&reactions, 1), "[]");
	reactions_set(&reactions, 1, "[1]");
	reactions_set(&reactions, 2, "[2]");
	reactions_set(&reactions, 1, "[3]");
	assert_string_equal(reactions_of(&reactions, 1), "[3]");
	reactions_set(&reactions, 1, "[]");
	reactions_set(&reactions, 1, "[]");
	assert_string_equal(reactions_of(&reactions, 2), "[2]");
	assert_int_equal(reactions.count, 1);
	reactions_finish(&reactions);
}

static void topics_come_and_go(void **state)
{
	struct topics topics = { 0 };

	(void)state;
	for (int i = 0; i < TOPICS_MAX; i++)
		assert_non_null(topics_add(&topics, 10 + i, "a"));
	assert_null(topics_add(&topics, 9, "a"));
	topic_change(topics_find(&topics, 12), "b", NULL);
	assert_string_equal(topics_find(&topics, 12)->name, "b");
	topics_remove(&topics, 12);
	topics_remove(&topics, 12);
	assert_null(topics_find(&topics, 12));
	assert_int_equal(topics.count, TOPICS_MAX - 1);
	topics_finish(&topics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_found_by_id_and_by_path),
		cmocka_unit_test(the_oldest_file_is_forgotten),
		cmocka_unit_test(bytes_are_limited),
		cmocka_unit_test(files_sent_together_have_one_content),
		cmocka_unit_test(images_have_their_size),
		cmocka_unit_test(cut_images_are_none),
		cmocka_unit_test(votes_are_counted_by_the_rules),
		cmocka_unit_test(a_poll_closes_when_its_time_is_over),
		cmocka_unit_test(an_actor_has_one_list_of_reactions),
		cmocka_unit_test(topics_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
