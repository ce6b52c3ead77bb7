/* arena.c - a list of blocks that double in size. A reset keeps only the first, so that one large
 * update does not hold on to memory. */
#include "common/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"

#define BLOCK_MIN 8192u

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) uint8_t bytes[];
};

static struct arena_block *block_create(size_t size)
{
	struct arena_block *block = xmalloc(sizeof(*block) + size);

	block->size = size;
	return block;
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_finish(struct arena *arena)
{
	free_blocks(arena->first);
	*arena = (struct arena) { 0 };
}

void arena_reset(struct arena *arena)
{
	struct arena_block *first = arena->first;

	if (!first)
		return;
	free_blocks(first->next);
	first->next = NULL;
	memset(first->bytes, 0, first->used);
	first->used = 0;
	arena->current = first;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *block = arena->current;
	void *at;

	if (rounded < size)
		panic("arena: size overflows");
	if (!block || block->size - block->used < rounded) {
		size_t wanted = block ? 2 * block->size : BLOCK_MIN;
		struct arena_block *fresh = block_create(wanted < rounded ? rounded : wanted);

		if (block)
			block->next = fresh;
		else
			arena->first = fresh;
		arena->current = block = fresh;
	}
	at = block->bytes + block->used;
	block->used += rounded;
	return at;
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length < 0)
		panic("arena: format fails");
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return text;
}
