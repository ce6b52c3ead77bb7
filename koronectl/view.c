/* view.c - a row is "who pid state since the rest"; what does not fit into 80 columns continues in
 * the next line below the rest. */
#include "koronectl/view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clean.h"
#include "common/utf8.h"
#include "common/why.h"

#define WIDTH 80
#define INDENT 38
#define VALUE_SIZE 32

enum shade { SHADE_GOOD, SHADE_WAITING, SHADE_BAD, SHADE_DIM };

struct view {
	struct buffer *out;
	bool colour;
};

/* --- values --- */

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int64_t number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool is_true_at(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

bool pool_is_ready(const json_t *pool)
{
	return !strcmp(text_at(pool, "state"), "ready");
}

bool recorder_is_active(const json_t *recorder)
{
	return !strcmp(text_at(recorder, "state"), "active");
}

bool recorder_is_ready(const json_t *recorder)
{
	return !strcmp(text_at(recorder, "postgres"), "ready") &&
	       !strcmp(text_at(recorder, "redis"), "ready");
}

static const char *duration(int64_t ms, char out[VALUE_SIZE])
{
	int64_t s = ms / 1000;

	if (s < 60)
		snprintf(out, VALUE_SIZE, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(out, VALUE_SIZE, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, VALUE_SIZE, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
	else
		snprintf(out, VALUE_SIZE, "%" PRId64 "d%02" PRId64 "h", s / 86400, s / 3600 % 24);
	return out;
}

static const char *bytes(int64_t size, char out[VALUE_SIZE])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)size;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		unit++;
	}
	snprintf(out, VALUE_SIZE, "%.*f %s", unit ? 1 : 0, value, units[unit]);
	return out;
}

/* --- lines --- */

static void paint(struct view *view, enum shade shade)
{
	static const char *const codes[] = {
		[SHADE_GOOD] = "\033[32m",
		[SHADE_WAITING] = "\033[33m",
		[SHADE_BAD] = "\033[1;31m",
		[SHADE_DIM] = "\033[2m",
	};

	if (view->colour)
		buffer_append_text(view->out, codes[shade]);
}

static void unpaint(struct view *view)
{
	if (view->colour)
		buffer_append_text(view->out, "\033[0m");
}

struct row {
	const char *who;
	int64_t pid; /* 0: none to show */
	const char *state;
	enum shade shade;
	int64_t since_ms; /* negative: none */
};

/* Cut between characters, and filled up with spaces. */
static void print_field(struct view *view, const char *text, size_t columns)
{
	size_t length = utf8_prefix(text, strlen(text), columns);

	buffer_append(view->out, text, length);
	buffer_printf(view->out, "%*s", (int)(columns - utf8_units(text, length)), "");
}

static void print_head(struct view *view, const struct row *row)
{
	char pid[24] = "", since[VALUE_SIZE] = "";

	if (row->pid)
		snprintf(pid, sizeof(pid), "%" PRId64, row->pid);
	if (row->since_ms >= 0)
		duration(row->since_ms, since);
	print_field(view, row->who, 14);
	buffer_printf(view->out, "%7s  ", pid);
	paint(view, row->shade);
	print_field(view, row->state, 8);
	unpaint(view);
	buffer_printf(view->out, "%6s ", since);
}

/* The bytes up to the next place where a line may be broken: after a comma or, when the text
 * between commas is longer than a line, after a word. */
static size_t piece_length(const char *rest)
{
	const char *comma = strstr(rest, ", ");
	size_t length = comma ? (size_t)(comma - rest) + 1 : strlen(rest);

	return length < WIDTH - INDENT ? length : strcspn(rest, " ");
}

