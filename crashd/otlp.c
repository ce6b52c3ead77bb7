/* otlp.c - writes the request and reads the answer. Keys are lowerCamelCase, ids hex, enums
 * numbers, 64-bit numbers decimal strings. Attributes are a closed list: what is not written here
 * never leaves the machine. */
#include "crashd/otlp.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"

#define SPAN_KIND_CONSUMER 5
#define SPAN_KIND_INTERNAL 1
#define STATUS_ERROR 2
#define LEVEL_ERROR 17 /* LEVEL_NUMBERS in pydantic/logfire constants.py */
#define LEVEL_FATAL 21
#define LINE_MAX_SIZE 512 /* logfire.msg and span names are cut at this length */

/* --- attributes ----------------------------------------------------------------------------- */

static void add_text(struct json *json, const char *key, struct text value)
{
	if (value.length == 0)
		return;
	json_object_start(json);
	json_key_text(json, "key", key);
	json_key(json, "value");
	json_object_start(json);
	json_key(json, "stringValue");
	json_text_n(json, value.data, value.length);
	json_object_end(json);
	json_object_end(json);
}

static void add_word(struct json *json, const char *key, const char *value)
{
	add_text(json, key, (struct text) { .data = value, .length = strlen(value) });
}

static void add_number(struct json *json, const char *key, int64_t value)
{
	char decimal[24];

	snprintf(decimal, sizeof(decimal), "%" PRId64, value);
	json_object_start(json);
	json_key_text(json, "key", key);
	json_key(json, "value");
	json_object_start(json);
	json_key_text(json, "intValue", decimal);
	json_object_end(json);
	json_object_end(json);
}

