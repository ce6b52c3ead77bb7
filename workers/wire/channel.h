/* channel.h - a non-blocking stream of frames in the event loop.
 *
 * What is appended to channel->out is written by channels_flush(), once per loop iteration for all
 * channels with output, so that an iteration costs one write per peer. */
#ifndef WORKERS_WIRE_CHANNEL_H
#define WORKERS_WIRE_CHANNEL_H

#include <stdbool.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "workers/wire/frame.h"

/* False: the peer sent malformed data; the channel ends. The frame's descriptors are the next in
 * channel->came; those that are left when no frame is are malformed data, too. */
typedef bool channel_frame_fn(void *owner, struct frame *frame);
/* No more frames will come. The callee may close the channel but not free it. */
typedef void channel_end_fn(void *owner, bool protocol_error);

struct channel {
	struct channels *set;
	int fd; /* -1: closed */
	struct buffer in, out;
	struct descriptors came, go; /* with what is in `in` and `out` */
	channel_frame_fn *on_frame;
	channel_end_fn *on_end;
	void *owner;
	struct channel *next_dirty;
	bool dirty, blocked, ended;
};

/* The channels of one loop, for flushing together. */
struct channels {
	struct loop *loop;
	struct channel *dirty;
};

/* Takes over `fd`, which is made non-blocking. */
void channel_open(struct channel *channel, struct channels *set, int fd, channel_frame_fn *on_frame,
		  channel_end_fn *on_end, void *owner);
/* A closed channel may be closed again. */
void channel_close(struct channel *channel);
/* A copy of the descriptor travels with the frame that is appended next. False: this process cannot
 * open any more. */
MUST_CHECK bool channel_attach(struct channel *channel, int fd);
/* Where to append frames; the channel is flushed at the end of this loop iteration. */
struct buffer *channel_out(struct channel *channel);
/* Tells the peer that nothing more will come, once the collected output is written. */
void channel_finish_writing(struct channel *channel);
/* Reads and delivers everything that a dead peer has left in the socket. */
void channel_drain(struct channel *channel);
void channels_flush(struct channels *set);

#endif
