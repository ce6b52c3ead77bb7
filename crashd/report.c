/* report.c - makes, encodes and decodes reports. Decides here how much of the person's update goes
 * in, by the mode that the worker sent along (KORONE_CRASH_UPDATE). */
#include "crashd/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "crashd/crash_text.h"
#include "crashd/machine.h"
#include "crashd/scrub.h"
#include "crashd/traceback.h"

#define REPORT_VERSION 1
#define REPORT_FIELDS 34

/* Moves the buffer's text into the arena. */
static struct text take_text(struct buffer *buffer, struct arena *arena)
{
	size_t length = buffer_unread_size(buffer);
	struct text text = { .length = length };

	text.data = arena_strndup(arena, (const char *)buffer_unread(buffer), length);
	buffer_finish(buffer);
	return text;
}

/* Only printable text, without secrets, at most `limit` bytes: the crashed process wrote it. What
 * is left of a secret after a cut is not known as one, so the cut comes last. */
static struct text clean(struct scrubber *scrubber, struct text text, size_t limit,
			 struct arena *arena)
{
	struct buffer copy = { 0 };

	if (!text.data)
		return text;
	scrub_copy(scrubber, text, &copy);
	for (size_t i = copy.start; i < copy.size; i++)
		if (copy.data[i] < ' ' && copy.data[i] != '\n')
			copy.data[i] = '?';
	while (copy.size > copy.start && copy.data[copy.size - 1] == '\n')
		copy.size--;
	log_redact(buffer_text(&copy));
	copy.size = copy.start + strnlen(buffer_text(&copy), limit);
	return take_text(&copy, arena);
}

/* --- making --------------------------------------------------------------------------------- */

static void take_origin(struct scrubber *scrubber, const struct capture *capture,
			struct arena *arena, struct report *out)
{
	out->process = clean(scrubber, capture->process, 64, arena);
	out->pool = clean(scrubber, capture->pool, 128, arena);
	out->host = clean(scrubber, capture->host, 128, arena);
	out->version = clean(scrubber, capture->version, 64, arena);
	out->build_id = clean(scrubber, capture->build_id, 80, arena);
	out->thread = clean(scrubber, capture->thread, 64, arena);
	out->module = clean(scrubber, capture->module, 64, arena);
	out->handler = clean(scrubber, capture->handler, 128, arena);
	out->pid = capture->pid;
	out->tid = capture->tid;
	out->exit_status = capture->exit_status;
	out->attempt = capture->attempt;
	out->update_id = capture->update_id;
	out->started_ns = capture->started_ns;
	out->ended_ns = capture->ended_ns > capture->started_ns ? capture->ended_ns
								: capture->started_ns;
}

/* A crash without an update (of a parent, of ingress) is its own trace. */
static void take_ids(const struct capture *capture, const struct trace_id *id, struct report *out)
{
	out->id = *id;
	out->trace = trace_id_is_zero(&capture->trace) ? *id : capture->trace;
	out->span = span_id_of_crash(id);
}

static void take_place(struct scrubber *scrubber, const struct capture *capture,
		       const struct frames *frames, struct arena *arena, struct report *out)
{
	const struct frame *frame = frames_place(frames);

	if (frame) {
		out->function = clean(scrubber, frame->function, 128, arena);
		out->file = clean(scrubber, frame->file, 256, arena);
		out->line = frame->line;
	} else if (capture->function.length > 0) {
		out->function = clean(scrubber, capture->function, 128, arena);
		out->file = clean(scrubber, capture->file, 256, arena);
		out->line = capture->line;
	}
}

/* A message that fills its place in a capture was cut there, and its last word may be what is left
 * of a secret. */
static struct text without_broken_word(struct text message)
{
	size_t length = message.length;

	if (length < sizeof(((struct capture_slot *)NULL)->message) - 1)
		return message;
	while (length > 0 && message.data[length - 1] > ' ')
		length--;
	return (struct text) { message.data, length };
}

/* The program's own text may quote the update, so the same mode applies. */
static struct text message_of(struct scrubber *scrubber, const struct capture *capture,
			      struct text function, struct arena *arena)
{
	const char *words = crash_text_describe(capture, function, arena);
	struct text own = clean(scrubber, without_broken_word(capture->message), 2000, arena);

	if (own.length == 0 || capture->update_mode != CRASH_UPDATE_FULL)
		return text_of(words);
	return text_of(arena_printf(arena, "%s: %.*s", words, (int)own.length, own.data));
}

