/* format.c - parses formats, takes their arguments, and renders single conversions by
 * snprintf(). */
#include "workers/host/format.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/utf8.h"

#define FORMAT_ARGUMENTS_MAX (3 * FORMAT_CONVERSIONS_MAX)
#define FORMAT_WIDTH_MAX 4096

static int read_number(const char **at)
{
	int number = 0;

	while (isdigit((unsigned char)**at) && number < 100000)
		number = number * 10 + (*(*at)++ - '0');
	return number;
}

/* "2$" at the start of a conversion: counts from 1. False when there is none. */
static bool read_position(const char **at, unsigned *argument)
{
	const char *start = *at;
	int number = read_number(at);

	if (number > 0 && **at == '$') {
		*argument = (unsigned)number - 1;
		(*at)++;
		return true;
	}
	*at = start;
	return false;
}

static char read_size(const char **at)
{
	if ((*at)[0] == 'l' && (*at)[1] == 'l') {
		*at += 2;
		return 'L';
	}
	if (strchr("lzjt", **at) && **at) {
		(*at)++;
		return 'l';
	}
	while (**at == 'h')
		(*at)++;
	return 'i';
}

static bool read_type(char letter, enum format_type *out)
{
	switch (letter) {
	case 'd':
	case 'i':
		*out = FORMAT_INTEGER;
		return true;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		*out = FORMAT_UNSIGNED;
		return true;
	case 'e':
	case 'f':
	case 'g':
		*out = FORMAT_REAL;
		return true;
	case 'c':
		*out = FORMAT_CHARACTER;
		return true;
	case 's':
		*out = FORMAT_TEXT;
		return true;
	case '%':
		*out = FORMAT_PERCENT;
		return true;
	default:
		return false;
	}
}

/* "*" or "*2$": the argument that it stands for; -1 when there is none. */
static int read_star(const char **at, unsigned *next)
{
	unsigned argument;

	if (**at != '*')
		return -1;
	(*at)++;
	if (!read_position(at, &argument))
		argument = (*next)++;
	return (int)argument;
}

/* `*at` is after the %. */
static bool read_conversion(const char **at, unsigned *next, struct conversion *out,
			    struct why *why)
{
	size_t flags;
	bool positioned;

	out->start = *at - 1;
	positioned = read_position(at, &out->argument);
	flags = strspn(*at, "-+ #0");
	if (flags >= sizeof(out->flags))
		return why_set(why, "too many flags in a conversion");
	memcpy(out->flags, *at, flags);
	out->flags[flags] = '\0';
	*at += flags;
	out->width_argument = read_star(at, next);
	out->width = isdigit((unsigned char)**at) ? read_number(at) : -1;
	out->precision = out->precision_argument = -1;
	if (**at == '.') {
		(*at)++;
		out->precision_argument = read_star(at, next);
		if (out->precision_argument < 0)
			out->precision = read_number(at);
	}
	if (!positioned)
		out->argument = *next;
	out->size = read_size(at);
	out->letter = **at;
	if (!read_type(out->letter, &out->type))
		return why_set(why, "conversion %%%c is not supported",
			       out->letter ? out->letter : ' ');
	(*at)++;
	out->length = (size_t)(*at - out->start);
	if (out->type != FORMAT_PERCENT)
		*next = out->argument + 1;
	return true;
}

bool format_parse(const char *text, struct format *out, struct why *why)
{
	unsigned next = 0;

	out->count = 0;
	while (*text) {
		if (*text++ != '%')
			continue;
		if (out->count == FORMAT_CONVERSIONS_MAX)
			return why_set(why, "more than %d conversions", FORMAT_CONVERSIONS_MAX);
		if (!read_conversion(&text, &next, &out->conversions[out->count], why))
			return false;
		out->count++;
	}
	return true;
}

/* In a struct, since a va_list may be an array, which changes its type when passed on. */
struct arguments {
	va_list list;
};

static void take_value(const struct conversion *conversion, struct arguments *arguments,
		       union format_value *out)
{
	char size = conversion->size;

