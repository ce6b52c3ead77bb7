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

/* False: the peer sent malformed data; the channel ends. */
typedef bool channel_frame_fn(void *owner, struct frame *frame);
/* No more frames will come. The callee may close the channel but not free it. */
typedef void channel_end_fn(void *owner, bool protocol_error);

struct channel {
	struct channels *set;
	int fd; /* -1: closed */
	struct buffer in, out;
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
/* Where to append frames; the channel is flushed at the end of this loop iteration. */
struct buffer *channel_out(struct channel *channel);
/* Tells the peer that nothing more will come, once the collected output is written. */
void channel_finish_writing(struct channel *channel);
/* Reads and delivers everything that a dead peer has left in the socket. */
void channel_drain(struct channel *channel);
void channels_flush(struct channels *set);

#endif
