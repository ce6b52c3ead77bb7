/* test_settings.c - where values come from, what is refused and in which words, what happens to
 * secrets. */
#include "common/settings.h"
#include "common/xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct settings settings;
	char *faults;
	size_t size;
};

static bool load(struct fixture *f, enum program_id program, const char *env_file)
{
	FILE *out;
	bool ok;

	free(f->faults);
	out = open_memstream(&f->faults, &f->size);
	ok = settings_load(&f->settings, program, env_file, out);
	fclose(out);
	return ok;
}

static int set_up(void **state)
{
	const char *output = getenv("CMOCKA_MESSAGE_OUTPUT");
	char kept[16] = "";

	if (output)
		snprintf(kept, sizeof(kept), "%s", output);
	clearenv();
	if (*kept)
		setenv("CMOCKA_MESSAGE_OUTPUT", kept, 1);
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	*state = calloc(1, sizeof(struct fixture));
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->faults);
	free(f);
	return 0;
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;

	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->faults, "");
	assert_string_equal(f->settings.api_url, "https://api.telegram.org");
	assert_int_equal(f->settings.spool_max_bytes, 1 << 30);
	assert_string_equal(f->settings.health_listen, "127.0.0.1:9101");
	assert_string_equal(f->settings.updates_endpoint, "ipc:///run/korone/updates");
	assert_string_equal(f->settings.webhook_url, "");
}

static void test_run_dir_moves_the_endpoints(void **state)
{
	struct fixture *f = *state;

	setenv("KORONE_RUN_DIR", "/x", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->settings.updates_endpoint, "ipc:///x/updates");
	assert_string_equal(f->settings.sightings_endpoint, "ipc:///x/sightings");
	assert_string_equal(f->settings.crashes_endpoint, "ipc:///x/crashes");
}

/* Somebody else could put sockets and files there. */
static void test_directories_that_others_may_write(void **state)
{
	struct fixture *f = *state;
	char directory[] = "/tmp/test-settings.XXXXXX";

	assert_non_null(mkdtemp(directory));
	assert_int_equal(chmod(directory, 0777), 0);
	setenv("KORONE_RUN_DIR", directory, 1);
	setenv("KORONE_STATE_DIR", directory, 1);
	assert_false(load(f, PROGRAM_CRASHD, NULL));
	assert_non_null(strstr(f->faults, "KORONE_RUN_DIR: /tmp/test-settings."));
	assert_non_null(strstr(f->faults, "KORONE_STATE_DIR: /tmp/test-settings."));
	assert_non_null(strstr(f->faults, "may be written by other users: chmod go-w"));
	assert_true(load(f, PROGRAM_KORONECTL, NULL)); /* it only looks */
	assert_int_equal(chmod(directory, 0700), 0);
	assert_true(load(f, PROGRAM_CRASHD, NULL));
	assert_int_equal(rmdir(directory), 0);
}

static void test_all_faults_at_once(void **state)
{
	struct fixture *f = *state;

	unsetenv("TELEGRAM_BOT_TOKEN");
	setenv("KORONE_POOL_MAX", "9999", 1);
	setenv("KORONE_LOG_FORMAT", "xml", 1);
	setenv("KORONE_POOL_MXA", "3", 1);
	setenv("KORONE_CHILD_MEMORY_MAX", "lots", 1);
	setenv("KORONE_OPERATORS", "12,bob", 1);
	assert_false(load(f, PROGRAM_WORKER, NULL));
	assert_non_null(strstr(f->faults, "TELEGRAM_BOT_TOKEN: is required"));
	assert_non_null(strstr(f->faults, "DATABASE_URL: is required"));
	assert_non_null(
		strstr(f->faults, "KORONE_POOL_MAX: 9999 is out of range; allowed: 1 to 512"));
	assert_non_null(strstr(f->faults,
			       "KORONE_LOG_FORMAT: \"xml\" is not known; allowed: logfmt, json"));
	assert_non_null(strstr(f->faults, "KORONE_POOL_MXA: no such setting"));
	assert_non_null(strstr(f->faults, "KORONE_CHILD_MEMORY_MAX: \"lots\" is not a size"));
	assert_non_null(strstr(f->faults, "KORONE_OPERATORS: \"bob\""));
}

