/* walls.c - a list of the system calls that reading a page in memory needs. What else a library
 * tries fails with EPERM, as it may on any system. */
#include "html/walls.h"

#include <sys/syscall.h>

#include "common/call_filter.h"
#include "common/xalloc.h"

#define ALLOW(call)                                      \
	{                                                \
		.number = SYS_##call, .kind = CALL_ALLOW \
	}

static const struct call_rule allowed[] = {
	ALLOW(read),
	ALLOW(write),
	ALLOW(lseek),
	ALLOW(close),
	ALLOW(fstat),
	ALLOW(brk),
	ALLOW(mmap),
	ALLOW(mremap),
	ALLOW(munmap),
	ALLOW(mprotect),
	ALLOW(madvise),
	ALLOW(futex),
	ALLOW(getrandom),
	ALLOW(clock_gettime),
	ALLOW(getpid),
	ALLOW(gettid),
	ALLOW(rt_sigaction),
	ALLOW(rt_sigprocmask),
	ALLOW(rt_sigreturn),
	ALLOW(sigaltstack),
	ALLOW(exit),
	ALLOW(exit_group),
	{ .number = SYS_tgkill, .kind = CALL_OF_ITSELF },
};

static const struct call_policy calls = {
	.rules = allowed,
	.count = COUNT_OF(allowed),
	.otherwise = CALL_REFUSE,
};

bool html_walls_enter(struct why *why)
{
	struct call_filter *filter = call_filter_create(&calls);
	bool is_closed = call_filter_install(filter, why);

	call_filter_destroy(filter);
	return is_closed;
}
