/* test_keeper.c - programs, most of them hostile, run by a real keeper: what they can reach, what
 * ends them, and that nothing of them is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/call_filter.h"
#include "common/files.h"
#include "common/json.h"
#include "common/landlock.h"
#include "common/xalloc.h"
#include "workers/child/keeper.h"
#include "workers/host/host.h"
#include "workers/module.h"
#include "workers/wire/frame.h"
#include "workers/wire/places.h"
#include "workers/wire/wire.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const struct route no_routes[] = { END_OF_ROUTES };
static const struct module module = { .name = "programs",
				      .routes = no_routes,
				      .hosts = HOSTS(HOST("a.org")),
				      .programs = PROGRAMS("bash", "cat", "sleep", "no-such-one") };
static const struct module alone = { .name = "alone",
				     .routes = no_routes,
				     .programs = PROGRAMS("bash") };
static const struct module *const modules[] = { &module, &alone, NULL };

static char directory[] = "/tmp/test_keeper.XXXXXX";
static struct settings settings;
static struct host *host;

/* A request, and what came of it. */
static struct {
	const char *const *words;
	const char *input; /* NULL: none */
	int seconds, megabytes;
	bool output, web;
	int module;
	struct descriptors came;
	int socket;
	pid_t pid;
	int sink;
	struct buffer in;
	struct call_result result;
	char said[4096]; /* the output */
} it;

/* --- a keeper --------------------------------------------------------------------------------- */

static int file_in_place(const char *text)
{
	char path[64];
	int fd;

	place_of_files(&settings, path, sizeof(path));
	fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && write_all(fd, text, strlen(text)));
	return fd;
}

static void write_body(struct buffer *out)
{
	struct json json = json_start(out);

	json_object_start(&json);
	json_key_int(&json, "module", it.module);
	json_key_int(&json, "seconds", it.seconds);
	json_key_int(&json, "megabytes", it.megabytes);
	json_key_bool(&json, "output", it.output);
	json_key_bool(&json, "web", it.web);
	json_key(&json, "words");
	json_array_start(&json);
	for (const char *const *word = it.words; *word; word++)
		json_text(&json, *word);
	json_array_end(&json);
	json_object_end(&json);
}

static void say_request(void)
{
	struct call_file files[2] = { { .part = text_of("output") }, { .part = text_of("input") } };
	struct call call = { .method = text_of(CALL_RUN), .files = files, .files_count = 1 };
	struct buffer body = { 0 }, encoded = { 0 }, out = { 0 };
	struct wire_call head = { .files = 1 };
	struct descriptors go = { 0 };

	descriptors_add(&go, &out, dup(it.sink));
	if (it.input) {
		descriptors_add(&go, &out, file_in_place(it.input));
		call.files_count = head.files = 2;
	}
	write_body(&body);
	call.body = (struct text) { (const char *)buffer_unread(&body), buffer_unread_size(&body) };
	call_encode(&call, &encoded);
	head.size = (uint32_t)buffer_unread_size(&encoded);
	frame_append(&out, WIRE_CALL, &head, sizeof(head), buffer_unread(&encoded), head.size);
	assert_int_equal(frame_flush(it.socket, &out, &go), FRAME_IO_OK);
	buffer_finish(&body);
	buffer_finish(&encoded);
	buffer_finish(&out);
	descriptors_finish(&go);
}

static void begin(void)
{
	int pair[2];

	it.sink = file_in_place("from before");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	it.socket = pair[0];
	it.pid = fork();
	if (it.pid == 0) {
		close(pair[0]);
		_exit(keeper_main(host, &settings, pair[1]));
	}
	close(pair[1]);
	say_request();
}

static void hear(void)
{
	struct cursor cursor;
	struct frame frame;

	while (frame_take(&it.in, &frame) != FRAME_TAKEN)
		assert_int_equal(frame_fill(it.socket, &it.in, 65536, NULL), FRAME_IO_OK);
	assert_int_equal(frame.type, WIRE_RESULT);
	cursor = cursor_make(frame.data, frame.size);
	assert_true(call_result_decode(&cursor, &it.result));
	memset(it.said, 0, sizeof(it.said));
	assert_true(pread(it.sink, it.said, sizeof(it.said) - 1, 0) >= 0);
}

