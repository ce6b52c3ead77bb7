/* test_log.c - formats, fields that no value can forge, context, hidden secrets, complete lines. */
#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/utf8.h"
#include "common/why.h"

#define LOG_SUBSYSTEM "test"

static char captured[16384];

/* Runs fn in a child with stderr in a pipe; its output is in `captured`. */
static int capture(void (*fn)(void))
{
	int ends[2], status;
	size_t length = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		fn();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], captured + length, sizeof(captured) - 1 - length)) > 0)
		length += (size_t)got;
	captured[length] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	return status;
}

static void write_logfmt(void)
{
	struct trace_id trace = { .bytes = { 0xab, 0xcd, [15] = 1 } };

	log_open("ingress", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_context_trace(&trace);
	log_context_module("ping");
	log_notice("spool is \"open\"", log_text("path", "/x/y"), log_text("why", "two words"),
		   log_text("empty", ""));
	log_debug("not shown");
}

static void test_logfmt(void **state)
{
	(void)state;
	capture(write_logfmt);
	assert_non_null(strstr(captured, "Z level=notice process=ingress subsystem=test pid="));
	assert_non_null(strstr(captured,
			       " msg=\"spool is \\\"open\\\"\" path=/x/y why=\"two words\" "
			       "empty=\"\" trace_id=abcd0000000000000000000000000001 "
			       "module=ping\n"));
	assert_null(strstr(captured, "not shown"));
}

static void write_json(void)
{
	log_open("ingress", LOG_FORMAT_JSON, LOG_LEVEL_DEBUG);
	log_warn("went on \x01 without Redis", log_text("error", "said \"no\" to us"),
		 log_signed("retry_ms", 250));
}

static void test_json(void **state)
{
	json_t *line;

	(void)state;
	capture(write_json);
	line = json_loads(captured, 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
	assert_string_equal(json_string_value(json_object_get(line, "msg")),
			    "went on \x01 without Redis");
	assert_string_equal(json_string_value(json_object_get(line, "error")), "said \"no\" to us");
	assert_string_equal(json_string_value(json_object_get(line, "retry_ms")), "250");
	json_decref(line);
}

static void write_secrets(void)
{
	log_open("worker", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_secret("hunter2-hunter2");
	log_notice("password hunter2-hunter2, url "
		   "https://x/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456_-/getMe end",
		   log_text("text",
			    "password hunter2-hunter2, url "
			    "https://x/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456_-/getMe "
			    "end"));
}

static void test_secrets_are_hidden(void **state)
{
	(void)state;
	capture(write_secrets);
	assert_null(strstr(captured, "hunter2"));
	assert_null(strstr(captured, "AAabc"));
	assert_non_null(strstr(captured, "msg=\"password ***, url https://x/bot***/getMe end\""));
	assert_non_null(strstr(captured, "text=\"password ***, url https://x/bot***/getMe end\""));
}

static void write_long(void)
{
	char *text = calloc(1, 10000);

	memset(text, 'x', 9999);
	log_open("worker", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_notice("long", log_text("text", text));
	free(text);
}

static void test_long_lines_are_cut_and_end(void **state)
{
	(void)state;
	capture(write_long);
	assert_in_range(strlen(captured), 2000, 4096);
	assert_int_equal(captured[strlen(captured) - 1], '\n');
}

static void end_fatally(void)
{
	/* What a library frees at exit() is in use: other threads go on. */
	atexit(abort);
	fatal(74, "disk is gone", log_text("error", "no space"));
}

static void test_fatal_exits_with_its_code(void **state)
{
	int status;

	(void)state;
	status = capture(end_fatally);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 74);
	assert_non_null(strstr(captured, "level=error"));
	assert_non_null(strstr(captured, " msg=\"disk is gone\" error=\"no space\"\n"));
}

static void end_in_panic(void)
{
	panic("lane %d has no owner", 7);
}

static void test_panic_aborts_and_says_where(void **state)
{
	int status;

	(void)state;
	status = capture(end_in_panic);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(captured, "msg=\"lane 7 has no owner\" file=tests/unit/test_log.c"));
	assert_non_null(strstr(captured, "function=end_in_panic"));
}

static void panic_with_a_secret(void)
{
	char text[600];

	log_secret("correct-horse-battery");
	memset(text, '.', sizeof(text));
	snprintf(text + 500, sizeof(text) - 500, "correct-horse-battery");
	panic("%s", text);
}

static void test_a_panic_that_is_cut_has_no_part_of_a_secret(void **state)
{
	(void)state;
	assert_true(WIFSIGNALED(capture(panic_with_a_secret)));
	assert_non_null(strstr(captured, "....***\" file="));
	assert_null(strstr(captured, "corr"));
}

/* --- lines of this process --- */

enum style { LOGFMT, JSON, TERMINAL, STYLE_COUNT };

static struct {
	int file, standard_error;
	_Atomic uint64_t lost;
	char text[16384];
	size_t length;
} own;

static int begin(void **state)
{
	(void)state;
	own.file = memfd_create("lines", MFD_CLOEXEC);
	own.standard_error = dup(STDERR_FILENO);
	return own.file < 0 || own.standard_error < 0 || dup2(own.file, STDERR_FILENO) < 0;
}

static int end(void **state)
{
	(void)state;
	dup2(own.standard_error, STDERR_FILENO);
	close(own.standard_error);
	close(own.file);
	log_context_trace(NULL);
	log_context_module(NULL);
	return 0;
}

static void use(enum style style)
{
	log_share(&own.lost, style == TERMINAL);
	log_open("test", style == JSON ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT, LOG_LEVEL_DEBUG);
}

/* What was logged since the last call, which must be one line. */
static const char *line(void)
{
	ssize_t got = pread(own.file, own.text, sizeof(own.text) - 1, 0);

	assert_in_range(got, 1, 4096);
	own.length = (size_t)got;
	own.text[got] = '\0';
	assert_int_equal(ftruncate(own.file, 0), 0);
	assert_int_equal(lseek(own.file, 0, SEEK_SET), 0);
	assert_ptr_equal(strchr(own.text, '\n'), own.text + got - 1);
	return own.text;
}

/* The value of `key` as a strict reader of logfmt sees it; NULL without one. */
static const char *logfmt_value(const char *from, const char *key)
{
	static char value[8192];
	const char *found = NULL;

	while (*from != '\n') {
		size_t length = strcspn(from, "="), used = 0;
		bool wanted = length == strlen(key) && !strncmp(from, key, length);
		static char out[8192];

		assert_int_equal(from[length], '=');
		assert_true(strcspn(from, " \"\\") > length);
		from += length + 1;
		if (*from == '"') {
			for (from++; *from != '"'; from++) {
				assert_int_not_equal(*from, '\n');
				from += *from == '\\';
				out[used++] = *from;
			}
			from++;
		} else {
			while (*from != ' ' && *from != '\n') {
				assert_null(strchr("=\"\\", *from));
				out[used++] = *from++;
			}
		}
		out[used] = '\0';
		assert_true(*from == ' ' || *from == '\n');
		from += *from == ' ';
		if (wanted) {
			assert_null(found);
			memcpy(value, out, used + 1);
			found = value;
		}
	}
	return found;
}

static json_t *json_line(void)
{
	json_error_t error;
	json_t *root = json_loads(line(), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (!root)
		fail_msg("%s: %s", error.text, own.text);
	return root;
}

static const char *const forgeries[] = {
	"x\" level=error forged=1 y=\"",
	"x level=error forged=1",
	"x\\\" level=error forged=1 \\",
	"x\\",
	"\"",
	"a=b",
	"=",
	"x\nts=2026-01-01T00:00:00.000Z level=error forged=1",
	"x\r\nlevel=error",
	"\",\"forged\":\"1",
	"x\xe2\x80\xa8level=error",
	"\033[31mlevel=error",
};

static void a_value_forges_no_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(*forgeries); i++) {
		json_t *root;

		use(LOGFMT);
		log_notice("received", log_text("first", forgeries[i]), log_text("last", "end"));
		assert_string_equal(logfmt_value(line(), "level"), "notice");
		assert_null(logfmt_value(own.text, "forged"));
		assert_string_equal(logfmt_value(own.text, "last"), "end");
		if (!strpbrk(forgeries[i], "\n\r\033\xe2"))
			assert_string_equal(logfmt_value(own.text, "first"), forgeries[i]);

		use(JSON);
		log_notice("received", log_text("first", forgeries[i]), log_text("last", "end"));
		root = json_line();
		assert_int_equal(json_object_size(root), 8);
		assert_string_equal(json_string_value(json_object_get(root, "first")),
				    forgeries[i]);
		assert_string_equal(json_string_value(json_object_get(root, "level")), "notice");
		json_decref(root);
	}
}

static void a_terminal_gets_no_control_characters(void **state)
{
	(void)state;
	use(TERMINAL);
	log_notice("hello", log_text("text", "\033]0;title\a \xc2\x9b"
					     "1m \x7f \xe2\x80\xae \xe2\x81\xa9 \xc3\xa4"));
	assert_non_null(strstr(line(), " text=\"\\u001b]0;title\\u0007 \\u009b1m \\u007f \\u202e "
				       "\\u2069 \xc3\xa4\"\033[0m\n"));
	/* The marks turn a text around, too. */
	log_notice("hello", log_text("text", "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f"));
	assert_non_null(strstr(line(), " text=\"\\u061c\\u200e\\u200f\"\033[0m\n"));
}

static void numbers_are_written_whole(void **state)
{
	json_t *root;

	(void)state;
	use(LOGFMT);
	log_notice("numbers", log_unsigned("u", UINT64_MAX), log_signed("s", INT64_MIN),
		   log_hex("h", UINT64_C(0xabc)));
	assert_non_null(strstr(line(), " u=18446744073709551615 s=-9223372036854775808 "
				       "h=0000000000000abc\n"));
	use(JSON);
	log_notice("numbers", log_unsigned("u", 7));
	root = json_line();
	assert_string_equal(json_string_value(json_object_get(root, "u")), "7");
	json_decref(root);
}

static void empty_values_are_values(void **state)
{
	static const char *const ends[STYLE_COUNT] = {
		[LOGFMT] = " a=\"\" b=\"\" c=\"\" d=1\n",
		[JSON] = "\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"1\"}\n",
		[TERMINAL] = " a=\"\" b=\"\" c=\"\" d=1\033[0m\n",
	};

	(void)state;
	for (enum style style = 0; style < STYLE_COUNT; style++) {
		use(style);
		log_notice("empty", log_text("a", ""), log_text("b", NULL), log_bytes("c", "x", 0),
			   log_unsigned("d", 1));
		assert_non_null(strstr(line(), ends[style]));
	}
}

static void every_level_in_every_format(void **state)
{
	static const char *const names[] = { "error", "warn", "notice", "debug" };

	(void)state;
	for (enum style style = 0; style < STYLE_COUNT; style++) {
		use(style);
		for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
			log_at(level, "no field");
			assert_non_null(strstr(line(), names[level]));
			assert_non_null(strstr(own.text, "no field"));
			log_at(level, "a field", log_text("key", "value"));
			assert_non_null(strstr(line(), style == JSON ? ",\"key\":\"value\""
								     : " key=value"));
		}
	}
}

