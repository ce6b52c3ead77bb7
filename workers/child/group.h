/* group.h - what the processes of a group use together, from /proc. */
#ifndef WORKERS_CHILD_GROUP_H
#define WORKERS_CHILD_GROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct group_usage {
	size_t processes;
	int64_t bytes; /* resident */
};

struct group_usage group_measure(pid_t group);
/* Threads of all processes of this user, which RLIMIT_NPROC counts. */
size_t group_count_threads(uid_t user);

#endif
