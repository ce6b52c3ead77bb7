/* landlock.h - which files a process may open from now on (landlock(7)): those named, for what is
 * named, and no others, whoever they belong to. It can also no longer trace or signal a process
 * outside, nor connect to its abstract sockets or to other ports of TCP, as far as the kernel knows
 * how.
 *
 * What it has open already stays usable. Landlock does not see stat(), chmod() and the like. */
#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

/* A path is that of a file, or of a directory with everything in it. */
enum landlock_use {
	LANDLOCK_OPEN,    /* files are read, directories are not listed */
	LANDLOCK_READ,    /* both */
	LANDLOCK_WRITE,   /* also written, made, renamed and removed */
	LANDLOCK_EXECUTE, /* read, listed and executed */
};

struct landlock_path {
	const char *path;
	enum landlock_use use;
};

#define LANDLOCK_PORTS_MAX 16

struct landlock_paths {
	struct landlock_path *all;
	size_t count;
	bool has_abstract_sockets; /* a socket to connect to is one */
	bool limits_tcp; /* it connects to these ports only, and binds none; from ABI 4 on */
	uint16_t ports[LANDLOCK_PORTS_MAX];
	size_t ports_count;
};

/* The path is copied; "" is ignored. */
void landlock_add(struct landlock_paths *paths, const char *path, enum landlock_use use);
/* False: there are too many. */
bool landlock_add_port(struct landlock_paths *paths, uint16_t port);
void landlock_finish(struct landlock_paths *paths);

/* What the kernel can do, its ABI; 0: nothing, or it is refused here. */
int landlock_abi(void);
/* A set of rules that allows these paths, as a descriptor (O_CLOEXEC); -1 when there is no
 * Landlock. Paths that do not exist are skipped: a file that takes the place of another later is
 * closed. */
int landlock_make(const struct landlock_paths *paths, struct why *why);
/* For the calling thread, and for what it forks; cannot be undone. Needs no_new_privs
 * (program_harden()). `rules` stays open. */
MUST_CHECK bool landlock_enter(int rules, struct why *why);
/* Both at once, for a process whose rules no other has. */
MUST_CHECK bool landlock_enter_paths(const struct landlock_paths *paths, struct why *why);

#endif
