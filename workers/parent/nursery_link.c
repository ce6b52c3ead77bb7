/* nursery_link.c - forks and execs the nursery, and translates its packets into events. */
#include "workers/parent/nursery_link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/log.h"
#include "common/log_pipe.h"
#include "common/xalloc.h"
#include "workers/wire/settings.h"
#include "workers/wire/wire.h"

struct nursery_link {
	struct loop *loop;
	const struct settings *settings;
	struct nursery_events events;
	char program[PATH_MAX]; /* path of the installed program, which may be replaced by a newer
				   build */
	char build_id[128];
	pid_t pid;
	int socket, lock;
	uint32_t unanswered; /* ticks since its last packet */
	uint8_t packet[NURSERY_PACKET_MAX];
};

static void on_packet(void *owner, int fd, uint32_t events);

struct nursery_link *nursery_link_create(struct loop *loop, const struct settings *settings,
					 int lock, const struct nursery_events *events)
{
	struct nursery_link *link = xmalloc(sizeof(*link));
	ssize_t length = readlink("/proc/self/exe", link->program, sizeof(link->program) - 1);

	link->loop = loop;
	link->settings = settings;
	link->events = *events;
	link->lock = lock;
	link->socket = -1;
	if (length <= 0 || access(link->program, X_OK) < 0)
		strcpy(link->program, "/proc/self/exe");
	return link;
}

struct nursery_link *nursery_link_create_next(const struct nursery_link *link)
{
	struct nursery_link *next = xmalloc(sizeof(*next));

	next->loop = link->loop;
	next->settings = link->settings;
	next->events = link->events;
	next->lock = link->lock;
	next->socket = -1;
	/* The path from the start of the pool: /proc/self/exe of a replaced program reads
	 * "(deleted)". */
	strcpy(next->program, link->program);
	return next;
}

const char *nursery_link_build_id(const struct nursery_link *link)
{
	return link->build_id;
}

static void reap(struct nursery_link *link, int *status)
{
	*status = 0;
	if (link->pid)
		while (waitpid(link->pid, status, 0) < 0 && errno == EINTR)
			;
	link->pid = 0;
}

static int put_down(struct nursery_link *link)
{
	int status;

	if (link->socket >= 0) {
		loop_unwatch(link->loop, link->socket);
		close(link->socket);
		link->socket = -1;
	}
	if (link->pid)
		kill(link->pid, SIGKILL);
	reap(link, &status);
	return status;
}

void nursery_link_destroy(struct nursery_link *link)
{
	if (!link)
		return;
	put_down(link);
	free(link);
}

/* --- start --- */

/* In the new process, between fork and exec of a process that may have threads: system calls
 * only. */