static void finish(void)
{
	int status;

	close(it.socket);
	assert_int_equal(waitpid(it.pid, &status, 0), it.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(it.sink);
}

static bool is_empty(const char *path)
{
	DIR *opened = opendir(path);
	size_t entries = 0;

	while (opened && readdir(opened))
		entries++;
	if (opened)
		closedir(opened);
	return entries <= 2;
}

static void assert_nothing_is_left(void)
{
	char path[64];

	place_of_programs(&settings, path, sizeof(path));
	assert_true(is_empty(path));
}

/* The code; 0: it is done. What it said is in it.said. */
static int run_words(const char *const *words)
{
	it.words = words;
	begin();
	hear();
	finish();
	assert_nothing_is_left();
	return it.result.status == CALL_OK ? 0 : it.result.error_code;
}

static int run(const char *script)
{
	const char *const words[] = { "bash", "-c", script, NULL };

	return run_words(words);
}

/* --- what it is given ------------------------------------------------------------------------- */

static void it_reads_its_input_and_says_its_output(void **state)
{
	static const char *const cat[] = { "cat", NULL };
	static const char *const cat_by_name[] = { "cat", "/proc/self/fd/0", NULL };

	(void)state;
	it.input = "some bytes";
	assert_int_equal(run_words(cat), 0);
	assert_string_equal(it.said, "some bytes");
	assert_int_equal(run_words(cat_by_name), 0);
	assert_string_equal(it.said, "some bytes");
	it.input = NULL;
	assert_int_equal(run_words(cat), 0);
	assert_string_equal(it.said, "");
}

static void it_leaves_a_file(void **state)
{
	(void)state;
	it.output = true;
	assert_int_equal(run("echo this; echo that > output.txt; echo more > other"), 0);
	assert_string_equal(it.said, "that\n");
	assert_true(text_is(it.result.result, "{\"name\":\"output.txt\"}"));
	assert_int_equal(run("true"), 422);
	it.output = false;
}

static void its_own_end_is_told(void **state)
{
	static const char *const missing[] = { "no-such-one", NULL };
	static const char *const foreign[] = { "sh", "-c", "true", NULL };
	static const char *const path[] = { "/bin/bash", "-c", "true", NULL };

	(void)state;
	assert_int_equal(run("echo half; exit 3"), 422);
	assert_string_equal(it.said, ""); /* half an output is none */
	assert_int_equal(run("kill -SEGV $$"), 422);
	assert_int_equal(run_words(missing), 501);
	assert_int_equal(run_words(foreign), 501);
	assert_int_equal(run_words(path), 501);
}

static void its_environment_is_its_own(void **state)
{
	(void)state;
	setenv("KORONE_TEST_SECRET", "secret", 1);
	assert_int_equal(run("export -p; pwd; echo $HOME; type -t ulimit; ulimit -n"), 0);
	unsetenv("KORONE_TEST_SECRET");
	assert_null(strstr(it.said, "SECRET"));
	assert_non_null(strstr(it.said, "declare -x PATH=\"/usr/local/bin:/usr/bin:/bin\""));
	assert_non_null(strstr(it.said, "/worker/programs/"));
	assert_non_null(strstr(it.said, "builtin\n256\n"));
}

/* --- what ends it ----------------------------------------------------------------------------- */

static bool runs(const char *argument)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	while ((entry = readdir(processes))) {
		char path[300], line[256] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, line, sizeof(line) - 1) > 6 && !strcmp(line, "sleep"))
			found |= !strcmp(line + 6, argument);
		close(fd);
	}
	closedir(processes);
	return found;
}

static void one_that_hangs_is_ended(void **state)
{
	(void)state;
	it.seconds = 1;
	assert_int_equal(run("trap '' TERM INT HUP; sleep 98761; sleep 98761"), 408);
	assert_false(runs("98761"));
	assert_int_equal(run("while :; do :; done"), 408);
	it.seconds = 20;
}

static void nothing_that_it_started_stays(void **state)
{
	(void)state;
	assert_int_equal(run("( ( trap '' TERM HUP; exec sleep 98762 ) & ) & sleep 98762 & disown; "
			     "set -m; sleep 98762 & echo done"),
			 0);
	assert_string_equal(it.said, "done\n");
	assert_false(runs("98762"));
}