	switch (conversion->type) {
	case FORMAT_INTEGER:
	case FORMAT_CHARACTER:
		out->integer = size == 'L'   ? va_arg(arguments->list, long long)
			       : size == 'l' ? va_arg(arguments->list, long)
					     : va_arg(arguments->list, int);
		return;
	case FORMAT_UNSIGNED:
		out->unsigned_integer = size == 'L'   ? va_arg(arguments->list, unsigned long long)
					: size == 'l' ? va_arg(arguments->list, unsigned long)
						      : va_arg(arguments->list, unsigned);
		return;
	case FORMAT_REAL:
		out->real = va_arg(arguments->list, double);
		return;
	case FORMAT_TEXT:
		out->text = va_arg(arguments->list, const char *);
		return;
	case FORMAT_PERCENT:
		return;
	}
}

/* Takes an argument of that number, whatever uses it; false when nothing does. */
static bool take_argument(const struct format *format, unsigned argument,
			  struct arguments *arguments, union format_value *out)
{
	for (size_t i = 0; i < format->count; i++) {
		const struct conversion *conversion = &format->conversions[i];

		if (conversion->type != FORMAT_PERCENT && conversion->argument == argument) {
			take_value(conversion, arguments, out);
			return true;
		}
		if (conversion->width_argument == (int)argument ||
		    conversion->precision_argument == (int)argument) {
			out->integer = va_arg(arguments->list, int);
			return true;
		}
	}
	return false;
}

static unsigned count_arguments(const struct format *format)
{
	int last = -1;

	for (size_t i = 0; i < format->count; i++) {
		const struct conversion *conversion = &format->conversions[i];

		if (conversion->type != FORMAT_PERCENT && (int)conversion->argument > last)
			last = (int)conversion->argument;
		if (conversion->width_argument > last)
			last = conversion->width_argument;
		if (conversion->precision_argument > last)
			last = conversion->precision_argument;
	}
	return (unsigned)(last + 1);
}

/* All arguments in their own order. */
static bool take_all(const struct format *format, va_list list,
		     union format_value taken[FORMAT_ARGUMENTS_MAX], struct why *why)
{
	struct arguments arguments;
	unsigned count = count_arguments(format);
	unsigned i = 0;

	va_copy(arguments.list, list);
	while (i < count && i < FORMAT_ARGUMENTS_MAX &&
	       take_argument(format, i, &arguments, &taken[i]))
		i++;
	va_end(arguments.list);
	return i == count || why_set(why, "the format skips its argument %u", i + 1);
}

static void deal(const struct format *format, const union format_value *taken,
		 union format_value values[FORMAT_CONVERSIONS_MAX])
{
	for (size_t i = 0; i < format->count; i++)
		if (format->conversions[i].type != FORMAT_PERCENT)
			values[i] = taken[format->conversions[i].argument];
}

static bool has_star(const struct conversion *conversion)
{
	return conversion->width_argument >= 0 || conversion->precision_argument >= 0;
}

bool format_take(const struct format *format, va_list list,
		 union format_value values[FORMAT_CONVERSIONS_MAX], struct why *why)
{
	union format_value taken[FORMAT_ARGUMENTS_MAX] = { { 0 } };

	for (size_t i = 0; i < format->count; i++)
		if (has_star(&format->conversions[i]))
			return why_set(why, "a * is not allowed here");
	if (!take_all(format, list, taken, why))
		return false;
	deal(format, taken, values);
	return true;
}

/* C17 7.21.6.1: a negative width means the flag "-", a negative precision none. */
static bool settle(struct conversion *conversion, const union format_value *taken, struct why *why)
{
	intmax_t width = conversion->width_argument < 0 ? conversion->width
							: taken[conversion->width_argument].integer;
	size_t flags = strlen(conversion->flags);

	if (conversion->precision_argument >= 0)
		conversion->precision = taken[conversion->precision_argument].integer < 0
						? -1
						: (int)taken[conversion->precision_argument]
							  .integer;
	if (conversion->width_argument < 0)
		return true;
	if (width < 0 && flags + 1 < sizeof(conversion->flags))
		memcpy(conversion->flags + flags, "-", 2);
	conversion->width = (int)(width < 0 ? -width : width);
	return conversion->width <= FORMAT_WIDTH_MAX ||
	       why_set(why, "a width over %d", FORMAT_WIDTH_MAX);
}

