/* control.c - answers the commands in JSON. */
#include "crashd/control.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/command_socket.h"
#include "common/json.h"
#include "common/xalloc.h"
#include "crashd/report.h"

struct control {
	const struct incidents *incidents;
	const struct store *store;
	struct command_socket *commands;
};

static void key_text_n(struct json *json, const char *key, struct text text)
{
	json_key(json, key);
	if (text.data)
		json_text_n(json, text.data, text.length);
	else
		json_nil(json);
}

static void key_time(struct json *json, const char *key, int64_t seconds)
{
	time_t time = (time_t)seconds;
	char text[32];
	struct tm utc;

	gmtime_r(&time, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	json_key_text(json, key, text);
}

/* Newest first. */
static void write_references(struct json *json, const struct incident *incident)
{
	char hex[TRACE_ID_HEX];

	json_key(json, "references");
	json_array_start(json);
	for (size_t i = 1; i <= incident_reference_count(incident); i++) {
		trace_id_hex(&incident->references[(incident->count - i) % INCIDENT_REFERENCES],
			     hex);
		json_text(json, hex);
	}
	json_array_end(json);
}

static void write_incident(void *owner, const struct incident *incident)
{
	struct json *json = owner;

	json_object_start(json);
	json_key_text(json, "fingerprint", incident->fingerprint);
	json_key_text(json, "title", incident->title);
	json_key_text(json, "reason", incident->reason);
	json_key_text(json, "type", incident->type);
	json_key_text(json, "function", incident->function);
	json_key_text(json, "file", incident->file);
	json_key_int(json, "line", incident->line);
	json_key_text(json, "module", incident->module);
	json_key_text(json, "process", incident->process);
	json_key_text(json, "version", incident->version);
	json_key_int(json, "count", (int64_t)incident->count);
	key_time(json, "first", incident->first_s);
	key_time(json, "last", incident->last_s);
	write_references(json, incident);
	json_object_end(json);
}

static void write_report(struct json *json, const struct report *report)
{
	char hex[TRACE_ID_HEX];

	json_object_start(json);
	trace_id_hex(&report->trace, hex);
	json_key_text(json, "reference", hex);
	key_time(json, "occurred", (int64_t)(report->ended_ns / 1000000000u));
	key_text_n(json, "title", report->title);
	key_text_n(json, "message", report->message);
	key_text_n(json, "traceback", report->traceback);
	key_text_n(json, "process", report->process);
	key_text_n(json, "pool", report->pool);
	key_text_n(json, "host", report->host);
	key_text_n(json, "version", report->version);
	key_text_n(json, "build_id", report->build_id);
	json_key_int(json, "pid", report->pid);
	key_text_n(json, "module", report->module);
	key_text_n(json, "handler", report->handler);
	json_key_int(json, "attempt", report->attempt);
	json_key(json, "update");
	if (report->update.length > 0)
		json_raw(json, report->update.data, report->update.length);
	else
		json_nil(json);
	json_object_end(json);
}

/* null once Logfire has it, or while it is being made. */
static void write_kept_report(struct json *json, const struct store *store,
			      const struct trace_id *capture)
{
	struct buffer memory = { 0 };
	struct report report;

	if (crash_store_has(store, capture) &&
	    crash_store_read(store, STORE_REPORT, capture, &memory, NULL) &&
	    report_decode(buffer_unread(&memory), buffer_unread_size(&memory), &report, NULL))
		write_report(json, &report);
	else
		json_nil(json);
	buffer_finish(&memory);
}

static void list_incidents(const struct control *control, struct buffer *out)
{
	struct json json = json_start(out);

	json_object_start(&json);
	json_key(&json, "incidents");
	json_array_start(&json);
	incidents_each(control->incidents, write_incident, &json);
	json_array_end(&json);
	json_object_end(&json);
}

static bool show_incident(const struct control *control, const char *id, struct buffer *out,
			  struct why *why)
{
	struct json json = json_start(out);
	struct trace_id capture;
	const struct incident *incident = incidents_find(control->incidents, id, &capture);

	if (!incident)
		return why_set(why, "no such incident is known here");
	json_object_start(&json);
	json_key(&json, "incident");
	write_incident(&json, incident);
	json_key(&json, "report");
	write_kept_report(&json, control->store, &capture);
	json_object_end(&json);
	return true;
}

static bool on_command(void *owner, char *const words[], size_t count, struct buffer *out,
		       struct why *why)
{
	const struct control *control = owner;

	if (count == 1 && strcmp(words[0], "incidents") == 0) {
		list_incidents(control, out);
		return true;
	}
	if (count == 2 && strcmp(words[0], "incident") == 0)
		return show_incident(control, words[1], out, why);
	return why_set(why, "unknown command");
}

struct control *crashd_control_open(struct loop *loop, const struct settings *settings,
				    const struct incidents *incidents, const struct store *store,
				    struct why *why)
{
	struct control *control = xcalloc(1, sizeof(*control));
	char *path = xasprintf("%s/crashd.control", settings->run_dir);

	control->incidents = incidents;
	control->store = store;
	control->commands = command_socket_open(loop, path, on_command, control, why);
	free(path);
	if (control->commands)
		return control;
	crashd_control_close(control);
	return NULL;
}

void crashd_control_close(struct control *control)
{
	if (!control)
		return;
	command_socket_close(control->commands);
	free(control);
}