static void add_tag(struct json *json, const char *key, const char *tag)
{
	json_object_start(json);
	json_key_text(json, "key", key);
	json_key(json, "value");
	json_object_start(json);
	json_key(json, "arrayValue");
	json_object_start(json);
	json_key(json, "values");
	json_array_start(json);
	json_object_start(json);
	json_key_text(json, "stringValue", tag);
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void key_nanoseconds(struct json *json, const char *key, uint64_t value)
{
	char decimal[24];

	snprintf(decimal, sizeof(decimal), "%" PRIu64, value);
	json_key_text(json, key, decimal);
}

/* --- parts of the span ---------------------------------------------------------------------- */

static bool is_fresh(const struct report *report, const struct otlp_options *options)
{
	return report->started_ns + OTLP_FRESH_NS > options->now_ns &&
	       report->ended_ns <= options->now_ns + OTLP_FRESH_NS / 23;
}

static uint64_t start_time(const struct report *report, const struct otlp_options *options)
{
	return is_fresh(report, options) ? report->started_ns : options->now_ns;
}

static uint64_t end_time(const struct report *report, const struct otlp_options *options)
{
	return is_fresh(report, options) ? report->ended_ns : options->now_ns;
}

/* Logfire shows these attributes as trees. */
static void add_schema(struct json *json, const struct report *report)
{
	struct buffer schema = { 0 };
	struct json inner = json_start(&schema);

	json_object_start(&inner);
	json_key_text(&inner, "type", "object");
	json_key(&inner, "properties");
	json_object_start(&inner);
	if (report->update.length > 0) {
		json_key(&inner, "telegram.update");
		json_raw(&inner, "{\"type\":\"object\"}", strlen("{\"type\":\"object\"}"));
	}
	if (report->registers.length > 0) {
		json_key(&inner, "crash.registers");
		json_raw(&inner, "{\"type\":\"object\"}", strlen("{\"type\":\"object\"}"));
	}
	json_object_end(&inner);
	json_object_end(&inner);
	if (report->update.length > 0 || report->registers.length > 0)
		add_word(json, "logfire.json_schema", buffer_text(&schema));
	buffer_finish(&schema);
}

static void add_logfire(struct json *json, const struct report *report)
{
	char line[LINE_MAX_SIZE];
	bool is_fatal = report->kind != CAPTURE_ERROR;

	snprintf(line, sizeof(line), "%.*s", (int)report->title.length, report->title.data);
	if (report->attempt > 0)
		snprintf(line, sizeof(line), "%.*s, update %" PRId64, (int)report->title.length,
			 report->title.data, report->update_id);
	add_word(json, "logfire.span_type", "span");
	add_number(json, "logfire.level_num", is_fatal ? LEVEL_FATAL : LEVEL_ERROR);
	add_word(json, "logfire.msg", line);
	add_word(json, "logfire.msg_template", "{exception.type} in {code.function}");
	add_tag(json, "logfire.tags", is_fatal ? "crash" : "error");
	add_text(json, "logfire.exception.fingerprint", report->fingerprint);
	add_text(json, "logfire.scrubbed", report->scrubbed);
	add_schema(json, report);
}

/* Both the stable names of the code.* attributes and the names that Logfire's own SDK sends. */
static void add_place(struct json *json, const struct report *report)
{
	add_text(json, "code.function.name", report->function);
	add_text(json, "code.function", report->function);
	add_text(json, "code.file.path", report->file);
	add_text(json, "code.filepath", report->file);
	if (report->line > 0) {
		add_number(json, "code.line.number", report->line);
		add_number(json, "code.lineno", report->line);
	}
}

static void add_update(struct json *json, const struct report *report)
{
	char id[24];

	if (report->attempt == 0)
		return;
	snprintf(id, sizeof(id), "%" PRId64, report->update_id);
	add_word(json, "messaging.system", "telegram");
	add_word(json, "messaging.operation.name", "process");
	add_word(json, "messaging.operation.type", "process");
	add_word(json, "messaging.destination.name", "updates");
	add_word(json, "messaging.message.id", id); /* a string by the conventions */
	add_number(json, "telegram.update_id", report->update_id);
	add_text(json, "telegram.update", report->update);
	add_number(json, "korone.attempt", report->attempt);
}

static void add_crash(struct json *json, const struct report *report,
		      const struct otlp_options *options)
{
	char id[TRACE_ID_HEX];

	trace_id_hex(&report->id, id);
	add_word(json, "app.crash.id", id);
	add_text(json, "error.type", report->type);
	add_text(json, "crash.signal", report->signal);
	add_text(json, "crash.registers", report->registers);
	add_text(json, "korone.process", report->process);
	add_text(json, "korone.pool", report->pool);
	add_text(json, "korone.module", report->module);
	add_text(json, "korone.handler", report->handler);
	add_text(json, "process.executable.build_id.gnu", report->build_id);
	add_text(json, "thread.name", report->thread);
	if (report->tid > 0)
		add_number(json, "thread.id", report->tid);
	if (report->kind == CAPTURE_EXIT)
		add_number(json, "process.exit.code", report->exit_status);
	if (!is_fresh(report, options)) {
		time_t seconds = (time_t)(report->ended_ns / 1000000000u);
		char when[32];
		struct tm utc;

		gmtime_r(&seconds, &utc);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
		add_word(json, "crash.occurred_at", when);
	}
}

/* Logfire derives is_exception and its columns from an event of this name. */
static void write_event(struct json *json, const struct report *report, uint64_t time_ns)
{
	json_object_start(json);
	json_key_text(json, "name", "exception");
	key_nanoseconds(json, "timeUnixNano", time_ns);
	json_key(json, "attributes");
	json_array_start(json);
	add_text(json, "exception.type", report->type);
	add_text(json, "exception.message", report->message);
	add_text(json, "exception.stacktrace", report->traceback);
	add_word(json, "exception.escaped", report->kind == CAPTURE_ERROR ? "False" : "True");
	json_array_end(json);
	json_object_end(json);
}

/* From a light report to the full one of the same fault. */
static void write_links(struct json *json, const struct report *report)
{
	char trace[TRACE_ID_HEX], span[SPAN_ID_HEX];

	if (!report_is_light(report))
		return;
	trace_id_hex(&report->full_trace, trace);
	span_id_hex(&report->full_span, span);
	json_key(json, "links");
	json_array_start(json);
	json_object_start(json);
	json_key_text(json, "traceId", trace);
	json_key_text(json, "spanId", span);
	json_object_end(json);
	json_array_end(json);
}

static void write_status(struct json *json, const struct report *report)
{
	json_object_start(json);
	json_key(json, "code");
	json_int(json, STATUS_ERROR);
	json_key(json, "message");
	json_text_n(json, report->title.data, report->title.length);
	json_object_end(json);
}

static void write_span(struct json *json, const struct report *report,
		       const struct otlp_options *options)
{
	char trace[TRACE_ID_HEX], span[SPAN_ID_HEX];
	bool has_update = report->attempt > 0;

	trace_id_hex(&report->trace, trace);
	span_id_hex(&report->span, span);
	json_object_start(json);
	json_key_text(json, "traceId", trace);
	json_key_text(json, "spanId", span);
	json_key_text(json, "name", has_update ? "process update" : "crash");
	json_key_int(json, "kind", has_update ? SPAN_KIND_CONSUMER : SPAN_KIND_INTERNAL);
	key_nanoseconds(json, "startTimeUnixNano", start_time(report, options));
	key_nanoseconds(json, "endTimeUnixNano", end_time(report, options));
	json_key(json, "status");
	write_status(json, report);
	json_key(json, "attributes");
	json_array_start(json);
	add_logfire(json, report);
	add_place(json, report);
	add_update(json, report);
	add_crash(json, report, options);
	json_array_end(json);
	json_key(json, "events");
	json_array_start(json);
	write_event(json, report, end_time(report, options));
	json_array_end(json);
	write_links(json, report);
	json_object_end(json);
}

/* --- the request ---------------------------------------------------------------------------- */

/* The resource is the process that crashed, not crashd, by the conventions. */
static void write_resource(struct json *json, const struct report *report,
			   const struct otlp_options *options)
{
	char instance[300];

	snprintf(instance, sizeof(instance), "%.*s:%" PRIu32, (int)report->host.length,
		 report->host.data ? report->host.data : "", report->pid);
	json_object_start(json);
	json_key(json, "attributes");
	json_array_start(json);
	add_word(json, "service.name", options->service_name);
	add_text(json, "service.version", report->version);
	add_word(json, "service.instance.id", instance);
	add_word(json, "deployment.environment.name", options->environment);
	add_text(json, "host.name", report->host);
	if (report->pid > 0)
		add_number(json, "process.pid", report->pid);
	json_array_end(json);
	json_object_end(json);
}

void otlp_encode(const struct report *report, const struct otlp_options *options,
		 struct buffer *out)
{
	struct json json = json_start(out);

	json_object_start(&json);
	json_key(&json, "resourceSpans");
	json_array_start(&json);
	json_object_start(&json);
	json_key(&json, "resource");
	write_resource(&json, report, options);
	json_key(&json, "scopeSpans");
	json_array_start(&json);
	json_object_start(&json);
	json_key(&json, "scope");
	json_object_start(&json);
	json_key_text(&json, "name", "crashd");
	json_key_text(&json, "version", KORONE_VERSION);
	json_object_end(&json);
	json_key(&json, "spans");
	json_array_start(&json);
	write_span(&json, report, options);
	json_array_end(&json);
	json_object_end(&json);
	json_array_end(&json);
	json_object_end(&json);
	json_array_end(&json);
	json_object_end(&json);
}

/* --- the answer ----------------------------------------------------------------------------- */

/* 64-bit numbers are decimal strings; some servers send plain numbers. */
static int64_t number_of(const json_t *value)
{
	if (json_is_string(value))
		return strtoll(json_string_value(value), NULL, 10);
	return json_integer_value(value);
}

/* The names in protobuf's JSON encoding, or as they are in the .proto file: a reader must take both
 * (protobuf, "ProtoJSON Format"). */
static const json_t *member(const json_t *object, const char *name, const char *proto_name)
{
	const json_t *value = json_object_get(object, name);

	return value ? value : json_object_get(object, proto_name);
}

static void copy_message(char message[static 200], const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text)
		text = "";
	log_redact_copy(message, 200, text, strlen(text));
}

static bool is_empty(const char *body, size_t size)
{
	while (size > 0 && strchr(" \t\r\n", body[size - 1]))
		size--;
	return size == 0;
}

enum otlp_answer otlp_read_answer(const char *body, size_t size, char message[static 200])
{
	json_t *root = json_loadb(body ? body : "", size, JSON_ALLOW_NUL, NULL);
	const json_t *partial = member(root, "partialSuccess", "partial_success");
	enum otlp_answer answer = OTLP_ACCEPTED;

	copy_message(message, member(partial, "errorMessage", "error_message"));
	if (!is_empty(body, size) &&
	    (!json_is_object(root) || (json_object_size(root) > 0 && !partial)))
		answer = OTLP_FOREIGN;
	else if (number_of(member(partial, "rejectedSpans", "rejected_spans")) > 0)
		answer = OTLP_REJECTED;
	else if (message[0] != '\0')
		answer = OTLP_WARNED;
	json_decref(root);
	return answer;
}

void otlp_read_error(const char *body, size_t size, char message[static 200])
{
	json_t *root = json_loadb(body ? body : "", size, JSON_ALLOW_NUL, NULL);

	copy_message(message, member(root, "message", "detail"));
	json_decref(root);
}