static void what_is_not_logged_is_not_made(void **state)
{
	int made = 0;

	(void)state;
	use(LOGFMT);
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_debug("not shown", log_signed("made", ++made));
	log_notice("shown", log_signed("made", made));
	assert_non_null(strstr(line(), " made=0\n"));
}

/* --- secrets --- */

static void the_cut_leaves_no_part_of_a_secret(void **state)
{
	static const char *const secrets[] = { "correct-horse-battery",
					       "123456789:AAabcdefghijklmnopqrstuvwxyz0123456_-" };
	char text[2200];

	(void)state;
	use(LOGFMT);
	log_secret("correct-horse-battery");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		for (size_t at = 1980; at < 2060; at++) {
			memset(text, '.', sizeof(text));
			memcpy(text + at, secrets[i], strlen(secrets[i]));
			log_notice("long", log_bytes("text", text, sizeof(text)));
			line();
			for (size_t from = 0; from < strlen(secrets[i]) - 3; from++)
				assert_null(memmem(own.text, own.length, secrets[i] + from, 4));
		}
}

static void secrets_that_overlap_are_hidden_as_one(void **state)
{
	char text[] = "say QRSTUVWXYZ, STUV and UVWXYZ1234 or QRSTUVWXYZ1234";

	(void)state;
	log_secret("QRSTUVWXYZ");
	log_secret("UVWXYZ1234");
	log_secret("STUV");
	log_secret("QRST");
	assert_string_equal(log_redact(text), "say ***, *** and *** or ***");
}