static struct text title_of(const struct report *report, struct arena *arena)
{
	if (report->file.length > 0)
		return text_of(arena_printf(
			arena, "%.*s in %.*s (%.*s:%" PRIu32 ")", (int)report->type.length,
			report->type.data, (int)report->function.length, report->function.data,
			(int)report->file.length, report->file.data, report->line));
	if (report->module.length > 0)
		return text_of(arena_printf(arena, "%.*s in module %.*s", (int)report->type.length,
					    report->type.data, (int)report->module.length,
					    report->module.data));
	return text_of(arena_printf(arena, "%.*s of %.*s", (int)report->type.length,
				    report->type.data, (int)report->process.length,
				    report->process.data ? report->process.data : ""));
}

static struct text traceback_of(struct scrubber *scrubber, const struct report *report,
				const struct frames *frames, const char *fault, struct arena *arena)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "%.*s: %.*s\n", (int)report->type.length, report->type.data,
		      (int)report->message.length, report->message.data);
	if (report->module.length > 0)
		buffer_printf(&text, "in module %.*s, handler %.*s\n", (int)report->module.length,
			      report->module.data, (int)report->handler.length,
			      report->handler.data);
	if (frames->count == 0 && report->file.length > 0)
		buffer_printf(&text, "#0  %.*s (%.*s:%" PRIu32 ")\n", (int)report->function.length,
			      report->function.data, (int)report->file.length, report->file.data,
			      report->line);
	if (fault[0] != '\0')
		buffer_printf(&text, "(no full trace: %s)\n", fault);
	traceback_write(frames, REPORT_TEXT_MAX - text.size, &text);
	return clean(scrubber, take_text(&text, arena), REPORT_TEXT_MAX, arena);
}

static struct text registers_of(const struct capture *capture, struct arena *arena)
{
	struct buffer text = { 0 };
	struct json json = json_start(&text);
	const struct machine *machine = machine_find(capture->machine);

	if (!machine || capture->stack.length == 0 || capture->update_mode != CRASH_UPDATE_FULL)
		return (struct text) { .data = NULL };
	json_object_start(&json);
	for (size_t i = 0; i < machine->register_count; i++) {
		char value[24];

		snprintf(value, sizeof(value), "0x%" PRIx64, capture->registers[i]);
		json_key_text(&json, machine->register_names[i], value);
	}
	json_object_end(&json);
	return take_text(&text, arena);
}

static void take_update(struct scrubber *scrubber, const struct capture *capture,
			struct arena *arena, struct report *out)
{
	struct buffer update = { 0 };
	struct buffer notes = { 0 };

	if (capture->update_mode == CRASH_UPDATE_NONE || capture->update.length == 0)
		return;
	buffer_append_byte(&notes, '[');
	if (scrub_update(scrubber, capture->update, capture->update_mode == CRASH_UPDATE_REDACTED,
			 &update, &notes)) {
		log_redact(buffer_text(&update));
		update.size = update.start + strlen(buffer_text(&update));
		out->update = take_text(&update, arena);
	}
	buffer_append_byte(&notes, ']');
	if (buffer_unread_size(&notes) > 2)
		out->scrubbed = take_text(&notes, arena);
	buffer_finish(&update);
	buffer_finish(&notes);
}

static const char *place_without_frames(const struct report *report, struct arena *arena)
{
	return arena_printf(
		arena, "%.*s %.*s %.*s %.*s", (int)report->process.length,
		report->process.data ? report->process.data : "", (int)report->module.length,
		report->module.data ? report->module.data : "", (int)report->handler.length,
		report->handler.data ? report->handler.data : "", (int)report->function.length,
		report->function.data ? report->function.data : "");
}

void report_make(struct scrubber *scrubber, const struct capture *capture,
		 const struct trace_id *id, const struct frames *frames, const char *fault,
		 struct arena *arena, struct report *out)
{
	char fingerprint[FINGERPRINT_SIZE];
	const char *type = crash_text_type(capture, frames, arena);

	*out = (struct report) { .kind = capture->kind, .type = text_of(type) };
	take_origin(scrubber, capture, arena, out);
	take_ids(capture, id, out);
	take_place(scrubber, capture, frames, arena, out);
	if (capture->signo != 0)
		out->signal = text_of(crash_text_signal(capture->signo, arena));
	out->message = message_of(scrubber, capture, out->function, arena);
	out->title = title_of(out, arena);
	out->traceback = traceback_of(scrubber, out, frames, fault, arena);
	traceback_fingerprint(frames, type, place_without_frames(out, arena), fingerprint);
	out->fingerprint = text_of(arena_strdup(arena, fingerprint));
	out->registers = registers_of(capture, arena);
	take_update(scrubber, capture, arena, out);
}

