/* json.c - the JSON writer: commas, escapes, numbers independent of the locale, and msgpack as
 * JSON. */
#include "common/json.h"

#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

struct json json_start(struct buffer *out)
{
	return (struct json) { .out = out };
}

/* Before each value or key. */
static void separate(struct json *json)
{
	if (json->need_comma)
		buffer_append_byte(json->out, ',');
	json->need_comma = true;
}

static void open_with(struct json *json, char bracket)
{
	separate(json);
	buffer_append_byte(json->out, (uint8_t)bracket);
	json->need_comma = false;
}

static void close_with(struct json *json, char bracket)
{
	buffer_append_byte(json->out, (uint8_t)bracket);
	json->need_comma = true;
}

void json_object_start(struct json *json)
{
	open_with(json, '{');
}

void json_object_end(struct json *json)
{
	close_with(json, '}');
}

void json_array_start(struct json *json)
{
	open_with(json, '[');
}

void json_array_end(struct json *json)
{
	close_with(json, ']');
}

/* --- texts ----------------------------------------------------------------------------------- */

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void write_escape(struct buffer *out, uint8_t byte)
{
	static const char letters[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};

	if (byte == '"' || byte == '\\')
		buffer_printf(out, "\\%c", byte);
	else if (letters[byte])
		buffer_printf(out, "\\%c", letters[byte]);
	else
		buffer_printf(out, "\\u%04x", byte);
}

/* A character that is not copied as it is, or bytes that are none; returns how many it took. */
static size_t write_odd(struct buffer *out, const uint8_t *at, size_t left)
{
	size_t length = utf8_character((const char *)at, left);

	if (length == 0) {
		buffer_append_text(out, UTF8_REPLACEMENT);
		return utf8_broken((const char *)at, left);
	}
	if (length > 1)
		buffer_append(out, at, length);
	else
		write_escape(out, *at);
	return length;
}

static void write_characters(struct buffer *out, const uint8_t *at, size_t left)
{
	while (left > 0) {
		size_t length = 0;

		while (length < left && is_plain(at[length]))
			length++;
		if (length > 0)
			buffer_append(out, at, length);
		else
			length = write_odd(out, at, left);
		at += length;
		left -= length;
	}
}

static void write_quoted(struct buffer *out, const char *text, size_t length)
{
	buffer_append_byte(out, '"');
	write_characters(out, (const uint8_t *)text, length);
	buffer_append_byte(out, '"');
}

void json_key(struct json *json, const char *key)
{
	separate(json);
	write_quoted(json->out, key, strlen(key));
	buffer_append_byte(json->out, ':');
	json->need_comma = false;
}

void json_text(struct json *json, const char *text)
{
	json_text_n(json, text, text ? strlen(text) : 0);
}

void json_text_n(struct json *json, const char *text, size_t length)
{
	if (!text) {
		json_nil(json);
		return;
	}
	separate(json);
	write_quoted(json->out, text, length);
}

/* --- other values ---------------------------------------------------------------------------- */

void json_int(struct json *json, int64_t value)
{
	separate(json);
	buffer_printf(json->out, "%lld", (long long)value);
}

void json_uint(struct json *json, uint64_t value)
{
	separate(json);
	buffer_printf(json->out, "%llu", (unsigned long long)value);
}

/* printf() uses the locale's decimal point; JSON only knows one. */
static void write_number(struct buffer *out, const char *digits)
{
	size_t point = strspn(digits, "-0123456789");
	size_t rest = point + strcspn(digits + point, "0123456789eE");

	buffer_append(out, digits, point);
	if (rest > point)
		buffer_append_byte(out, '.');
	buffer_append_text(out, digits + rest);
}

void json_double(struct json *json, double value)
{
	char digits[64];

	if (!isfinite(value)) {
		json_nil(json);
		return;
	}
	/* The shortest of the three that reads back as the same number. */
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	separate(json);
	write_number(json->out, digits);
}

void json_bool(struct json *json, bool value)
{
	separate(json);
	buffer_append_text(json->out, value ? "true" : "false");
}

void json_nil(struct json *json)
{
	separate(json);
	buffer_append_text(json->out, "null");
}

void json_raw(struct json *json, const char *text, size_t length)
{
	separate(json);
	buffer_append(json->out, text, length);
}

/* --- from msgpack ---------------------------------------------------------------------------- */

/* RFC 4648, section 4. */
static void write_base64(struct json *json, struct text bytes)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *at = (const uint8_t *)bytes.data;

	separate(json);
	buffer_append_byte(json->out, '"');
	for (size_t left = bytes.length; left > 0;) {
		size_t taken = left < 3 ? left : 3;
		uint32_t group = (uint32_t)at[0] << 16;
		char out[4];

		if (taken > 1)
			group |= (uint32_t)at[1] << 8;
		if (taken > 2)
			group |= at[2];
		for (size_t i = 0; i < 4; i++)
			out[i] = i <= taken ? alphabet[group >> (18 - 6 * i) & 0x3f] : '=';
		buffer_append(json->out, out, sizeof(out));
		at += taken;
		left -= taken;
	}
	buffer_append_byte(json->out, '"');
}

static void write_value(struct json *json, struct cursor *cursor, unsigned depth);

static void write_elements(struct json *json, struct cursor *cursor, unsigned depth)
{
	size_t count = cursor_array(cursor);

	json_array_start(json);
	while (count-- > 0 && cursor_ok(cursor))
		write_value(json, cursor, depth);
	json_array_end(json);
}

static void write_pairs(struct json *json, struct cursor *cursor, unsigned depth)
{
	size_t count = cursor_map(cursor);

	json_object_start(json);
	while (count-- > 0 && cursor_ok(cursor)) {
		struct text key = cursor_text(cursor);

		if (!key.data) {
			cursor_fail(cursor, "object key is not a string");
			break;
		}
		json_text_n(json, key.data, key.length);
		buffer_append_byte(json->out, ':');
		json->need_comma = false;
		write_value(json, cursor, depth);
	}
	json_object_end(json);
}

/* `depth` is how much nesting is still allowed. */
static void write_value(struct json *json, struct cursor *cursor, unsigned depth)
{
	struct text text;

	switch (cursor_type(cursor)) {
	case PACK_NIL:
		cursor_skip(cursor);
		json_nil(json);
		return;
	case PACK_BOOL:
		json_bool(json, cursor_bool(cursor));
		return;
	case PACK_INT:
		json_int(json, cursor_int(cursor));
		return;
	case PACK_UINT:
		json_uint(json, cursor_uint(cursor));
		return;
	case PACK_DOUBLE:
		json_double(json, cursor_double(cursor));
		return;
	case PACK_TEXT:
		text = cursor_text(cursor);
		json_text_n(json, text.data, text.length);
		return;
	case PACK_BYTES:
		write_base64(json, cursor_bytes(cursor));
		return;
	case PACK_ARRAY:
	case PACK_MAP:
		if (depth == 0)
			cursor_fail(cursor, "nested too deep");
		else if (cursor_type(cursor) == PACK_ARRAY)
			write_elements(json, cursor, depth - 1);
		else
			write_pairs(json, cursor, depth - 1);
		return;
	case PACK_EXT:
	case PACK_NONE:
		cursor_fail(cursor, "a value cannot be written as JSON");
		return;
	}
}

bool json_from_pack(struct json *json, struct cursor *cursor)
{
	write_value(json, cursor, PACK_DEPTH_MAX);
	return cursor_ok(cursor);
}
