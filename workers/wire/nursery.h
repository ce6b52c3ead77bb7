/* nursery.h - packets between a parent and its nursery, over a SOCK_SEQPACKET pair.
 *
 * A packet is a struct nursery_packet and, for SETTINGS, READY and FAILED, bytes after it. */
#ifndef WORKERS_WIRE_NURSERY_H
#define WORKERS_WIRE_NURSERY_H

#include <stdint.h>

#define NURSERY_FD 3      /* the nursery's end */
#define NURSERY_LOCK_FD 4 /* the pool's session lock, held as long as the nursery lives */
#define NURSERY_LOG_FD 5  /* see log_pipe_shared(); may be missing */
#define NURSERY_PACKET_MAX (192u << 10)
#define NURSERY_OPTION "--nursery"
/* The fetcher is executed anew: what the nursery knows, it does not. */
#define FETCHER_FD 3
#define FETCHER_SCOREBOARD_FD 4
#define FETCHER_OPTION "--fetcher"

enum nursery_packet_type {
	/* parent to nursery */
	NURSERY_SETTINGS = 1, /* settings.h; first */
	NURSERY_FORK,         /* with two descriptors: socket and scoreboard; a keeper has none */
	NURSERY_KILL,         /* `signo` to `pid`, if it has not been reaped */
	NURSERY_PING,         /* answered by PONG: it is alive */
	/* nursery to parent */
	NURSERY_READY,  /* msgpack: [wire version, kinds, version, build id, hosts, [calls]];
			   the hosts are web_hosts.h's */
	NURSERY_FAILED, /* text: why the modules cannot be loaded */
	NURSERY_FORKED, /* `serial` is `pid` now; pid 0: fork failed with errno `status` */
	NURSERY_DIED,   /* `pid` ended with wait status `status` */
	NURSERY_PONG,
	NURSERY_CHANGED, /* files that its children may open were replaced: only new ones can */
};

enum nursery_role { NURSERY_CHILD, NURSERY_SENDER, NURSERY_FETCHER, NURSERY_KEEPER };

struct nursery_packet {
	uint32_t type;
	uint32_t role;
	uint64_t serial; /* the parent's id for the process that it asked for */
	int32_t pid;
	int32_t status;
	int32_t signo;
	uint32_t max_rss_kib; /* DIED */
};

#endif