static void test_what_is_no_url_is_refused(void **state)
{
	static const char *const wrong[] = { "http:/x.example", "https:/x.example", "x.example",
					     "ftp://x.example", "" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
		setenv("TELEGRAM_API_URL", wrong[i], 1);
		assert_int_equal(load(f, PROGRAM_INGRESS, NULL), wrong[i][0] == '\0');
		assert_int_equal(strstr(f->faults, "is not a URL") != NULL, wrong[i][0] != '\0');
	}
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("TELEGRAM_API_URL", "http://x.example//", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->settings.api_url, "http://x.example");
}

static void test_endpoints(void **state)
{
	struct fixture *f = *state;

	setenv("KORONE_UPDATES_ENDPOINT", "foo:bar", 1);
	setenv("KORONE_SIGHTINGS_ENDPOINT", "tcp://0.0.0.0:5555", 1);
	setenv("KORONE_CRASHES_ENDPOINT", "tcp://127.0.0.1:5556", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(
		f->faults,
		"KORONE_UPDATES_ENDPOINT: foo:bar is neither ipc://PATH nor "
		"tcp://HOST:PORT\n"
		"KORONE_SIGHTINGS_ENDPOINT: tcp://0.0.0.0:5555 is not loopback and would "
		"not be encrypted: set KORONE_CURVE_DIR\n");
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_UPDATES_ENDPOINT", "tcp://*:5554", 1);
	setenv("KORONE_CURVE_DIR", "/keys", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
}

static void test_only_the_readers_settings_count(void **state)
{
	struct fixture *f = *state;

	/* One env file serves all: what only a worker reads does not stop ingress. */
	setenv("KORONE_POOL_MAX", "9999", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
}

static void test_sizes(void **state)
{
	struct fixture *f = *state;

	setenv("KORONE_SPOOL_MAX_BYTES", "64MiB", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_int_equal(f->settings.spool_max_bytes, 64 << 20);
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_SPOOL_MAX_BYTES", "2G", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_int_equal(f->settings.spool_max_bytes, INT64_C(2) << 30);
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_SPOOL_MAX_BYTES", "99999999999T", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
}

static char *write_file(const char *text)
{
	static char path[64];
	FILE *file;

	strcpy(path, "/tmp/test_settings.XXXXXX");
	file = fdopen(mkstemp(path), "w");
	fputs(text, file);
	fclose(file);
	return path;
}

static const char *key_of(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->settings.module_keys.count; i++)
		if (!strcmp(f->settings.module_keys.all[i].name, name))
			return f->settings.module_keys.all[i].value;
	return NULL;
}

/* Which there are, no program knows: each module names its own. */
static void test_keys_of_modules(void **state)
{
	struct fixture *f = *state;
	char *secret = xstrdup(write_file("from-a-file\n"));
	char *env = xasprintf("KORONE_C_KEY=from-the-env-file\nKORONE_A_KEY=not-this\n"
			      "KORONE_D_KEY_FILE=%s\n",
			      secret);
	char *path = write_file(env), said[] = "it is from-the-env-file";

	setenv("DATABASE_URL", "postgresql://x", 1);
	setenv("REDIS_URL", "redis://x", 1);
	setenv("KORONE_PRIVACY_KEY", "0123456789abcdef", 1);
	setenv("KORONE_A_KEY", "from-the-environment", 1);
	setenv("KORONE_B_KEY_FILE", secret, 1);
	setenv("KORONE_EMPTY_KEY", "", 1);
	assert_true(load(f, PROGRAM_WORKER, path));
	assert_string_equal(f->faults, "");
	assert_int_equal(f->settings.module_keys.count, 4);
	assert_string_equal(key_of(f, "KORONE_A_KEY"), "from-the-environment");
	assert_string_equal(key_of(f, "KORONE_B_KEY"), "from-a-file");
	assert_string_equal(key_of(f, "KORONE_C_KEY"), "from-the-env-file");
	assert_string_equal(key_of(f, "KORONE_D_KEY"), "from-a-file");
	assert_null(getenv("KORONE_A_KEY"));
	assert_null(strstr(log_redact(said), "from-the-env-file"));
	unlink(path);
	unlink(secret);
	free(secret);
	free(env);
}

static void test_keys_of_modules_that_are_wrong(void **state)
{
	struct fixture *f = *state;

	setenv("KORONE_A_KEY", "x", 1);
	setenv("KORONE_A_KEY_FILE", "/nowhere", 1);
	setenv("KORONE_B_KEY_FILE", "/nowhere", 1);
	setenv("KORONE__KEYS", "x", 1);
	setenv("KORONE_lower_KEY", "x", 1);
	setenv("KORONE_KEY", "x", 1);
	assert_false(load(f, PROGRAM_WORKER, NULL));
	assert_non_null(strstr(f->faults, "KORONE_A_KEY and KORONE_A_KEY_FILE are both set"));
	assert_non_null(strstr(f->faults, "KORONE_B_KEY_FILE: "));
	assert_non_null(strstr(f->faults, "KORONE__KEYS: no such setting"));
	assert_non_null(strstr(f->faults, "KORONE_lower_KEY: no such setting"));
	assert_non_null(strstr(f->faults, "KORONE_KEY: no such setting"));
	/* The others neither read nor keep them. */
	unsetenv("KORONE__KEYS");
	unsetenv("KORONE_lower_KEY");
	unsetenv("KORONE_KEY");
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_A_KEY", "x", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_int_equal(f->settings.module_keys.count, 0);
	assert_null(getenv("KORONE_A_KEY"));
}

static void test_env_file_is_under_the_environment(void **state)
{
	struct fixture *f = *state;
	char *path = write_file("# comment\n\nexport KORONE_POLL_TIMEOUT_S=7\n"
				"KORONE_MAX_ATTEMPTS=\"5\"\nKORONE_RUN_DIR=/from/file\n");

	setenv("KORONE_RUN_DIR", "/from/env", 1);
	assert_true(load(f, PROGRAM_INGRESS, path));
	assert_int_equal(f->settings.poll_timeout_s, 7);
	assert_int_equal(f->settings.max_attempts, 5);
	assert_string_equal(f->settings.run_dir, "/from/env");
	unlink(path);
}

static void test_env_file_faults_name_the_line(void **state)
{
	struct fixture *f = *state;
	char *path = write_file("KORONE_RUN_DIR=/x\nnonsense\n");

	assert_false(load(f, PROGRAM_INGRESS, path));
	assert_non_null(strstr(f->faults, ":2: is not NAME=value"));
	unlink(path);
}

/* Written by an editor that begins files with it, with the lines' ends of another system. */
static void test_env_file_may_begin_with_a_mark(void **state)
{
	struct fixture *f = *state;
	char *path = write_file("\xef\xbb\xbfKORONE_MAX_ATTEMPTS=5\r\nKORONE_RUN_DIR=/x\r\n");

	assert_true(load(f, PROGRAM_INGRESS, path));
	assert_string_equal(f->faults, "");
	assert_int_equal(f->settings.max_attempts, 5);
	assert_string_equal(f->settings.run_dir, "/x");
	unlink(path);
}

static void test_a_name_in_an_env_file_has_an_effect(void **state)
{
	struct fixture *f = *state;
	char *path = write_file("TELEGRAM_TOKEN=x\nDATABASE_URL =y\nREDIS_URL_FILE=/z\nFOO=1\n");

	assert_false(load(f, PROGRAM_INGRESS, path));
	assert_string_equal(f->faults, "\"TELEGRAM_TOKEN\" in the env file: no such setting; "
				       "--sample-env lists all\n"
				       "\"DATABASE_URL \" in the env file: no such setting; "
				       "--sample-env lists all\n"
				       "\"FOO\" in the env file: no such setting; "
				       "--sample-env lists all\n");
	unlink(path);
}

static void test_a_file_with_a_nul_is_refused(void **state)
{
	static const char utf16[] = "K\0O\0R\0";
	struct fixture *f = *state;
	char *path = write_file("");
	FILE *file = fopen(path, "w");

	fwrite(utf16, 1, sizeof(utf16), file);
	fclose(file);
	assert_false(load(f, PROGRAM_INGRESS, path));
	assert_non_null(strstr(f->faults, "has a NUL byte"));
	assert_null(strstr(f->faults, "NAME=value"));
	unsetenv("TELEGRAM_BOT_TOKEN");
	setenv("TELEGRAM_BOT_TOKEN_FILE", path, 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "TELEGRAM_BOT_TOKEN_FILE: "));
	assert_non_null(strstr(f->faults, "has a NUL byte"));
	unlink(path);
}

/* Nothing of a secret is left out silently. */
static void test_a_secrets_file_has_one_line(void **state)
{
	struct fixture *f = *state;
	char *path = write_file("654321:abcdefghijklmnopqrstuvwxyzabcdefghi\nand more\n");

	unsetenv("TELEGRAM_BOT_TOKEN");
	setenv("TELEGRAM_BOT_TOKEN_FILE", path, 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "has more than a line"));
	assert_null(strstr(f->faults, "and more"));
	unlink(path);
	path = write_file("\xef\xbb\xbf"
			  "654321:abcdefghijklmnopqrstuvwxyzabcdefghi\r\n\n");
	setenv("TELEGRAM_BOT_TOKEN_FILE", path, 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->settings.bot_token, "654321:abcdefghijklmnopqrstuvwxyzabcdefghi");
	unlink(path);
}

static void test_passwords_in_urls_are_masked(void **state)
{
	static const char *const refused[] = { "ftp://user:hunter2@host", "user:hunter2@host",
					       "//user:hunter2@host" };
	struct fixture *f = *state;
	char *printed;
	size_t size;
	FILE *out;

	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		setenv("TELEGRAM_API_URL", refused[i], 1);
		assert_false(load(f, PROGRAM_INGRESS, NULL));
		assert_non_null(strstr(f->faults, "TELEGRAM_API_URL: \"***@host\" is not a URL"));
		assert_null(strstr(f->faults, "hunter2"));
		setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	}
	setenv("TELEGRAM_API_URL", "http://user:hunter2@host:80/a", 1);
	setenv("KORONE_WEBHOOK_LISTEN", "127.0.0.1:8443", 1);
	setenv("KORONE_WEBHOOK_SECRET", "secret", 1);
	setenv("KORONE_WEBHOOK_URL", "https://user:hunter2@bot.example:443/hunter2?x=hunter2", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	out = open_memstream(&printed, &size);
	settings_print(&f->settings, PROGRAM_INGRESS, out);
	fclose(out);
	assert_non_null(strstr(printed, "TELEGRAM_API_URL=http://***@host:80/a\n"));
	assert_non_null(strstr(printed, "KORONE_WEBHOOK_URL=https://***@bot.example:443/***\n"));
	assert_null(strstr(printed, "hunter2"));
	free(printed);
}

/* What --check-config shows: each setting of the program as it counts, in its own form. */
static void test_each_kind_is_printed_as_it_counts(void **state)
{
	static const char *const lines[] = {
		"TELEGRAM_BOT_TOKEN=(set)\n",         "DATABASE_URL=(set)\n",
		"KORONE_RUN_DIR=/run/korone\n",       "KORONE_CURVE_DIR=\n",
		"KORONE_LOG_LEVEL=debug\n",           "KORONE_POOL_MAX=64\n",
		"KORONE_CHILD_MEMORY_MAX=67108864\n", "KORONE_OWNER_ID=77\n",
		"KORONE_OPERATORS=12,34\n",           "KORONE_HEALTH_LISTEN=127.0.0.1:9102\n",
		"KORONE_CRASH_UPDATE=redacted\n",
	};
	struct fixture *f = *state;
	char *printed;
	size_t size;
	FILE *out;

	setenv("DATABASE_URL", "postgresql:///db", 1);
	setenv("REDIS_URL", "redis://h", 1);
	setenv("KORONE_PRIVACY_KEY", "0123456789abcdef", 1);
	setenv("KORONE_LOG_LEVEL", "debug", 1);
	setenv("KORONE_CHILD_MEMORY_MAX", "64M", 1);
	setenv("KORONE_OWNER_ID", "77", 1);
	setenv("KORONE_OPERATORS", "12, 34", 1);
	setenv("KORONE_CRASH_UPDATE", "redacted", 1);
	if (!load(f, PROGRAM_WORKER, NULL))
		fail_msg("%s", f->faults);
	out = open_memstream(&printed, &size);
	settings_print(&f->settings, PROGRAM_WORKER, out);
	fclose(out);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		if (!strstr(printed, lines[i]))
			fail_msg("%s is not in %s", lines[i], printed);
	assert_null(strstr(printed, "KORONE_POLL_TIMEOUT_S"));
	free(printed);
	free(f->settings.operators.ids);
}

static void test_an_env_file_that_is_not_there_is_a_fault(void **state)
{
	struct fixture *f = *state;

	assert_false(load(f, PROGRAM_INGRESS, "/nowhere/korone.env"));
	assert_non_null(strstr(f->faults, "--env-file: "));
	assert_non_null(strstr(f->faults, "/nowhere/korone.env"));
}

/* Whether or not there is a webhook yet. */
static void test_a_webhooks_secret_is_always_checked(void **state)
{
	struct fixture *f = *state;

	setenv("KORONE_WEBHOOK_SECRET", "se cret", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "KORONE_WEBHOOK_SECRET: is not what Telegram accepts"));
}

