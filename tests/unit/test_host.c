/* test_host.c - the host around the handlers: which modules are loaded, what is queued, what people
 * are told, and that /op_crash ends a process in each of its ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buffer.h"
#include "ingress/update/transcode.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"
#include "workers/modules/modules.h"

extern const struct module translate_module;

struct fixture {
	struct settings settings;
	struct host *host;
	struct fake_storage *memory;
	struct capture_slot *slot;
	struct buffer body;
	struct host_outcome outcome;
};

static void call_nobody(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	(void)owner;
	(void)call;
	(void)arena;
	*out = (struct call_result) { .status = CALL_FAILED };
}

static void release_nothing(void *owner)
{
	(void)owner;
}

static struct settings settings_for_tests(void)
{
	static int64_t operators[] = { 7 };

	return (struct settings) {
		.modules_load = "*",
		.modules_not_load = "",
		.links_sites = "all",
		.default_locale = "en_US",
		.privacy_key = "key",
		.owner_id = 8,
		.operators = { operators, 1 },
	};
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct fake_storage *memory = fixture->memory = fake_storage_create();
	const struct host_services services = { .call = call_nobody,
						.release = release_nothing,
						.storage = &fake_storage_table,
						.storage_owner = memory };
	struct why why;

	fixture->settings = settings_for_tests();
	fixture->slot = calloc(1, sizeof(*fixture->slot));
	fixture->host = host_create(compiled_modules, &fixture->settings, &why);
	if (!fixture->host)
		return -1;
	host_start(fixture->host, &(struct bot) { .id = 1, .username = "korone_bot" }, &services,
		   fixture->slot);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	host_destroy(fixture->host);
	fake_storage_destroy(fixture->memory);
	buffer_finish(&fixture->body);
	free(fixture->slot);
	free(fixture);
	return 0;
}

static void handle(struct fixture *fixture, enum update_kind kind, unsigned flags, const char *json)
{
	struct message_item item = {
		.seq = 1, .kind = kind, .attempt = 1, .flags = (uint8_t)flags
	};
	struct why why;

	buffer_clear(&fixture->body);
	if (!transcode(json, strlen(json), &fixture->body, &why))
		fail_msg("%s", why.text);
	memset(item.trace.bytes, 0xab, sizeof(item.trace.bytes));
	item.body = (struct text) { (char *)buffer_unread(&fixture->body),
				    buffer_unread_size(&fixture->body) };
	host_handle(fixture->host, &item, &fixture->outcome);
}

/* A text of user 7 (an operator) in a private chat. */
static void say(struct fixture *fixture, const char *text)
{
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"message\":{\"message_id\":5,"
		 "\"from\":{\"id\":7,\"is_bot\":false,\"first_name\":\"Olga\"},"
		 "\"chat\":{\"id\":7,\"type\":\"private\"},\"text\":\"%s\"}}",
		 text);
	handle(fixture, KIND_MESSAGE, 0, json);
}

static void assert_call(const struct fixture *fixture, size_t index, const char *method,
			const char *body)
{
	const struct call *call;

	assert_true(index < fixture->outcome.calls_count);
	call = &fixture->outcome.calls[index];
	assert_true(text_is(call->method, method));
	assert_int_equal(call->body.length, strlen(body));
	assert_memory_equal(call->body.data, body, strlen(body));
}

static void assert_call_begins(const struct fixture *fixture, size_t index, const char *body)
{
	const struct call *call = &fixture->outcome.calls[index];

	assert_true(index < fixture->outcome.calls_count);
	assert_in_range(call->body.length, strlen(body), SIZE_MAX);
	assert_memory_equal(call->body.data, body, strlen(body));
}

/* --- modules ---------------------------------------------------------------------------------- */

static void modules_can_be_chosen(void **state)
{
	struct settings settings = settings_for_tests();
	struct why why;
	struct host *host;

	(void)state;
	settings.modules_load = "ping, help";
	host = host_create(compiled_modules, &settings, &why);
	assert_int_equal(host_kinds(host), 1u << KIND_MESSAGE | 1u << KIND_CALLBACK_QUERY);
	host_destroy(host);
	/* Rights follow changes of membership, and are asked for with buttons of the host's own. */
	settings.modules_load = "disabling";
	host = host_create(compiled_modules, &settings, &why);
	assert_int_equal(host_kinds(host), 1u << KIND_MESSAGE | 1u << KIND_CALLBACK_QUERY |
						   1u << KIND_CHAT_MEMBER |
						   1u << KIND_MY_CHAT_MEMBER);
	host_destroy(host);
	settings.modules_load = "";
	host = host_create(compiled_modules, &settings, &why);
	assert_int_equal(host_kinds(host), 0);
	host_destroy(host);
}