static void many_processes_end_it(void **state)
{
	(void)state;
	assert_int_not_equal(run("for i in {1..100}; do sleep 98763 & done; wait"), 0);
	assert_false(runs("98763"));
}

/* Of another container, or children of a pool that grows: its limit counts them, too. */
static void processes_of_others_take_no_room(void **state)
{
	(void)state;
	assert_int_equal(run("ulimit -u"), 0);
	assert_true(strtoul(it.said, NULL, 10) > 4096);
}

static void much_output_ends_it(void **state)
{
	static const char *const zeros[] = { "cat", "/dev/zero", NULL };

	(void)state;
	assert_int_equal(run_words(zeros), 413);
	it.output = true;
	assert_int_equal(run("cat /dev/zero > output"), 422); /* bash tells of cat's signal */
	assert_int_equal(run("for i in 1 2 3 4 5; do cat /dev/zero > $i; done; sleep 100"), 413);
	assert_int_equal(run("for i in {1..5000}; do > $i; done; sleep 100"), 413);
	it.output = false;
}

static void much_memory_ends_it(void **state)
{
	(void)state;
	it.megabytes = 64;
	assert_int_not_equal(run("a=xxxxxxxxxxxxxxxx; while :; do a=$a$a; done"), 0);
	assert_int_equal(
		run("for i in 1 2 3 4; do (a=xxxxxxxxxxxxxxxx; for j in {1..21}; do a=$a$a; "
		    "done; sleep 98764) & done; wait"),
		413);
	assert_false(runs("98764"));
	it.megabytes = 256;
}

static void one_that_nobody_waits_for_is_ended(void **state)
{
	static const char *const words[] = { "sleep", "98765", NULL };

	(void)state;
	it.words = words;
	begin();
	while (!runs("98765"))
		(void)usleep(1000);
	finish();
	assert_false(runs("98765"));
	assert_nothing_is_left();
}

/* The nursery takes the orphan in, and kills its group: here the test is its subreaper. */
static void it_dies_with_its_keeper(void **state)
{
	static const char *const words[] = { "sleep", "98766", NULL };
	char path[64], command[128];
	int status;

	(void)state;
	it.words = words;
	begin();
	while (!runs("98766"))
		(void)usleep(1000);
	assert_int_equal(kill(it.pid, SIGKILL), 0);
	assert_int_equal(waitpid(it.pid, &status, 0), it.pid);
	while (runs("98766"))
		(void)usleep(1000);
	close(it.socket);
	close(it.sink);
	place_of_programs(&settings, path, sizeof(path));
	snprintf(command, sizeof(command), "rm -r %s/*", path);
	assert_int_equal(system(command), 0);
}

/* A keeper that was killed leaves its program's folder: a later one removes it. */
static void an_old_folder_is_removed(void **state)
{
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char path[64], inner[128];

	(void)state;
	place_of_programs(&settings, path, sizeof(path));
	snprintf(inner, sizeof(inner), "%s/left/inner", path);
	assert_int_equal(mkdir(path, 0700), -1);
	*strrchr(inner, '/') = '\0';
	assert_int_equal(mkdir(inner, 0700), 0);
	strcat(inner, "/inner");
	assert_int_equal(mkdir(inner, 0700), 0);
	*strrchr(inner, '/') = '\0';
	assert_int_equal(utimensat(AT_FDCWD, inner, old, 0), 0);
	assert_int_equal(run("true"), 0); /* which sees that nothing is left */
}

/* --- what it cannot reach --------------------------------------------------------------------- */

static void it_reads_nothing_else(void **state)
{
	char secret[64], script[256];
	int fd;

	(void)state;
	snprintf(secret, sizeof(secret), "%s/secret", directory);
	fd = open(secret, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && write_all(fd, "secret", 6));
	close(fd);
	snprintf(script, sizeof(script),
		 "cat %s; cat /etc/passwd; cat /proc/$PPID/environ; "
		 "cat /proc/self/environ; echo end",
		 secret);
	assert_int_equal(run(script), 0);
	assert_string_equal(it.said, "end\n");
	assert_int_equal(unlink(secret), 0);
}

