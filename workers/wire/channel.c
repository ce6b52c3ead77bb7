/* channel.c - reads what is there, hands over whole frames, and writes once per loop iteration. */
#include "workers/wire/channel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (64u << 10)
#define KEEP_SIZE (256u << 10) /* a buffer that one large frame has grown is freed */

static void on_ready(void *owner, int fd, uint32_t events);

static void end(struct channel *channel, bool protocol_error)
{
	if (channel->ended)
		return;
	channel->ended = true;
	loop_unwatch(channel->set->loop, channel->fd);
	channel->on_end(channel->owner, protocol_error);
}

/* False when the channel ended. */
static bool deliver(struct channel *channel)
{
	struct frame frame;

	while (channel->fd >= 0 && !channel->ended) {
		switch (frame_take(&channel->in, &frame)) {
		case FRAME_PARTIAL:
			if (buffer_unread_size(&channel->in))
				return true;
			buffer_trim(&channel->in, KEEP_SIZE);
			if (!channel->came.count)
				return true;
			end(channel, true);
			return false;
		case FRAME_TAKEN:
			if (channel->on_frame(channel->owner, &frame))
				break;
			end(channel, true);
			return false;
		case FRAME_BROKEN:
			end(channel, true);
			return false;
		}
	}
	return false;
}

static void read_some(struct channel *channel, bool all)
{
	enum frame_io io;
	size_t had;

	do {
		had = buffer_unread_size(&channel->in);
		io = frame_fill(channel->fd, &channel->in, READ_SIZE, &channel->came);
		if (channel->came.broken) {
			end(channel, true);
			return;
		}
		if (io == FRAME_IO_OK && !deliver(channel))
			return;
		/* A read that filled its buffer may have left more in the socket. */
	} while (io == FRAME_IO_OK && (all || buffer_unread_size(&channel->in) >= had + READ_SIZE));
	if (io == FRAME_IO_END)
		end(channel, false);
}

static void watch(struct channel *channel)
{
	uint32_t events = EPOLLIN | (channel->blocked ? EPOLLOUT : 0u);

	loop_watch(channel->set->loop, channel->fd, events, on_ready, channel);
}

static void flush(struct channel *channel)
{
	bool was_blocked = channel->blocked;

	/* A dead peer is noticed by the next read. */
	channel->blocked = frame_flush(channel->fd, &channel->out, &channel->go) == FRAME_IO_AGAIN;
	if (!channel->blocked)
		buffer_trim(&channel->out, KEEP_SIZE);
	if (channel->blocked != was_blocked)
		watch(channel);
}

static void on_ready(void *owner, int fd, uint32_t events)
{
	struct channel *channel = owner;

	(void)fd;
	if (events & EPOLLOUT)
		flush(channel);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(channel, false);
}

void channel_open(struct channel *channel, struct channels *set, int fd, channel_frame_fn *on_frame,
		  channel_end_fn *on_end, void *owner)
{
	*channel = (struct channel) {
		.set = set, .fd = fd, .on_frame = on_frame, .on_end = on_end, .owner = owner
	};
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	watch(channel);
}

static void forget_dirty(struct channel *channel)
{
	for (struct channel **at = &channel->set->dirty; *at; at = &(*at)->next_dirty) {
		if (*at == channel) {
			*at = channel->next_dirty;
			break;
		}
	}
	channel->dirty = false;
}

void channel_close(struct channel *channel)
{
	if (!channel->set || channel->fd < 0)
		return;
	if (channel->dirty)
		forget_dirty(channel);
	loop_unwatch(channel->set->loop, channel->fd);
	close(channel->fd);
	channel->fd = -1;
	channel->ended = true;
	buffer_finish(&channel->in);
	buffer_finish(&channel->out);
	descriptors_finish(&channel->came);
	descriptors_finish(&channel->go);
}

bool channel_attach(struct channel *channel, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy >= 0)
		descriptors_add(&channel->go, &channel->out, copy);
	return copy >= 0;
}

struct buffer *channel_out(struct channel *channel)
{
	if (!channel->dirty) {
		channel->dirty = true;
		channel->next_dirty = channel->set->dirty;
		channel->set->dirty = channel;
	}
	return &channel->out;
}

void channel_finish_writing(struct channel *channel)
{
	if (channel->fd < 0)
		return;
	(void)frame_flush(channel->fd, &channel->out, &channel->go);
	(void)shutdown(channel->fd, SHUT_WR);
}

void channel_drain(struct channel *channel)
{
	if (channel->fd >= 0 && !channel->ended)
		read_some(channel, true);
}

void channels_flush(struct channels *set)
{
	while (set->dirty) {
		struct channel *channel = set->dirty;

		set->dirty = channel->next_dirty;
		channel->dirty = false;
		if (channel->fd >= 0 && !channel->ended && !channel->blocked)
			flush(channel);
	}
}