static _Noreturn void exec_nursery(const char *program, int socket, int lock, int log, pid_t parent)
{
	static char *const arguments[] = { (char *)(uintptr_t) "korone-worker",
					   (char *)(uintptr_t)NURSERY_OPTION, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_OK);
	/* A terminal's Ctrl-C is for the parent, which drains. */
	setpgid(0, 0);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(EX_OSERR);
	/* First out of the way of the fixed numbers. */
	socket = fcntl(socket, F_DUPFD, NURSERY_LOG_FD + 1);
	lock = fcntl(lock, F_DUPFD, NURSERY_LOG_FD + 1);
	log = fcntl(log, F_DUPFD, NURSERY_LOG_FD + 1);
	if (dup2(socket, NURSERY_FD) < 0 || dup2(lock, NURSERY_LOCK_FD) < 0)
		_exit(EX_OSERR);
	if (dup2(log, NURSERY_LOG_FD) < 0)
		close(NURSERY_LOG_FD);
	(void)syscall(SYS_close_range, NURSERY_LOG_FD + 1, ~0u, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(program, arguments);
	_exit(EX_OSERR);
}

static void send_packet(struct nursery_link *link, const struct nursery_packet *packet,
			const void *rest, size_t rest_size)
{
	struct iovec parts[2] = {
		{ .iov_base = (void *)(uintptr_t)packet, .iov_len = sizeof(*packet) },
		{ .iov_base = (void *)(uintptr_t)rest, .iov_len = rest_size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	/* A dead nursery is noticed by the next read, a stuck one by its silence: it must not block
	 * its parent when the socket is full. */
	while (sendmsg(link->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR)
		;
}

static void send_settings(struct nursery_link *link)
{
	const struct nursery_packet packet = { .type = NURSERY_SETTINGS };
	struct buffer body = { 0 };

	wire_settings_pack(link->settings, &body);
	send_packet(link, &packet, buffer_unread(&body), buffer_unread_size(&body));
	explicit_bzero(body.data, body.capacity);
	buffer_finish(&body);
}

bool nursery_link_start(struct nursery_link *link, struct why *why)
{
	int pair[2];
	pid_t self = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return why_set(why, "socketpair: %s", strerror(errno));
	link->pid = fork();
	if (link->pid == 0)
		exec_nursery(link->program, pair[1], link->lock, log_pipe_shared(), self);
	close(pair[1]);
	if (link->pid < 0) {
		link->pid = 0;
		close(pair[0]);
		return why_set(why, "fork: %s", strerror(errno));
	}
	link->socket = pair[0];
	link->unanswered = 0;
	loop_watch(link->loop, link->socket, EPOLLIN, on_packet, link);
	send_settings(link);
	return true;
}

pid_t nursery_link_pid(const struct nursery_link *link)
{
	return link->pid;
}

/* --- liveness --- */

bool nursery_link_ask(struct nursery_link *link, uint32_t ticks)
{
	const struct nursery_packet packet = { .type = NURSERY_PING };
	uint32_t before = link->unanswered;

	if (link->socket < 0)
		return false;
	if (before == 0)
		send_packet(link, &packet, NULL, 0);
	link->unanswered += ticks;
	return link->unanswered / NURSERY_SILENT_TICKS != before / NURSERY_SILENT_TICKS;
}

bool nursery_link_is_silent(const struct nursery_link *link)
{
	return link->socket >= 0 && link->unanswered >= NURSERY_SILENT_TICKS;
}

void nursery_link_end(struct nursery_link *link)
{
	link->events.gone(link->events.owner, link, put_down(link));
}

/* --- requests --- */

bool nursery_link_fork(struct nursery_link *link, enum nursery_role role, uint64_t serial,
		       int socket, int scoreboard)
{
	struct nursery_packet packet = { .type = NURSERY_FORK, .role = role, .serial = serial };
	const int fds[2] = { socket, scoreboard };
	const size_t fds_size = scoreboard < 0 ? sizeof(*fds) : sizeof(fds);
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control = { 0 };
	struct iovec part = { .iov_base = &packet, .iov_len = sizeof(packet) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(fds_size) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (link->socket < 0)
		return false;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(fds_size);
	memcpy(CMSG_DATA(header), fds, fds_size);
	return sendmsg(link->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

void nursery_link_kill(struct nursery_link *link, pid_t pid, int signo)
{
	const struct nursery_packet packet = { .type = NURSERY_KILL, .pid = pid, .signo = signo };

	if (link->socket >= 0 && pid > 1)
		send_packet(link, &packet, NULL, 0);
}

/* --- reports --- */

static void take_ready(struct nursery_link *link, const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_make(data, size);
	struct nursery_ready ready;
	uint64_t wire;

	cursor_expect_array(&cursor, 6);
	wire = cursor_uint(&cursor);
	ready.kinds = (uint32_t)cursor_uint(&cursor);
	ready.version = cursor_text(&cursor);
	ready.build_id = cursor_text(&cursor);
	ready.hosts = cursor;
	(void)cursor_skip(&cursor);
	ready.calls = cursor;
	if (!cursor_ok(&cursor) || wire != POOL_WIRE_VERSION) {
		link->events.failed(
			link->events.owner, link,
			"the installed program is of another version: restart the pool");
	} else {
		snprintf(link->build_id, sizeof(link->build_id), "%.*s", (int)ready.build_id.length,
			 ready.build_id.data ? ready.build_id.data : "");
		link->events.ready(link->events.owner, link, &ready);
	}
}

static void take_packet(struct nursery_link *link, size_t size)
{
	const struct nursery_events *events = &link->events;
	struct nursery_packet packet;
	char reason[WHY_SIZE];

	if (size < sizeof(packet))
		return;
	memcpy(&packet, link->packet, sizeof(packet));
	link->unanswered = 0;
	switch ((enum nursery_packet_type)packet.type) {
	case NURSERY_READY:
		take_ready(link, link->packet + sizeof(packet), size - sizeof(packet));
		return;
	case NURSERY_FAILED:
		snprintf(reason, sizeof(reason), "%.*s", (int)(size - sizeof(packet)),
			 (const char *)link->packet + sizeof(packet));
		events->failed(events->owner, link, reason);
		return;
	case NURSERY_FORKED:
		events->forked(events->owner, packet.serial, packet.pid, packet.status);
		return;
	case NURSERY_DIED:
		events->died(events->owner, packet.pid, packet.status, packet.max_rss_kib);
		return;
	case NURSERY_PONG:
		return;
	case NURSERY_CHANGED:
		events->changed(events->owner, link);
		return;
	case NURSERY_SETTINGS:
	case NURSERY_FORK:
	case NURSERY_KILL:
	case NURSERY_PING:
		return; /* our own end, not the nursery's */
	}
}

static void on_packet(void *owner, int fd, uint32_t events)
{
	struct nursery_link *link = owner;
	ssize_t got;

	(void)events;
	while (link->socket == fd) {
		got = recv(fd, link->packet, sizeof(link->packet), MSG_DONTWAIT);
		if (got > 0)
			take_packet(link, (size_t)got);
		else if (got < 0 && errno == EINTR)
			continue;
		else if (got < 0 && errno == EAGAIN)
			return;
		else
			break;
	}
	if (link->socket == fd)
		nursery_link_end(link);
}
