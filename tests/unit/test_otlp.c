/* test_otlp.c - otlp.c and forward.c: requests checked by the rules of the OTLP specification's
 * JSON encoding, and what answers mean. The rules are written by hand here, not taken from the
 * writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/destination.h"
#include "crashd/gzip.h"
#include "crashd/otlp.h"

#define SECOND 1000000000ull
#define NOW (1795451250ull * SECOND)

static struct report sample_report(void)
{
	struct report report = {
		.kind = CAPTURE_SIGNAL,
		.type = text_of("SIGSEGV"),
		.signal = text_of("SIGSEGV"),
		.message = text_of("null pointer read at 0x8"),
		.title = text_of("SIGSEGV in op_crash (workers/modules/op.c:12)"),
		.traceback = text_of("SIGSEGV: …\n#0 op_crash (workers/modules/op.c:12)\n\xff\x01"),
		.fingerprint = text_of("00112233445566778899aabbccddeeff"
				       "00112233445566778899aabbccddeeff"),
		.function = text_of("op_crash"),
		.file = text_of("workers/modules/op.c"),
		.line = 12,
		.process = text_of("child"),
		.pool = text_of("pool"),
		.host = text_of("h1"),
		.version = text_of("0.1.0"),
		.build_id = text_of("abcdef"),
		.pid = 4711,
		.tid = 4712,
		.module = text_of("op"),
		.handler = text_of("/op_crash"),
		.attempt = 1,
		.update_id = 9007199254740993,
		.update = text_of("{\"update_id\":9007199254740993}"),
		.registers = text_of("{\"rip\":\"0x1\"}"),
		.started_ns = NOW - 2 * SECOND,
		.ended_ns = NOW - SECOND,
	};

	report.id = trace_id_make();
	report.trace = trace_id_make();
	report.span = span_id_of_crash(&report.id);
	return report;
}

static json_t *encode(const struct report *report)
{
	struct otlp_options options = { "korone", "test", NOW };
	struct buffer json = { 0 };
	json_error_t error;
	json_t *root;

	otlp_encode(report, &options, &json);
	root = json_loads(buffer_text(&json), JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s at %d", error.text, error.position);
	buffer_finish(&json);
	return root;
}

/* --- rules of the encoding ------------------------------------------------------------------ */

