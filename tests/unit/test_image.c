/* image.c and symbols.c: what was mapped where, and which file on disk that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "crashd/image.h"
#include "crashd/symbols.h"

static const char maps[] =
	"55d0c0a00000-55d0c0a02000 r--p 00000000 fe:00 123                        "
	"/usr/bin/korone-worker\n"
	"55d0c0a02000-55d0c0a08000 r-xp 00002000 fe:00 123                        "
	"/usr/bin/korone-worker\n"
	"55d0c0a08000-55d0c0a09000 rw-p 00008000 fe:00 123                        "
	"/usr/bin/korone-worker\n"
	"55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0                          [heap]\n"
	"7f0000000000-7f0000026000 r--p 00000000 fe:00 77                         /lib/libc.so.6\n"
	"7f0000026000-7f000017b000 r-xp 00026000 fe:00 77                         /lib/libc.so.6\n"
	"7f0000200000-7f0000201000 r-xp 00000000 fe:00 78                         /opt/a b/x.so "
	"(deleted)\n"
	"7f0000300000-7f0000301000 rwxp 00000000 00:00 0 \n"
	"7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]\n"
	"7ffd00100000-7ffd00102000 r-xp 00000000 00:00 0                          [vdso]\n";
static const char modules[] = "55d0c0a00000 aabbcc\n7f0000000000 112233\n7ffd00100000 99\nzz\n";

static struct capture capture_of(const char *map, size_t map_size, const char *ids, size_t ids_size)
{
	struct capture capture = { .kind = CAPTURE_SIGNAL };

	capture.maps = (struct text) { map, map_size };
	capture.modules = (struct text) { ids, ids_size };
	capture.build_id = (struct text) { "aabbcc", 6 };
	return capture;
}

static void test_files_and_code(void **state)
{
	struct capture capture = capture_of(maps, strlen(maps), modules, strlen(modules));
	const uint64_t stack[] = { 1, 0x7f0000026001, 0x55d0c0a08100, UINT64_MAX };
	struct arena arena = { 0 };
	struct image *image = calloc(1, sizeof(*image));

	(void)state;
	capture.stack = (struct text) { (const char *)stack, sizeof(stack) };
	image_read(&capture, &arena, image);
	assert_int_equal(image->file_count, 3);
	assert_string_equal(image->files[0].path, "/usr/bin/korone-worker");
	assert_string_equal(image->files[0].build_id, "aabbcc");
	assert_true(image->files[0].is_program);
	assert_false(image->files[1].is_program);
	assert_string_equal(image->files[1].build_id, "112233");
	assert_string_equal(image->files[2].path, "/opt/a b/x.so");
	assert_string_equal(image->files[2].build_id, "");
	assert_int_equal(image->code_count, 3);
	assert_ptr_equal(image_find_code(image, 0x55d0c0a02000)->file, &image->files[0]);
	assert_null(image_find_code(image, 0x55d0c0a01fff));
	assert_null(image_find_code(image, 0x55d0c0a08000));
	assert_null(image_find_code(image, 0));
	assert_null(image_find_code(image, UINT64_MAX));
	assert_null(image_find_code(image, 0x7f0000300000)); /* in no file */
	assert_ptr_equal(image_find_file(image, 0x55d0c0a08100), &image->files[0]);
	free(image);
	arena_finish(&arena);
}

static void test_any_cut_and_any_noise_is_read(void **state)
{
	struct arena arena = { 0 };
	struct image *image = calloc(1, sizeof(*image));
	char noise[sizeof(maps)];

	(void)state;
	for (size_t size = 0; size < sizeof(maps); size++) {
		/* A copy of exactly this size, so that a sanitizer sees reads beyond it. */
		char *copy = xmemdup(maps, size ? size : 1);
		struct capture capture = capture_of(copy, size, modules, size % sizeof(modules));

		image_read(&capture, &arena, image);
		assert_in_range(image->file_count, 0, 3);
		free(copy);
	}
	srand(3);
	for (int round = 0; round < 500; round++) {
		struct capture capture = capture_of(noise, sizeof(noise), noise, sizeof(noise));

		memcpy(noise, maps, sizeof(noise));
		for (int i = 0; i < 40; i++)
			noise[(size_t)rand() % sizeof(noise)] = (char)rand();
		image_read(&capture, &arena, image);
		assert_in_range(image->file_count, 0, IMAGE_FILES_MAX);
		arena_reset(&arena);
	}
	free(image);
	arena_finish(&arena);
}

struct places {
	char root[64];
	char kept[128];
	char programs[128];
};

