/* helper.c - captures and frames are passed as memory files, so the socket only carries small
 * packets; when it closes the symbolizer has ended. */
#include "crashd/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "crashd/crash_text.h"
#include "crashd/image.h"
#include "crashd/symbols.h"
#include "crashd/zygote.h"

struct helper {
	struct loop *loop;
	const char *symbols;
	helper_done_fn *fn;
	void *owner;
	struct loop_timer timer;
	struct arena arena;
	struct buffer answer;
	pid_t pid; /* of the symbolizer; 0: none */
	int socket;
	int answer_fd;
	int walls; /* as it answered; -1: not yet */
	bool is_busy;
	bool is_late;
	uint64_t started_us;
};

/* --- the symbolizer's life ------------------------------------------------------------------ */

static _Noreturn void become_symbolizer(const struct helper *helper, int socket)
{
	char *arguments[] = { (char[]) { "korone-crashd" }, (char[]) { ZYGOTE_OPTION },
			      xstrdup(helper->symbols), NULL };
	char *environment[] = { NULL };

	signals_reset_after_fork();
	if (socket == ZYGOTE_FD)
		fcntl(socket, F_SETFD, 0);
	else if (dup2(socket, ZYGOTE_FD) < 0)
		_exit(127);
	execve("/proc/self/exe", arguments, environment);
	_exit(127);
}

static void on_packet(void *owner, int fd, uint32_t events);

static bool start_symbolizer(struct helper *helper, struct why *why)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return why_set(why, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become_symbolizer(helper, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return why_set(why, "fork: %s", strerror(errno));
	}
	helper->pid = pid;
	helper->socket = ends[0];
	loop_watch(helper->loop, helper->socket, EPOLLIN, on_packet, helper);
	return true;
}

/* Its wait status. */
static int end_symbolizer(struct helper *helper)
{
	int status = -1;

	if (helper->pid == 0)
		return status;
	loop_unwatch(helper->loop, helper->socket);
	close(helper->socket);
	kill(helper->pid, SIGKILL); /* no effect if it has ended already */
	if (waitpid(helper->pid, &status, 0) != helper->pid)
		status = -1;
	helper->pid = 0;
	return status;
}

/* --- one capture ---------------------------------------------------------------------------- */

static void read_frames(struct helper *helper)
{
	struct stat file;

	if (fstat(helper->answer_fd, &file) != 0 || file.st_size > ZYGOTE_ANSWER_MAX)
		return;
	size_t size = (size_t)file.st_size;
	uint8_t *to = buffer_reserve(&helper->answer, size);

	if (pread(helper->answer_fd, to, size, 0) == (ssize_t)size)
		buffer_commit(&helper->answer, size);
}

static const char *judge_end(struct helper *helper, int status, struct frames *frames)
{
	struct why why;

	if (helper->is_late)
		return "the symbolizer took too long";
	if (WIFSIGNALED(status))
		return arena_printf(&helper->arena, "the symbolizer ended by %s",
				    crash_text_signal(WTERMSIG(status), &helper->arena));
	if (status != 0)
		return arena_printf(&helper->arena, "the symbolizer ended with status %d",
				    WEXITSTATUS(status));
	read_frames(helper);
	if (!frames_decode(buffer_unread(&helper->answer), buffer_unread_size(&helper->answer),
			   &helper->arena, frames, &why))
		return arena_printf(&helper->arena, "the symbolizer's answer: %s", why.text);
	return "";
}

static void finish_capture(struct helper *helper, int status)
{
	struct frames frames = { .note = { .data = "", .length = 0 } };
	const char *fault;

	loop_timer_clear(helper->loop, &helper->timer);
	arena_reset(&helper->arena);
	buffer_trim(&helper->answer, 256u << 10);
	fault = judge_end(helper, status, &frames);
	close(helper->answer_fd);
	helper->is_busy = false;
	helper->fn(helper->owner, &frames, fault,
		   (double)(clock_boot_us() - helper->started_us) / 1e6);
}

static void on_packet(void *owner, int fd, uint32_t events)
{
	struct helper *helper = owner;
	struct zygote_answer answer;
	ssize_t got = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got != sizeof(answer))
		answer.wait_status = end_symbolizer(helper);
	else
		helper->walls = (int)(answer.walls & WALLS_ALL);
	if (helper->is_busy)
		finish_capture(helper, answer.wait_status);
}

/* Its socket closes, which on_packet() notices. */
static void on_late(void *owner)
{
	struct helper *helper = owner;

	helper->is_late = true;
	kill(helper->pid, SIGKILL);
}

