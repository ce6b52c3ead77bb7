/* keeper.c - one request, one program, one answer. */
#include "workers/child/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/loop.h"
#include "common/xalloc.h"
#include "workers/child/folder.h"
#include "workers/child/group.h"
#include "workers/child/keeper_request.h"
#include "workers/child/own_network.h"
#include "workers/child/program_walls.h"
#include "workers/wire/call.h"
#include "workers/wire/frame.h"
#include "workers/wire/places.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "keeper"
#include "common/log.h"

#define PROCESSES_MAX 64u
/* The kernel's limit counts threads, and those of all processes of the user: also of what starts
 * meanwhile, a growing pool, and of other containers, which cannot be seen from here. */
#define THREADS_OF_OTHERS 4096u
#define DESCRIPTORS_OPEN_MAX 256u
#define ENTRIES_MAX 4096u
#define FOLDER_TIMES 4 /* the folder may have that many times the largest file */
#define LOOK_MS 50
#define NICENESS 10

struct keeper {
	const struct host *host;
	const struct settings *settings;
	int socket;
	struct descriptors came;
	struct buffer in;
	struct keeper_request request;
	int input, sink;
	size_t threads; /* of this user, before the program */
	/* the program */
	char folder[PATH_MAX];
	struct program_walls *walls;
	pid_t pid;
	/* the answer */
	int code;
	char why[200];
	char name[NAME_MAX + 1];
};

/* --- the answer ------------------------------------------------------------------------------- */

static bool fail(struct keeper *keeper, int code, const char *why)
{
	if (!keeper->code) {
		keeper->code = code;
		snprintf(keeper->why, sizeof(keeper->why), "%s", why);
	}
	return false;
}

static void answer(struct keeper *keeper)
{
	struct call_result result = { .status = CALL_OK };
	struct buffer text = { 0 }, out = { 0 };
	struct json json = json_start(&text);
	size_t opened;

	json_object_start(&json);
	json_key_text(&json, "name", keeper->name);
	json_object_end(&json);
	result.result = (struct text) { (const char *)buffer_unread(&text),
					buffer_unread_size(&text) };
	if (keeper->code)
		result = (struct call_result) { .status = CALL_REFUSED,
						.error_code = keeper->code,
						.description = text_of(keeper->why) };
	opened = frame_start(&out, WIRE_RESULT);
	call_result_encode(&result, &out);
	frame_finish(&out, opened);
	(void)frame_flush(keeper->socket, &out, NULL);
	buffer_finish(&out);
	buffer_finish(&text);
}

/* --- the request ------------------------------------------------------------------------------ */

static bool read_request(struct keeper *keeper, struct text body)
{
	int code;
	const char *why = keeper_request_read(&keeper->request, keeper->host, body, &code);

	return !why || fail(keeper, code, why);
}

static bool is_file(int fd, int way)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat status;

	return flags >= 0 && !(flags & O_PATH) && fstat(fd, &status) == 0 &&
	       S_ISREG(status.st_mode) &&
	       ((flags & O_ACCMODE) == O_RDWR || (flags & O_ACCMODE) == way);
}

