/* zygote.c - receives a capture, forks a process that unwinds and names it, and reports its
 * status. */
#include "crashd/zygote.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"
#include "crashd/address_spaces.h"
#include "crashd/machine.h"
#include "crashd/symbolize.h"
#include "crashd/unwind.h"

struct job {
	int capture_fd, answer_fd;
	const void *bytes;
	size_t size;
	struct capture capture;
	struct arena arena;
	struct image *image;
	Dwfl *dwfl;
};

/* --- the forked process --------------------------------------------------------------------- */

/* Why there cannot be any names, if so. */
static const char *find_gap(const struct capture *capture, const struct image *image)
{
	if (!machine_find(capture->machine))
		return "captured on a machine whose registers this crashd does not know";
	for (size_t i = 0; i < image->file_count; i++)
		if (image->files[i].is_program)
			return image->files[i].fd >= 0
				       ? ""
				       : "this build of the program is no longer here";
	return image->file_count > 0 ? "the program is not in the memory map"
				     : "the memory map cannot be read";
}

void zygote_trace(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		  struct arena *arena, struct buffer *out)
{
	struct frames frames = { .note = { .data = "", .length = 0 } };
	struct unwind *unwind = arena_alloc(arena, sizeof(*unwind));

	if (dwfl) {
		unwind_walk(dwfl, capture, image, unwind);
		symbolize(dwfl, image, unwind, arena, &frames);
	}
	frames.note.data = find_gap(capture, image);
	frames.note.length = strlen(frames.note.data);
	frames_encode(&frames, out);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	setrlimit(resource, &limit);
}

static _Noreturn void run_job(struct job *job)
{
	struct buffer answer = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ZYGOTE_FD);
	limit(RLIMIT_CPU, ZYGOTE_CPU_S);
	zygote_trace(job->dwfl, &job->capture, job->image, &job->arena, &answer);
	_exit(write_all(job->answer_fd, buffer_unread(&answer), buffer_unread_size(&answer)) ? 0
											     : 1);
}

/* --- the zygote ----------------------------------------------------------------------------- */

static bool take_descriptors(struct msghdr *message, int out[2])
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (!header || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(out, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

static bool receive_job(struct job *job)
{
	struct zygote_request request = { 0 };
	struct iovec bytes = { .iov_base = &request, .iov_len = sizeof(request) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fds[2];

	if (recvmsg(ZYGOTE_FD, &message, MSG_CMSG_CLOEXEC) != sizeof(request) ||
	    !take_descriptors(&message, fds))
		return false;
	*job = (struct job) { .capture_fd = fds[0],
			      .answer_fd = fds[1],
			      .size = request.capture_size };
	return true;
}

static bool open_job(struct job *job, struct address_spaces *spaces)
{
	void *bytes = mmap(NULL, job->size, PROT_READ, MAP_PRIVATE, job->capture_fd, 0);

	if (bytes == MAP_FAILED)
		return false;
	job->bytes = bytes;
	if (!capture_decode(job->bytes, job->size, &job->capture, NULL))
		return false;
	job->image = arena_alloc(&job->arena, sizeof(*job->image));
	image_read(&job->capture, &job->arena, job->image);
	job->dwfl = address_spaces_find(spaces, job->image);
	return true;
}

static void close_job(struct job *job)
{
	if (job->bytes)
		munmap((void *)(uintptr_t)job->bytes, job->size);
	close(job->capture_fd);
	close(job->answer_fd);
	arena_finish(&job->arena);
}

/* Returns the wait status of the process that did the job. */
static int do_job(struct job *job, struct address_spaces *spaces)
{
	int status = -1;
	pid_t pid;

	if (!open_job(job, spaces))
		return -1;
	pid = fork();
	if (pid == 0)
		run_job(job);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void confine(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "symbolizer");
	syscall(SYS_close_range, ZYGOTE_FD + 1, ~0u, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, ZYGOTE_ANSWER_MAX);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	limit(RLIMIT_AS, ZYGOTE_MEMORY);
#endif
}

static int run(const char *directory)
{
	struct symbols *symbols;
	struct address_spaces *spaces;
	struct job job;
	struct why why;

	confine();
	symbols = symbols_open(directory, "/", &why);
	if (!symbols)
		return 1;
	spaces = address_spaces_create(symbols);
	while (receive_job(&job)) {
		struct zygote_answer answer = { .wait_status = do_job(&job, spaces) };

		close_job(&job);
		if (send(ZYGOTE_FD, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
	}
	address_spaces_destroy(spaces);
	symbols_close(symbols);
	return 0;
}

void zygote_run_if_wanted(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], ZYGOTE_OPTION) == 0)
		exit(run(argv[2]));
}