static void a_token_has_digits_and_thirty_characters(void **state)
{
	char shortest[] = "x123456:AAbcdefghijklmnopqrstuvwxyz_-9 y";
	char too_short[] = "x123456:AAbcdefghijklmnopqrstuvwxyz_9 y";

	(void)state;
	assert_string_equal(log_redact(shortest), "x*** y");
	assert_string_equal(log_redact(too_short), "x123456:AAbcdefghijklmnopqrstuvwxyz_9 y");
}

static void logins_of_urls_are_hidden(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "no http://user:pw@proxy:3128/x, no", "no http://***@proxy:3128/x, no" },
		{ "https://token@host", "https://***@host" },
		{ "redis://:p@h redis://a@h", "redis://**@h redis://*@h" },
		{ "https://u:p@ss/w#rd?@host/x", "https://***@host/x" },
		{ "http://[::1]:80/a@b https://host/@name https://host", NULL },
		{ "redis://[user:password@]host, mail a@b, ://@", NULL },
		{ "a \"https://u:p\"@x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s", cases[i].text);
		assert_string_equal(log_redact(text),
				    cases[i].shown ? cases[i].shown : cases[i].text);
	}
}

static void what_is_no_token_stays(void **state)
{
	char text[] = "12345:AAabcdefghijklmnopqrstuvwxyz0123456 12:30 1234567890 "
		      "123456789:short 2026-11-29T08:00:00";
	char copy[sizeof(text)];

	(void)state;
	memcpy(copy, text, sizeof(text));
	assert_string_equal(log_redact(text), copy);
}