/* Another description, which cannot be written, and stands at the beginning. */
static int reopen(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool take_files(struct keeper *keeper, const struct call *call)
{
	int input;

	keeper->sink = descriptors_take(&keeper->came);
	if (!is_file(keeper->sink, O_WRONLY) || ftruncate(keeper->sink, 0) < 0 ||
	    lseek(keeper->sink, 0, SEEK_SET) < 0)
		return fail(keeper, 400, "no file for the output");
	if (call->files_count < 2) {
		keeper->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return true;
	}
	input = descriptors_take(&keeper->came);
	if (!is_file(input, O_RDONLY))
		return fail(keeper, 400, "an input that is no file");
	keeper->input = reopen(input);
	close(input);
	return keeper->input >= 0 || fail(keeper, 500, strerror(errno));
}

static bool take_request(struct keeper *keeper)
{
	struct call_file files[CALL_FILES_MAX];
	struct wire_call head;
	struct cursor cursor;
	struct frame frame;
	struct call call;

	while (frame_take(&keeper->in, &frame) != FRAME_TAKEN)
		if (frame_fill(keeper->socket, &keeper->in, 65536, &keeper->came) == FRAME_IO_END)
			exit(EX_OK);
	if (!frame_head(&frame, &head, sizeof(head)) || frame.type != WIRE_CALL)
		panic("a request of %zu bytes from the parent", frame.size);
	cursor = cursor_make(frame.data, frame.size);
	if (!call_decode(&cursor, &call, files) || !call.files_count ||
	    call_count_descriptors(&call) != keeper->came.count)
		return fail(keeper, 400, "a malformed request");
	return take_files(keeper, &call) && read_request(keeper, call.body);
}

/* --- the program ------------------------------------------------------------------------------ */

/* The parent passes the socket on to the fetcher, which is the proxy. */
static bool give_web(struct keeper *keeper)
{
	const struct wire_web head = { 0 };
	const char *name = keeper->request.module->name;
	struct buffer out = { 0 };
	struct descriptors go = { 0 };
	struct why why = { "" };
	int listener = own_network_enter(&why);

	if (listener < 0) {
		log_warn("no program is run with a proxy", log_text("module", name),
			 log_text("error", why.text));
		return fail(keeper, 501, why.text);
	}
	descriptors_add(&go, &out, listener);
	frame_append(&out, WIRE_WEB, &head, sizeof(head), name, strlen(name));
	(void)frame_flush(keeper->socket, &out, &go);
	buffer_finish(&out);
	descriptors_finish(&go);
	return true;
}

static bool build(struct keeper *keeper)
{
	char place[PATH_MAX];
	struct why why = { "" };

	place_of_programs(keeper->settings, place, sizeof(place));
	if (!folder_make(place, keeper->folder, sizeof(keeper->folder), &why))
		return fail(keeper, 507, why.text);
	keeper->walls = program_walls_create(keeper->host, keeper->settings, keeper->request.module,
					     keeper->folder, keeper->request.web, &why);
	if (keeper->walls)
		return !keeper->request.web || give_web(keeper);
	log_warn("no program is run without walls", log_text("error", why.text));
	return fail(keeper, 501, why.text);
}

static void set_limit(int resource, uint64_t value)
{
	const struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	if (setrlimit(resource, &limit) < 0)
		_exit(EX_OSERR);
}

static void set_limits(const struct keeper *keeper)
{
	set_limit(RLIMIT_CPU, (uint64_t)keeper->request.seconds + 1);
	set_limit(RLIMIT_DATA, (uint64_t)keeper->request.bytes);
	set_limit(RLIMIT_FSIZE, (uint64_t)settings_upload_max(keeper->settings));
	set_limit(RLIMIT_NOFILE, DESCRIPTORS_OPEN_MAX);
	set_limit(RLIMIT_MEMLOCK, 0);
	set_limit(RLIMIT_CORE, 0);
	/* What it starts between two looks; root is not limited. */
	set_limit(RLIMIT_NPROC, keeper->threads + PROCESSES_MAX + THREADS_OF_OTHERS);
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
}

static _Noreturn void become_program(struct keeper *keeper, pid_t parent)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", language[] = "LANG=C.UTF-8";
	/* Which of them a program reads differs from program to program. */
	static char proxies[][48] = {
		"http_proxy=" OWN_NETWORK_PROXY,  "HTTP_PROXY=" OWN_NETWORK_PROXY,
		"https_proxy=" OWN_NETWORK_PROXY, "HTTPS_PROXY=" OWN_NETWORK_PROXY,
		"all_proxy=" OWN_NETWORK_PROXY,   "ALL_PROXY=" OWN_NETWORK_PROXY,
	};
	char *environment[4 + COUNT_OF(proxies) + 1] = { path, language,
							 xasprintf("HOME=%s", keeper->folder),
							 xasprintf("TMPDIR=%s", keeper->folder) };
	struct why why;
	int null = open("/dev/null", O_RDWR);

	for (size_t i = 0; keeper->request.web && i < COUNT_OF(proxies); i++)
		environment[4 + i] = proxies[i];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || setpgid(0, 0) < 0 || chdir(keeper->folder) < 0)
		_exit(EX_OSERR);
	set_limits(keeper);
	if (dup2(keeper->input, 0) < 0 ||
	    dup2(keeper->request.wants_file ? null : keeper->sink, 1) < 0 || dup2(null, 2) < 0)
		_exit(EX_OSERR);
	signals_reset_after_fork();
	signal(SIGPIPE, SIG_DFL);
	if (!program_walls_enter(keeper->walls, &why))
		_exit(EX_OSERR);
	(void)syscall(SYS_close_range, 3, ~0u, 0);
	execve(keeper->request.path, keeper->request.words, environment);
	_exit(127);
}

/* --- while it runs ---------------------------------------------------------------------------- */

