/* walls.c - a list of the system calls that reading a page in memory needs. What else a library
 * tries fails with EPERM, as it may on any system. */
#include "html/walls.h"

#include <sys/syscall.h>

#include "common/call_filter.h"
#include "common/xalloc.h"

static const struct call_rule allowed[] = {
	ALLOW_CALL(read),
	ALLOW_CALL(write),
	ALLOW_CALL(lseek),
	ALLOW_CALL(close),
	ALLOW_CALL(fstat),
	ALLOW_CALL(brk),
	ALLOW_CALL(mmap),
	ALLOW_CALL(mremap),
	ALLOW_CALL(munmap),
	ALLOW_CALL(mprotect),
	ALLOW_CALL(madvise),
	ALLOW_CALL(futex),
	ALLOW_CALL(getrandom),
	ALLOW_CALL(clock_gettime),
	ALLOW_CALL(getpid),
	ALLOW_CALL(gettid),
	ALLOW_CALL(rt_sigaction),
	ALLOW_CALL(rt_sigprocmask),
	ALLOW_CALL(rt_sigreturn),
	ALLOW_CALL(sigaltstack),
	ALLOW_CALL(exit),
	ALLOW_CALL(exit_group),
	{ .number = SYS_tgkill, .kind = CALL_OF_ITSELF },
};

static const struct call_policy calls = {
	.rules = allowed,
	.count = COUNT_OF(allowed),
	.otherwise = CALL_REFUSE,
};

bool html_walls_enter(struct why *why)
{
	return call_filter_enter(&calls, why);
}
