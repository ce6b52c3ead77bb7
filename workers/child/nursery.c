/* nursery.c - single-threaded and blocking: waits for its parent's requests and for the deaths of
 * what it forked, and reports each. */
#include "workers/child/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/capture.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/log_pipe.h"
#include "common/loop.h"
#include "common/pack.h"
#include "common/settings.h"
#include "common/xalloc.h"
#include "workers/child/child.h"
#include "workers/child/keeper.h"
#include "workers/host/host.h"
#include "workers/host/programs.h"
#include "workers/sender/sender.h"
#include "workers/storage/pool_storage.h"
#include "workers/wire/nursery.h"
#include "workers/wire/settings.h"
#include "workers/wire/web_hosts.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "nursery"
#include "common/log.h"

#define LOOK_MS 10000u /* between two looks at the files that children may open */

struct nursery {
	struct settings settings;
	struct host *host;
	struct pool_storage *pool_storage;
	struct confinement *confinement;
	uint64_t looked_ms; /* at the files that children may open */
	int signals;        /* signalfd of SIGCHLD */
	uint8_t packet[NURSERY_PACKET_MAX];
};

/* --- packets --- */

static void send_packet(const struct nursery_packet *packet, const void *rest, size_t rest_size)
{
	struct iovec parts[2] = {
		{ .iov_base = (void *)(uintptr_t)packet, .iov_len = sizeof(*packet) },
		{ .iov_base = (void *)(uintptr_t)rest, .iov_len = rest_size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	/* Without its parent a nursery has no purpose. */
	while (sendmsg(NURSERY_FD, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			exit(EX_OK);
}

/* Returns the size of the packet, 0 when the parent is gone. `fds` gets the descriptors that came
 * with it, or -1. */
static size_t receive_packet(struct nursery *nursery, int fds[2])
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = nursery->packet, .iov_len = sizeof(nursery->packet) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header;
	ssize_t got;

	fds[0] = fds[1] = -1;
	do
		got = recvmsg(NURSERY_FD, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return 0;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len <= CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
	return (size_t)got;
}

/* --- start --- */

static void take_settings(struct nursery *nursery)
{
	struct nursery_packet packet;
	struct why why;
	int fds[2];
	size_t size = receive_packet(nursery, fds);

	if (!size)
		exit(EX_OK);
	if (size < sizeof(packet))
		panic("a first packet of %zu bytes", size);
	memcpy(&packet, nursery->packet, sizeof(packet));
	if (packet.type != NURSERY_SETTINGS)
		panic("the first packet of the parent is not its settings");
	if (!wire_settings_unpack(nursery->packet + sizeof(packet), size - sizeof(packet),
				  &nursery->settings, &why))
		panic("settings from the parent: %s", why.text);
	log_open("nursery", nursery->settings.log_format, nursery->settings.log_level);
	explicit_bzero(nursery->packet, size);
}

static void report_ready(struct nursery *nursery)
{
	const struct nursery_packet packet = { .type = NURSERY_READY, .pid = getpid() };
	struct buffer body = { 0 };
	const struct call *calls = NULL;
	size_t count = host_start_calls(nursery->host, &calls);

	pack_array(&body, 6);
	pack_uint(&body, POOL_WIRE_VERSION);
	pack_uint(&body, host_kinds(nursery->host));
	pack_text(&body, KORONE_VERSION);
	pack_text(&body, capture_build_id());
	web_hosts_encode(host_web_hosts(nursery->host), &body);
	pack_array(&body, count);
	for (size_t i = 0; i < count; i++) {
		struct buffer call = { 0 };

		call_encode(&calls[i], &call);
		pack_bytes(&body, buffer_unread(&call), buffer_unread_size(&call));
		buffer_finish(&call);
	}
	if (sizeof(packet) + buffer_unread_size(&body) > NURSERY_PACKET_MAX)
		panic("the modules' hosts and calls at the start do not fit into a packet");
	send_packet(&packet, buffer_unread(&body), buffer_unread_size(&body));
	buffer_finish(&body);
}

static void tell_unloaded(const struct nursery *nursery, const struct module *const *modules)
{
	for (; *modules; modules++) {
		const char *key = host_missing_key(*modules, &nursery->settings);

		if (key)
			log_notice("a module is not loaded without its key",
				   log_text("name", (*modules)->name), log_text("key", key));
	}
}

static void load_modules(struct nursery *nursery, const struct module *const *modules)
{
	const struct nursery_packet failed = { .type = NURSERY_FAILED, .pid = getpid() };
	struct why why = { "" };

	nursery->host = host_create(modules, &nursery->settings, &why);
	if (nursery->host)
		nursery->pool_storage = pool_storage_create(&nursery->settings, &why);
	if (!nursery->pool_storage) {
		send_packet(&failed, why.text, strlen(why.text));
		exit(EX_SOFTWARE);
	}
	tell_unloaded(nursery, modules);
	nursery->confinement = confinement_create(nursery->host, &nursery->settings);
	report_ready(nursery);
}

bool nursery_check(const struct module *const *modules, const struct settings *settings, FILE *out,
		   struct why *why)
{
	struct host *host = host_create(modules, settings, why);

	if (host)
		web_hosts_print(host_web_hosts(host), &settings->module_keys, out);
	if (host)
		programs_print(host_programs(host), out);
	for (; host && *modules; modules++) {
		const char *key = host_missing_key(*modules, settings);

		if (key)
			fprintf(out, "# %s is not loaded: %s is not set\n", (*modules)->name, key);
	}
	host_destroy(host);
	return host != NULL;
}

static void watch_deaths(struct nursery *nursery)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	nursery->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (nursery->signals < 0)
		panic("signalfd: %s", strerror(errno));
}

/* --- children --- */

/* In the new process: the same program, also when another is installed by now. */
static _Noreturn void become_fetcher(const int fds[2])
{
	static char *const arguments[] = { (char *)(uintptr_t) "korone-worker",
					   (char *)(uintptr_t)FETCHER_OPTION, NULL };
	/* First out of the way of the fixed numbers. */
	int socket = fcntl(fds[0], F_DUPFD, FETCHER_SCOREBOARD_FD + 1);
	int scoreboard = fcntl(fds[1], F_DUPFD, FETCHER_SCOREBOARD_FD + 1);

	if (dup2(socket, FETCHER_FD) < 0 || dup2(scoreboard, FETCHER_SCOREBOARD_FD) < 0)
		_exit(EX_OSERR);
	(void)syscall(SYS_close_range, FETCHER_SCOREBOARD_FD + 1, ~0u, 0);
	execv("/proc/self/exe", arguments);
	_exit(EX_OSERR);
}

/* In the new process. */
static _Noreturn void become(struct nursery *nursery, enum nursery_role role, pid_t parent,
			     const int fds[2])
{
	/* A keeper ends its program first, when the parent's end of its socket is closed. */
	if (role != NURSERY_KEEPER)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EX_OK);
	/* What a handler forks is in this process group, and is killed with it. */
	setpgid(0, 0);
	close(NURSERY_FD);
	close(nursery->signals);
	signals_reset_after_fork();
	signal(SIGPIPE, SIG_IGN);
	switch (role) {
	case NURSERY_CHILD:
		rights_seal(host_rights(nursery->host));
		exit(child_main(nursery->host, nursery->pool_storage, nursery->confinement,
				&nursery->settings, fds[0], fds[1]));
	case NURSERY_KEEPER:
		exit(keeper_main(nursery->host, &nursery->settings, fds[0]));
	case NURSERY_SENDER:
		exit(sender_main(&nursery->settings, host_rights(nursery->host), fds[0], fds[1]));
	case NURSERY_FETCHER:
		become_fetcher(fds);
	}
	panic("unknown role %d", (int)role);
}

static void fork_one(struct nursery *nursery, const struct nursery_packet *request,
		     const int fds[2])
{
	struct nursery_packet answer = { .type = NURSERY_FORKED, .serial = request->serial };
	pid_t self = getpid(), pid;

	if (request->role > NURSERY_KEEPER || fds[0] < 0)
		panic("a request to fork without its descriptors");
	pid = fork();
	if (pid == 0)
		become(nursery, (enum nursery_role)request->role, self, fds);
	answer.pid = pid < 0 ? 0 : pid;
	answer.status = pid < 0 ? errno : 0;
	send_packet(&answer, NULL, 0);
}

/* Kills the group before reaping its leader: until then the pid cannot be reused. */
static bool reap_one(struct nursery_packet *died)
{
	siginfo_t info = { 0 };
	struct rusage usage;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		return false;
	(void)kill(-info.si_pid, SIGKILL);
	died->pid = wait4(info.si_pid, &died->status, 0, &usage);
	died->max_rss_kib = (uint32_t)usage.ru_maxrss;
	return true;
}

static void report_deaths(struct nursery *nursery)
{
	struct signalfd_siginfo ignored;
	struct nursery_packet died = { .type = NURSERY_DIED };

	while (read(nursery->signals, &ignored, sizeof(ignored)) > 0)
		;
	while (reap_one(&died))
		send_packet(&died, NULL, 0);
}

/* A new resolv.conf or certificate is closed to children that could open the old one. */
static void look_at_files(struct nursery *nursery)
{
	uint64_t now_ms = clock_boot_ms();

	if (now_ms - nursery->looked_ms < LOOK_MS)
		return;
	nursery->looked_ms = now_ms;
	if (confinement_has_changed(nursery->confinement))
		send_packet(&(struct nursery_packet) { .type = NURSERY_CHANGED }, NULL, 0);
}

static void answer_ping(struct nursery *nursery)
{
	send_packet(&(struct nursery_packet) { .type = NURSERY_PONG }, NULL, 0);
	look_at_files(nursery);
}

/* False when the parent is gone. */
static bool handle_request(struct nursery *nursery)
{
	struct nursery_packet request;
	int fds[2];
	size_t size = receive_packet(nursery, fds);

	if (!size)
		return false;
	if (size < sizeof(request))
		panic("a packet of %zu bytes from the parent", size);
	memcpy(&request, nursery->packet, sizeof(request));
	if (request.type == NURSERY_FORK)
		fork_one(nursery, &request, fds);
	else if (request.type == NURSERY_KILL && request.pid > 1)
		/* Only this process reaps, so the pid cannot have been reused. */
		(void)kill(request.pid, request.signo);
	else if (request.type == NURSERY_PING)
		answer_ping(nursery);
	else
		panic("unknown packet %u from the parent", request.type);
	for (size_t i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return true;
}

static void serve(struct nursery *nursery)
{
	struct pollfd wait[] = { { .fd = NURSERY_FD, .events = POLLIN },
				 { .fd = nursery->signals, .events = POLLIN } };

	for (;;) {
		if (poll(wait, COUNT_OF(wait), -1) < 0 && errno != EINTR)
			panic("poll: %s", strerror(errno));
		if (wait[1].revents)
			report_deaths(nursery);
		if (wait[0].revents && !handle_request(nursery))
			return;
	}
}

int nursery_main(const struct module *const *modules)
{
	/* Static: too large for a stack that every child inherits. */
	static struct nursery nursery;
	struct buffer directory = { 0 };
	struct why why;

	prctl(PR_SET_NAME, "korone-nursery");
	/* The program of a keeper that dies comes to this process, which kills its group. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	log_pipe_join(NURSERY_LOG_FD);
	log_open("nursery", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	take_settings(&nursery);
	buffer_printf(&directory, "%s/worker", nursery.settings.state_dir);
	if (!capture_install_file(buffer_text(&directory), "nursery", &why))
		log_warn("going on without crash captures of this process",
			 log_text("error", why.text));
	buffer_finish(&directory);
	watch_deaths(&nursery);
	load_modules(&nursery, modules);
	serve(&nursery);
	return EX_OK;
}
