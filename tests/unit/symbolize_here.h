/* symbolize_here.h - does the symbolizer's work for one capture in the calling process: for tests
 * and fuzzing. */
#ifndef TESTS_UNIT_SYMBOLIZE_HERE_H
#define TESTS_UNIT_SYMBOLIZE_HERE_H

#include "crashd/address_spaces.h"
#include "crashd/zygote.h"

/* Appends the encoded frames. */
static inline void symbolize_here(const struct symbols *symbols, const struct capture *capture,
				  struct buffer *out)
{
	struct arena arena = { 0 };
	struct image *image = arena_alloc(&arena, sizeof(*image));
	struct address_spaces *spaces = address_spaces_create(symbols);

	image_read(capture, &arena, image);
	zygote_trace(address_spaces_find(spaces, image), capture, image, &arena, out);
	address_spaces_destroy(spaces);
	arena_finish(&arena);
}

#endif