static void open_places(struct places *places)
{
	strcpy(places->root, "/tmp/korone-test-XXXXXX");
	assert_non_null(mkdtemp(places->root));
	snprintf(places->kept, sizeof(places->kept), "%s/kept", places->root);
	snprintf(places->programs, sizeof(places->programs), "%s/bin", places->root);
	assert_int_equal(mkdir(places->programs, 0700), 0);
}

static void close_places(struct places *places)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", places->root);
	assert_int_equal(system(command), 0);
}

/* Installs this program under another name with its build id changed, as a new build would. */
static void install_build(const struct places *places, uint8_t number)
{
	char path[256], own[80];
	struct buffer program = { 0 };
	FILE *file = fopen("/proc/self/exe", "rb");
	uint8_t id[20];
	uint8_t *at;
	size_t got;

	while ((got = fread(buffer_reserve(&program, 65536), 1, 65536, file)) > 0)
		buffer_commit(&program, got);
	fclose(file);
	snprintf(own, sizeof(own), "%s", capture_build_id());
	for (size_t i = 0; i < sizeof(id); i++) {
		unsigned int byte;

		sscanf(own + 2 * i, "%2x", &byte);
		id[i] = (uint8_t)byte;
	}
	at = memmem(buffer_unread(&program), buffer_unread_size(&program), id, sizeof(id));
	assert_non_null(at);
	at[0] = number;
	snprintf(path, sizeof(path), "%s/korone-worker", places->programs);
	unlink(path);
	file = fopen(path, "wb");
	assert_int_equal(fwrite(buffer_unread(&program), 1, buffer_unread_size(&program), file),
			 buffer_unread_size(&program));
	fclose(file);
	buffer_finish(&program);
}

static size_t count_kept(const struct places *places)
{
	DIR *files = opendir(places->kept);
	const struct dirent *file;
	size_t count = 0;

	while ((file = readdir(files)) != NULL)
		count += file->d_name[0] != '.';
	closedir(files);
	return count;
}

static void test_last_three_builds_are_kept(void **state)
{
	struct places places;
	struct symbols *symbols;
	struct image *image = calloc(1, sizeof(*image));
	struct why why;
	char id[80];

	(void)state;
	open_places(&places);
	symbols = symbols_open(places.kept, places.programs, &why);
	assert_non_null(symbols);
	for (uint8_t number = 1; number <= 5; number++) {
		install_build(&places, number);
		assert_true(symbols_refresh(symbols, &why));
		assert_int_equal(count_kept(&places), number < 3 ? number : 3);
		usleep(20000); /* the copies are ordered by time */
	}
	assert_true(symbols_refresh(symbols, &why)); /* nothing new */
	assert_int_equal(count_kept(&places), 3);

	/* builds 5, 4, 3 are found under any path, 2 is gone */
	for (uint8_t number = 2; number <= 5; number++) {
		char found[80] = "";

		snprintf(id, sizeof(id), "%02x%s", number, capture_build_id() + 2);
		image->file_count = 1;
		image->files[0] = (struct image_file) {
			.path = "/elsewhere/korone-worker", .build_id = id, .fd = -1, .debug_fd = -1
		};
		symbols_open_image(symbols, image);
		if (number == 2) {
			assert_int_equal(image->files[0].fd, -1);
			continue;
		}
		assert_true(elf_build_id(image->files[0].fd, found, sizeof(found)));
		assert_string_equal(found, id);
		symbols_close_image(image);
	}
	symbols_close(symbols);
	close_places(&places);
	free(image);
}

static void test_file_of_another_build_is_not_used(void **state)
{
	struct places places;
	struct image *image = calloc(1, sizeof(*image));
	struct symbols *symbols;
	struct why why;

	(void)state;
	open_places(&places);
	symbols = symbols_open(places.kept, places.programs, &why);
	image->file_count = 3;
	image->files[0] = (struct image_file) {
		.path = "/proc/self/exe", .build_id = "00", .fd = -1, .debug_fd = -1
	};
	image->files[1] = (struct image_file) {
		.path = "/dev/zero", .build_id = "", .fd = -1, .debug_fd = -1
	};
	image->files[2] = (struct image_file) {
		.path = "/proc/self/exe", .build_id = "", .fd = -1, .debug_fd = -1
	};
	symbols_open_image(symbols, image);
	assert_int_equal(image->files[0].fd, -1);
	assert_int_equal(image->files[1].fd, -1);
	assert_true(image->files[2].fd >= 0);
	symbols_close_image(image);
	symbols_close(symbols);
	close_places(&places);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_and_code),
		cmocka_unit_test(test_any_cut_and_any_noise_is_read),
		cmocka_unit_test(test_last_three_builds_are_kept),
		cmocka_unit_test(test_file_of_another_build_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
