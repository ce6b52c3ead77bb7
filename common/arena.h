/* arena.h - memory that belongs to one piece of work (an update, a batch, a report) and is freed
 * all at once. */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *first; /* the block kept by arena_reset() */
	struct arena_block *current;
};

/* A zeroed struct arena is empty and ready; arena_finish() frees everything and returns it to that
 * state. */
void arena_finish(struct arena *arena);
/* Frees everything except the first block, which is kept for the next piece of work. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type; lives until the next reset. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_memdup(struct arena *arena, const void *bytes, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif
