/* helper.c - see helper.h. crashd waits for two things: the pipe with the frames and the end of
 * the process (a pidfd); the end decides. */
#include "crashd/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/xalloc.h"
#include "crashd/symbolize.h"
#include "crashd/unwind.h"
#include "crashd/words.h"

#define ANSWER_MAX (4u << 20)
#define ANSWER_FD 3

struct helper {
	struct loop *loop;
	const struct symbols *symbols;
	helper_done_fn *fn;
	void *owner;
	struct loop_timer timer;
	struct arena arena;
	struct buffer answer;
	pid_t pid; /* 0: not busy */
	int pidfd;
	int pipe;
	uint64_t started_us;
	bool is_late;
};

/* --- the helper process --------------------------------------------------------------------- */

void helper_trace(const struct symbols *symbols, const struct capture *capture, struct buffer *out)
{
	struct frames frames = { .note = { .data = "", .length = 0 } };
	struct arena arena = { 0 };
	struct image *image = arena_alloc(&arena, sizeof(*image));
	struct unwind *unwind = arena_alloc(&arena, sizeof(*unwind));
	Dwfl *dwfl;

	image_read(capture, &arena, image);
	image_mark_on_stack(image, capture);
	symbols_open_image(symbols, image);
	dwfl = unwind_open(image);
	if (dwfl) {
		unwind_walk(dwfl, capture, image, unwind);
		symbolize(dwfl, image, unwind, &arena, &frames);
	}
	frames_encode(&frames, out);
	dwfl_end(dwfl);
	symbols_close_image(image);
	arena_finish(&arena);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	setrlimit(resource, &limit);
}

/* Leaves nothing of crashd but memory: no socket, no store, no handler that writes a capture. */
static void drop_everything(int pipe)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "symbolizer");
	signals_reset_after_fork();
	dup2(pipe, ANSWER_FD);
	syscall(SYS_close_range, ANSWER_FD + 1, ~0u, 0);
	limit(RLIMIT_CPU, HELPER_CPU_S);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	limit(RLIMIT_AS, HELPER_MEMORY);
#endif
}

static _Noreturn void run_helper(const struct helper *helper, const struct capture *capture,
				 int pipe)
{
	struct buffer answer = { 0 };

	drop_everything(pipe);
	helper_trace(helper->symbols, capture, &answer);
	_exit(write_all(ANSWER_FD, buffer_unread(&answer), buffer_unread_size(&answer)) ? 0 : 1);
}

/* --- crashd --------------------------------------------------------------------------------- */

static void read_answer(struct helper *helper)
{
	ssize_t got;

	do {
		uint8_t *to = buffer_reserve(&helper->answer, 65536);

		got = read(helper->pipe, to, 65536);
		if (got > 0)
			buffer_commit(&helper->answer, (size_t)got);
	} while (got > 0 && buffer_unread_size(&helper->answer) < ANSWER_MAX);
	if (got == 0 || buffer_unread_size(&helper->answer) >= ANSWER_MAX)
		loop_unwatch(helper->loop, helper->pipe);
}

static void on_answer(void *owner, int fd, uint32_t events)
{
	(void)fd;
	(void)events;
	read_answer(owner);
}

static void close_process(struct helper *helper)
{
	loop_timer_clear(helper->loop, &helper->timer);
	loop_unwatch(helper->loop, helper->pidfd);
	loop_unwatch(helper->loop, helper->pipe);
	close(helper->pidfd);
	close(helper->pipe);
	helper->pid = 0;
}

static const char *judge_end(struct helper *helper, int status, struct frames *frames)
{
	struct why why;

	if (helper->is_late)
		return "the symbolizer took too long";
	if (WIFSIGNALED(status))
		return arena_printf(&helper->arena, "the symbolizer ended by %s",
				    words_signal(WTERMSIG(status), &helper->arena));
	if (WEXITSTATUS(status) != 0)
		return arena_printf(&helper->arena, "the symbolizer ended with status %d",
				    WEXITSTATUS(status));
	if (!frames_decode(buffer_unread(&helper->answer), buffer_unread_size(&helper->answer),
			   &helper->arena, frames, &why))
		return arena_printf(&helper->arena, "the symbolizer's answer: %s", why.text);
	return "";
}

static void on_end(void *owner, int fd, uint32_t events)
{
	struct helper *helper = owner;
	struct frames frames = { .note = { .data = "", .length = 0 } };
	const char *fault;
	int status = 0;
	pid_t pid = helper->pid;

	(void)fd;
	(void)events;
	read_answer(helper);
	close_process(helper);
	if (waitpid(pid, &status, 0) != pid)
		status = -1;
	arena_reset(&helper->arena);
	fault = judge_end(helper, status, &frames);
	helper->fn(helper->owner, &frames, fault,
		   (double)(clock_boot_us() - helper->started_us) / 1e6);
}

static void on_late(void *owner)
{
	struct helper *helper = owner;

	helper->is_late = true;
	kill(helper->pid, SIGKILL);
}

struct helper *helper_create(struct loop *loop, const struct symbols *symbols, helper_done_fn *fn,
			     void *owner)
{
	struct helper *helper = xcalloc(1, sizeof(*helper));

	helper->loop = loop;
	helper->symbols = symbols;
	helper->fn = fn;
	helper->owner = owner;
	helper->timer = (struct loop_timer) { .fn = on_late, .owner = helper };
	return helper;
}

void helper_destroy(struct helper *helper)
{
	if (!helper)
		return;
	if (helper->pid > 0) {
		pid_t pid = helper->pid;

		kill(pid, SIGKILL);
		close_process(helper);
		waitpid(pid, NULL, 0);
	}
	arena_finish(&helper->arena);
	buffer_finish(&helper->answer);
	free(helper);
}

bool helper_is_busy(const struct helper *helper)
{
	return helper->pid > 0;
}

static bool watch_process(struct helper *helper, pid_t pid, int pipe, struct why *why)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0) {
		why_set(why, "pidfd_open: %s", strerror(errno));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(pipe);
		return false;
	}
	helper->pid = pid;
	helper->pidfd = pidfd;
	helper->pipe = pipe;
	helper->is_late = false;
	buffer_trim(&helper->answer, 256u << 10);
	loop_watch(helper->loop, pipe, EPOLLIN, on_answer, helper);
	loop_watch(helper->loop, pidfd, EPOLLIN, on_end, helper);
	loop_timer_set(helper->loop, &helper->timer, HELPER_WALL_MS);
	return true;
}

bool helper_start(struct helper *helper, const struct capture *capture, struct why *why)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return why_set(why, "pipe: %s", strerror(errno));
	helper->started_us = clock_boot_us();
	pid = fork();
	if (pid == 0)
		run_helper(helper, capture, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return why_set(why, "fork: %s", strerror(errno));
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return watch_process(helper, pid, ends[0], why);
}
