/* fuzz_log.c - a log line is complete and valid, and hides secrets, whatever its values are. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "common/log.h"
#include "tests/fuzz/fuzz.h"

#define LOG_SUBSYSTEM "fuzz"

#define SECRET "hunter2-hunter2"

static char line[8192];

static size_t write_line(const char *first, size_t first_size, const char *second,
			 size_t second_size)
{
	static int file = -1, standard_error;
	ssize_t size;

	if (file < 0) {
		file = memfd_create("line", MFD_CLOEXEC);
		standard_error = dup(STDERR_FILENO);
		log_secret(SECRET);
	}
	dup2(file, STDERR_FILENO);
	log_notice("a line", log_bytes("first", first, first_size),
		   log_bytes("second", second, second_size), log_unsigned("number", 7));
	dup2(standard_error, STDERR_FILENO);
	size = pread(file, line, sizeof(line), 0);
	PROMISE(size > 0 && size <= 4096);
	PROMISE(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
	PROMISE(memchr(line, '\n', (size_t)size) == line + size - 1);
	PROMISE(!memmem(line, (size_t)size, SECRET, strlen(SECRET)));
	return (size_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size ? data[0] * size / 256 : 0;
	const char *text = (const char *)data;
	json_t *root;

	log_open("fuzz", LOG_FORMAT_JSON, LOG_LEVEL_NOTICE);
	root = json_loadb(line, write_line(text, half, text + half, size - half),
			  JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	PROMISE(json_object_get(root, "first"));
	json_decref(root);
	log_open("fuzz", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	write_line(text, half, text + half, size - half);
	return 0;
}
