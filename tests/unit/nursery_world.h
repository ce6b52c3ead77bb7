/* nursery_world.h - a nursery in memory, and what it forks as the test plays it: the far ends of
 * the sockets and scoreboards that a parent hands over. What is defined here takes the place of
 * nursery_link.c. */
#ifndef TESTS_UNIT_NURSERY_WORLD_H
#define TESTS_UNIT_NURSERY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/parent/nursery_link.h"
#include "workers/wire/frame.h"
#include "workers/wire/scoreboard.h"
#include "workers/wire/wire.h"

#define FIRST_PID 5000

struct nursery_link {
	struct loop *loop;
	struct nursery_events events;
	pid_t pid;    /* 0: it does not run */
	bool is_deaf; /* it takes no requests */
	bool is_still;
	unsigned starts;
};

/* One that a nursery was asked for. */
struct process {
	enum nursery_role role;
	uint64_t serial;
	struct nursery_link *nursery;
	pid_t pid;
	int socket; /* -1: closed */
	struct scoreboard *scoreboard;
	struct buffer in;
	unsigned signals; /* that its nursery was to send */
	int signo;        /* the last one */
};

static struct process processes[64];
static size_t processes_count;
static struct nursery_link *nurseries[8]; /* in the order in which they were created */
static size_t nurseries_count;

/* --- stand-in: the link ----------------------------------------------------------------------- */

struct nursery_link *nursery_link_create(struct loop *loop, const struct settings *settings,
					 int lock, const struct nursery_events *events)
{
	struct nursery_link *link = xmalloc(sizeof(*link));

	(void)settings;
	(void)lock;
	link->loop = loop;
	if (events)
		link->events = *events;
	assert_true(nurseries_count < COUNT_OF(nurseries));
	nurseries[nurseries_count++] = link;
	return link;
}

struct nursery_link *nursery_link_create_next(const struct nursery_link *link)
{
	return nursery_link_create(link->loop, NULL, -1, &link->events);
}

const char *nursery_link_build_id(const struct nursery_link *link)
{
	return link == nurseries[0] ? "first" : "next";
}

void nursery_link_destroy(struct nursery_link *link)
{
	free(link);
}

bool nursery_link_start(struct nursery_link *link, struct why *why)
{
	static pid_t last_pid = 100;

	(void)why;
	link->starts++;
	link->pid = ++last_pid;
	return true;
}

pid_t nursery_link_pid(const struct nursery_link *link)
{
	return link->pid;
}

bool nursery_link_ask(struct nursery_link *link, uint32_t ticks)
{
	(void)ticks;
	return link->is_still;
}

bool nursery_link_is_silent(const struct nursery_link *link)
{
	return link->is_still;
}

void nursery_link_end(struct nursery_link *link)
{
	link->pid = 0;
	link->events.gone(link->events.owner, link, 9);
}

bool nursery_link_fork(struct nursery_link *link, enum nursery_role role, uint64_t serial,
		       int socket, int scoreboard)
{
	struct process *process = &processes[processes_count];
	struct why why;

	if (link->is_deaf)
		return false;
	assert_true(processes_count < COUNT_OF(processes));
	*process = (struct process) { .role = role,
				      .serial = serial,
				      .nursery = link,
				      .pid = (pid_t)(FIRST_PID + processes_count++),
				      .socket = fcntl(socket, F_DUPFD_CLOEXEC, 0),
				      .scoreboard = scoreboard < 0
							    ? NULL
							    : scoreboard_map(scoreboard, &why) };
	assert_int_equal(fcntl(process->socket, F_SETFL, O_NONBLOCK), 0);
	assert_true(process->scoreboard || scoreboard < 0);
	return true;
}

void nursery_link_kill(struct nursery_link *link, pid_t pid, int signo)
{
	struct process *process = &processes[pid - FIRST_PID];

	assert_in_range(pid, FIRST_PID, FIRST_PID + processes_count - 1);
	assert_ptr_equal(process->nursery, link);
	process->signals++;
	process->signo = signo;
}

/* --- what a process says and hears ------------------------------------------------------------ */

/* False: nothing more is there. */
static bool next_frame(struct process *process, struct frame *frame)
{
	while (frame_take(&process->in, frame) != FRAME_TAKEN)
		if (frame_fill(process->socket, &process->in, 65536, NULL) != FRAME_IO_OK)
			return false;
	return true;
}

/* The next one, which must be of that type. */
static inline struct frame hear(struct process *process, enum wire_type type)
{
	struct frame frame = { 0 };

	assert_true(next_frame(process, &frame));
	assert_int_equal(frame.type, type);
	return frame;
}

static inline void hear_nothing(struct process *process)
{
	struct frame frame;

	assert_false(next_frame(process, &frame));
}

static void say_two(struct process *process, enum wire_type type, const void *head,
		    size_t head_size, const void *tail, size_t tail_size)
{
	struct buffer out = { 0 };

	frame_append(&out, type, head, head_size, tail, tail_size);
	assert_int_equal(frame_flush(process->socket, &out, NULL), FRAME_IO_OK);
	buffer_finish(&out);
}

static void say(struct process *process, enum wire_type type, const void *head, size_t size)
{
	say_two(process, type, head, size, NULL, 0);
}

static inline void say_ready(struct process *process, uint32_t walls)
{
	const struct wire_ready ready = { .walls = walls };

	say(process, WIRE_READY, &ready, sizeof(ready));
}

/* That nothing more will come; everything before must have been heard. */
static inline bool was_told_to_leave(const struct process *process)
{
	char byte;

	return recv(process->socket, &byte, 1, MSG_DONTWAIT) == 0;
}

static void close_socket(struct process *process)
{
	if (process->socket >= 0)
		close(process->socket);
	process->socket = -1;
}

static void forget_processes(void)
{
	for (size_t i = 0; i < processes_count; i++) {
		close_socket(&processes[i]);
		scoreboard_unmap(processes[i].scoreboard);
		buffer_finish(&processes[i].in);
	}
	processes_count = nurseries_count = 0;
}

#endif