static bool is_hex(const char *text, size_t length)
{
	if (!text || strlen(text) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isdigit((unsigned char)text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return true;
}

static bool is_decimal(const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text || !*text)
		return false;
	if (*text == '-')
		text++;
	for (; *text; text++)
		if (!isdigit((unsigned char)*text))
			return false;
	return true;
}

static void assert_only(const json_t *object, const char *const *keys)
{
	const char *key;
	json_t *value;

	assert_true(json_is_object(object));
	json_object_foreach((json_t *)object, key, value)
	{
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			fail_msg("key %s does not belong here", key);
	}
}

static void assert_value(const json_t *value)
{
	static const char *const types[] = { "stringValue", "intValue", "arrayValue", NULL };
	json_t *list = json_object_get(json_object_get(value, "arrayValue"), "values");
	json_t *element;
	size_t i;

	assert_only(value, types);
	assert_int_equal(json_object_size(value), 1);
	if (json_object_get(value, "stringValue"))
		assert_true(json_is_string(json_object_get(value, "stringValue")));
	if (json_object_get(value, "intValue"))
		assert_true(is_decimal(json_object_get(value, "intValue")));
	json_array_foreach(list, i, element) assert_value(element);
}

static void assert_attributes(const json_t *attributes)
{
	static const char *const keys[] = { "key", "value", NULL };
	json_t *attribute;
	size_t i, k;

	assert_true(json_is_array(attributes));
	json_array_foreach(attributes, i, attribute)
	{
		const char *key = json_string_value(json_object_get(attribute, "key"));

		assert_only(attribute, keys);
		assert_non_null(key);
		assert_true(key[0] != '\0');
		assert_value(json_object_get(attribute, "value"));
		for (k = 0; k < i; k++)
			assert_string_not_equal(key,
						json_string_value(json_object_get(
							json_array_get(attributes, k), "key")));
	}
}

static const json_t *span_of(const json_t *root)
{
	const json_t *resource = json_array_get(json_object_get(root, "resourceSpans"), 0);
	const json_t *scope = json_array_get(json_object_get(resource, "scopeSpans"), 0);

	return json_array_get(json_object_get(scope, "spans"), 0);
}

static const json_t *find(const json_t *holder, const char *name)
{
	json_t *attribute;
	size_t i;

	json_array_foreach(
		json_object_get(holder, "attributes"), i,
		attribute) if (strcmp(json_string_value(json_object_get(attribute, "key")), name) ==
			       0) return json_object_get(attribute, "value");
	return NULL;
}

static const char *text_at(const json_t *holder, const char *name)
{
	const json_t *value = find(holder, name);
	const char *text = json_string_value(json_object_get(value, "stringValue"));

	if (!text)
		text = json_string_value(json_object_get(value, "intValue"));
	return text ? text : "(none)";
}

static void assert_follows_the_rules(const json_t *root)
{
	static const char *const request[] = { "resourceSpans", NULL };
	static const char *const resource_spans[] = { "resource", "scopeSpans", NULL };
	static const char *const scope_spans[] = { "scope", "spans", NULL };
	static const char *const span_keys[] = { "traceId",
						 "spanId",
						 "name",
						 "kind",
						 "startTimeUnixNano",
						 "endTimeUnixNano",
						 "status",
						 "attributes",
						 "events",
						 "links",
						 NULL };
	static const char *const event_keys[] = { "name", "timeUnixNano", "attributes", NULL };
	const json_t *resource = json_array_get(json_object_get(root, "resourceSpans"), 0);
	const json_t *scope = json_array_get(json_object_get(resource, "scopeSpans"), 0);
	const json_t *span = span_of(root);
	const json_t *event = json_array_get(json_object_get(span, "events"), 0);

	assert_only(root, request);
	assert_only(resource, resource_spans);
	assert_only(scope, scope_spans);
	assert_only(span, span_keys);
	assert_only(event, event_keys);
	assert_attributes(json_object_get(json_object_get(resource, "resource"), "attributes"));
	assert_attributes(json_object_get(span, "attributes"));
	assert_attributes(json_object_get(event, "attributes"));
	assert_true(is_hex(json_string_value(json_object_get(span, "traceId")), 32));
	assert_true(is_hex(json_string_value(json_object_get(span, "spanId")), 16));
	assert_true(json_is_integer(json_object_get(span, "kind")));
	assert_true(is_decimal(json_object_get(span, "startTimeUnixNano")));
	assert_true(is_decimal(json_object_get(span, "endTimeUnixNano")));
	assert_true(is_decimal(json_object_get(event, "timeUnixNano")));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(span, "status"), "code")), 2);
}

/* --- tests ---------------------------------------------------------------------------------- */

