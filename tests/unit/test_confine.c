/* test_confine.c - which files a child can open, by settings, environment and modules; and that all
 * walls stand in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/child/confine.h"
#include "workers/module.h"

static char directory[] = "/tmp/korone-confine-XXXXXX";

/* --- the stand-in: one module ----------------------------------------------------------------- */

static struct module module = { .name = "one" };
static const struct module *const modules[] = { &module, NULL };

const struct module *const *host_modules(const struct host *host)
{
	(void)host;
	return modules;
}

/* --- files ------------------------------------------------------------------------------------ */

static char *in(const char *name)
{
	return xasprintf("%s/%s", directory, name);
}

static void write_file(const char *name)
{
	char *path = in(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	close(fd);
	free(path);
}

static const char *const names[] = { "root.crt", "client.crt", "client.key", "passwords", "crl",
				     "ca.pem",   "ccache",     "reads",      "writes",    "token" };

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < COUNT_OF(names); i++)
		write_file(names[i]);
	return 0;
}

static int tear_down(void **state)
{
	char *command = xasprintf("rm -r %s", directory);
	int status = system(command);

	(void)state;
	free(command);
	return status;
}

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool opens_in(const char *name, int flags)
{
	char *path = in(name);
	bool can = opens(path, flags);

	free(path);
	return can;
}

/* Runs the claims in a child with all walls; its exit status is the first that does not hold. */
static int run_confined(struct confinement *confinement, int (*claims)(void))
{
	struct why why;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (confinement_apply(confinement, &why) != WALLS_ALL)
			_exit(100);
		_exit(claims());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static struct confinement *confine(void)
{
	char *reads = in("reads"), *writes = in("writes"), *ca = in("ca.pem");
	char *ccache = xasprintf("FILE:%s/ccache", directory);
	char *url = xasprintf("postgresql:///x?sslrootcert=%s/root.crt&sslcert=%s/client.crt&"
			      "sslkey=%s/client.key&passfile=%s/passwords&sslcrl=%s/crl",
			      directory, directory, directory, directory, directory);
	const struct settings settings = { .database_url = url,
					   .redis_url = "unix:///run/redis.sock" };
	struct confinement *confinement;

	module.reads = PATHS(reads);
	module.writes = PATHS(writes);
	setenv("SSL_CERT_FILE", ca, 1);
	setenv("KRB5CCNAME", ccache, 1);
	confinement = confinement_create(NULL, &settings);
	unsetenv("SSL_CERT_FILE");
	unsetenv("KRB5CCNAME");
	module.reads = module.writes = NULL;
	free(reads);
	free(writes);
	free(ca);
	free(ccache);
	free(url);
	return confinement;
}

static int what_is_needed_is_open(void)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		bool is_needed = strcmp(names[i], "token") != 0;

		if (opens_in(names[i], O_RDONLY) != is_needed)
			return (int)i + 1;
		if (opens_in(names[i], O_WRONLY) != (strcmp(names[i], "writes") == 0))
			return (int)i + 20;
	}
	if (!opens("/proc/self/maps", O_RDONLY) || !opens("/etc/passwd", O_RDONLY))
		return 50;
	if (!opens("/dev/null", O_RDWR) || opens("/etc", O_RDONLY) || opens("/proc", O_RDONLY))
		return 51;
	return 0;
}

static void files_are_open_by_settings_environment_and_modules(void **state)
{
	struct confinement *confinement;

	(void)state;
	if (landlock_abi() == 0)
		skip();
	confinement = confine();
	assert_int_equal(run_confined(confinement, what_is_needed_is_open), 0);
	confinement_destroy(confinement);
}

static int the_key_is_open(void)
{
	return opens_in("client.key", O_RDONLY) ? 0 : 1;
}

/* As it is when certificates are renewed. */
static void a_file_that_was_replaced_is_open_after_the_next_look(void **state)
{
	struct confinement *confinement;
	char *key = in("client.key"), *new = in("client.key.new");

	(void)state;
	if (landlock_abi() == 0)
		skip();
	confinement = confine();
	assert_false(confinement_has_changed(confinement));
	write_file("client.key.new");
	assert_int_equal(rename(new, key), 0);
	assert_int_equal(run_confined(confinement, the_key_is_open), 1);
	assert_true(confinement_has_changed(confinement));
	assert_int_equal(run_confined(confinement, the_key_is_open), 0);
	assert_false(confinement_has_changed(confinement));
	confinement_destroy(confinement);
	free(key);
	free(new);
}

static bool has_sockets_of(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int only_files_are_connected_to(void)
{
	return has_sockets_of(AF_UNIX) && !has_sockets_of(AF_INET) && !has_sockets_of(AF_INET6) ? 0
												: 1;
}

static int the_internet_is_connected_to(void)
{
	return has_sockets_of(AF_UNIX) && has_sockets_of(AF_INET) ? 0 : 1;
}

static int run_with(const char *database_url, const char *redis_url, int (*claims)(void))
{
	const struct settings settings = { .database_url = database_url, .redis_url = redis_url };
	struct confinement *confinement = confinement_create(NULL, &settings);
	int result = run_confined(confinement, claims);

	confinement_destroy(confinement);
	return result;
}

static void the_internet_is_open_where_a_store_is_there(void **state)
{
	static const char file[] = "postgresql:///x?host=/run", redis[] = "unix:///run/redis.sock";

	(void)state;
	if (landlock_abi() == 0)
		skip();
	assert_int_equal(run_with(file, redis, only_files_are_connected_to), 0);
	assert_int_equal(run_with("postgresql://h/x", redis, the_internet_is_connected_to), 0);
	assert_int_equal(run_with(file, "redis://h", the_internet_is_connected_to), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_open_by_settings_environment_and_modules),
		cmocka_unit_test(a_file_that_was_replaced_is_open_after_the_next_look),
		cmocka_unit_test(the_internet_is_open_where_a_store_is_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