void report_lighten(struct report *report, const struct trace_id *trace, const struct span_id *span)
{
	static const struct text nothing = { .data = NULL };

	report->traceback = report->update = report->registers = report->scrubbed = nothing;
	report->full_trace = *trace;
	report->full_span = *span;
}

bool report_is_light(const struct report *report)
{
	return !trace_id_is_zero(&report->full_trace);
}

/* --- on disk -------------------------------------------------------------------------------- */

/* The texts, in the order in which they are written. */
/* clang-format off */
#define REPORT_TEXTS(TEXT) \
	TEXT(type) TEXT(signal) TEXT(message) TEXT(title) TEXT(traceback) TEXT(fingerprint) \
	TEXT(function) TEXT(file) TEXT(process) TEXT(pool) TEXT(host) TEXT(version) \
	TEXT(build_id) TEXT(thread) TEXT(module) TEXT(handler) TEXT(update) TEXT(registers) \
	TEXT(scrubbed)
/* clang-format on */

static void pack_field(struct buffer *out, struct text text)
{
	if (text.data)
		pack_text_n(out, text.data, text.length);
	else
		pack_nil(out);
}

void report_encode(const struct report *report, struct buffer *out)
{
	pack_array(out, REPORT_FIELDS);
	pack_uint(out, REPORT_VERSION);
	pack_bytes(out, report->id.bytes, TRACE_ID_SIZE);
	pack_bytes(out, report->trace.bytes, TRACE_ID_SIZE);
	pack_bytes(out, report->span.bytes, SPAN_ID_SIZE);
	pack_uint(out, report->kind);
	pack_uint(out, report->line);
	pack_uint(out, report->pid);
	pack_uint(out, report->tid);
	pack_int(out, report->exit_status);
	pack_uint(out, report->attempt);
	pack_int(out, report->update_id);
	pack_uint(out, report->started_ns);
	pack_uint(out, report->ended_ns);
	pack_bytes(out, report->full_trace.bytes, TRACE_ID_SIZE);
	pack_bytes(out, report->full_span.bytes, SPAN_ID_SIZE);
#define PACK_TEXT_FIELD(name) pack_field(out, report->name);
	REPORT_TEXTS(PACK_TEXT_FIELD)
#undef PACK_TEXT_FIELD
}

bool report_decode(const void *data, size_t size, struct report *out, struct why *why)
{
	struct cursor cursor = cursor_make(data, size);
	struct report report = { .kind = CAPTURE_SIGNAL };
	uint64_t kind;

	cursor_expect_array(&cursor, REPORT_FIELDS);
	if (cursor_uint(&cursor) != REPORT_VERSION)
		cursor_fail(&cursor, "a report of another version");
	cursor_fixed(&cursor, report.id.bytes, TRACE_ID_SIZE);
	cursor_fixed(&cursor, report.trace.bytes, TRACE_ID_SIZE);
	cursor_fixed(&cursor, report.span.bytes, SPAN_ID_SIZE);
	kind = cursor_uint(&cursor);
	if (kind > CAPTURE_ERROR)
		cursor_fail(&cursor, "an unknown kind of report");
	report.kind = (enum capture_kind)kind;
	report.line = (uint32_t)cursor_uint(&cursor);
	report.pid = (uint32_t)cursor_uint(&cursor);
	report.tid = (uint32_t)cursor_uint(&cursor);
	report.exit_status = (int32_t)cursor_int(&cursor);
	report.attempt = (uint8_t)cursor_uint(&cursor);
	report.update_id = cursor_int(&cursor);
	report.started_ns = cursor_uint(&cursor);
	report.ended_ns = cursor_uint(&cursor);
	cursor_fixed(&cursor, report.full_trace.bytes, TRACE_ID_SIZE);
	cursor_fixed(&cursor, report.full_span.bytes, SPAN_ID_SIZE);
#define TAKE_TEXT_FIELD(name) report.name = cursor_text(&cursor);
	REPORT_TEXTS(TAKE_TEXT_FIELD)
#undef TAKE_TEXT_FIELD
	if (!cursor_end(&cursor, why))
		return why_prefix(why, "report");
	*out = report;
	return true;
}
