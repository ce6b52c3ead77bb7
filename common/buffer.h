/* buffer.h - a growing block of bytes with a read position: for frames, bodies and texts. */
#ifndef COMMON_BUFFER_H
#define COMMON_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *data;
	size_t start; /* bytes before it have been consumed */
	size_t size;  /* end of the written bytes, from data */
	size_t capacity;
};

void buffer_finish(struct buffer *buffer);
/* Empties it but keeps its memory, unless that is over `keep` bytes. */
void buffer_clear(struct buffer *buffer);
void buffer_trim(struct buffer *buffer, size_t keep);

/* Makes room for `size` more bytes at the end and returns where to write; buffer_commit() adds
 * them. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_commit(struct buffer *buffer, size_t size);
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_byte(struct buffer *buffer, uint8_t byte);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Puts a NUL after the end, which is not counted; returns the unread text. */
char *buffer_text(struct buffer *buffer);

/* The unread bytes; NULL when nothing was ever written. */
static inline uint8_t *buffer_unread(const struct buffer *buffer)
{
	/* Adding even 0 to NULL is undefined. */
	return buffer->data ? buffer->data + buffer->start : NULL;
}

static inline size_t buffer_unread_size(const struct buffer *buffer)
{
	return buffer->size - buffer->start;
}

/* Drops `size` bytes at the front. */
void buffer_consume(struct buffer *buffer, size_t size);

#endif