/* Of several that it needs one is enough, and the module knows which. */
static void a_module_is_there_with_any_of_its_keys(void **state)
{
	static const struct {
		const char *key, *state; /* NULL: it is not loaded */
	} rows[] = {
		{ "KORONE_OTHER_KEY", NULL },
		{ "KORONE_DEEPL_KEY", "api-free.deepl.com" },
		{ "KORONE_DEEPL_PRO_KEY", "api.deepl.com" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct module_key key = { .name = rows[i].key, .value = "x" };
		struct settings settings = settings_for_tests();
		struct why why = { "" };
		struct host *host;

		settings.modules_load = "translate";
		settings.module_keys = (struct module_keys) { .all = &key, .count = 1 };
		host = host_create(compiled_modules, &settings, &why);
		assert_non_null(host);
		assert_int_equal(host_kinds(host), rows[i].state ? 1u << KIND_MESSAGE : 0);
		if (rows[i].state)
			assert_string_equal(translate_module.open(&settings, &why), rows[i].state);
		host_destroy(host);
	}
}

static void a_module_that_is_not_there_is_refused_by_name(void **state)
{
	struct settings settings = settings_for_tests();
	struct why why;
	size_t last = 0;

	(void)state;
	while (compiled_modules[last + 1])
		last++;
	settings.modules_not_load = "ping,pong";
	assert_null(host_create(compiled_modules, &settings, &why));
	assert_non_null(strstr(why.text, "KORONE_MODULES_NOT_LOAD: unknown module \"pong\""));
	/* The first and the last of those that there are: what is too long loses its middle. */
	assert_non_null(strstr(why.text, compiled_modules[0]->name));
	assert_non_null(strstr(why.text, compiled_modules[1]->name));
	assert_non_null(strstr(why.text, compiled_modules[last]->name));
}

static void *refuse_to_open(const struct settings *settings, struct why *why)
{
	(void)settings;
	why_set(why, "no key");
	return NULL;
}

static void a_module_that_does_not_open_is_refused_by_name(void **state)
{
	static const struct route none[] = { END_OF_ROUTES };
	static const struct module closed = { .name = "closed",
					      .open = refuse_to_open,
					      .routes = none };
	static const struct module *const modules[] = { &closed, NULL };
	struct settings settings = settings_for_tests();
	struct why why;

	(void)state;
	assert_null(host_create(modules, &settings, &why));
	assert_string_equal(why.text, "module \"closed\": no key");
}

static void a_locale_that_is_not_there_is_refused(void **state)
{
	struct settings settings = settings_for_tests();
	struct why why;

	(void)state;
	settings.default_locale = "xx_YY";
	assert_null(host_create(compiled_modules, &settings, &why));
	assert_non_null(strstr(why.text, "KORONE_DEFAULT_LOCALE"));
}

/* --- what goes out ---------------------------------------------------------------------------- */

static void a_reply_names_chat_message_and_text(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "/ping <b>");
	assert_int_equal(fixture->outcome.end, HOST_DONE);
	assert_int_equal(fixture->outcome.calls_count, 1);
	assert_int_equal(fixture->outcome.calls[0].chat_id, 7);
	assert_call(
		fixture, 0, "sendMessage",
		"{\"chat_id\":7,\"text\":\"pong <b>\","
		"\"link_preview_options\":{\"is_disabled\":true},"
		"\"reply_parameters\":{\"message_id\":5,\"allow_sending_without_reply\":true}}");
}

static void what_nobody_wants_costs_no_call(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "hello");
	assert_int_equal(fixture->outcome.calls_count, 0);
	handle(fixture, KIND_POLL, 0, "{\"update_id\":1,\"poll\":{}}");
	assert_int_equal(fixture->outcome.calls_count, 0);
	handle(fixture, KIND_UNKNOWN, 0, "{\"update_id\":1,\"novelty\":{}}");
	assert_int_equal(fixture->outcome.calls_count, 0);
}

static void a_command_without_person_or_chat_reaches_nobody(void **state)
{
	struct fixture *fixture = *state;

	handle(fixture, KIND_MESSAGE, 0,
	       "{\"message\":{\"text\":\"/ping\",\"chat\":{\"id\":1,\"type\":\"private\"}}}");
	assert_int_equal(fixture->outcome.calls_count, 0);
	handle(fixture, KIND_MESSAGE, 0, "{\"message\":{\"text\":\"/ping\",\"from\":{\"id\":7}}}");
	assert_int_equal(fixture->outcome.calls_count, 0);
	handle(fixture, KIND_MESSAGE, 0,
	       "{\"message\":{\"text\":\"/ping\",\"from\":{\"id\":\"7\"},"
	       "\"chat\":{\"id\":1,\"type\":\"novelty\"}}}");
	assert_int_equal(fixture->outcome.calls_count, 0);
	assert_int_equal(fixture->outcome.end, HOST_DONE);
}