static void it_writes_nowhere_else(void **state)
{
	char script[256];

	(void)state;
	snprintf(script, sizeof(script),
		 "echo x > %s/made; echo x > /tmp/test_keeper_made; echo x > ../made; "
		 "ln /proc/self/fd/0 x; > own && echo own",
		 directory);
	it.input = "read only";
	assert_int_equal(run(script), 0);
	assert_string_equal(it.said, "own\n");
	assert_int_equal(access("/tmp/test_keeper_made", F_OK), -1);
	assert_int_equal(run("echo changed > /proc/self/fd/0 || echo changed >&0 || echo kept"), 0);
	assert_string_equal(it.said, "kept\n");
	it.input = NULL;
}

static void it_starts_no_other_program(void **state)
{
	(void)state;
	assert_int_equal(run("/usr/bin/env; /bin/ls /; echo '#!/bin/cat' > x; ./x; cat < x"), 0);
	assert_string_equal(it.said, "#!/bin/cat\n");
}

static void it_has_no_network(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char script[128];

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(script, sizeof(script), "exec 3<> /dev/tcp/127.0.0.1/%u && echo connected",
		 ntohs(address.sin_port));
	assert_int_not_equal(run(script), 0);
	assert_string_equal(it.said, "");
	close(fd);
}

static void it_signals_nobody(void **state)
{
	char script[128];
	pid_t other = fork();
	int status;

	(void)state;
	if (other == 0) {
		pause();
		_exit(0);
	}
	snprintf(script, sizeof(script), "kill -9 $PPID; kill -9 %d; kill -9 -1; echo end", other);
	assert_int_equal(run(script), 0);
	assert_string_equal(it.said, "end\n");
	assert_int_equal(waitpid(other, &status, WNOHANG), 0);
	kill(other, SIGKILL);
	assert_int_equal(waitpid(other, &status, 0), other);
}

/* --- a proxy ---------------------------------------------------------------------------------- */

/* Its end, as the fetcher gets it, with the name of the module. */
static int hear_web(void)
{
	struct wire_web head;
	struct frame frame;

	while (frame_take(&it.in, &frame) != FRAME_TAKEN)
		assert_int_equal(frame_fill(it.socket, &it.in, 65536, &it.came), FRAME_IO_OK);
	assert_int_equal(frame.type, WIRE_WEB);
	assert_true(frame_head(&frame, &head, sizeof(head)));
	assert_true(text_is((struct text) { (const char *)frame.data, frame.size }, "programs"));
	return descriptors_take(&it.came);
}

static void with_web_it_meets_its_proxy(void **state)
{
	static const char *const words[] = {
		"bash", "-c",
		"exec 3<>/dev/tcp/127.0.0.1/3128 && read -r a <&3 && echo $a $http_proxy", NULL
	};
	int listener, client;

	(void)state;
	it.web = true;
	it.words = words;
	begin();
	listener = hear_web();
	assert_true(listener >= 0);
	client = accept(listener, NULL, NULL);
	assert_true(client >= 0 && write_all(client, "hello\n", 6));
	close(client);
	close(listener);
	hear();
	finish();
	assert_int_equal(it.result.status, CALL_OK);
	assert_string_equal(it.said, "hello http://127.0.0.1:3128\n");
	it.web = false;
}

/* A host of the machine's own network, and a socket that is a file. */
static void with_web_it_reaches_nothing_else(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), listener;
	char script[256];
	const char *const words[] = { "bash", "-c", script, NULL };

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(script, sizeof(script),
		 "(exec 3<>/dev/tcp/127.0.0.1/%u && echo connected); "
		 "(exec 3<>/dev/udp/192.0.2.1/53 && echo asked); cat /etc/resolv.conf; echo end",
		 ntohs(address.sin_port));
	it.web = true;
	it.words = words;
	begin();
	listener = hear_web();
	hear();
	finish();
	assert_string_equal(it.said, "end\n");
	close(listener);
	close(fd);
	it.web = false;
}

static void with_web_it_is_ended_like_any(void **state)
{
	static const char *const words[] = {
		"bash", "-c",
		"exec 3<>/dev/tcp/127.0.0.1/3128; trap '' TERM; sleep 98767; sleep 98767", NULL
	};
	int listener, seconds = it.seconds;

	(void)state;
	it.web = true;
	it.seconds = 1;
	it.words = words;
	begin();
	listener = hear_web();
	hear();
	finish();
	close(listener);
	assert_int_equal(it.result.error_code, 408);
	assert_false(runs("98767"));
	assert_nothing_is_left();
	it.seconds = seconds;
	it.web = false;
}

