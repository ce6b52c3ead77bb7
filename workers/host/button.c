/* button.c - formats are parsed once per route; the same walk over a format writes and reads
 * data. */
#include "workers/host/button.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/log.h"
#include "workers/storage/seal.h"

/* --- formats ---------------------------------------------------------------------------------- */

static bool conversion_limit(const struct conversion *conversion, size_t *limit, struct why *why)
{
	if (conversion->flags[0] || conversion->width >= 0)
		return why_set(why, "button data does not allow flags or widths");
	switch (conversion->type) {
	case FORMAT_INTEGER:
		if (conversion->precision >= 0)
			return why_set(why, "a number in button data does not allow a precision");
		*limit = conversion->size == 'i' ? strlen("-2147483648")
						 : strlen("-9223372036854775808");
		return true;
	case FORMAT_TEXT:
		if (conversion->precision <= 0)
			return why_set(why, "a text in button data needs its limit: %%.16s");
		*limit = (size_t)conversion->precision;
		return true;
	case FORMAT_UNSIGNED:
	case FORMAT_REAL:
	case FORMAT_CHARACTER:
	case FORMAT_PERCENT:
		break;
	}
	return why_set(why, "button data allows %%d, %%lld and %%.Ns only");
}

/* Two values need something between them that tells where the first ends. */
static bool check_conversion(const struct conversion *conversion, size_t index, struct why *why)
{
	if (conversion->argument != index)
		return why_set(why, "button data takes its values in order");
	if (conversion->start[conversion->length] == '%')
		return why_set(why, "button data needs a character between two values");
	return true;
}

bool button_format_parse(const char *data, struct format *out, struct why *why)
{
	size_t longest = strlen(data) + SEAL_SIZE;

	if (data[0] == '\0' || data[0] == ':' || data[0] == '%')
		return why_set(why, "button data begins with a name");
	if (!format_parse(data, out, why))
		return false;
	for (size_t i = 0; i < out->count; i++) {
		size_t limit = 0;

		if (!conversion_limit(&out->conversions[i], &limit, why) ||
		    !check_conversion(&out->conversions[i], i, why))
			return false;
		longest += limit - out->conversions[i].length;
	}
	if (longest > BUTTON_DATA_MAX)
		return why_set(why, "button data \"%s\" may need %zu bytes; Telegram allows %d",
			       data, longest, BUTTON_DATA_MAX);
	return true;
}

struct text button_name(struct text data)
{
	size_t length = data.length > SEAL_SIZE ? data.length - SEAL_SIZE : 0;
	const char *colon = length ? memchr(data.data, ':', length) : NULL;

	return (struct text) { data.data, colon ? (size_t)(colon - data.data) : length };
}

/* --- values ----------------------------------------------------------------------------------- */

static bool read_integer(const char *start, size_t length, char size, intmax_t *out)
{
	char digits[24];
	char *end;
	long long number;

	if (length == 0 || length >= sizeof(digits))
		return false;
	memcpy(digits, start, length);
	digits[length] = '\0';
	number = strtoll(digits, &end, 10);
	if (*end != '\0' || digits[0] == ' ' || digits[0] == '+')
		return false;
	if (size == 'i' && (number < INT_MIN || number > INT_MAX))
		return false;
	*out = number;
	return true;
}

static bool read_value(const struct conversion *conversion, const char *start, size_t length,
		       struct arena *arena, union format_value *out)
{
	if (conversion->type == FORMAT_INTEGER)
		return read_integer(start, length, conversion->size, &out->integer);
	if (length > (size_t)conversion->precision)
		return false;
	out->text = arena_strndup(arena, start, length);
	return true;
}

/* Walks over format and body together; a value ends at the format's next character. */
static bool read_values(struct text body, const char *data, const struct format *format,
			struct arena *arena, union format_value *values)
{
	const char *at = body.data, *end = body.data + body.length;
	size_t next = 0;

