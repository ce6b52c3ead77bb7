/* descriptors.h - descriptors that travel with the frames of a socket (SCM_RIGHTS, unix(7)).
 *
 * A frame says how many belong to it. They go with its first byte, so whoever has the whole frame
 * has them: the receiver takes them in the order of the frames. */
#ifndef WORKERS_WIRE_DESCRIPTORS_H
#define WORKERS_WIRE_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/buffer.h"

/* Of one frame; the kernel passes at most 253 at once (SCM_MAX_FD). */
#define DESCRIPTORS_MAX 100u

/* Of one direction of a socket. Zeroed is empty. */
struct descriptors {
	struct travelling {
		uint64_t at; /* to be sent: the byte of the stream that it goes with */
		int fd;
	} * all;
	size_t count, capacity;
	uint64_t passed; /* bytes that were sent */
	bool broken;     /* more came than a frame may have, or than this process can open */
};

/* Closes those that are left; empty and ready again. */
void descriptors_finish(struct descriptors *descriptors);

/* The descriptor is the queue's from now on, and goes with the next byte that is appended to
 * `out`. */
void descriptors_add(struct descriptors *descriptors, const struct buffer *out, int fd);
/* The oldest that came, which is the caller's from now on; -1: none. */
int descriptors_take(struct descriptors *descriptors);
/* Closes the oldest ones until `count` are left. */
void descriptors_drop(struct descriptors *descriptors, size_t count);

/* Like send(), recv(): one call, with what travels. At most DESCRIPTORS_MAX come before they are
 * taken. */
ssize_t descriptors_send(struct descriptors *descriptors, int fd, const void *bytes, size_t size);
ssize_t descriptors_receive(struct descriptors *descriptors, int fd, void *bytes, size_t size);

#endif
