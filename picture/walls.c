/* walls.c - Landlock, and a list of the system calls that reading, drawing and looking for fonts
 * need. What else a library tries fails with EPERM, as it may on any system. */
#include "picture/walls.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include "common/call_filter.h"
#include "common/landlock.h"
#include "common/xalloc.h"

static const char *const of_fonts[] = { "/usr/share", "/usr/local/share/fonts", "/etc/fonts",
					"/var/cache/fontconfig" };

/* None that writes: open() has its mode elsewhere than openat(). */
static const uint32_t writing[] = { O_WRONLY | O_RDWR | O_CREAT | O_TRUNC };

/* Threads, by which pango looks for fonts, and no processes: all that glibc sets, and musl. */
#define CLONE_OF_THREADS                                                                    \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | \
	 CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
static const uint32_t threads[] = { CLONE_OF_THREADS, CLONE_OF_THREADS | CLONE_DETACHED };

static const struct call_rule allowed[] = {
	ALLOW_CALL(read),
	ALLOW_CALL(pread64),
	ALLOW_CALL(write),
	ALLOW_CALL(lseek),
	ALLOW_CALL(ftruncate),
	ALLOW_CALL(close),
	ALLOW_CALL(fstat),
	ALLOW_CALL(newfstatat),
	ALLOW_CALL(statx),
	ALLOW_CALL(fstatfs),
	ALLOW_CALL(statfs),
	ALLOW_CALL(faccessat),
	ALLOW_CALL(getdents64),
	ALLOW_CALL(readlinkat),
	ALLOW_CALL(getcwd),
	ALLOW_CALL(fcntl),
	ALLOW_CALL(brk),
	ALLOW_CALL(mmap),
	ALLOW_CALL(mremap),
	ALLOW_CALL(munmap),
	ALLOW_CALL(mprotect),
	ALLOW_CALL(madvise),
	ALLOW_CALL(futex),
	ALLOW_CALL(set_robust_list),
	ALLOW_CALL(rseq),
	{ .number = SYS_clone3, .kind = CALL_UNKNOWN }, /* libc then uses clone() */
	{ .number = SYS_clone,
	  .kind = CALL_WITH_VALUES,
	  .argument = 0,
	  .values = threads,
	  .values_count = COUNT_OF(threads) },
	ALLOW_CALL(getrandom),
	ALLOW_CALL(clock_gettime),
	ALLOW_CALL(gettimeofday),
	ALLOW_CALL(getpid),
	ALLOW_CALL(gettid),
	ALLOW_CALL(getuid),
	ALLOW_CALL(geteuid),
	ALLOW_CALL(getgid),
	ALLOW_CALL(getegid),
	ALLOW_CALL(uname),
	ALLOW_CALL(sched_getaffinity),
	ALLOW_CALL(sched_yield),
	ALLOW_CALL(rt_sigaction),
	ALLOW_CALL(rt_sigprocmask),
	ALLOW_CALL(rt_sigreturn),
	ALLOW_CALL(sigaltstack),
	ALLOW_CALL(exit),
	ALLOW_CALL(exit_group),
	{ .number = SYS_tgkill, .kind = CALL_OF_ITSELF },
	{ .number = SYS_openat,
	  .kind = CALL_WITHOUT_BITS,
	  .argument = 2,
	  .values = writing,
	  .values_count = COUNT_OF(writing) },
#if defined(__x86_64__)
	ALLOW_CALL(stat),
	ALLOW_CALL(lstat),
	ALLOW_CALL(access),
	ALLOW_CALL(readlink),
	ALLOW_CALL(time),
	{ .number = SYS_open,
	  .kind = CALL_WITHOUT_BITS,
	  .argument = 1,
	  .values = writing,
	  .values_count = COUNT_OF(writing) },
#endif
};

static const struct call_policy calls = {
	.rules = allowed,
	.count = COUNT_OF(allowed),
	.otherwise = CALL_REFUSE,
};

static bool close_files(bool needs_fonts, struct why *why)
{
	struct landlock_paths paths = { .all = NULL };
	bool is_closed;

	for (size_t i = 0; needs_fonts && i < COUNT_OF(of_fonts); i++)
		landlock_add(&paths, of_fonts[i], LANDLOCK_READ);
	is_closed = landlock_enter_paths(&paths, why);
	landlock_finish(&paths);
	return is_closed;
}

bool picture_walls_enter(bool needs_fonts, struct why *why)
{
	return (landlock_abi() == 0 || close_files(needs_fonts, why)) &&
	       call_filter_enter(&calls, why);
}