static void print_rest(struct view *view, const char *rest)
{
	size_t column = INDENT;

	while (*rest) {
		size_t length = piece_length(rest);

		if (column > INDENT && column + length + 1 > WIDTH) {
			buffer_printf(view->out, "\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			buffer_append_text(view->out, " ");
			column++;
		}
		buffer_append(view->out, rest, length);
		column += length;
		rest += length + (rest[length] == ' ');
	}
	while (buffer_unread_size(view->out) && view->out->data[view->out->size - 1] == ' ')
		view->out->size--;
	buffer_append_text(view->out, "\n");
}

/* A text that was cut anywhere. */
static void end_in_whole_character(char *text)
{
	size_t size = strlen(text), at = 0, length;

	while (at < size && (length = utf8_character(text + at, size - at)) > 0)
		at += length;
	text[at] = '\0';
}

static void print_row(struct view *view, const struct row *row, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void print_row(struct view *view, const struct row *row, const char *format, ...)
{
	char rest[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(rest, sizeof(rest), format, arguments);
	va_end(arguments);
	end_in_whole_character(rest);
	print_head(view, row);
	print_rest(view, rest);
}

/* --- processes --- */

static void print_missing(struct view *view, const char *who, const char *fault)
{
	struct buffer clean = { 0 };

	if (!fault)
		fault = "no answer";
	clean_append(&clean, fault, strlen(fault), CLEAN_LINE);
	print_row(view, &(struct row) { who, 0, "no answ.", SHADE_BAD, -1 }, "%s",
		  buffer_text(&clean));
	buffer_finish(&clean);
}

/* Nothing when Telegram takes calls. */
static void print_pause(struct view *view, const json_t *ingress)
{
	int64_t paused_ms = number_at(ingress, "token_pause_ms");
	char rest[VALUE_SIZE];

	if (paused_ms > 0)
		print_row(view, &(struct row) { "  calls", 0, "paused", SHADE_BAD, -1 },
			  "none for another %s: Telegram refuses them for the whole bot (429)",
			  duration(paused_ms + 999, rest));
}

static void print_ingress(struct view *view, const json_t *ingress)
{
	const json_t *updates = json_object_get(ingress, "updates");
	bool ready = is_true_at(ingress, "ready");
	char age[VALUE_SIZE], poll[VALUE_SIZE], used[VALUE_SIZE], most[VALUE_SIZE];
	struct row row = { "ingress", number_at(ingress, "pid"), ready ? "ready" : "waiting",
			   ready ? SHADE_GOOD : SHADE_WAITING, number_at(ingress, "up_ms") };

	print_row(view, &row,
		  "%s, last poll %s ago, backlog %" PRId64 " (oldest %s), in flight %" PRId64
		  ", received %" PRId64 ", done %" PRId64 ", redelivered %" PRId64
		  ", incidents %" PRId64 ", spool %s of %s, sightings waiting %" PRId64,
		  text_at(ingress, "state"), duration(number_at(ingress, "poll_age_ms"), poll),
		  number_at(ingress, "backlog"),
		  duration(number_at(ingress, "backlog_oldest_ms"), age),
		  number_at(ingress, "in_flight"), number_at(updates, "received"),
		  number_at(updates, "acked"), number_at(updates, "redelivered"),
		  number_at(updates, "incidents"), bytes(number_at(ingress, "spool_bytes"), used),
		  bytes(number_at(ingress, "spool_max_bytes"), most),
		  number_at(ingress, "sightings_pending"));
}

/* Nothing when ingress polls. */
static void print_webhook(struct view *view, const json_t *webhook)
{
	bool ready = is_true_at(webhook, "ready");
	struct row row = { "  webhook", 0, ready ? "ready" : "failing",
			   ready ? SHADE_GOOD : SHADE_BAD,
			   ready ? -1 : number_at(webhook, "failing_ms") };

	if (webhook)
		print_row(view, &row,
			  "%s, taken %" PRId64 ", refused %" PRId64 ", connections %" PRId64,
			  text_at(webhook, "state"), number_at(webhook, "taken"),
			  number_at(webhook, "refused"), number_at(webhook, "connections"));
}

static void print_child(struct view *view, const json_t *child)
{
	const char *state = text_at(child, "state");
	struct row row = { "  child", number_at(child, "pid"), state,
			   !strcmp(state, "busy") ? SHADE_GOOD : SHADE_DIM,
			   number_at(child, "since_ms") };

	print_row(view, &row, "in flight %" PRId64 ", handled %" PRId64,
		  number_at(child, "in_hand"), number_at(child, "handled"));
}

static void print_pool(struct view *view, const json_t *pool)
{
	const json_t *children = json_object_get(pool, "children"), *child;
	struct row row = { "pool", number_at(pool, "pid"), text_at(pool, "state"),
			   pool_is_ready(pool) ? SHADE_GOOD : SHADE_BAD,
			   number_at(pool, "since_ms") };
	size_t i;

	print_row(view, &row,
		  "%s, in flight %" PRId64 ", unsent %" PRId64 ", handled %" PRId64
		  ", crashed %" PRId64,
		  text_at(pool, "pool"), number_at(pool, "in_hand"), number_at(pool, "unsent"),
		  number_at(pool, "handled"), number_at(pool, "crashed"));
	if (number_at(pool, "sender_pid"))
		print_row(view,
			  &(struct row) { "  sender", number_at(pool, "sender_pid"), "", SHADE_DIM,
					  -1 },
			  "%s", "");
	json_array_foreach(children, i, child)
	{
		print_child(view, child);
	}
}

static void print_recorder(struct view *view, const json_t *recorder)
{
	struct row row = { "recorder", number_at(recorder, "pid"), text_at(recorder, "state"),
			   recorder_is_ready(recorder) ? SHADE_GOOD : SHADE_WAITING,
			   number_at(recorder, "since_ms") };

	print_row(view, &row, "%s, Postgres %s, Redis %s, sightings %" PRId64 ", written %" PRId64,
		  text_at(recorder, "host"), text_at(recorder, "postgres"),
		  text_at(recorder, "redis"), number_at(recorder, "sightings"),
		  number_at(recorder, "written"));
}

static void print_crashd(struct view *view, const json_t *crashd)
{
	bool ready = is_true_at(crashd, "ready");
	struct row row = { "crashd", number_at(crashd, "pid"), ready ? "ready" : "waiting",
			   ready ? SHADE_GOOD : SHADE_WAITING, number_at(crashd, "up_ms") };

	print_row(view, &row,
		  "Logfire %s, received %" PRId64 ", delivered %" PRId64 ", expired %" PRId64
		  ", pending %" PRId64,
		  text_at(crashd, "logfire"), number_at(crashd, "received"),
		  number_at(crashd, "delivered"), number_at(crashd, "expired"),
		  number_at(crashd, "pending"));
}

static void print_all(struct view *view, const json_t *list,
		      void (*print)(struct view *view, const json_t *one), const char *who)
{
	const json_t *one;
	char missing[64];
	size_t i;

	json_array_foreach(list, i, one)
	{
		print(view, one);
	}
	snprintf(missing, sizeof(missing), "no %s has said HELLO", who);
	if (!json_array_size(list))
		print_missing(view, who, missing);
}

/* The pools come last: with their children they may be long. */
void view_print(const struct overview *overview, bool colour, struct buffer *out)
{
	struct view view = { out, colour };

	paint(&view, SHADE_DIM);
	buffer_printf(out, "%-14s%7s  %-8s%6s\n", "PROCESS", "PID", "STATE", "SINCE");
	unpaint(&view);
	if (overview->ingress)
		print_ingress(&view, overview->ingress);
	else
		print_missing(&view, "ingress", overview->ingress_fault);
	print_pause(&view, overview->ingress);
	print_webhook(&view, json_object_get(overview->ingress, "webhook"));
	if (overview->crashd)
		print_crashd(&view, overview->crashd);
	else
		print_missing(&view, "crashd", overview->crashd_fault);
	if (overview->ingress) {
		print_all(&view, json_object_get(overview->ingress, "recorders"), print_recorder,
			  "recorder");
		print_all(&view, json_object_get(overview->ingress, "pools"), print_pool, "pool");
	}
}

/* The first lines of a text that has more than `lines` of them, and how many are left out. */
void view_cut(struct buffer *text, size_t lines)
{
	const char *at = buffer_text(text), *cut = NULL;
	size_t count = 0;

	for (; (at = strchr(at, '\n')); at++)
		if (++count == lines - 1)
			cut = at + 1;
	if (count <= lines)
		return;
	text->size = (size_t)(cut - (const char *)text->data);
	buffer_printf(text, "… and %zu more lines without --watch\n", count - lines + 1);
}
