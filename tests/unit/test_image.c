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

static void read_maps(struct image *image, struct arena *arena, const char *text, const char *ids)
{
	struct capture capture = capture_of(text, strlen(text), ids, strlen(ids));

	arena_reset(arena);
	image_read(&capture, arena, image);
}

static void test_each_line_is_a_whole_mapping_or_none(void **state)
{
	static const struct {
		const char *line;
		bool is_mapping;
	} rows[] = {
		{ "1000-2000 r-xp 00000000 fe:00 1 /a", true },
		{ "9af0-9bf0 r-xp 00000000 fe:00 1 /a", true },
		{ "1000 2000 r-xp 00000000 fe:00 1 /a", false },
		{ "1000-2000", false },
		{ "1000-2000 ", false },
		{ "1000-2000 r-xp", false },
		{ "2000-1000 r-xp 00000000 fe:00 1 /a", false },
		{ "1000-1000 r-xp 00000000 fe:00 1 /a", false },
		{ "1000-1001 r-xp 00000000 fe:00 1 /a", true },
		{ "1000-2000 r-xp 00000000 fe:00 1 a", false }, /* no path */
		{ "1000-2000 r-xp 00000000 fe:00 1", false },
		{ "1000-20G0 r-xp 00000000 fe:00 1 /a", false },
	};
	struct arena arena = { 0 };
	struct image *image = calloc(1, sizeof(*image));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		read_maps(image, &arena, rows[i].line, "");
		if (image->file_count != rows[i].is_mapping)
			fail_msg("%s", rows[i].line);
	}
	free(image);
	arena_finish(&arena);
}

static void test_every_digit_of_an_address_counts(void **state)
{
	struct arena arena = { 0 };
	struct image *image = calloc(1, sizeof(*image));

	(void)state;
	read_maps(image, &arena,
		  "fedcba9876543210-fedcba9876543ff0 r-xp 00009af0 fe:00 1 /a\n"
		  "fedcba9876544000-fedcba9876545000 r--p 0000aaa0 fe:00 1 /a\n",
		  "fedcba9876543210 0123456789abcdef\n");
	assert_int_equal(image->code_count, 1);
	assert_true(image->codes[0].start == 0xfedcba9876543210u);
	assert_true(image->codes[0].end == 0xfedcba9876543ff0u);
	assert_int_equal(image->codes[0].offset, 0x9af0);
	assert_int_equal(image->file_count, 1);
	assert_true(image->files[0].end == 0xfedcba9876545000u);
	assert_string_equal(image->files[0].build_id, "0123456789abcdef");
	/* The first byte, the last, and those around them. */
	assert_null(image_find_code(image, 0xfedcba987654320fu));
	assert_non_null(image_find_code(image, 0xfedcba9876543210u));
	assert_non_null(image_find_code(image, 0xfedcba9876543fefu));
	assert_null(image_find_code(image, 0xfedcba9876543ff0u));
	assert_null(image_find_file(image, 0xfedcba987654320fu));
	assert_non_null(image_find_file(image, 0xfedcba9876543210u));
	assert_non_null(image_find_file(image, 0xfedcba9876544fffu));
	assert_null(image_find_file(image, 0xfedcba9876545000u));
	free(image);
	arena_finish(&arena);
}

static void test_where_a_file_was_linked_to(void **state)
{
	static const char three[] = "5000-6000 r-xp 00001000 fe:00 1 /a\n"
				    "7000-8000 r-xp 00000000 fe:00 2 /b\n"
				    "9000-a000 r-xp 00000000 fe:00 3 /c";
	struct arena arena = { 0 };
	struct image *image = calloc(1, sizeof(*image));

	(void)state;
	read_maps(image, &arena, three, "7000 77\n");
	assert_int_equal(image->files[0].bias, 0x4000);
	assert_int_equal(image->files[1].bias, 0x7000);
	assert_string_equal(image->files[1].build_id, "77");
	/* 0: the program, which is not position-independent */
	read_maps(image, &arena, three, "0 55\n");
	assert_int_equal(image->files[0].bias, 0);
	assert_string_equal(image->files[0].build_id, "55");
	/* not an id, or of nothing */
	read_maps(image, &arena, three, "7000\n7000 \n7000 7x\n7000x77\n7001 77\n");
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(image->files[i].build_id, "");
	read_maps(image, &arena, "", "0 55\n");
	assert_int_equal(image->file_count, 0);
	free(image);
	arena_finish(&arena);
}