static bool look(struct keeper *keeper)
{
	const int64_t file_max = settings_upload_max(keeper->settings);
	struct group_usage usage = group_measure(keeper->pid);
	size_t entries;

	if (usage.processes > PROCESSES_MAX)
		return fail(keeper, 413, "too many processes");
	if (usage.bytes > keeper->request.bytes)
		return fail(keeper, 413, "too much memory");
	if (folder_measure(keeper->folder, &entries) > FOLDER_TIMES * file_max ||
	    entries > ENTRIES_MAX)
		return fail(keeper, 413, "too much in its folder");
	return true;
}

/* Until it has ended, a limit is exceeded, or nobody waits for it any more. */
static void watch(struct keeper *keeper)
{
	const uint64_t until_ms = clock_boot_ms() + (uint64_t)keeper->request.seconds * 1000;
	struct pollfd wait[2] = {
		{ .fd = (int)syscall(SYS_pidfd_open, keeper->pid, 0), .events = POLLIN },
		{ .fd = keeper->socket, .events = POLLIN },
	};

	for (;;) {
		siginfo_t info = { 0 };

		(void)poll(wait, COUNT_OF(wait), LOOK_MS);
		/* Not reaped: until then its number is not another's. */
		if (waitid(P_PID, (id_t)keeper->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid)
			break;
		if (wait[1].revents && !fail(keeper, 500, "nobody waits for it"))
			break;
		if (clock_boot_ms() >= until_ms && !fail(keeper, 408, "out of time"))
			break;
		if (!look(keeper))
			break;
	}
	if (wait[0].fd >= 0)
		close(wait[0].fd);
}

static void note_end(struct keeper *keeper, int status)
{
	char why[64];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		snprintf(why, sizeof(why), "it cannot be started");
	else if (WIFEXITED(status))
		snprintf(why, sizeof(why), "it ended with %d", WEXITSTATUS(status));
	else
		snprintf(why, sizeof(why), "signal %d", WTERMSIG(status));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		fail(keeper, 408, why);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		fail(keeper, 413, why);
	else
		fail(keeper, 422, why);
}

/* What it started came to this process when it ended (a subreaper): once nothing is left, no file
 * is written any more. */
static void end_group(struct keeper *keeper)
{
	int status = 0;

	(void)kill(-keeper->pid, SIGKILL);
	if (waitpid(keeper->pid, &status, 0) == keeper->pid)
		note_end(keeper, status);
	/* One that was being forked has the group's number all the same. */
	while (waitpid(-1, NULL, WNOHANG) >= 0) {
		(void)kill(-keeper->pid, SIGKILL);
		(void)poll(NULL, 0, 1);
	}
}

/* --- its output ------------------------------------------------------------------------------- */

static void take_output(struct keeper *keeper)
{
	int source = folder_open_output(keeper->folder, keeper->name, sizeof(keeper->name));
	struct stat status;
	off_t at = 0;

	if (source < 0 || fstat(source, &status) < 0) {
		fail(keeper, 422, "it left no output");
		return;
	}
	while (at < status.st_size) {
		ssize_t sent = sendfile(keeper->sink, source, &at, 1u << 20);

		if (sent <= 0) {
			fail(keeper, 507, strerror(errno));
			break;
		}
	}
	close(source);
}

static void run(struct keeper *keeper)
{
	pid_t self = getpid();

	keeper->pid = fork();
	if (keeper->pid == 0)
		become_program(keeper, self);
	if (keeper->pid < 0) {
		fail(keeper, 500, strerror(errno));
		return;
	}
	(void)setpgid(keeper->pid, keeper->pid); /* whoever is first */
	watch(keeper);
	end_group(keeper);
	if (!keeper->code && keeper->request.wants_file)
		take_output(keeper);
	if (keeper->code && ftruncate(keeper->sink, 0) < 0)
		log_debug("the output of a program stays", log_text("error", strerror(errno)));
}

int keeper_main(const struct host *host, const struct settings *settings, int socket)
{
	struct keeper *keeper = xmalloc(sizeof(*keeper));

	prctl(PR_SET_NAME, "korone-keeper");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	log_open("keeper", settings->log_format, settings->log_level);
	*keeper = (struct keeper) {
		.host = host, .settings = settings, .socket = socket, .input = -1, .sink = -1
	};
	strcpy(keeper->name, "output");
	/* In another namespace of users, none of them has a name. */
	keeper->threads = group_count_threads(getuid());
	if (take_request(keeper) && build(keeper))
		run(keeper);
	if (keeper->folder[0])
		folder_remove(keeper->folder);
	answer(keeper);
	keeper_request_finish(&keeper->request);
	return EX_OK;
}