static void a_copy_ends_between_characters(void **state)
{
	static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82";
	static const size_t lengths[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
	char out[sizeof(text) + 1];

	(void)state;
	for (size_t size = 1; size <= sizeof(out); size++) {
		memset(out, 'x', sizeof(out));
		assert_int_equal(log_redact_copy(out, size, text, strlen(text)), lengths[size - 1]);
		assert_int_equal(strlen(out), lengths[size - 1]);
		assert_memory_equal(out, text, lengths[size - 1]);
	}
}

static void a_reason_that_is_cut_has_no_part_of_a_secret(void **state)
{
	char text[WHY_SIZE + 100];
	struct why why;

	(void)state;
	log_secret("correct-horse-battery");
	for (size_t at = WHY_SIZE - 30; at < WHY_SIZE; at++) {
		memset(text, '.', sizeof(text));
		snprintf(text + at, sizeof(text) - at, "correct-horse-battery");
		assert_false(why_set(&why, "%s", text));
		assert_null(strstr(why.text, "corr"));
		assert_false(why_prefix(&why, "a prefix"));
		assert_int_equal(strncmp(why.text, "a prefix: ...", 13), 0);
	}
}

/* What a path that is too long is part of still says what is wrong with it. */
static void a_reason_that_is_cut_keeps_its_cause(void **state)
{
	char path[2 * WHY_SIZE] = "/";
	struct why why;

	(void)state;
	for (size_t i = 1; i + 2 < sizeof(path); i += 2)
		memcpy(path + i, "é", 2);
	assert_false(why_set(&why, "cannot open %s: %s", path, "File name too long"));
	assert_int_equal(strncmp(why.text, "cannot open /é", strlen("cannot open /é")), 0);
	assert_non_null(strstr(why.text, "…"));
	assert_string_equal(why.text + strlen(why.text) - strlen("é: File name too long"),
			    "é: File name too long");
	assert_in_range(strlen(why.text), WHY_SIZE - 8, WHY_SIZE - 1);
	for (const char *at = why.text; *at; at += utf8_character(at, strlen(at)))
		assert_true(utf8_character(at, strlen(at)) > 0);
	assert_false(why_prefix(&why, "the spool"));
	assert_non_null(strstr(why.text, "File name too long"));
	memset(path, 'x', WHY_SIZE - 1);
	path[WHY_SIZE - 1] = '\0';
	assert_false(why_set(&why, "%s", path));
	assert_string_equal(why.text, path); /* it just fits */
}

/* --- whole lines --- */

static const char *const ends[STYLE_COUNT] = {
	[LOGFMT] = " trace_id=abcd0000000000000000000000000001 module=ping\n",
	[JSON] = ",\"trace_id\":\"abcd0000000000000000000000000001\",\"module\":\"ping\"}\n",
	[TERMINAL] = " trace_id=abcd0000000000000000000000000001 module=ping\033[0m\n",
};

static void set_context(void)
{
	const struct trace_id trace = { .bytes = { 0xab, 0xcd, [15] = 1 } };

	log_context_trace(&trace);
	log_context_module("ping");
}

static void check_end(enum style style)
{
	size_t length = strlen(ends[style]);

	assert_true(own.length > length);
	assert_string_equal(own.text + own.length - length, ends[style]);
}

/* However the last field was cut, a reader can parse the line. */
static void a_full_line_is_a_whole_line(void **state)
{
	char filling[2048];

	(void)state;
	memset(filling, '-', sizeof(filling));
	set_context();
	for (enum style style = 0; style < STYLE_COUNT; style++) {
		use(style);
		for (size_t room = 1700; room < 2048; room++) {
			log_notice("full", log_bytes("first", filling, sizeof(filling)),
				   log_bytes("second", filling, room),
				   log_text("text", "a \xf0\x9f\x99\x82\n\"\xff"),
				   log_unsigned("number", UINT64_C(1234567890)),
				   log_unsigned("n", 5));
			if (style == JSON)
				json_decref(json_line());
			else
				line();
			check_end(style);
			assert_null(
				strstr(own.text, style == JSON ? "\"text\":\"\"" : "text=\"\""));
			if (strstr(own.text, "number"))
				assert_non_null(
					strstr(own.text, style == JSON ? "\"number\":\"1234567890\""
								       : " number=1234567890 "));
			if (style == LOGFMT)
				assert_string_equal(logfmt_value(own.text, "module"), "ping");
		}
		assert_null(strstr(own.text, "number"));
	}
}

static void a_long_context_leaves_a_whole_line(void **state)
{
	char module[1000];

	(void)state;
	memset(module, 'm', sizeof(module) - 1);
	module[sizeof(module) - 1] = '\0';
	log_context_module(module);
	use(JSON);
	log_notice("long", log_text("key", "value"));
	json_decref(json_line());
	assert_non_null(strstr(own.text, "\"key\":\"value\",\"module\":\"mmm"));
	use(LOGFMT);
	log_notice("long", log_text("key", "value"));
	assert_string_equal(logfmt_value(line(), "key"), "value");
	use(TERMINAL);
	log_notice("long");
	assert_string_equal(line() + own.length - 6, "m\033[0m\n");
}

static void a_value_is_cut_between_characters(void **state)
{
	static const char *const characters[] = { "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x99\x82" };
	char text[6000];

	(void)state;
	use(JSON);
	for (size_t i = 0; i < 3; i++)
		for (size_t before = 0; before < 4; before++) {
			size_t length = strlen(characters[i]), size = before;
			const char *value;
			json_t *root;

			memset(text, 'x', before);
			for (; size + length <= sizeof(text); size += length)
				memcpy(text + size, characters[i], length);
			log_notice("long", log_bytes("text", text, size));
			root = json_line();
			value = json_string_value(json_object_get(root, "text"));
			assert_int_equal((strlen(value) - before) % length, 0);
			assert_in_range(strlen(value), 2040, 2048);
			assert_memory_equal(value, text, strlen(value));
			json_decref(root);
		}
}

static void random_bytes_are_valid_json(void **state)
{
	uint8_t bytes[3000];

	(void)state;
	srand(5);
	use(JSON);
	for (int round = 0; round < 20000; round++) {
		size_t length = (size_t)rand() % (round % 50 ? 40 : sizeof(bytes));
		json_t *root;

		for (size_t i = 0; i < length; i++)
			bytes[i] = (uint8_t)(rand() >> 7 | (round & 1 ? 0x80 : 0));
		log_notice("bytes", log_bytes("first", bytes, length),
			   log_bytes("second", bytes, length), log_unsigned("n", 1));
		root = json_line();
		assert_non_null(json_object_get(root, "first"));
		json_decref(root);
		use(LOGFMT);
		log_notice("bytes", log_bytes("first", bytes, length), log_unsigned("n", 1));
		line();
		if (length < 40)
			assert_string_equal(logfmt_value(own.text, "n"), "1");
		else
			assert_string_equal(logfmt_value(own.text, "level"), "notice");
		use(JSON);
	}
}

static void malformed_bytes_become_replacements(void **state)
{
	(void)state;
	use(LOGFMT);
	log_notice("bytes", log_text("overlong", "\xc0\xaf"), log_text("surrogate", "\xed\xa0\x80"),
		   log_text("beyond", "\xf4\x90\x80\x80"), log_text("broken", "\xe2\x82"),
		   log_bytes("nul", "a\0b", 3));
	assert_non_null(strstr(line(), " overlong=\"\\ufffd\\ufffd\" "
				       "surrogate=\"\\ufffd\\ufffd\\ufffd\" "
				       "beyond=\"\\ufffd\\ufffd\\ufffd\\ufffd\" "
				       "broken=\"\\ufffd\\ufffd\" nul=\"a\\u0000b\"\n"));
}

/* Each write is a datagram. */
static void a_line_is_one_write(void **state)
{
	char text[3000], got[8192];
	int ends_of[2];

	(void)state;
	memset(text, '"', sizeof(text));
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends_of), 0);
	dup2(ends_of[1], STDERR_FILENO);
	for (enum style style = 0; style < STYLE_COUNT; style++) {
		use(style);
		log_notice("one", log_bytes("text", text, sizeof(text)));

		ssize_t size = recv(ends_of[0], got, sizeof(got), MSG_DONTWAIT);

		assert_in_range(size, 4090, 4096);
		assert_int_equal(got[size - 1], '\n');
		assert_int_equal(recv(ends_of[0], got, sizeof(got), MSG_DONTWAIT), -1);
	}
	close(ends_of[0]);
	close(ends_of[1]);
}

