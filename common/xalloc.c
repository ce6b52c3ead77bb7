/* xalloc.c - wrappers of malloc(3), mmap(2) and friends that end the process on failure. */
#include "common/xalloc.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#define LOG_SUBSYSTEM "memory"
#include "common/log.h"

/* Elements of an array that begins to grow. */
#define CAPACITY_MIN 16

static _Noreturn void out_of_memory(size_t size)
{
	fatal(EX_OSERR, "out of memory", log_unsigned("bytes", size));
}

void *xmalloc(size_t size)
{
	return xcalloc(1, size);
}

void *xcalloc(size_t count, size_t size)
{
	void *block = calloc(count ? count : 1, size ? size : 1);

	if (!block)
		out_of_memory(count * size);
	return block;
}

void *xrealloc(void *block, size_t size)
{
	void *moved = realloc(block, size ? size : 1);

	if (!moved)
		out_of_memory(size);
	return moved;
}

void *xreallocarray(void *block, size_t count, size_t size)
{
	void *moved = reallocarray(block, count ? count : 1, size ? size : 1);

	if (!moved)
		out_of_memory(SIZE_MAX);
	return moved;
}

void *xgrow(void *array, size_t *capacity, size_t needed, size_t size)
{
	size_t larger = *capacity < CAPACITY_MIN / 2 ? CAPACITY_MIN : 2 * *capacity;

	if (larger < needed) /* also where twice as many overflows */
		larger = needed;
	if (larger > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	*capacity = larger;
	return xreallocarray(array, larger, size);
}

void *xshare(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		out_of_memory(size);
	return memory;
}

void xshare_end(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

char *xstrdup(const char *text)
{
	return xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t length)
{
	char *copy = xmalloc(length + 1);

	memcpy(copy, text, length);
	return copy;
}

void *xmemdup(const void *bytes, size_t size)
{
	void *copy = xmalloc(size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		out_of_memory(0);
	return text;
}

void xzero(void *memory, size_t size)
{
	static const uint8_t zeros[4096];

	for (size_t at = 0; at < size; at += sizeof(zeros)) {
		uint8_t *part = (uint8_t *)memory + at;
		size_t part_size = size - at < sizeof(zeros) ? size - at : sizeof(zeros);

		if (memcmp(part, zeros, part_size) != 0)
			memset(part, 0, part_size);
	}
}

/* Other C libraries than glibc do both by themselves. */
void xtrim(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

void xtrim_blocks(size_t size)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, (int)size);
#else
	(void)size;
#endif
}