/* A memory file, which vanishes with its last descriptor: the stack is not on disk. */
static int make_capture_file(const struct capture *capture, size_t *size)
{
	struct capture without_update = *capture;
	struct buffer bytes = { 0 };
	int fd = memfd_create("capture", MFD_CLOEXEC);

	without_update.update = (struct text) { .data = NULL };
	without_update.update_mode = CRASH_UPDATE_NONE;
	capture_encode(&without_update, &bytes);
	*size = buffer_unread_size(&bytes);
	if (fd >= 0 && !write_all(fd, buffer_unread(&bytes), *size)) {
		close(fd);
		fd = -1;
	}
	explicit_bzero(bytes.data, bytes.capacity);
	buffer_finish(&bytes);
	return fd;
}

/* What to send besides the request. */
struct descriptors {
	int fds[2 + ZYGOTE_FILES_MAX];
	size_t count;
};

/* The symbolizer opens no files by paths that a crashed process named. What is no ELF file is not
 * given to it: a path may be that of a secret. */
static void open_image(struct helper *helper, const struct capture *capture,
		       struct zygote_request *request, struct descriptors *out)
{
	struct image *image = arena_alloc(&helper->arena, sizeof(*image));

	image_read(capture, &helper->arena, image);
	for (size_t i = 0; i < image->file_count && request->file_count < ZYGOTE_FILES_MAX; i++) {
		int fd = elf_open(image->files[i].path);

		if (fd < 0)
			continue;
		request->files[request->file_count++] = (uint8_t)i;
		out->fds[out->count++] = fd;
	}
}

static bool send_request(const struct helper *helper, const struct zygote_request *request,
			 const struct descriptors *descriptors)
{
	struct iovec bytes = { .iov_base = (void *)(uintptr_t)request,
			       .iov_len = sizeof(*request) };
	size_t size = descriptors->count * sizeof(int);
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(descriptors->fds))] = { 0 };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = CMSG_SPACE(size) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), descriptors->fds, size);
	return sendmsg(helper->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(*request);
}

static bool ask_symbolizer(struct helper *helper, const struct capture *capture)
{
	struct zygote_request request = { .file_count = 0 };
	struct descriptors descriptors = { .count = 2 };
	size_t size = 0;
	bool is_sent;

	helper->answer_fd = memfd_create("frames", MFD_CLOEXEC);
	descriptors.fds[0] = make_capture_file(capture, &size);
	descriptors.fds[1] = helper->answer_fd;
	request.capture_size = (uint32_t)size;
	open_image(helper, capture, &request, &descriptors);
	is_sent = descriptors.fds[0] >= 0 && descriptors.fds[1] >= 0 &&
		  send_request(helper, &request, &descriptors);
	for (size_t i = 0; i < descriptors.count; i++)
		if (i != 1 && descriptors.fds[i] >= 0)
			close(descriptors.fds[i]);
	return is_sent;
}

bool helper_start(struct helper *helper, const struct capture *capture, struct why *why)
{
	helper->started_us = clock_boot_us();
	if (helper->pid == 0 && !start_symbolizer(helper, why))
		return false;
	if (!ask_symbolizer(helper, capture)) {
		why_set(why, "cannot ask the symbolizer: %s", strerror(errno));
		close(helper->answer_fd);
		end_symbolizer(helper);
		return false;
	}
	helper->is_busy = true;
	helper->is_late = false;
	loop_timer_set(helper->loop, &helper->timer, HELPER_WALL_MS);
	return true;
}

/* --- life ----------------------------------------------------------------------------------- */

struct helper *helper_create(struct loop *loop, const char *symbols, helper_done_fn *fn,
			     void *owner)
{
	struct helper *helper = xcalloc(1, sizeof(*helper));

	helper->loop = loop;
	helper->symbols = symbols;
	helper->fn = fn;
	helper->owner = owner;
	helper->walls = -1;
	helper->timer = (struct loop_timer) { .fn = on_late, .owner = helper };
	return helper;
}

void helper_destroy(struct helper *helper)
{
	if (!helper)
		return;
	loop_timer_clear(helper->loop, &helper->timer);
	end_symbolizer(helper);
	if (helper->is_busy)
		close(helper->answer_fd);
	arena_finish(&helper->arena);
	buffer_finish(&helper->answer);
	free(helper);
}

int helper_walls(const struct helper *helper)
{
	return helper->walls;
}

bool helper_is_busy(const struct helper *helper)
{
	return helper->is_busy;
}