static void test_request(void **state)
{
	struct report report = sample_report();
	json_t *root = encode(&report);
	const json_t *span = span_of(root);
	const json_t *event = json_array_get(json_object_get(span, "events"), 0);
	char trace[TRACE_ID_HEX], span_id[SPAN_ID_HEX];

	(void)state;
	assert_follows_the_rules(root);
	trace_id_hex(&report.trace, trace);
	span_id_hex(&report.span, span_id);
	assert_string_equal(json_string_value(json_object_get(span, "traceId")), trace);
	assert_string_equal(json_string_value(json_object_get(span, "spanId")), span_id);
	assert_int_equal(json_integer_value(json_object_get(span, "kind")), 5);
	assert_string_equal(json_string_value(json_object_get(span, "startTimeUnixNano")),
			    "1795451248000000000");
	assert_string_equal(json_string_value(json_object_get(event, "name")), "exception");
	assert_string_equal(text_at(event, "exception.type"), "SIGSEGV");
	assert_string_equal(text_at(event, "exception.message"), "null pointer read at 0x8");
	assert_string_equal(text_at(event, "exception.escaped"), "True");
	assert_non_null(strstr(text_at(event, "exception.stacktrace"), "#0 op_crash"));
	assert_string_equal(text_at(span, "telegram.update"), "{\"update_id\":9007199254740993}");
	assert_string_equal(text_at(span, "messaging.message.id"), "9007199254740993");
	assert_string_equal(text_at(span, "logfire.level_num"), "21");
	assert_string_equal(text_at(span, "logfire.span_type"), "span");
	assert_int_equal(strlen(text_at(span, "logfire.exception.fingerprint")), 64);
	assert_non_null(strstr(text_at(span, "logfire.json_schema"), "telegram.update"));
	assert_string_equal(text_at(span, "code.filepath"), "workers/modules/op.c");
	assert_string_equal(text_at(span, "code.line.number"), "12");
	assert_string_equal(text_at(span, "error.type"), "SIGSEGV");
	assert_null(find(span, "crash.occurred_at"));
	json_decref(root);
}

static void test_stale_report_is_sent_as_of_now(void **state)
{
	struct report report = sample_report();
	json_t *root;
	const json_t *span;

	(void)state;
	report.started_ns = NOW - 23 * 3600 * SECOND - SECOND;
	report.ended_ns = report.started_ns + SECOND;
	root = encode(&report);
	span = span_of(root);
	assert_follows_the_rules(root);
	assert_string_equal(json_string_value(json_object_get(span, "startTimeUnixNano")),
			    "1795451250000000000");
	assert_string_equal(json_string_value(json_object_get(span, "endTimeUnixNano")),
			    "1795451250000000000");
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(span, "events"), 0), "timeUnixNano")),
		"1795451250000000000");
	assert_string_equal(text_at(span, "crash.occurred_at"), "2026-11-22T17:27:30Z");
	json_decref(root);
}

static void test_empty_report_follows_the_rules(void **state)
{
	struct report report = { .kind = CAPTURE_KILLED,
				 .type = text_of("killed"),
				 .title = text_of("killed of ingress"),
				 .started_ns = NOW,
				 .ended_ns = NOW };
	json_t *root;

	(void)state;
	report.id = report.trace = trace_id_make();
	report.span = span_id_of_crash(&report.id);
	root = encode(&report);
	assert_follows_the_rules(root);
	assert_int_equal(json_integer_value(json_object_get(span_of(root), "kind")), 1);
	assert_null(find(span_of(root), "telegram.update"));
	json_decref(root);
}

static void test_light_report_links_to_a_full_one(void **state)
{
	struct report report = sample_report();
	struct trace_id full = trace_id_make();
	struct span_id full_span = span_id_of_crash(&full);
	const json_t *link;
	char trace[TRACE_ID_HEX];
	json_t *root;

	(void)state;
	assert_false(report_is_light(&report));
	report_lighten(&report, &full, &full_span);
	root = encode(&report);
	assert_follows_the_rules(root);
	link = json_array_get(json_object_get(span_of(root), "links"), 0);
	trace_id_hex(&full, trace);
	assert_string_equal(json_string_value(json_object_get(link, "traceId")), trace);
	assert_true(is_hex(json_string_value(json_object_get(link, "spanId")), 16));
	assert_null(find(span_of(root), "telegram.update"));
	assert_null(find(span_of(root), "crash.registers"));
	assert_int_equal(strlen(text_at(span_of(root), "logfire.exception.fingerprint")), 64);
	json_decref(root);
}

