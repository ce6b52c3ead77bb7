/* signal_name.c - a table, for C libraries without sigabbrev_np(3). */
#include "common/signal_name.h"

#include <signal.h>
#include <stddef.h>

#include "common/xalloc.h"

#define NAME(signal) [signal] = #signal
static const char *const names[] = {
	NAME(SIGHUP),    NAME(SIGINT),  NAME(SIGQUIT),  NAME(SIGILL),  NAME(SIGTRAP),
	NAME(SIGABRT),   NAME(SIGBUS),  NAME(SIGFPE),   NAME(SIGKILL), NAME(SIGUSR1),
	NAME(SIGSEGV),   NAME(SIGUSR2), NAME(SIGPIPE),  NAME(SIGALRM), NAME(SIGTERM),
	NAME(SIGSTKFLT), NAME(SIGCHLD), NAME(SIGCONT),  NAME(SIGSTOP), NAME(SIGTSTP),
	NAME(SIGTTIN),   NAME(SIGTTOU), NAME(SIGURG),   NAME(SIGXCPU), NAME(SIGXFSZ),
	NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGWINCH), NAME(SIGPOLL), NAME(SIGPWR),
	NAME(SIGSYS),
};

const char *signal_name(int signo)
{
	return signo > 0 && (size_t)signo < COUNT_OF(names) ? names[signo] : NULL;
}