static void test_code_is_in_the_order_of_addresses(void **state)
{
	struct arena arena = { 0 };
	struct image *image = calloc(1, sizeof(*image));
	struct buffer text = { 0 };

	(void)state;
	read_maps(image, &arena,
		  "5000-6000 r-xp 00000000 fe:00 1 /a\n"
		  "5fff-7000 r-xp 00000000 fe:00 2 /b\n"
		  "6000-7000 r-xp 00000000 fe:00 3 /c\n",
		  "");
	assert_int_equal(image->code_count, 2); /* what overlaps was written by no kernel */
	assert_int_equal(image->codes[1].start, 0x6000);
	for (unsigned i = 1; i <= IMAGE_FILES_MAX + 5; i++)
		buffer_printf(&text, "%x-%x r-xp 00000000 fe:00 1 /f%u\n", i * 0x1000,
			      i * 0x1000 + 0x800, i);
	read_maps(image, &arena, buffer_text(&text), "");
	assert_int_equal(image->file_count, IMAGE_FILES_MAX);
	assert_int_equal(image->code_count, IMAGE_FILES_MAX);
	assert_string_equal(image->files[IMAGE_FILES_MAX - 1].path, "/f256");
	assert_non_null(image_find_code(image, IMAGE_FILES_MAX * 0x1000));
	buffer_clear(&text);
	for (unsigned i = 1; i <= IMAGE_CODE_MAX + 5; i++)
		buffer_printf(&text, "%x-%x r-xp 00000000 fe:00 1 /f\n", i * 0x1000,
			      i * 0x1000 + 0x800);
	read_maps(image, &arena, buffer_text(&text), "");
	assert_int_equal(image->file_count, 1);
	assert_int_equal(image->code_count, IMAGE_CODE_MAX);
	buffer_finish(&text);
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

/* crashd gives the files that it could open to the symbolizer, which cannot. */
static void test_a_given_file_counts_like_its_path(void **state)
{
	struct places places;
	struct image *image = calloc(1, sizeof(*image));
	struct symbols *symbols;
	char id[80];
	struct why why;
	int given = elf_open("/proc/self/exe");

	(void)state;
	open_places(&places);
	symbols = symbols_open(places.kept, places.programs, &why);
	assert_true(elf_build_id(given, id, sizeof(id)));
	image->file_count = 2;
	image->files[0] = (struct image_file) {
		.path = "/is/not/there", .build_id = id, .fd = given, .debug_fd = -1
	};
	image->files[1] = (struct image_file) {
		.path = "/is/not/there", .build_id = "00", .fd = given, .debug_fd = -1
	};
	symbols_open_image(symbols, image);
	assert_true(image->files[0].fd >= 0);
	assert_int_not_equal(image->files[0].fd, given);
	assert_int_equal(image->files[1].fd, -1);
	symbols_close_image(image);
	assert_int_equal(close(given), 0);
	symbols_close(symbols);
	close_places(&places);
	free(image);
}

/* Whoever crashed may name the file of a secret. */
static void test_only_elf_files_are_opened(void **state)
{
	static const char *const others[] = { "/etc/passwd", "/dev/zero", "/", "/is/not/there",
					      "/proc/self/environ" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(elf_open(others[i]), -1);
}

static void write_file(const char *directory, const char *name, const char *from)
{
	char *command = from ? xasprintf("cp %s/%s %s/%s", directory, from, directory, name)
			     : xasprintf("echo text > %s/%s", directory, name);

	assert_int_equal(system(command), 0);
	free(command);
}

static char *name_of_build(uint8_t number, const char *suffix)
{
	return xasprintf("korone-worker.%02x%s%s", number, capture_build_id() + 2, suffix);
}

static bool is_kept(const struct places *places, uint8_t number, const char *suffix)
{
	char *name = name_of_build(number, suffix);
	char *path = xasprintf("%s/%s", places->kept, name);
	bool kept = access(path, R_OK) == 0;

	free(name);
	free(path);
	return kept;
}

/* Where debug information may be, it is kept with its build, opened with it, and goes with it. */
static void test_debug_information_is_kept_with_its_build(void **state)
{
	static const char *const names[] = { "korone-worker.debug", ".debug/korone-worker.debug" };
	struct image *image = calloc(1, sizeof(*image));
	struct places places;
	struct symbols *symbols;
	struct why why;
	char *path, id[80];

	(void)state;
	open_places(&places);
	path = xasprintf("%s/.debug", places.programs);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	symbols = symbols_open(places.kept, places.programs, &why);
	for (uint8_t number = 1; number <= 2; number++) {
		install_build(&places, number);
		write_file(places.programs, names[number - 1], "korone-worker");
		assert_true(symbols_refresh(symbols, &why));
		assert_true(is_kept(&places, number, ""));
		assert_true(is_kept(&places, number, ".debug"));
		usleep(20000); /* the copies are ordered by time */
	}
	snprintf(id, sizeof(id), "%02x%s", 1, capture_build_id() + 2);
	image->file_count = 1;
	image->files[0] = (struct image_file) {
		.path = "/x/korone-worker", .build_id = id, .fd = -1, .debug_fd = -1
	};
	symbols_open_image(symbols, image);
	assert_true(image->files[0].fd >= 0);
	assert_true(image->files[0].debug_fd >= 0);
	symbols_close_image(image);
	assert_int_equal(image->files[0].fd, -1);
	assert_int_equal(image->files[0].debug_fd, -1);
	for (uint8_t number = 3; number <= 5; number++) { /* others, without their own */
		install_build(&places, number);
		assert_true(symbols_refresh(symbols, &why));
		assert_false(is_kept(&places, number, ".debug"));
		usleep(20000);
	}
	assert_false(is_kept(&places, 1, ""));
	assert_false(is_kept(&places, 1, ".debug"));
	symbols_close(symbols);
	close_places(&places);
	free(image);
}

static void test_only_programs_of_ours_are_kept(void **state)
{
	struct places places;
	struct symbols *symbols;
	struct why why;
	char *path;

	(void)state;
	open_places(&places);
	install_build(&places, 1);
	write_file(places.programs, "other", "korone-worker");
	write_file(places.programs, "korone-x.debug", "korone-worker");
	write_file(places.programs, "korone-text", NULL);
	path = xasprintf("%s/korone-directory", places.programs);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	path = xasprintf("%s/korone-pipe", places.programs);
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	symbols = symbols_open(places.kept, places.programs, &why);
	assert_string_equal(symbols_directory(symbols), places.kept);
	assert_true(symbols_refresh(symbols, &why));
	assert_int_equal(count_kept(&places), 1);
	assert_true(is_kept(&places, 1, ""));
	symbols_close(symbols);
	symbols_close(NULL);
	symbols = symbols_open(places.kept, "/nowhere", &why);
	assert_false(symbols_refresh(symbols, &why));
	assert_non_null(strstr(why.text, "/nowhere"));
	symbols_close(symbols);
	assert_null(symbols_open("/dev/null/x", places.programs, &why));
	assert_non_null(strstr(why.text, "/dev/null"));
	close_places(&places);
}

static ino_t inode_of_kept(const struct places *places, uint8_t number)
{
	char *name = name_of_build(number, ""), *path = xasprintf("%s/%s", places->kept, name);
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	free(name);
	free(path);
	return status.st_ino;
}

/* After a restart of crashd. */
static void test_what_is_kept_is_not_copied_again(void **state)
{
	struct places places;
	struct symbols *symbols;
	struct why why;
	ino_t inode;

	(void)state;
	open_places(&places);
	install_build(&places, 1);
	symbols = symbols_open(places.kept, places.programs, &why);
	assert_true(symbols_refresh(symbols, &why));
	inode = inode_of_kept(&places, 1);
	symbols_close(symbols);
	symbols = symbols_open(places.kept, places.programs, &why);
	assert_true(symbols_refresh(symbols, &why));
	assert_int_equal(inode_of_kept(&places, 1), inode);
	symbols_close(symbols);
	close_places(&places);
}

/* The same file, of the same size. */
static void test_a_program_that_is_written_over_is_looked_at_again(void **state)
{
	struct places places, others;
	struct symbols *symbols;
	struct why why;
	char *command;

	(void)state;
	open_places(&places);
	open_places(&others);
	install_build(&places, 1);
	install_build(&others, 2);
	symbols = symbols_open(places.kept, places.programs, &why);
	assert_true(symbols_refresh(symbols, &why));
	assert_false(is_kept(&places, 2, ""));
	command = xasprintf("cp %s/korone-worker %s/korone-worker && touch -d 2020-01-01 "
			    "%s/korone-worker",
			    others.programs, places.programs, places.programs);
	assert_int_equal(system(command), 0);
	free(command);
	assert_true(symbols_refresh(symbols, &why));
	assert_true(is_kept(&places, 1, ""));
	assert_true(is_kept(&places, 2, ""));
	symbols_close(symbols);
	close_places(&places);
	close_places(&others);
}

static void test_what_could_not_be_copied_is_tried_again(void **state)
{
	struct places places;
	struct symbols *symbols;
	struct why why;
	char *path;

	(void)state;
	open_places(&places);
	install_build(&places, 1);
	symbols = symbols_open(places.kept, places.programs, &why);
	path = xasprintf("%s/korone-worker.01%s.new", places.kept, capture_build_id() + 2);
	assert_int_equal(mkdir(path, 0700), 0); /* in the way */
	assert_false(symbols_refresh(symbols, &why));
	assert_non_null(strstr(why.text, "cannot copy to"));
	assert_false(is_kept(&places, 1, ""));
	assert_int_equal(rmdir(path), 0);
	free(path);
	assert_true(symbols_refresh(symbols, &why));
	assert_true(is_kept(&places, 1, ""));
	assert_int_equal(count_kept(&places), 1);
	symbols_close(symbols);
	close_places(&places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_and_code),
		cmocka_unit_test(test_any_cut_and_any_noise_is_read),
		cmocka_unit_test(test_last_three_builds_are_kept),
		cmocka_unit_test(test_file_of_another_build_is_not_used),
		cmocka_unit_test(test_a_given_file_counts_like_its_path),
		cmocka_unit_test(test_only_elf_files_are_opened),
		cmocka_unit_test(test_each_line_is_a_whole_mapping_or_none),
		cmocka_unit_test(test_every_digit_of_an_address_counts),
		cmocka_unit_test(test_where_a_file_was_linked_to),
		cmocka_unit_test(test_code_is_in_the_order_of_addresses),
		cmocka_unit_test(test_debug_information_is_kept_with_its_build),
		cmocka_unit_test(test_only_programs_of_ours_are_kept),
		cmocka_unit_test(test_what_is_kept_is_not_copied_again),
		cmocka_unit_test(test_a_program_that_is_written_over_is_looked_at_again),
		cmocka_unit_test(test_what_could_not_be_copied_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