	while (*data) {
		const struct conversion *conversion = &format->conversions[next];
		const char *stop = end;

		if (*data != '%') {
			if (at == end || *at++ != *data++)
				return false;
			continue;
		}
		data += conversion->length;
		if (*data)
			stop = memchr(at, *data, (size_t)(end - at));
		if (!stop || !read_value(conversion, at, (size_t)(stop - at), arena, &values[next]))
			return false;
		at = stop;
		next++;
	}
	return at == end;
}

static bool same_values(const struct format *format, const union format_value *a,
			const union format_value *b)
{
	for (size_t i = 0; i < format->count; i++) {
		bool same = format->conversions[i].type == FORMAT_TEXT
				    ? strcmp(a[i].text, b[i].text) == 0
				    : a[i].integer == b[i].integer;

		if (!same)
			return false;
	}
	return true;
}

/* --- pack and unpack -------------------------------------------------------------------------- */

static void append_text(char *out, size_t *length, const char *text, size_t size)
{
	if (*length + size > BUTTON_DATA_MAX)
		size = BUTTON_DATA_MAX - *length;
	memcpy(out + *length, text, size);
	*length += size;
}

/* The format ensures that the data fits, unless a text is over its limit: then it does not read
 * back as it was written. */
static size_t write_body(const char *data, const struct format *format,
			 const union format_value *values, struct arena *arena, char *out)
{
	size_t length = 0, next = 0;

	while (*data) {
		size_t plain = strcspn(data, "%");
		struct text value;

		append_text(out, &length, data, plain);
		data += plain;
		if (!*data)
			break;
		value = format_render(&format->conversions[next], &values[next], arena);
		append_text(out, &length, value.data, value.length);
		data += format->conversions[next++].length;
	}
	return length;
}

const char *button_pack(const char *data, const struct format *format,
			const struct button_owner *owner, va_list arguments, struct arena *arena,
			struct why *why)
{
	union format_value values[FORMAT_CONVERSIONS_MAX], again[FORMAT_CONVERSIONS_MAX];
	char *packed = arena_alloc(arena, BUTTON_DATA_MAX + SEAL_SIZE + 1);
	struct text body = { packed, 0 };

	if (!format_take(format, arguments, values, why))
		return NULL;
	body.length = write_body(data, format, values, arena, packed);
	if (!read_values(body, data, format, arena, again) || !same_values(format, values, again)) {
		why_set(why, "a text in button data \"%s\" is too long or holds its end", data);
		return NULL;
	}
	seal_make(owner->key, SEAL_BUTTON, owner->chat_id, owner->user_id, body.data, body.length,
		  packed + body.length);
	return packed;
}

bool button_unpack(struct text pressed, const char *data, const struct format *format,
		   const struct button_owner *owner, struct arena *arena,
		   union format_value values[FORMAT_CONVERSIONS_MAX])
{
	struct text body = pressed;

	if (pressed.length <= SEAL_SIZE || pressed.length > BUTTON_DATA_MAX)
		return false;
	body.length -= SEAL_SIZE;
	return seal_fits(owner->key, SEAL_BUTTON, owner->chat_id, owner->user_id, body.data,
			 body.length, body.data + body.length) &&
	       read_values(body, data, format, arena, values);
}

/* --- for handlers ----------------------------------------------------------------------------- */

static const union format_value *require_value(const struct button *button, size_t index,
					       enum format_type type)
{
	const struct pressed_button *pressed = (const struct pressed_button *)button;

	if (index >= pressed->format.count || pressed->format.conversions[index].type != type)
		panic("value %zu of a button is not there or has another type", index);
	return &pressed->values[index];
}

int64_t button_integer(const struct button *button, size_t index)
{
	return require_value(button, index, FORMAT_INTEGER)->integer;
}

const char *button_text(const struct button *button, size_t index)
{
	return require_value(button, index, FORMAT_TEXT)->text;
}
