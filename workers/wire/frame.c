/* frame.c - frames in buffers, and reads and writes of a buffer. */
#include "workers/wire/frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"

struct header {
	uint32_t size;
	uint32_t type;
};

size_t frame_start(struct buffer *out, uint32_t type)
{
	struct header header = { .type = type };
	size_t opened = buffer_unread_size(out);

	buffer_append(out, &header, sizeof(header));
	return opened;
}

void frame_finish(struct buffer *out, size_t opened)
{
	size_t size = buffer_unread_size(out) - opened - sizeof(struct header);
	uint32_t stored = (uint32_t)size;

	if (size > FRAME_SIZE_MAX)
		panic("frame of %zu bytes is over the limit", size);
	memcpy(buffer_unread(out) + opened, &stored, sizeof(stored));
}

void frame_append(struct buffer *out, uint32_t type, const void *head, size_t head_size,
		  const void *tail, size_t tail_size)
{
	struct header header = { .type = type, .size = (uint32_t)(head_size + tail_size) };
	uint8_t *at;

	if (head_size + tail_size > FRAME_SIZE_MAX)
		panic("frame of %zu bytes is over the limit", head_size + tail_size);
	at = buffer_reserve(out, sizeof(header) + head_size + tail_size);
	memcpy(at, &header, sizeof(header));
	if (head_size)
		memcpy(at + sizeof(header), head, head_size);
	if (tail_size)
		memcpy(at + sizeof(header) + head_size, tail, tail_size);
	buffer_commit(out, sizeof(header) + head_size + tail_size);
}

enum frame_take frame_take(struct buffer *in, struct frame *out)
{
	struct header header;

	if (buffer_unread_size(in) < sizeof(header))
		return FRAME_PARTIAL;
	memcpy(&header, buffer_unread(in), sizeof(header));
	if (header.size > FRAME_SIZE_MAX)
		return FRAME_BROKEN;
	if (buffer_unread_size(in) - sizeof(header) < header.size)
		return FRAME_PARTIAL;
	out->type = header.type;
	out->data = buffer_unread(in) + sizeof(header);
	out->size = header.size;
	buffer_consume(in, sizeof(header) + header.size);
	return FRAME_TAKEN;
}

enum frame_io frame_fill(int fd, struct buffer *in, size_t want, struct descriptors *descriptors)
{
	uint8_t *at = buffer_reserve(in, want);
	ssize_t got;

	do
		got = descriptors ? descriptors_receive(descriptors, fd, at, want)
				  : read(fd, at, want);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		buffer_commit(in, (size_t)got);
		return FRAME_IO_OK;
	}
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return FRAME_IO_AGAIN;
	return FRAME_IO_END;
}

enum frame_io frame_flush(int fd, struct buffer *out, struct descriptors *descriptors)
{
	while (buffer_unread_size(out)) {
		const void *bytes = buffer_unread(out);
		size_t size = buffer_unread_size(out);
		ssize_t sent = descriptors ? descriptors_send(descriptors, fd, bytes, size)
					   : send(fd, bytes, size, MSG_NOSIGNAL);

		if (sent >= 0)
			buffer_consume(out, (size_t)sent);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return FRAME_IO_AGAIN;
		else if (errno != EINTR)
			return FRAME_IO_END;
	}
	buffer_clear(out);
	return FRAME_IO_OK;
}

bool frame_head(struct frame *frame, void *head, size_t size)
{
	if (frame->size < size)
		return false;
	memcpy(head, frame->data, size);
	frame->data += size;
	frame->size -= size;
	return true;
}