/* No leak check: children of fork() end by exit(). */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

#define OWN(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logfmt),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_secrets_are_hidden),
		cmocka_unit_test(test_long_lines_are_cut_and_end),
		cmocka_unit_test(test_fatal_exits_with_its_code),
		cmocka_unit_test(test_panic_aborts_and_says_where),
		cmocka_unit_test(test_a_panic_that_is_cut_has_no_part_of_a_secret),
		OWN(a_value_forges_no_field),
		OWN(a_terminal_gets_no_control_characters),
		OWN(numbers_are_written_whole),
		OWN(empty_values_are_values),
		OWN(every_level_in_every_format),
		OWN(what_is_not_logged_is_not_made),
		OWN(the_cut_leaves_no_part_of_a_secret),
		OWN(secrets_that_overlap_are_hidden_as_one),
		OWN(a_token_has_digits_and_thirty_characters),
		OWN(what_is_no_token_stays),
		OWN(a_copy_ends_between_characters),
		OWN(logins_of_urls_are_hidden),
		OWN(a_reason_that_is_cut_has_no_part_of_a_secret),
		OWN(a_reason_that_is_cut_keeps_its_cause),
		OWN(a_full_line_is_a_whole_line),
		OWN(a_long_context_leaves_a_whole_line),
		OWN(a_value_is_cut_between_characters),
		OWN(random_bytes_are_valid_json),
		OWN(malformed_bytes_become_replacements),
		OWN(a_line_is_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
