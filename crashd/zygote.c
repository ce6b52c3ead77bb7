/* zygote.c - receives a capture, forks a process that unwinds and names it, and reports its
 * status. */
#include "crashd/zygote.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/call_filter.h"
#include "common/files.h"
#include "common/landlock.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "crashd/address_spaces.h"
#include "crashd/machine.h"
#include "crashd/symbolize.h"
#include "crashd/unwind.h"

struct job {
	int capture_fd, answer_fd;
	struct zygote_request request;
	int files[ZYGOTE_FILES_MAX];
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

#define DESCRIPTORS_MAX (2 + ZYGOTE_FILES_MAX)

/* As many as the request announces. */
static bool take_descriptors(struct msghdr *message, struct job *job)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fds[DESCRIPTORS_MAX];
	size_t size;

	if (!header || header->cmsg_type != SCM_RIGHTS ||
	    job->request.file_count > ZYGOTE_FILES_MAX)
		return false;
	size = (2 + job->request.file_count) * sizeof(int);
	if (header->cmsg_len != CMSG_LEN(size))
		return false;
	memcpy(fds, CMSG_DATA(header), size);
	job->capture_fd = fds[0];
	job->answer_fd = fds[1];
	memcpy(job->files, fds + 2, size - 2 * sizeof(int));
	return true;
}

static bool receive_job(struct job *job)
{
	struct iovec bytes = { .iov_base = &job->request, .iov_len = sizeof(job->request) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };

	memset(job, 0, sizeof(*job));
	if (recvmsg(ZYGOTE_FD, &message, MSG_CMSG_CLOEXEC) != sizeof(job->request) ||
	    !take_descriptors(&message, job))
		return false;
	job->size = job->request.capture_size;
	return true;
}

static void give_files(struct job *job)
{
	for (uint32_t i = 0; i < job->request.file_count; i++)
		if (job->request.files[i] < job->image->file_count)
			job->image->files[job->request.files[i]].fd = job->files[i];
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
	give_files(job);
	job->dwfl = address_spaces_find(spaces, job->image);
	return true;
}

static void close_job(struct job *job)
{
	if (job->bytes)
		munmap((void *)(uintptr_t)job->bytes, job->size);
	close(job->capture_fd);
	close(job->answer_fd);
	for (uint32_t i = 0; i < job->request.file_count; i++)
		close(job->files[i]);
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

static void limit_resources(void)
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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* They make more system calls and read /proc. */
static uint32_t raise_walls(const char *directory)
{
	(void)directory;
	return WALLS_ALL;
}
#else
static const uint32_t kinds_of_copies[] = { CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
					    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
					    CLONE_NEWNET | CLONE_PARENT | CLONE_PTRACE };
static const uint32_t process_options[] = { PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_MM };

/* What unwinding, libdw and libc's memory need, and nothing else: a list of what is allowed, unlike
 * that of a child, because what runs here is known. */
static const struct call_rule allowed[] = {
	/* Files that are open, and those that Landlock allows. */
	ALLOW_CALL(read),
	ALLOW_CALL(pread64),
	ALLOW_CALL(write),
	ALLOW_CALL(close),
	ALLOW_CALL(dup),
	ALLOW_CALL(fcntl),
	ALLOW_CALL(lseek),
	ALLOW_CALL(fstat),
	ALLOW_CALL(newfstatat),
	ALLOW_CALL(statx),
	ALLOW_CALL(openat),
	ALLOW_CALL(readlinkat),
	ALLOW_CALL(faccessat),
	ALLOW_CALL(faccessat2),
#if defined(__x86_64__)
	ALLOW_CALL(open),
	ALLOW_CALL(stat),
	ALLOW_CALL(lstat),
	ALLOW_CALL(access),
	ALLOW_CALL(readlink),
#endif
	/* Memory. */
	ALLOW_CALL(brk),
	ALLOW_CALL(mmap),
	ALLOW_CALL(munmap),
	ALLOW_CALL(mremap),
	ALLOW_CALL(mprotect),
	ALLOW_CALL(madvise),
	ALLOW_CALL(futex),
	ALLOW_CALL(getrandom),
	ALLOW_CALL(sysinfo),
	/* A process for each capture, and its limits. */
	{ .number = SYS_clone, .kind = CALL_WITHOUT_BITS, .values = kinds_of_copies },
	{ .number = SYS_clone3, .kind = CALL_UNKNOWN },
	ALLOW_CALL(wait4),
	ALLOW_CALL(exit),
	ALLOW_CALL(exit_group),
	ALLOW_CALL(set_robust_list),
	ALLOW_CALL(rseq),
	{ .number = SYS_prctl,
	  .kind = CALL_WITHOUT_VALUES,
	  .argument = 0,
	  .values = process_options,
	  .values_count = COUNT_OF(process_options) },
	{ .number = SYS_prlimit64, .kind = CALL_OF_CALLER },
	/* Its end by a signal of its own. */
	{ .number = SYS_tgkill, .kind = CALL_OF_ITSELF },
	{ .number = SYS_tkill, .kind = CALL_OF_ITSELF },
	ALLOW_CALL(getpid),
	ALLOW_CALL(gettid),
	ALLOW_CALL(rt_sigaction),
	ALLOW_CALL(rt_sigprocmask),
	ALLOW_CALL(rt_sigreturn),
	ALLOW_CALL(sigaltstack),
	ALLOW_CALL(restart_syscall),
	ALLOW_CALL(clock_gettime),
	/* crashd. */
	ALLOW_CALL(recvmsg),
	ALLOW_CALL(sendto),
};

/* Where distributions put debug information: gdb's manual, "Separate Debug Files". */
#define SYSTEM_DEBUG "/usr/lib/debug"

static uint32_t raise_walls(const char *directory)
{
	const struct call_policy policy = { .rules = allowed,
					    .count = COUNT_OF(allowed),
					    .otherwise = CALL_REFUSE };
	struct landlock_paths paths = { .count = 0 };
	struct why why;
	uint32_t walls = 0;

	landlock_add(&paths, directory, LANDLOCK_OPEN);
	landlock_add(&paths, SYSTEM_DEBUG, LANDLOCK_OPEN);
	if (landlock_enter_paths(&paths, &why))
		walls |= 1u << WALL_FILES;
	landlock_finish(&paths);
	if (call_filter_enter(&policy, &why))
		walls |= 1u << WALL_CALLS;
	return walls;
}
#endif

static int run(const char *directory)
{
	struct symbols *symbols;
	struct address_spaces *spaces;
	struct job job;
	struct why why;
	uint32_t walls;

	limit_resources();
	symbols = symbols_open(directory, "/", &why);
	if (!symbols)
		return 1;
	spaces = address_spaces_create(symbols);
	walls = raise_walls(directory);
	while (receive_job(&job)) {
		struct zygote_answer answer = { .wait_status = do_job(&job, spaces),
						.walls = walls };

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
