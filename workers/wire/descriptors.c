/* descriptors.c - puts descriptors into the ancillary data of the bytes that they go with. */
#include "workers/wire/descriptors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xalloc.h"

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

static void push(struct descriptors *descriptors, uint64_t at, int fd)
{
	array_reserve(descriptors->all, &descriptors->capacity, descriptors->count + 1);
	descriptors->all[descriptors->count++] = (struct travelling) { .at = at, .fd = fd };
}

static void forget(struct descriptors *descriptors, size_t count)
{
	descriptors->count -= count;
	memmove(descriptors->all, descriptors->all + count,
		descriptors->count * sizeof(*descriptors->all));
}

void descriptors_finish(struct descriptors *descriptors)
{
	descriptors_drop(descriptors, 0);
	free(descriptors->all);
	*descriptors = (struct descriptors) { 0 };
}

void descriptors_add(struct descriptors *descriptors, const struct buffer *out, int fd)
{
	push(descriptors, descriptors->passed + buffer_unread_size(out), fd);
}

int descriptors_take(struct descriptors *descriptors)
{
	int fd = descriptors->count ? descriptors->all[0].fd : -1;

	if (fd >= 0)
		forget(descriptors, 1);
	return fd;
}

void descriptors_drop(struct descriptors *descriptors, size_t count)
{
	while (descriptors->count > count)
		close(descriptors_take(descriptors));
}

/* How many go with the next byte. */
static size_t due(const struct descriptors *descriptors)
{
	size_t count = 0;

	while (count < descriptors->count && descriptors->all[count].at == descriptors->passed)
		count++;
	if (count > DESCRIPTORS_MAX)
		panic("a frame with %zu descriptors", count);
	return count;
}

static void fill_control(const struct descriptors *descriptors, size_t count,
			 struct msghdr *message, union control *control)
{
	struct cmsghdr *header;

	if (!count)
		return;
	*control = (union control) { 0 };
	message->msg_control = control->bytes;
	message->msg_controllen = CMSG_SPACE(count * sizeof(int));
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(header) + i * sizeof(int), &descriptors->all[i].fd, sizeof(int));
}

ssize_t descriptors_send(struct descriptors *descriptors, int fd, const void *bytes, size_t size)
{
	size_t count = due(descriptors);
	struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control;
	ssize_t sent;

	/* Not past the byte that the next ones go with. */
	if (count < descriptors->count &&
	    descriptors->all[count].at - descriptors->passed < part.iov_len)
		part.iov_len = (size_t)(descriptors->all[count].at - descriptors->passed);
	fill_control(descriptors, count, &message, &control);
	sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	if (sent <= 0)
		return sent;
	descriptors->passed += (uint64_t)sent;
	descriptors_drop(descriptors, descriptors->count - count);
	return sent;
}

static void take_control(struct descriptors *descriptors, const struct cmsghdr *header)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
		push(descriptors, 0, fd);
	}
}

ssize_t descriptors_receive(struct descriptors *descriptors, int fd, void *bytes, size_t size)
{
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	union control control;
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

	if (got < 0)
		return got;
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at))
		if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_RIGHTS)
			take_control(descriptors, at);
	if (message.msg_flags & MSG_CTRUNC || descriptors->count > DESCRIPTORS_MAX)
		descriptors->broken = true;
	return got;
}
