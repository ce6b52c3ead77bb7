/* pack.h - msgpack: a writer over msgpack-c into a buffer, and a bounds-checked reading cursor.
 *
 * The cursor never allocates and trusts nothing: every length is checked against what is left
 * before it is used. Its first fault sticks: later reads return zero values, so that a decoder can
 * read a whole struct and check once with cursor_ok() or cursor_end(). */
#ifndef COMMON_PACK_H
#define COMMON_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/buffer.h"
#include "common/why.h"

void pack_nil(struct buffer *out);
void pack_bool(struct buffer *out, bool value);
void pack_int(struct buffer *out, int64_t value);
void pack_uint(struct buffer *out, uint64_t value);
/* NULL packs nil. */
void pack_text(struct buffer *out, const char *text);
void pack_text_n(struct buffer *out, const char *text, size_t length);
void pack_bytes(struct buffer *out, const void *bytes, size_t size);
void pack_array(struct buffer *out, size_t count);
void pack_map(struct buffer *out, size_t count);
/* A value that is msgpack already. */
void pack_raw(struct buffer *out, const void *bytes, size_t size);

enum pack_type {
	PACK_NONE, /* at the end, or after a fault */
	PACK_NIL,
	PACK_BOOL,
	PACK_INT,
	PACK_UINT, /* only for values over INT64_MAX */
	PACK_DOUBLE,
	PACK_TEXT,
	PACK_BYTES,
	PACK_ARRAY,
	PACK_MAP,
	PACK_EXT,
};

#define PACK_DEPTH_MAX 80 /* Telegram's 64 plus our envelope */

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	const char *fault; /* NULL: no fault */
};

struct text {
	const char *data; /* not terminated; NULL for nil */
	size_t length;
};

/* Borrows; NULL is nil. */
static inline struct text text_of(const char *text)
{
	return (struct text) { .data = text, .length = text ? strlen(text) : 0 };
}

struct cursor cursor_make(const void *data, size_t size);
enum pack_type cursor_type(const struct cursor *cursor); /* of the next value */

bool cursor_bool(struct cursor *cursor);
int64_t cursor_int(struct cursor *cursor);
uint64_t cursor_uint(struct cursor *cursor);
double cursor_double(struct cursor *cursor);                      /* accepts integers too */
struct text cursor_text(struct cursor *cursor);                   /* nil gives {NULL, 0} */
struct text cursor_bytes(struct cursor *cursor);                  /* bin; nil gives {NULL, 0} */
void cursor_fixed(struct cursor *cursor, void *out, size_t size); /* bin of exactly that size */
/* The number of elements (pairs) that follow; never more than there are bytes left. */
size_t cursor_array(struct cursor *cursor);
size_t cursor_map(struct cursor *cursor);
void cursor_expect_array(struct cursor *cursor, size_t count);
/* Skips one value of any type, at most PACK_DEPTH_MAX deep; returns its bytes. */
struct text cursor_skip(struct cursor *cursor);
void cursor_fail(struct cursor *cursor, const char *fault);
bool cursor_ok(const struct cursor *cursor);
/* True when nothing failed and nothing is left over; else the reason. */
MUST_CHECK bool cursor_end(const struct cursor *cursor, struct why *why);

/* Finds `key` in the map that starts at `map` (works on a copy of the cursor): a cursor at its
 * value, or one whose cursor_type() is PACK_NONE. For reading an update without a tree. */
struct cursor cursor_find(struct cursor map, const char *key);

static inline bool text_is(struct text text, const char *word)
{
	return text.data && text.length == __builtin_strlen(word) &&
	       !__builtin_memcmp(text.data, word, text.length);
}

#endif
