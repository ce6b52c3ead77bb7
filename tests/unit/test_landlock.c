/* test_landlock.c - what a confined process can do with files: tried by processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/landlock.h"
#include "common/xalloc.h"

static char directory[] = "/tmp/korone-landlock-XXXXXX";

static const char *in(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % COUNT_OF(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name)
{
	int fd = open(in(name), O_WRONLY | O_CREAT, 0755);

	assert_true(fd >= 0);
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	mkdir(in("open"), 0700);
	mkdir(in("read"), 0700);
	mkdir(in("write"), 0700);
	mkdir(in("closed"), 0700);
	write_file("open/file");
	write_file("read/file");
	write_file("write/file");
	write_file("closed/file");
	write_file("alone");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static int errno_of(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int reads(const char *name)
{
	return errno_of(open(in(name), O_RDONLY));
}

static int writes(const char *name)
{
	return errno_of(open(in(name), O_WRONLY));
}

static int lists(const char *name)
{
	return errno_of(open(in(name), O_RDONLY | O_DIRECTORY));
}

static int makes(const char *name)
{
	return errno_of(open(in(name), O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int moves(const char *from, const char *to)
{
	return rename(in(from), in(to)) < 0 ? errno : 0;
}

static int runs(const char *name)
{
	char *arguments[] = { NULL };

	execv(in(name), arguments);
	return errno;
}

/* The number of the first claim that is wrong, 0: none. */
#define CLAIM(claim)                            \
	do {                                    \
		if (!(claim))                   \
			_exit(__LINE__ & 0xff); \
	} while (0)

static _Noreturn void be_confined(void)
{
	struct landlock_paths paths = { .count = 0 };
	int before = open(in("closed/file"), O_RDWR), rules;
	struct why why;

	landlock_add(&paths, in("open"), LANDLOCK_OPEN);
	landlock_add(&paths, in("read"), LANDLOCK_READ);
	landlock_add(&paths, in("write"), LANDLOCK_WRITE);
	landlock_add(&paths, in("alone"), LANDLOCK_WRITE);
	landlock_add(&paths, in("is not there"), LANDLOCK_WRITE);
	landlock_add(&paths, "", LANDLOCK_WRITE);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	rules = landlock_make(&paths, &why);
	CLAIM(rules >= 0 && landlock_enter(rules, &why));
	landlock_finish(&paths);
	CLAIM(reads("open/file") == 0 && lists("open") == EACCES && writes("open/file") == EACCES);
	CLAIM(reads("read/file") == 0 && lists("read") == 0 && writes("read/file") == EACCES);
	CLAIM(makes("read/new") == EACCES && runs("read/file") == EACCES);
	CLAIM(reads("write/file") == 0 && writes("write/file") == 0 && lists("write") == 0);
	CLAIM(makes("write/new") == 0 && moves("write/new", "write/newer") == 0);
	CLAIM(unlink(in("write/newer")) == 0 && runs("write/file") == EACCES);
	CLAIM(reads("alone") == 0 && writes("alone") == 0 && runs("alone") == EACCES);
	CLAIM(reads("closed/file") == EACCES && writes("closed/file") == EACCES);
	CLAIM(lists("closed") == EACCES && makes("closed/new") == EACCES);
	CLAIM(lists(".") == EACCES && makes("new") == EACCES);
	CLAIM(unlink(in("closed/file")) < 0 && moves("write/file", "closed/moved") != 0);
	CLAIM(link(in("closed/file"), in("write/link")) < 0);
	CLAIM(symlink(in("closed/file"), in("write/link")) < 0);
	CLAIM(write(before, "x", 1) == 1);
	_exit(0);
}

static void only_what_is_named_is_open(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (landlock_abi() == 0)
		skip();
	pid = fork();
	if (pid == 0)
		be_confined();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("the claim in a line that is %d modulo 256", WEXITSTATUS(status));
}

/* A server on a free port of loopback. */
static int serve(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(address);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int connects(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fault;

	fault = connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	close(fd);
	return fault;
}

static int binds(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fault;

	fault = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	close(fd);
	return fault;
}

static _Noreturn void be_limited(uint16_t open, uint16_t closed)
{
	struct landlock_paths paths = { .limits_tcp = true };
	struct why why;
	int rules;

	CLAIM(landlock_add_port(&paths, open));
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	rules = landlock_make(&paths, &why);
	CLAIM(rules >= 0 && landlock_enter(rules, &why));
	CLAIM(connects(open) == 0);
	CLAIM(connects(closed) == EACCES);
	CLAIM(binds() == EACCES);
	_exit(0);
}

static void only_the_ports_that_are_named_are_connected_to(void **state)
{
	uint16_t open_port, closed_port;
	int open_server, closed_server, status;
	pid_t pid;

	(void)state;
	if (landlock_abi() < 4)
		skip();
	open_server = serve(&open_port);
	closed_server = serve(&closed_port);
	assert_int_equal(connects(closed_port), 0);
	pid = fork();
	if (pid == 0)
		be_limited(open_port, closed_port);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(open_server);
	close(closed_server);
	if (status != 0)
		fail_msg("the claim in a line that is %d modulo 256", WEXITSTATUS(status));
}

static void there_is_a_limit_of_ports(void **state)
{
	struct landlock_paths paths = { .limits_tcp = true };

	(void)state;
	for (size_t i = 0; i < LANDLOCK_PORTS_MAX; i++)
		assert_true(landlock_add_port(&paths, 1));
	assert_false(landlock_add_port(&paths, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_is_named_is_open, set_up, tear_down),
		cmocka_unit_test(only_the_ports_that_are_named_are_connected_to),
		cmocka_unit_test(there_is_a_limit_of_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