bool format_settle(struct format *format, va_list list,
		   union format_value values[FORMAT_CONVERSIONS_MAX], struct why *why)
{
	union format_value taken[FORMAT_ARGUMENTS_MAX] = { { 0 } };

	if (!take_all(format, list, taken, why))
		return false;
	for (size_t i = 0; i < format->count; i++)
		if (!settle(&format->conversions[i], taken, why))
			return false;
	deal(format, taken, values);
	return true;
}

/* Writes a format of this one conversion for the widest type. */
static void spell(const struct conversion *conversion, const char *size, char out[48])
{
	char width[16] = "", precision[16] = "";

	if (conversion->width >= 0)
		snprintf(width, sizeof(width), "%d", conversion->width);
	if (conversion->precision >= 0)
		snprintf(precision, sizeof(precision), ".%d", conversion->precision);
	snprintf(out, 48, "%%%s%s%s%s%c", conversion->flags, width, precision, size,
		 conversion->letter);
}

/* How much of the text a precision leaves: no half of a character. Nothing behind it is read: the
 * text may end there without a NUL. */
static size_t cut(const char *text, int precision)
{
	size_t length = precision < 0 ? strlen(text) : strnlen(text, (size_t)precision);
	size_t last = length;
	uint8_t least, greatest;

	if (!length || length != (size_t)precision)
		return length;
	do
		last--;
	while (last > 0 && length - last < UTF8_CHARACTER_MAX &&
	       ((uint8_t)text[last] & 0xc0) == 0x80);
	return utf8_rule((uint8_t)text[last], &least, &greatest) > length - last ? last : length;
}

/* A text without a width needs no copy. */
static struct text render_text(const struct conversion *conversion, const char *text,
			       struct arena *arena)
{
	struct conversion whole = *conversion;
	char spelled[48];
	const char *padded;
	size_t length;

	if (!text)
		text = "";
	if (conversion->width < 0 && conversion->precision < 0)
		return (struct text) { text, strlen(text) };
	length = cut(text, conversion->precision);
	if (conversion->width < 0)
		return (struct text) { text, length };
	whole.precision = (int)length;
	spell(&whole, "", spelled);
	padded = arena_printf(arena, spelled, text);
	return (struct text) { padded, strlen(padded) };
}

struct text format_render(const struct conversion *conversion, const union format_value *value,
			  struct arena *arena)
{
	char spelled[48];
	char *text = NULL;

	switch (conversion->type) {
	case FORMAT_PERCENT:
		return (struct text) { "%", 1 };
	case FORMAT_TEXT:
		return render_text(conversion, value->text, arena);
	case FORMAT_CHARACTER:
		spell(conversion, "", spelled);
		text = arena_printf(arena, spelled, (int)value->integer);
		break;
	case FORMAT_INTEGER:
		spell(conversion, "j", spelled);
		text = arena_printf(arena, spelled, value->integer);
		break;
	case FORMAT_UNSIGNED:
		spell(conversion, "j", spelled);
		text = arena_printf(arena, spelled, value->unsigned_integer);
		break;
	case FORMAT_REAL:
		spell(conversion, "", spelled);
		text = arena_printf(arena, spelled, value->real);
		break;
	}
	return (struct text) { text, strlen(text) };
}

const char *format_print(struct arena *arena, const char *format, va_list arguments,
			 struct why *why)
{
	union format_value values[FORMAT_CONVERSIONS_MAX];
	struct buffer out = { 0 };
	struct format parsed;
	const char *text;
	size_t next = 0;

	if (!format_parse(format, &parsed, why) || !format_settle(&parsed, arguments, values, why))
		return NULL;
	while (*format) {
		size_t plain = strcspn(format, "%");

		buffer_append(&out, format, plain);
		format += plain;
		if (*format) {
			const struct conversion *conversion = &parsed.conversions[next];
			struct text value = format_render(conversion, &values[next++], arena);

			buffer_append(&out, value.data, value.length);
			format += conversion->length;
		}
	}
	text = arena_strdup(arena, buffer_text(&out));
	buffer_finish(&out);
	return text;
}
