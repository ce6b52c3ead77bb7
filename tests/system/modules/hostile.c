/* hostile.c - the modules of a test build of korone-worker: /ping, and /try WAY [WORDS], a handler
 * that was taken over and tries to get out. It answers "did it" or "refused: WHY"; the tests know
 * what it must not be able to do. Linked instead of workers/modules/modules.c.
 *
 * A way is a function: add one here and its use in test_walls.py. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "workers/wire/call.h"
#include "workers/wire/fetch.h"
#include "workers/wire/frame.h"
#include "workers/wire/wire.h"

/* What is tried with: words of the command. */
struct words {
	char *first, *second;
};

static int number(const char *word)
{
	return (int)strtol(word, NULL, 10);
}

/* 0 when it worked, else errno. */
typedef int way_fn(const struct words *words);

static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static int outcome_of(int fd)
{
	int fault = outcome(fd);

	if (fd >= 0)
		close(fd);
	return fault;
}

/* --- files: a path --- */

static int read_file(const struct words *words)
{
	return outcome_of(open(words->first, O_RDONLY | O_CLOEXEC));
}

static int write_file(const struct words *words)
{
	return outcome_of(open(words->first, O_WRONLY | O_CLOEXEC));
}

static int make_file(const struct words *words)
{
	return outcome_of(open(words->first, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int list_directory(const struct words *words)
{
	DIR *directory = opendir(words->first);

	if (!directory)
		return errno;
	closedir(directory);
	return 0;
}

static int remove_file(const struct words *words)
{
	return outcome(unlink(words->first));
}

static int rename_file(const struct words *words)
{
	return outcome(rename(words->first, words->second));
}

static int link_file(const struct words *words)
{
	return outcome(link(words->first, words->second));
}

static int open_to_all(const struct words *words)
{
	return outcome(chmod(words->first, 0666));
}

static int cut_file(const struct words *words)
{
	return outcome(truncate(words->first, 0));
}

static int date_file(const struct words *words)
{
	return outcome(utimensat(AT_FDCWD, words->first, NULL, 0));
}

/* --- another process: a pid --- */

static int signal_process(const struct words *words)
{
	return outcome(kill(number(words->first), SIGCONT));
}

static int signal_thread(const struct words *words)
{
	int pid = number(words->first);

	return outcome(syscall(SYS_tgkill, pid, pid, SIGCONT));
}

static int queue_signal(const struct words *words)
{
	return outcome(sigqueue(number(words->first), SIGCONT, (union sigval) { .sival_int = 0 }));
}

/* All of its user's. */
static int signal_everybody(const struct words *words)
{
	(void)words;
	return outcome(kill(-1, SIGCONT));
}

static int trace(const struct words *words)
{
	int pid = number(words->first);

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return errno;
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static int read_memory(const struct words *words)
{
	char byte;
	struct iovec local = { &byte, 1 },
		     remote = { (void *)(uintptr_t)strtoull(words->second, NULL, 16), 1 };

	return outcome(process_vm_readv(number(words->first), &local, 1, &remote, 1, 0));
}

static int open_process(const struct words *words)
{
	return outcome_of((int)syscall(SYS_pidfd_open, number(words->first), 0));
}

static int limit_process(const struct words *words)
{
	struct rlimit limit;

	return outcome(prlimit(number(words->first), RLIMIT_NOFILE, NULL, &limit));
}

static int slow_process(const struct words *words)
{
	return outcome(setpriority(PRIO_PROCESS, (id_t)number(words->first), 19));
}

static int move_process(const struct words *words)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return outcome(sched_setaffinity(number(words->first), sizeof(set), &set));
}

/* Lets the kernel signal it when something arrives. */
static int own_descriptor(const struct words *words)
{
	int pair[2], fault;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return errno;
	fault = outcome(fcntl(pair[0], F_SETOWN, number(words->first)));
	close(pair[0]);
	close(pair[1]);
	return fault;
}

/* --- the rest --- */

static int run_program(const struct words *words)
{
	char *arguments[] = { words->first, NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execv(words->first, arguments);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int leave_group(const struct words *words)
{
	(void)words;
	return outcome(setpgid(0, 0) < 0 ? -1 : setsid());
}

/* The session lock, wherever it is: a second pool would take this one's place. */
static int unlock_session(const struct words *words)
{
	(void)words;
	for (int fd = 0; fd < 64; fd++)
		if (flock(fd, LOCK_UN) == 0)
			return 0;
	return errno;
}

static int open_itself(const struct words *words)
{
	(void)words;
	return outcome(prctl(PR_SET_DUMPABLE, 1));
}

static int new_namespace(const struct words *words)
{
	(void)words;
	return outcome(unshare(CLONE_NEWUSER));
}

static int mount_something(const struct words *words)
{
	(void)words;
	return outcome(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int serve(const struct words *words)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fault;

	(void)words;
	if (fd < 0)
		return errno;
	fault = outcome(bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -1
										   : listen(fd, 1));
	close(fd);
	return fault;
}

/* Also without connecting: names and packets go out as datagrams. */
static int reach_out(const struct words *words)
{
	static const int families[] = { AF_INET, AF_INET6 }, types[] = { SOCK_STREAM, SOCK_DGRAM };

	(void)words;
	for (size_t i = 0; i < COUNT_OF(families); i++)
		for (size_t j = 0; j < COUNT_OF(types); j++) {
			int fault = outcome_of(socket(families[i], types[j] | SOCK_CLOEXEC, 0));

			if (fault != EPERM)
				return fault;
		}
	return EPERM;
}

/* The port of a server on this machine. */
static int connect_to_port(const struct words *words)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons((uint16_t)number(words->first)),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fault;

	if (fd < 0)
		return errno;
	fault = outcome(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
	close(fd);
	return fault;
}

static int share_memory(const struct words *words)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	(void)words;
	if (id < 0)
		return errno;
	(void)shmctl(id, IPC_RMID, NULL);
	return 0;
}

static int use_io_uring(const struct words *words)
{
	(void)words;
	return outcome(syscall(SYS_io_uring_setup, 1, NULL));
}

/* --- the links: the path of a socket --- */

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 1 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
			connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)) {
		int fault = errno;

		close(fd);
		errno = fault;
		return -1;
	}
	return fd;
}

/* What the other side says, up to `size` bytes: until it closes the connection, or says nothing for
 * a second. */
static size_t hear(int fd, char *out, size_t size)
{
	size_t heard = 0;
	ssize_t got;

	while (heard < size && (got = recv(fd, out + heard, size - heard, 0)) > 0)
		heard += (size_t)got;
	return heard;
}

/* As an operator: the rest of the line is the command. */
static int command(const struct words *words)
{
	char answer[64];
	int fd = connect_to(words->first);
	bool obeyed;

	if (fd < 0)
		return errno;
	dprintf(fd, "%s\n", words->second);
	obeyed = hear(fd, answer, sizeof(answer)) >= 3 && !memcmp(answer, "ok\n", 3);
	close(fd);
	return obeyed ? 0 : EACCES;
}

/* Says one thing and hears whether at least `size` bytes come back. */
static bool converse(int fd, const char *said, size_t said_size, size_t size)
{
	char heard[256];

	return send(fd, said, said_size, MSG_NOSIGNAL) == (ssize_t)said_size &&
	       hear(fd, heard, size) == size;
}

/* As a pool or a recorder of its own: ZMTP (RFC 23) without a key, then HELLO (message.h), which is
 * answered by WELCOME. Both kinds are tried. */
static int join(const struct words *words)
{
	static const char greeting[64] = { '\xff', 0,      0, 0, 0,   0,   0,   0,
					   0,      '\x7f', 3, 0, 'N', 'U', 'L', 'L' };
	static const char ready[] = "\x04\x1c\x05READY\x0bSocket-Type\0\0\0\x06"
				    "DEALER";
	static const char hellos[] = "\0\x10\x9c\x01\x01\x01\x01\x07\0\xa1x\xa1x\xa1x\x01\x01\x90"
				     "\0\x0b\x98\x01\x14\x01\x01\x07\xa1x\xa1x\x01";
	const size_t ready_of_router = 2 + 6 + 12 + 4 + 6 + 9 + 4, welcome = 10;
	int fd = connect_to(words->first);
	bool joined;

	if (fd < 0)
		return errno;
	joined = converse(fd, greeting, sizeof(greeting), sizeof(greeting)) &&
		 converse(fd, ready, sizeof(ready) - 1, ready_of_router) &&
		 converse(fd, hellos, sizeof(hellos) - 1, welcome);
	close(fd);
	return joined ? 0 : EACCES;
}

/* --- the sender, and what it writes --- */

/* The socket to the parent: a pair, so the other end has no name. */
static int parent_socket(void)
{
	struct sockaddr_storage peer;

	for (int fd = 3; fd < 1024; fd++) {
		socklen_t size = sizeof(peer);

		if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
		    peer.ss_family == AF_UNIX && size == sizeof(peer.ss_family))
			return fd;
	}
	return -1;
}

static int hear_result(int fd)
{
	struct buffer in = { 0 };
	struct call_result result = { .status = CALL_FAILED };
	struct frame frame;
	int fault = EIO;

	while (frame_take(&in, &frame) == FRAME_PARTIAL)
		if (frame_fill(fd, &in, 65536, NULL) == FRAME_IO_END)
			return EPIPE;
	if (frame.type == WIRE_RESULT) {
		struct cursor cursor = cursor_make(frame.data, frame.size);

		if (call_result_decode(&cursor, &result))
			fault = result.status == CALL_OK ? 0 : EACCES;
	}
	buffer_finish(&in);
	return fault;
}

/* METHOD CHAT BODY, written past the host, which would put them together as it should. */
static int call_sender(const struct words *words)
{
	char *body = words->second, *chat = strsep(&body, " ");
	const struct call call = { .chat_id = strtoll(chat, NULL, 10),
				   .want_result = true,
				   .method = text_of(words->first),
				   .body = text_of(body) };
	struct wire_call head = { .chat_id = call.chat_id };
	struct buffer encoded = { 0 }, out = { 0 };
	int fd = parent_socket(), fault = EBADF;

	call_encode(&call, &encoded);
	head.size = (uint32_t)buffer_unread_size(&encoded);
	frame_append(&out, WIRE_CALL, &head, sizeof(head), buffer_unread(&encoded), head.size);
	if (fd >= 0 && frame_flush(fd, &out, NULL) == FRAME_IO_OK)
		fault = hear_result(fd);
	buffer_finish(&encoded);
	buffer_finish(&out);
	return fault;
}

static int hear_answer(int fd)
{
	struct buffer in = { 0 };
	struct fetch_answer answer;
	struct frame frame;
	int fault = EIO;

	while (frame_take(&in, &frame) == FRAME_PARTIAL)
		if (frame_fill(fd, &in, 65536, NULL) == FRAME_IO_END)
			return EPIPE;
	if (frame.type == WIRE_FETCHED) {
		struct cursor cursor = cursor_make(frame.data, frame.size);

		if (fetch_answer_decode(&cursor, &answer))
			fault = answer.outcome == FETCH_FORBIDDEN ||
						answer.outcome == FETCH_MALFORMED
					? EACCES
					: 0;
	}
	buffer_finish(&in);
	return fault;
}

/* "\r" and "\n" as they are written. */
static void unescape(char *text)
{
	for (char *at; (at = strchr(text, '\\')); memmove(at + 1, at + 2, strlen(at + 1)))
		*at = at[1] == 'r' ? '\r' : '\n';
}

/* MODULE URL HEADER, past the host. */
static int call_fetcher(const struct words *words)
{
	char *header = words->second, *url = strsep(&header, " ");
	struct fetch_request request = { .module = text_of(words->first), .url = text_of(url) };
	const struct wire_fetch head = { 0 };
	struct buffer encoded = { 0 }, out = { 0 };
	int fd = parent_socket(), fault = EBADF;

	if (header && *header) {
		unescape(header);
		request.headers[request.headers_count++] = text_of(header);
	}
	fetch_request_encode(&request, &encoded);
	frame_append(&out, WIRE_FETCH, &head, sizeof(head), buffer_unread(&encoded),
		     buffer_unread_size(&encoded));
	if (fd >= 0 && frame_flush(fd, &out, NULL) == FRAME_IO_OK)
		fault = hear_answer(fd);
	buffer_finish(&encoded);
	buffer_finish(&out);
	return fault;
}

/* The address of a page. */
static int make_writable(const struct words *words)
{
	void *page = (void *)(uintptr_t)strtoull(words->first, NULL, 16);

	return outcome(mprotect(page, 4096, PROT_READ | PROT_WRITE));
}

/* What a handler does after it was refused all of that. */
static int work_on(const struct words *words)
{
	(void)words;
	return outcome(raise(SIGCONT) == 0 ? 0 : -1);
}

static int crash(const struct words *words)
{
	(void)words;
	abort();
}

static const struct {
	const char *name;
	way_fn *fn;
} ways[] = {
	{ "call", call_sender },
	{ "fetch", call_fetcher },
	{ "protect", make_writable },
	{ "read", read_file },
	{ "write", write_file },
	{ "make", make_file },
	{ "list", list_directory },
	{ "remove", remove_file },
	{ "rename", rename_file },
	{ "link", link_file },
	{ "chmod", open_to_all },
	{ "truncate", cut_file },
	{ "touch", date_file },
	{ "kill", signal_process },
	{ "tgkill", signal_thread },
	{ "sigqueue", queue_signal },
	{ "killall", signal_everybody },
	{ "ptrace", trace },
	{ "process_vm_readv", read_memory },
	{ "pidfd_open", open_process },
	{ "prlimit", limit_process },
	{ "setpriority", slow_process },
	{ "sched_setaffinity", move_process },
	{ "F_SETOWN", own_descriptor },
	{ "exec", run_program },
	{ "setsid", leave_group },
	{ "unlock", unlock_session },
	{ "dumpable", open_itself },
	{ "unshare", new_namespace },
	{ "mount", mount_something },
	{ "listen", serve },
	{ "internet", reach_out },
	{ "connect", connect_to_port },
	{ "shmget", share_memory },
	{ "io_uring", use_io_uring },
	{ "command", command },
	{ "join", join },
	{ "raise", work_on },
	{ "crash", crash },
};

static enum verdict try(struct ctx *ctx, const struct command *cmd)
{
	char *text = xstrdup(cmd->args), *rest = text;
	const char *way = strsep(&rest, " ");
	struct words words = { .first = strsep(&rest, " "), .second = rest };
	int fault = EINVAL;

	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (strcmp(way, ways[i].name) == 0)
			fault = ways[i].fn(&words);
	free(text);
	if (fault)
		return ctx_reply(ctx, "%s refused: %s", cmd->args, strerrorname_np(fault));
	return ctx_reply(ctx, "%s worked", cmd->args);
}

/* What it declares is in the state directory, where nothing else is open to it. */
static const char *may_read[2], *may_write[2];

static void *open_hostile(const struct settings *settings, struct why *why)
{
	(void)why;
	may_read[0] = xasprintf("%s/declared/reads", settings->state_dir);
	may_write[0] = xasprintf("%s/declared/writes", settings->state_dir);
	return may_read;
}

static const struct route routes[] = {
	COMMAND("try", try, .help = "try to get out"),
	END_OF_ROUTES,
};

static const struct module hostile_module = {
	.name = "hostile",
	.title = "Hostile",
	.open = open_hostile,
	.routes = routes,
	.reads = may_read,
	.writes = may_write,
	.hosts = HOSTS(HOST("declared.test", .key = "KORONE_HOSTILE_KEY", .query = "key"),
		       HOST("any")),
};

extern const struct module ping_module;

const struct module *const compiled_modules[] = { &hostile_module, &ping_module, NULL };
