/* message_frame.c - the frame around each message of message.h, and readers and writers of shared
 * fields. */
#include "common/message_frame.h"

#include <string.h>

#include "common/log.h"

static const struct {
	enum message_number number;
	const char *name;
} names[] = {
#define MESSAGE_ROW(name, number, from, to, purpose) { MESSAGE_##name, #name },
	MESSAGES(MESSAGE_ROW)
#undef MESSAGE_ROW
};

/* NULL when the number is not one of ours. */
static const char *find_name(uint64_t number)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

const char *message_name(enum message_number number)
{
	const char *name = find_name(number);

	return name ? name : "UNKNOWN";
}

/* Greetings are how the two sides find a common version, so their own form never changes. */
static bool is_greeting(enum message_number number)
{
	return number == MESSAGE_POOL_HELLO || number == MESSAGE_RECORDER_HELLO ||
	       number == MESSAGE_WELCOME;
}

/* In which it got its present form, so that a peer that is as old understands it. */
static unsigned version_of(enum message_number number)
{
	if (is_greeting(number))
		return PROTOCOL_GREETING;
	return number == MESSAGE_VERDICTS ? 3 : 2;
}

/* Since when it has its present form: captures are held in files over an upgrade. */
static uint64_t oldest_of(enum message_number number)
{
	return number == MESSAGE_UPDATES ? 2 : 1;
}

static bool is_spoken(enum message_number number, uint64_t version)
{
	if (is_greeting(number))
		return version == PROTOCOL_GREETING;
	return version >= oldest_of(number) && version <= PROTOCOL_VERSION;
}

void frame_begin_since(struct buffer *out, enum message_number number, unsigned version,
		       size_t fields)
{
	pack_array(out, 2 + fields);
	pack_uint(out, version);
	pack_uint(out, number);
}

void frame_begin(struct buffer *out, enum message_number number, size_t fields)
{
	frame_begin_since(out, number, version_of(number), fields);
}

/* Reads version and number; returns the count of fields, or 0 with the cursor failed. */
static size_t open_any(struct cursor *cursor, enum message_number *number)
{
	size_t count = cursor_array(cursor);
	uint64_t version = cursor_uint(cursor);
	uint64_t value = cursor_uint(cursor);

	if (count < 2 || !cursor_ok(cursor)) {
		cursor_fail(cursor, "not one of our frames");
		return 0;
	}
	if (!find_name(value)) {
		cursor_fail(cursor, "an unknown message number");
		return 0;
	}
	*number = (enum message_number)value;
	if (!is_spoken(*number, version)) {
		cursor_fail(cursor, "an unknown protocol version");
		return 0;
	}
	return count - 2;
}

struct cursor frame_open_either(const void *data, size_t size, enum message_number number,
				size_t fields, size_t newer, size_t *out)
{
	struct cursor cursor = cursor_make(data, size);
	enum message_number found = number;

	if (size > MESSAGE_SIZE_MAX)
		cursor_fail(&cursor, "the frame is over the limit");
	*out = open_any(&cursor, &found);
	if (found != number)
		cursor_fail(&cursor, "not the expected message");
	if (*out != fields && *out != newer)
		cursor_fail(&cursor, "the wrong number of fields");
	return cursor;
}

struct cursor frame_open(const void *data, size_t size, enum message_number number, size_t fields)
{
	size_t count;

	return frame_open_either(data, size, number, fields, fields, &count);
}

bool frame_close(const struct cursor *cursor, enum message_number number, struct why *why)
{
	if (cursor_end(cursor, why))
		return true;
	return why_prefix(why, "%s", message_name(number));
}

bool message_number(const void *data, size_t size, enum message_number *out, struct why *why)
{
	struct cursor cursor = cursor_make(data, size);
	enum message_number number = MESSAGE_POOL_HELLO;

	open_any(&cursor, &number);
	if (!cursor_ok(&cursor))
		return why_set(why, "%s", cursor.fault);
	*out = number;
	return true;
}

/* --- fields ---------------------------------------------------------------------------------- */

uint64_t read_up_to(struct cursor *cursor, uint64_t maximum)
{
	uint64_t value = cursor_uint(cursor);

	if (value > maximum) {
		cursor_fail(cursor, "a number is over its limit");
		return 0;
	}
	return value;
}

uint8_t read_u8(struct cursor *cursor)
{
	return (uint8_t)read_up_to(cursor, UINT8_MAX);
}

uint32_t read_u32(struct cursor *cursor)
{
	return (uint32_t)read_up_to(cursor, UINT32_MAX);
}

uint64_t read_nonzero(struct cursor *cursor)
{
	uint64_t value = cursor_uint(cursor);

	if (value == 0)
		cursor_fail(cursor, "a number must not be 0");
	return value;
}

struct trace_id read_trace(struct cursor *cursor)
{
	struct trace_id trace = { { 0 } };

	cursor_fixed(cursor, trace.bytes, sizeof(trace.bytes));
	return trace;
}

size_t read_count(struct cursor *cursor, size_t limit)
{
	size_t count = cursor_array(cursor);

	if (count > limit) {
		cursor_fail(cursor, "a count is over its limit");
		return 0;
	}
	return count;
}

static struct text not_nil(struct cursor *cursor, struct text text)
{
	if (!text.data)
		cursor_fail(cursor, "a value is missing");
	return text;
}

struct text read_name_or_nil(struct cursor *cursor)
{
	struct text name = cursor_text(cursor);

	if (name.length > MESSAGE_NAME_MAX)
		cursor_fail(cursor, "a name is over its limit");
	return name;
}

struct text read_name(struct cursor *cursor)
{
	return not_nil(cursor, read_name_or_nil(cursor));
}

struct text read_text(struct cursor *cursor)
{
	return not_nil(cursor, cursor_text(cursor));
}

struct text read_body(struct cursor *cursor)
{
	return not_nil(cursor, cursor_bytes(cursor));
}

void write_trace(struct buffer *out, const struct trace_id *trace)
{
	pack_bytes(out, trace->bytes, sizeof(trace->bytes));
}

void write_count(struct buffer *out, size_t count, size_t limit)
{
	if (count > limit)
		panic("a message of %zu entries, %zu are allowed", count, limit);
	pack_array(out, count);
}

void write_name_or_nil(struct buffer *out, struct text name)
{
	size_t length = name.length < MESSAGE_NAME_MAX ? name.length : MESSAGE_NAME_MAX;

	pack_text_n(out, name.data, length);
}

void write_name(struct buffer *out, struct text name)
{
	write_name_or_nil(out, name.data ? name : (struct text) { "", 0 });
}

void write_text_or_nil(struct buffer *out, struct text text)
{
	pack_text_n(out, text.data, text.length);
}

void write_text(struct buffer *out, struct text text)
{
	pack_text_n(out, text.data ? text.data : "", text.length);
}

void write_body(struct buffer *out, struct text body)
{
	pack_bytes(out, body.data ? body.data : "", body.length);
}
