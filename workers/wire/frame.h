/* frame.h - length-prefixed frames over the stream sockets inside a pool.
 *
 * Both ends are processes of one program on one machine, so numbers are in the machine's byte
 * order. A frame is { u32 size of the payload, u32 type } and the payload. Frames are collected in
 * a buffer, so that one write carries everything that a loop iteration produced. */
#ifndef WORKERS_WIRE_FRAME_H
#define WORKERS_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"
#include "workers/wire/descriptors.h"

/* The largest is a verdict: the replies of an update (WIRE_REPLIES_MAX) and work that it puts off.
 */
#define FRAME_SIZE_MAX (24u << 20)

struct frame {
	uint32_t type;
	const uint8_t *data; /* borrowed from the buffer; not aligned */
	size_t size;
};

/* Opens a frame at the end of `out`; what is appended until frame_finish() is its payload. */
size_t frame_start(struct buffer *out, uint32_t type);
void frame_finish(struct buffer *out, size_t opened);
/* A whole frame of two parts; either may be empty. */
void frame_append(struct buffer *out, uint32_t type, const void *head, size_t head_size,
		  const void *tail, size_t tail_size);

enum frame_take { FRAME_TAKEN, FRAME_PARTIAL, FRAME_BROKEN };

/* Takes the next frame off the front of `in`. It stays valid until something is appended to `in`.
 * BROKEN: the size is over the limit; nothing that follows can be trusted. */
enum frame_take frame_take(struct buffer *in, struct frame *out);

enum frame_io { FRAME_IO_OK, FRAME_IO_AGAIN, FRAME_IO_END };

/* One read of at most `want` bytes. END: the peer is gone. Blocks if the descriptor does. What
 * travels with the bytes is added to `descriptors`; NULL: it is closed unseen. */
enum frame_io frame_fill(int fd, struct buffer *in, size_t want, struct descriptors *descriptors);
/* Writes until the buffer is empty (OK) or the socket is full (AGAIN), with the descriptors that
 * were added for its bytes; NULL: there never are any on this socket. */
enum frame_io frame_flush(int fd, struct buffer *out, struct descriptors *descriptors);

/* A payload that starts with a fixed struct: copies that and leaves the rest in *frame. */
MUST_CHECK bool frame_head(struct frame *frame, void *head, size_t size);

#endif