static void every_press_is_answered_while_telegram_takes_answers(void **state)
{
	static const char press[] =
		"{\"update_id\":1,\"callback_query\":{\"id\":\"77\",\"data\":\"nobody's\","
		"\"from\":{\"id\":7}}}";
	struct fixture *fixture = *state;

	handle(fixture, KIND_CALLBACK_QUERY, 0, press);
	assert_int_equal(fixture->outcome.calls_count, 1);
	assert_call(fixture, 0, "answerCallbackQuery", "{\"callback_query_id\":\"77\"}");
	handle(fixture, KIND_CALLBACK_QUERY, ITEM_LATE, press);
	assert_int_equal(fixture->outcome.calls_count, 0);
}

static void the_command_lists_are_set_for_each_scope_and_language(void **state)
{
	struct fixture *fixture = *state;
	const struct call *calls;
	size_t count = host_start_calls(fixture->host, &calls);

	assert_int_equal(count, 9);
	for (size_t i = 0; i < count; i++) {
		assert_true(text_is(calls[i].method, "setMyCommands"));
		assert_non_null(memmem(calls[i].body.data, calls[i].body.length,
				       "{\"command\":\"ping\",", 18));
		assert_null(memmem(calls[i].body.data, calls[i].body.length, "op_crash", 8));
	}
}

/* --- trouble ---------------------------------------------------------------------------------- */

static void a_failure_is_reported_and_the_person_told(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "/op_crash error");
	assert_int_equal(fixture->outcome.end, HOST_FAILED);
	assert_string_equal(fixture->outcome.module, "op_crash");
	assert_string_equal(fixture->outcome.handler, "op_crash");
	assert_string_equal(fixture->outcome.function, "op_crash");
	assert_string_equal(fixture->outcome.file, "workers/modules/op_crash.c");
	assert_true(fixture->outcome.line > 0);
	assert_string_equal(fixture->outcome.reason, "the operator asked for an error");
	assert_int_equal(fixture->outcome.calls_count, 1);
	assert_non_null(memmem(fixture->outcome.calls[0].body.data,
			       fixture->outcome.calls[0].body.length,
			       "abababababababababababababababab", 32));
}

static void tell_incident(struct fixture *fixture, const struct incident *incident)
{
	struct buffer body = { 0 };
	struct message_item item = { .seq = 1, .kind = incident->kind, .flags = ITEM_INCIDENT };

	memset(item.trace.bytes, 0xab, sizeof(item.trace.bytes));
	incident_encode(incident, &body);
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	host_handle(fixture->host, &item, &fixture->outcome);
	buffer_finish(&body);
	assert_int_equal(fixture->outcome.end, HOST_DONE);
}

static void an_incident_is_told_where_it_happened(void **state)
{
	struct fixture *fixture = *state;
	struct incident incident = {
		.kind = KIND_CALLBACK_QUERY,
		.chat_id = -100,
		.chat_type = text_of("supergroup"),
		.thread_id = 9,
		.query_id = text_of("77"),
	};

	tell_incident(fixture, &incident);
	assert_int_equal(fixture->outcome.calls_count, 2);
	assert_call(fixture, 0, "sendMessage",
		    "{\"chat_id\":-100,\"message_thread_id\":9,\"text\":"
		    "\"Something went wrong here, and it has been reported.\\n"
		    "Reference: abababababababababababababababab\",\"entities\":"
		    "[{\"type\":\"code\",\"offset\":64,\"length\":32}],"
		    "\"link_preview_options\":{\"is_disabled\":true}}");
	assert_call(fixture, 1, "answerCallbackQuery", "{\"callback_query_id\":\"77\"}");
}

static void an_incident_is_told_to_whom_it_happened(void **state)
{
	struct fixture *fixture = *state;
	struct incident incident = {
		.kind = KIND_MESSAGE,
		.chat_id = -100,
		.chat_type = text_of("supergroup"),
		.direct_topic_id = 88,
	};

	tell_incident(fixture, &incident);
	assert_call_begins(fixture, 0,
			   "{\"chat_id\":-100,\"direct_messages_topic_id\":88,\"text\":");
	incident = (struct incident) { .kind = KIND_BUSINESS_MESSAGE,
				       .chat_id = 5,
				       .chat_type = text_of("private"),
				       .business_connection = text_of("bc") };
	tell_incident(fixture, &incident);
	assert_call_begins(fixture, 0,
			   "{\"chat_id\":5,\"business_connection_id\":\"bc\",\"text\":");
	incident = (struct incident) { .kind = KIND_MESSAGE,
				       .chat_id = -200,
				       .chat_type = text_of("supergroup"),
				       .receiver_id = 12 };
	tell_incident(fixture, &incident);
	assert_call_begins(fixture, 0,
			   "{\"chat_id\":-200,\"ephemeral_message_parameters\":{"
			   "\"receiver_user_id\":12},\"text\":");
}

