/* capture_end.h - adds to a capture how its process ended, when its parent is a test: in a pool the
 * parent of the children does it (workers/parent/exit_reason.h). */
#ifndef TESTS_SYSTEM_CAPTURE_END_H
#define TESTS_SYSTEM_CAPTURE_END_H

#include <signal.h>
#include <sys/wait.h>

#include "common/capture.h"

/* Adds a status from wait(2): what no handler could report (exit, SIGKILL). */
static inline void capture_add_end(struct capture *capture, int wait_status)
{
	if (WIFEXITED(wait_status)) {
		capture->exit_status = WEXITSTATUS(wait_status);
		if (capture->signo == 0)
			capture->kind = CAPTURE_EXIT;
	} else if (WIFSIGNALED(wait_status)) {
		if (capture->signo == 0) {
			capture->kind = WTERMSIG(wait_status) == SIGKILL ? CAPTURE_KILLED
									 : CAPTURE_SIGNAL;
			capture->signo = WTERMSIG(wait_status);
		}
	}
}

#endif