static void test_answers(void **state)
{
	static const struct {
		const char *body;
		enum otlp_answer answer;
	} cases[] = {
		{ "{}", OTLP_ACCEPTED },
		{ "", OTLP_ACCEPTED },
		{ " \r\n", OTLP_ACCEPTED },
		{ "{ }", OTLP_ACCEPTED },
		{ "{\"partial_success\":{}}", OTLP_ACCEPTED },
		{ "{\"partialSuccess\":null}", OTLP_ACCEPTED },
		{ "{\"partialSuccess\":{},\"later\":1}", OTLP_ACCEPTED },
		/* Once taken for acceptance, and the report was gone. */
		{ "not json", OTLP_FOREIGN },
		{ "<html>log in</html>", OTLP_FOREIGN },
		{ "[]", OTLP_FOREIGN },
		{ "null", OTLP_FOREIGN },
		{ "{", OTLP_FOREIGN },
		{ "{\"error\":\"log in\"}", OTLP_FOREIGN },
		{ "{\"partial_success\":{\"rejected_spans\":\"1\",\"error_message\":\"too old\"}}",
		  OTLP_REJECTED },
		{ "{\"partial_success\":{\"rejected_spans\":0,\"error_message\":\"soon\"}}",
		  OTLP_WARNED },
		{ "{\"partialSuccess\":{}}", OTLP_ACCEPTED },
		{ "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"too old\"}}",
		  OTLP_REJECTED },
		{ "{\"partialSuccess\":{\"rejectedSpans\":1}}", OTLP_REJECTED },
		{ "{\"partialSuccess\":{\"rejectedSpans\":\"0\",\"errorMessage\":\"soon\"}}",
		  OTLP_WARNED },
	};
	char message[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(otlp_read_answer(cases[i].body, strlen(cases[i].body), message),
				 cases[i].answer);
}

static void test_verdict_of_a_status(void **state)
{
	static const struct {
		int status;
		enum destination_verdict verdict;
	} cases[] = {
		{ 200, DESTINATION_ACCEPTED }, { 202, DESTINATION_ACCEPTED },
		{ 0, DESTINATION_LATER },      { 408, DESTINATION_LATER },
		{ 429, DESTINATION_LATER },    { 500, DESTINATION_LATER },
		{ 502, DESTINATION_LATER },    { 503, DESTINATION_LATER },
		{ 504, DESTINATION_LATER },    { 301, DESTINATION_REFUSED },
		{ 307, DESTINATION_REFUSED },  { 401, DESTINATION_REFUSED },
		{ 403, DESTINATION_REFUSED },  { 404, DESTINATION_REFUSED },
		{ 400, DESTINATION_REJECTED }, { 413, DESTINATION_REJECTED },
		{ 415, DESTINATION_REJECTED }, { 422, DESTINATION_REJECTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_answer answer = { .status = cases[i].status };

		assert_int_equal(destination_judge(&answer), cases[i].verdict);
	}
}

static void test_waits(void **state)
{
	(void)state;
	assert_int_equal(destination_wait_ms(1, 0), 1000);
	assert_int_equal(destination_wait_ms(4, 0), 8000);
	assert_int_equal(destination_wait_ms(8, 0), 128000);
	assert_int_equal(destination_wait_ms(1000000, 0), 128000);
	assert_int_equal(destination_wait_ms(1, 7), 7000);
	assert_int_equal(destination_wait_ms(5, 1), 1000);
	assert_int_equal(destination_wait_ms(1, 86400), 600000);
}

static void assert_url(const char *token, const char *base, const char *expected)
{
	char *url = destination_url(token, base);

	assert_string_equal(url, expected);
	free(url);
}

static void test_address_by_region(void **state)
{
	(void)state;
	assert_null(destination_url("", ""));
	assert_url("pylf_v1_us_abc", "", "https://logfire-us.pydantic.dev/v1/traces");
	assert_url("pylf_v1_eu_abc", "", "https://logfire-eu.pydantic.dev/v1/traces");
	assert_url("pylf_v12_stagingeu_abc", "", "https://logfire-eu.pydantic.info/v1/traces");
	assert_url("pylf_v1_mars_abc", "", "https://logfire-us.pydantic.dev/v1/traces");
	assert_url("pylf_v1_eu", "", "https://logfire-us.pydantic.dev/v1/traces");
	assert_url("anoldtoken", "", "https://logfire-us.pydantic.dev/v1/traces");
	assert_url("pylf_v1_eu_abc", "http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces");
	assert_url("", "http://collector:4318/otlp//", "http://collector:4318/otlp/v1/traces");
}

static void test_gzip_is_read_by_zlib(void **state)
{
	struct buffer packed = { 0 };
	char text[50000], back[sizeof(text)];
	z_stream stream = { .avail_out = sizeof(back), .next_out = (Bytef *)back };

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 7 + i / 9999);
	gzip_pack(text, sizeof(text), &packed);
	assert_true(buffer_unread_size(&packed) < sizeof(text) / 10);
	stream.next_in = buffer_unread(&packed);
	stream.avail_in = (uInt)buffer_unread_size(&packed);
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	inflateEnd(&stream);
	assert_int_equal(stream.total_out, sizeof(text));
	assert_memory_equal(text, back, sizeof(text));
	buffer_finish(&packed);
}

/* What an operator looks for, by the name under which it is documented. */
static void test_every_field_has_its_place(void **state)
{
	struct report report = sample_report();
	char id[TRACE_ID_HEX];
	json_t *root;
	const json_t *span;

	(void)state;
	report.thread = text_of("main");
	root = encode(&report);
	span = span_of(root);
	trace_id_hex(&report.id, id);
	assert_string_equal(text_at(span, "app.crash.id"), id);
	assert_string_equal(text_at(span, "crash.signal"), "SIGSEGV");
	assert_string_equal(text_at(span, "crash.registers"), "{\"rip\":\"0x1\"}");
	assert_string_equal(text_at(span, "korone.process"), "child");
	assert_string_equal(text_at(span, "korone.pool"), "pool");
	assert_string_equal(text_at(span, "korone.module"), "op");
	assert_string_equal(text_at(span, "korone.handler"), "/op_crash");
	assert_string_equal(text_at(span, "korone.attempt"), "1");
	assert_string_equal(text_at(span, "process.executable.build_id.gnu"), "abcdef");
	assert_string_equal(text_at(span, "thread.name"), "main");
	assert_string_equal(text_at(span, "thread.id"), "4712");
	assert_string_equal(text_at(span, "messaging.system"), "telegram");
	assert_string_equal(text_at(span, "messaging.destination.name"), "updates");
	assert_string_equal(text_at(span, "telegram.update_id"), "9007199254740993");
	assert_null(find(span, "process.exit.code"));
	json_decref(root);
}

static void test_exit_code_of_one_that_exited(void **state)
{
	struct report report = sample_report();
	json_t *root;
	const json_t *event;

	(void)state;
	report.kind = CAPTURE_EXIT;
	report.exit_status = 42;
	report.tid = 0;
	root = encode(&report);
	assert_string_equal(text_at(span_of(root), "process.exit.code"), "42");
	assert_null(find(span_of(root), "thread.id"));
	json_decref(root);
	/* An error was caught: it ended nothing. */
	report.kind = CAPTURE_ERROR;
	root = encode(&report);
	event = json_array_get(json_object_get(span_of(root), "events"), 0);
	assert_string_equal(text_at(event, "exception.escaped"), "False");
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_stale_report_is_sent_as_of_now),
		cmocka_unit_test(test_empty_report_follows_the_rules),
		cmocka_unit_test(test_light_report_links_to_a_full_one),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_verdict_of_a_status),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_address_by_region),
		cmocka_unit_test(test_gzip_is_read_by_zlib),
		cmocka_unit_test(test_every_field_has_its_place),
		cmocka_unit_test(test_exit_code_of_one_that_exited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