static void test_secret_from_file(void **state)
{
	struct fixture *f = *state;
	char *path = write_file("654321:abcdefghijklmnopqrstuvwxyzabcdefghi\n");

	unsetenv("TELEGRAM_BOT_TOKEN");
	setenv("TELEGRAM_BOT_TOKEN_FILE", path, 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->settings.bot_token, "654321:abcdefghijklmnopqrstuvwxyzabcdefghi");
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "are both set"));
	unlink(path);
	unsetenv("TELEGRAM_BOT_TOKEN");
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "TELEGRAM_BOT_TOKEN_FILE: cannot open"));
}

static void test_secrets_are_wiped_and_masked(void **state)
{
	struct fixture *f = *state;
	char *token = getenv("TELEGRAM_BOT_TOKEN"), *printed;
	size_t size;
	FILE *out;

	setenv("DATABASE_URL", "postgresql://u:p@h/d", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_null(getenv("TELEGRAM_BOT_TOKEN"));
	assert_null(getenv("DATABASE_URL")); /* not even read by ingress, but gone */
	assert_int_equal(token[0], 0);       /* the bytes themselves */
	out = open_memstream(&printed, &size);
	settings_print(&f->settings, PROGRAM_INGRESS, out);
	fclose(out);
	assert_non_null(strstr(printed, "TELEGRAM_BOT_TOKEN=(set)\n"));
	assert_null(strstr(printed, "abcdefghijklmnop"));
	assert_non_null(strstr(printed, "KORONE_MAX_ATTEMPTS=2\n"));
	free(printed);
}

static void test_token_shape(void **state)
{
	struct fixture *f = *state;

	setenv("TELEGRAM_BOT_TOKEN", "hello world", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "TELEGRAM_BOT_TOKEN: does not look like a token"));
	assert_null(strstr(f->faults, "hello world"));
	setenv("TELEGRAM_BOT_TOKEN", "1234567890123456789:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "TELEGRAM_BOT_TOKEN: does not look like a token"));
}

static void test_webhook(void **state)
{
	struct fixture *f = *state;

	setenv("KORONE_WEBHOOK_URL", "https://bot.example/a%20b/?c=d/", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_non_null(strstr(f->faults, "KORONE_WEBHOOK_URL: needs KORONE_WEBHOOK_LISTEN"));
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_WEBHOOK_LISTEN", "127.0.0.1:8443", 1);
	setenv("KORONE_WEBHOOK_SECRET", "se cret", 1);
	setenv("KORONE_WEBHOOK_URL", "http://bot.example/hook#x", 1);
	assert_false(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(
		f->faults, "KORONE_WEBHOOK_SECRET: is not what Telegram accepts; allowed: 1 to 256 "
			   "of A-Z a-z 0-9 _ -\n"
			   "KORONE_WEBHOOK_URL: Telegram calls https only; allowed: "
			   "https://…\n");
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_WEBHOOK_SECRET", "secret_-A1", 1);
	setenv("KORONE_WEBHOOK_URL", "https://bot.example/a%20b/?c=d/", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->settings.webhook_url, "https://bot.example/a%20b/?c=d/");
	/* A private Bot API server may call other addresses. */
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("KORONE_WEBHOOK_SECRET", "secret", 1);
	setenv("TELEGRAM_API_URL", "http://127.0.0.1:8081", 1);
	setenv("KORONE_WEBHOOK_URL", "http://127.0.0.1:12345/hook/", 1);
	assert_true(load(f, PROGRAM_INGRESS, NULL));
	assert_string_equal(f->settings.webhook_url, "http://127.0.0.1:12345/hook/");
}

static void test_sample_loads(void **state)
{
	struct fixture *f = *state;
	char *text, *path;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	settings_sample(out);
	fclose(out);
	path = write_file(text);
	/* Required ones are left for the operator; all names are known. */
	load(f, PROGRAM_WORKER, path);
	assert_null(strstr(f->faults, "no such setting"));
	assert_non_null(strstr(f->faults, "DATABASE_URL: is required"));
	unlink(path);
	free(text);
}

/* Loads that one setting, with the secrets that loading takes out of the environment. */
static bool load_one(struct fixture *f, enum program_id program, const char *name,
		     const char *value)
{
	setenv("TELEGRAM_BOT_TOKEN", "123456:abcdefghijklmnopqrstuvwxyzabcdefghi", 1);
	setenv("DATABASE_URL", "postgresql://h/d", 1);
	setenv("REDIS_URL", "redis://h", 1);
	setenv("KORONE_PRIVACY_KEY", "0123456789abcdef", 1);
	setenv(name, value, 1);
	return load(f, program, NULL);
}

static void test_units_of_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes; /* -1: refused */
	} rows[] = {
		{ "67108864", 67108864 },
		{ "65536K", 64 << 20 },
		{ "65536 KiB", 64 << 20 },
		{ "65536kB", 64 << 20 },
		{ "1g", INT64_C(1) << 30 },
		{ "1T", INT64_C(1) << 40 },
		{ "1GX", -1 },
		{ "1X", -1 },
		{ "G", -1 },
		{ "-64M", -1 },
		{ "64M ", -1 },
		{ "1GiBs", -1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool good = load_one(f, PROGRAM_INGRESS, "KORONE_SPOOL_MAX_BYTES", rows[i].text);

		if (good != (rows[i].bytes >= 0))
			fail_msg("%s: %s", rows[i].text, f->faults);
		if (good)
			assert_int_equal(f->settings.spool_max_bytes, rows[i].bytes);
	}
}

static void test_numbers_within_their_limits(void **state)
{
	static const struct {
		const char *text;
		int64_t number; /* 0: refused */
	} rows[] = { { "1", 1 }, { "0", 0 }, { "2x", 0 }, { "", 2 }, { " ", 0 }, { "2.5", 0 } };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool good = load_one(f, PROGRAM_INGRESS, "KORONE_MAX_ATTEMPTS", rows[i].text);

		if (good != (rows[i].number > 0))
			fail_msg("%s: %s", rows[i].text, f->faults);
		if (good)
			assert_int_equal(f->settings.max_attempts, rows[i].number);
	}
}

/* What the documents say of each number: who reads it, its default and its limits. */
static void test_defaults_and_limits_of_numbers(void **state)
{
#define AT(field) offsetof(struct settings, field)
	static const struct {
		const char *name;
		enum program_id reader;
		size_t at;
		int64_t standard, least, most;
	} rows[] = {
		{ "KORONE_SPOOL_MAX_BYTES", PROGRAM_INGRESS, AT(spool_max_bytes), 1 << 30, 1 << 20,
		  INT64_C(1) << 50 },
		{ "KORONE_POLL_TIMEOUT_S", PROGRAM_INGRESS, AT(poll_timeout_s), 50, 0, 50 },
		{ "KORONE_MAX_ATTEMPTS", PROGRAM_INGRESS, AT(max_attempts), 2, 1, 10 },
		{ "KORONE_POOL_MIN", PROGRAM_WORKER, AT(pool_min), 2, 1, 512 },
		{ "KORONE_POOL_MAX", PROGRAM_WORKER, AT(pool_max), 64, 1, 512 },
		{ "KORONE_HANDLER_TIMEOUT_MS", PROGRAM_WORKER, AT(handler_timeout_ms), 30000, 10,
		  86400000 },
		{ "KORONE_LONG_TIMEOUT_MS", PROGRAM_WORKER, AT(long_timeout_ms), 600000, 10,
		  86400000 },
		{ "KORONE_CHILD_MAX_UPDATES", PROGRAM_WORKER, AT(child_max_updates), 100000, 1,
		  INT64_C(1) << 40 },
		{ "KORONE_CHILD_MEMORY_MAX", PROGRAM_WORKER, AT(child_memory_max), 256 << 20,
		  16 << 20, INT64_C(1) << 40 },
		{ "KORONE_SEND_INFLIGHT", PROGRAM_WORKER, AT(send_inflight), 1000, 1, 10000 },
		{ "KORONE_JOB_RATE", PROGRAM_WORKER, AT(job_rate), 15, 1, 1000 },
		{ "KORONE_OWNER_ID", PROGRAM_WORKER, AT(owner_id), 0, 1, INT64_C(1) << 52 },
		{ "KORONE_RECORDER_BATCH_ROWS", PROGRAM_RECORDER, AT(recorder_batch_rows), 1000, 1,
		  100000 },
		{ "KORONE_RECORDER_BATCH_MS", PROGRAM_RECORDER, AT(recorder_batch_ms), 200, 1,
		  60000 },
		{ "KORONE_CRASH_KEEP_HOURS", PROGRAM_CRASHD, AT(crash_keep_hours), 24, 1, 720 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const int64_t *value = (const int64_t *)(const void *)((const char *)&f->settings +
								       rows[i].at);

		setenv("KORONE_POOL_MIN", "1", 1); /* not above the maximum */
		setenv("KORONE_POOL_MAX", "512", 1);
		for (int64_t off = -1; off <= 1; off++) {
			char least[24], most[24];

			snprintf(least, sizeof(least), "%lld", (long long)(rows[i].least + off));
			snprintf(most, sizeof(most), "%lld", (long long)(rows[i].most + off));
			load_one(f, rows[i].reader, rows[i].name, least);
			if ((off < 0) != (strstr(f->faults, rows[i].name) != NULL))
				fail_msg("%s=%s: %s", rows[i].name, least, f->faults);
			if (off >= 0)
				assert_int_equal(*value, rows[i].least + off);
			load_one(f, rows[i].reader, rows[i].name, most);
			if (off > 0)
				assert_non_null(strstr(f->faults, rows[i].name));
			else
				assert_int_equal(*value, rows[i].most + off);
		}
		unsetenv(rows[i].name);
		memset(&f->settings, 0, sizeof(f->settings));
		load(f, rows[i].reader, NULL);
		assert_int_equal(*value, rows[i].standard);
	}
#undef AT
}

static void test_ids_of_operators(void **state)
{
	struct fixture *f = *state;

	assert_true(load_one(f, PROGRAM_WORKER, "KORONE_OPERATORS", "12, 34,56"));
	assert_int_equal(f->settings.operators.count, 3);
	assert_int_equal(f->settings.operators.ids[0], 12);
	assert_int_equal(f->settings.operators.ids[1], 34);
	assert_int_equal(f->settings.operators.ids[2], 56);
	free(f->settings.operators.ids);
	f->settings.operators = (struct id_list) { 0 };
	assert_false(load_one(f, PROGRAM_WORKER, "KORONE_OPERATORS", "0"));
	assert_false(load_one(f, PROGRAM_WORKER, "KORONE_OPERATORS", "-5"));
	assert_false(load_one(f, PROGRAM_WORKER, "KORONE_OPERATORS", "5;6"));
}

static void test_choices_urls_and_addresses(void **state)
{
	struct fixture *f = *state;

	assert_true(load_one(f, PROGRAM_INGRESS, "KORONE_LOG_FORMAT", "json"));
	assert_int_equal(f->settings.log_format, LOG_FORMAT_JSON);
	assert_true(load_one(f, PROGRAM_INGRESS, "KORONE_LOG_FORMAT", "logfmt"));
	assert_int_equal(f->settings.log_format, LOG_FORMAT_LOGFMT);
	assert_false(load_one(f, PROGRAM_INGRESS, "KORONE_LOG_FORMAT", "jso"));
	unsetenv("KORONE_LOG_FORMAT");
	assert_true(load_one(f, PROGRAM_INGRESS, "TELEGRAM_API_URL", "http://h:1//"));
	assert_string_equal(f->settings.api_url, "http://h:1");
	assert_false(load_one(f, PROGRAM_INGRESS, "TELEGRAM_API_URL", "ftp://h"));
	assert_false(load_one(f, PROGRAM_INGRESS, "TELEGRAM_API_URL", "https:/h"));
	unsetenv("TELEGRAM_API_URL");
	assert_true(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", "[::1]:65535"));
	assert_string_equal(f->settings.health_listen, "[::1]:65535");
	assert_true(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", "h:0"));
	assert_false(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", "h:65536"));
	assert_false(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", "h:-1"));
	assert_false(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", ":80"));
	assert_false(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", "h"));
	assert_false(load_one(f, PROGRAM_INGRESS, "KORONE_HEALTH_LISTEN", "h:"));
}

/* What --help prints fits a terminal, and no word of it is lost. */
static void test_help_is_whole_and_fits(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	settings_help(PROGRAM_WORKER, out);
	fclose(out);
	assert_non_null(strstr(text, "\n  DATABASE_URL  (required)  (secret; or _FILE)\n"));
	assert_non_null(strstr(text, "\n  KORONE_POOL_MAX  default: "));
	assert_null(strstr(text, "KORONE_SPOOL_DIR"));
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		bool is_name = line[2] != ' ';

		assert_memory_equal(line, "  ", 2);
		if (!is_name) {
			assert_memory_equal(line, "      ", 6);
			assert_int_not_equal(line[6], ' ');
			assert_in_range(strchr(line, '\n') - line, 7, 78);
		}
	}
	free(text);
}

/* No leak check: settings live as long as the program. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_directories_that_others_may_write, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_run_dir_moves_the_endpoints, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_all_faults_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_of_modules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_of_modules_that_are_wrong, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_url_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_endpoints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_the_readers_settings_count, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_env_file_is_under_the_environment, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_env_file_faults_name_the_line, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_env_file_may_begin_with_a_mark, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_name_in_an_env_file_has_an_effect, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_with_a_nul_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_secrets_file_has_one_line, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_passwords_in_urls_are_masked, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_webhooks_secret_is_always_checked, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_secret_from_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_secrets_are_wiped_and_masked, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_each_kind_is_printed_as_it_counts, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_an_env_file_that_is_not_there_is_a_fault,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_defaults_and_limits_of_numbers, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_token_shape, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_webhook, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sample_loads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_units_of_sizes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_numbers_within_their_limits, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_ids_of_operators, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_choices_urls_and_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_help_is_whole_and_fits, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
