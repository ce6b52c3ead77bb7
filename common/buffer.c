/* buffer.c - one block that grows by doubling. Consumed bytes at its front are reclaimed by moving
 * the rest, at most once per as many bytes consumed. */
#include "common/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"

#define CAPACITY_MIN 256u

void buffer_finish(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer) { 0 };
}

void buffer_clear(struct buffer *buffer)
{
	buffer->start = buffer->size = 0;
}

void buffer_trim(struct buffer *buffer, size_t keep)
{
	buffer_clear(buffer);
	if (buffer->capacity > keep)
		buffer_finish(buffer);
}

static void move_to_front(struct buffer *buffer)
{
	memmove(buffer->data, buffer_unread(buffer), buffer_unread_size(buffer));
	buffer->size -= buffer->start;
	buffer->start = 0;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_MIN;

	/* Moving costs no more than what was consumed since the last move. */
	if (buffer->start > 0 && buffer->start >= buffer_unread_size(buffer))
		move_to_front(buffer);
	if (buffer->capacity - buffer->size >= size && buffer->data)
		return buffer->data + buffer->size;
	while (capacity - buffer->size < size) {
		if (capacity > SIZE_MAX / 2)
			panic("buffer: size overflows");
		capacity *= 2;
	}
	buffer->data = xrealloc(buffer->data, capacity);
	buffer->capacity = capacity;
	return buffer->data + buffer->size;
}

void buffer_commit(struct buffer *buffer, size_t size)
{
	if (size > buffer->capacity - buffer->size)
		panic("buffer: committed more than was reserved");
	buffer->size += size;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
	if (!size)
		return;
	memcpy(buffer_reserve(buffer, size), bytes, size);
	buffer->size += size;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

void buffer_append_byte(struct buffer *buffer, uint8_t byte)
{
	*buffer_reserve(buffer, 1) = byte;
	buffer->size++;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		panic("buffer: format fails");
	va_start(arguments, format);
	vsnprintf((char *)buffer_reserve(buffer, (size_t)length + 1), (size_t)length + 1, format,
		  arguments);
	va_end(arguments);
	buffer->size += (size_t)length;
}

char *buffer_text(struct buffer *buffer)
{
	*buffer_reserve(buffer, 1) = '\0';
	return (char *)buffer_unread(buffer);
}

void buffer_consume(struct buffer *buffer, size_t size)
{
	if (size > buffer_unread_size(buffer))
		panic("buffer: consumed more than is there");
	buffer->start += size;
	if (buffer->start == buffer->size)
		buffer_clear(buffer);
}