static void without_hosts_there_is_no_proxy(void **state)
{
	(void)state;
	it.module = 1;
	it.web = true;
	assert_int_equal(run("true"), 501);
	assert_true(text_is(it.result.description, "the module names no hosts"));
	it.web = false;
	assert_int_equal(run("true"), 0);
	it.module = 0;
}

/* As in many a container. */
static void where_it_cannot_have_a_network_it_is_not_run(void **state)
{
	static const struct call_rule none[] = { { .number = SYS_unshare, .kind = CALL_REFUSE } };
	static const struct call_policy policy = { .rules = none,
						   .count = 1,
						   .otherwise = CALL_ALLOW };
	struct call_filter *filter = call_filter_create(&policy);
	struct why why;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		it.web = true;
		if (!call_filter_install(filter, &why))
			_exit(2);
		_exit(run("true") == 501 &&
				      strstr(it.result.description.data, "namespaces of users")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	call_filter_destroy(filter);
}

/* --- a child that was taken over -------------------------------------------------------------- */

static void a_request_that_no_module_makes_is_refused(void **state)
{
	int seconds = it.seconds, megabytes = it.megabytes;

	(void)state;
	it.seconds = 100000;
	assert_int_equal(run("true"), 400);
	it.seconds = seconds;
	it.megabytes = 100000;
	assert_int_equal(run("true"), 400);
	it.megabytes = megabytes;
}

/* --- all -------------------------------------------------------------------------------------- */

static int set_up_all(void **state)
{
	char path[64];
	struct why why = { "" };

	(void)state;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!mkdtemp(directory))
		return -1;
	settings = (struct settings) { .modules_load = "*",
				       .modules_not_load = "",
				       .links_sites = "all",
				       .default_locale = "en_US",
				       .api_url = "https://api.telegram.org",
				       .log_level = LOG_LEVEL_ERROR,
				       .state_dir = directory };
	place_of_files(&settings, path, sizeof(path));
	if (!directory_make(path, &why))
		return -1;
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	host = host_create(modules, &settings, &why);
	it.seconds = 20;
	it.megabytes = 256;
	return host ? 0 : -1;
}

static int tear_down_all(void **state)
{
	static const char *const names[] = { "/worker/programs", "/worker/files", "/worker", "" };
	int left = 0;

	(void)state;
	host_destroy(host);
	buffer_finish(&it.in);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = xasprintf("%s%s", directory, names[i]);

		left |= rmdir(path);
		free(path);
	}
	return left;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reads_its_input_and_says_its_output),
		cmocka_unit_test(it_leaves_a_file),
		cmocka_unit_test(its_own_end_is_told),
		cmocka_unit_test(its_environment_is_its_own),
		cmocka_unit_test(one_that_hangs_is_ended),
		cmocka_unit_test(nothing_that_it_started_stays),
		cmocka_unit_test(many_processes_end_it),
		cmocka_unit_test(processes_of_others_take_no_room),
		cmocka_unit_test(much_output_ends_it),
		cmocka_unit_test(much_memory_ends_it),
		cmocka_unit_test(one_that_nobody_waits_for_is_ended),
		cmocka_unit_test(it_dies_with_its_keeper),
		cmocka_unit_test(an_old_folder_is_removed),
		cmocka_unit_test(it_reads_nothing_else),
		cmocka_unit_test(it_writes_nowhere_else),
		cmocka_unit_test(it_starts_no_other_program),
		cmocka_unit_test(it_has_no_network),
		cmocka_unit_test(it_signals_nobody),
		cmocka_unit_test(with_web_it_meets_its_proxy),
		cmocka_unit_test(with_web_it_reaches_nothing_else),
		cmocka_unit_test(with_web_it_is_ended_like_any),
		cmocka_unit_test(without_hosts_there_is_no_proxy),
		cmocka_unit_test(where_it_cannot_have_a_network_it_is_not_run),
		cmocka_unit_test(a_request_that_no_module_makes_is_refused),
	};

	if (landlock_abi() == 0)
		return 0; /* here no program is run: nothing to see */
	if (SANITIZED) {
		puts("1..1\nok 1 # SKIP a sanitizer's shadow has no room in a program's memory");
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