static void channels_are_never_told(void **state)
{
	struct fixture *fixture = *state;
	struct incident incident = {
		.kind = KIND_CHANNEL_POST,
		.chat_id = -100,
		.chat_type = text_of("channel"),
	};

	tell_incident(fixture, &incident);
	assert_int_equal(fixture->outcome.calls_count, 0);
	incident.chat_id = 0;
	incident.chat_type = (struct text) { 0 };
	tell_incident(fixture, &incident);
	assert_int_equal(fixture->outcome.calls_count, 0);
}

static void an_incident_that_cannot_be_read_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	struct message_item item = { .flags = ITEM_INCIDENT, .body = text_of("\xc1") };

	host_handle(fixture->host, &item, &fixture->outcome);
	assert_int_equal(fixture->outcome.end, HOST_DONE);
	assert_int_equal(fixture->outcome.calls_count, 0);
}

/* --- /op_crash -------------------------------------------------------------------------------- */

/* How a process that handles the command ends, in the form of wait(2). */
static int end_of(struct fixture *fixture, const char *text, unsigned seconds)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };
		const struct rlimit memory = { 1u << 30, 1u << 30 };

		setrlimit(RLIMIT_CORE, &no_core);
		if (strcmp(text, "/op_crash memory") == 0)
			setrlimit(RLIMIT_AS, &memory);
		for (int signo = 1; signo < 32; signo++)
			signal(signo, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(99);
		alarm(seconds);
		say(fixture, text);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void each_way_ends_the_process_just_so(void **state)
{
	static const struct {
		const char *text;
		int signo;
	} rows[] = {
		{ "/op_crash", SIGSEGV },          { "/op_crash segv", SIGSEGV },
		{ "/op_crash abort", SIGABRT },    { "/op_crash fpe", SIGFPE },
		{ "/op_crash bus", SIGBUS },       { "/op_crash ill", SIGILL },
		{ "/op_crash overflow", SIGSEGV }, { "/op_crash smash", SIGABRT },
		{ "/op_crash jump", SIGSEGV },     { "/op_crash kill", SIGKILL },
		{ "/op_crash hang", SIGALRM },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = end_of(*state, rows[i].text, rows[i].signo == SIGALRM ? 1 : 20);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != rows[i].signo)
			fail_msg("%s ended with status %#x", rows[i].text, (unsigned)status);
	}
}

static void it_can_exit_on_its_own(void **state)
{
	int status = end_of(*state, "/op_crash exit", 20);

	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static void it_can_use_up_memory(void **state)
{
#if defined(__SANITIZE_ADDRESS__)
	(void)state;
	skip(); /* AddressSanitizer needs more memory than the limit leaves */
#else
	int status = end_of(*state, "/op_crash memory", 20);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
#endif
}

static void the_slot_says_what_ran(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "/ping");
	assert_string_equal(fixture->slot->module, "host");
	assert_string_equal(fixture->slot->handler, "host_handle");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_can_be_chosen),
		cmocka_unit_test(a_module_is_there_with_any_of_its_keys),
		cmocka_unit_test(a_module_that_is_not_there_is_refused_by_name),
		cmocka_unit_test(a_module_that_does_not_open_is_refused_by_name),
		cmocka_unit_test(a_locale_that_is_not_there_is_refused),
		TEST(a_reply_names_chat_message_and_text),
		TEST(what_nobody_wants_costs_no_call),
		TEST(a_command_without_person_or_chat_reaches_nobody),
		TEST(every_press_is_answered_while_telegram_takes_answers),
		TEST(the_command_lists_are_set_for_each_scope_and_language),
		TEST(a_failure_is_reported_and_the_person_told),
		TEST(an_incident_is_told_where_it_happened),
		TEST(an_incident_is_told_to_whom_it_happened),
		TEST(channels_are_never_told),
		TEST(an_incident_that_cannot_be_read_is_dropped),
		TEST(the_slot_says_what_ran),
		TEST(each_way_ends_the_process_just_so),
		TEST(it_can_exit_on_its_own),
		TEST(it_can_use_up_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
