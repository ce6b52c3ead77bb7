/* exit_reason.c - classifies a wait status: hang, memory limit, killed, signal, exit. */
#include "workers/parent/exit_reason.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "common/signal_name.h"
#include "common/xalloc.h"

const char *const exit_reason_signals[] = { "SEGV", "ABRT", "BUS",  "FPE",  "ILL",   "TRAP",
					    "SYS",  "KILL", "TERM", "exit", "other", NULL };

/* xmalloc() ends a process that is out of memory with this status. */
static bool is_out_of_memory(const struct death *death)
{
	int64_t used = (int64_t)death->max_rss_kib * 1024;

	if (death->hang || death->protocol_error)
		return false;
	if (WIFEXITED(death->status) && WEXITSTATUS(death->status) == EX_OSERR)
		return true;
	/* A failed allocation can end in any kind of death; near the limit it is the cause. */
	return death->memory_max && used >= death->memory_max / 8 * 7;
}

static bool is_fatal_signal(int signo)
{
	return signo == SIGSEGV || signo == SIGABRT || signo == SIGBUS || signo == SIGFPE ||
	       signo == SIGILL || signo == SIGTRAP || signo == SIGSYS;
}

static void describe(const struct death *death, struct exit_reason *out)
{
	const char *name;

	if (WIFEXITED(death->status)) {
		snprintf(out->how, sizeof(out->how), "exit status %d", WEXITSTATUS(death->status));
		return;
	}
	name = signal_name(WTERMSIG(death->status));
	snprintf(out->how, sizeof(out->how), "signal %d (%s)", WTERMSIG(death->status),
		 name ? name + strlen("SIG") : "?");
}

static void set(struct exit_reason *out, enum ended_reason reason, enum capture_kind kind,
		const char *note)
{
	size_t used = strlen(out->how);

	out->reason = reason;
	out->kind = kind;
	if (note)
		snprintf(out->how + used, sizeof(out->how) - used, ", %s", note);
}

void exit_reason_write(const struct death *death, struct exit_reason *out)
{
	describe(death, out);
	if (death->hang)
		set(out, ENDED_HANG, CAPTURE_HANG, "past its deadline");
	else if (is_out_of_memory(death))
		set(out, ENDED_MEMORY, CAPTURE_MEMORY, "out of memory");
	else if (death->protocol_error)
		set(out, ENDED_KILLED, CAPTURE_KILLED, "sent malformed data to its parent");
	else if (WIFEXITED(death->status))
		set(out, ENDED_EXIT, CAPTURE_EXIT, NULL);
	else if (is_fatal_signal(WTERMSIG(death->status)))
		set(out, ENDED_CRASH, CAPTURE_SIGNAL, NULL);
	else
		set(out, ENDED_KILLED, CAPTURE_KILLED, NULL);
}

const char *exit_reason_signal(const struct death *death)
{
	const char *name;

	if (WIFEXITED(death->status))
		return "exit";
	name = signal_name(WTERMSIG(death->status));
	for (size_t i = 0; name && exit_reason_signals[i]; i++)
		if (!strcmp(exit_reason_signals[i], name + strlen("SIG")))
			return exit_reason_signals[i];
	return "other";
}
