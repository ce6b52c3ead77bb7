/* format.c - parses formats, takes their arguments, and renders single conversions by
 * snprintf(). */
#include "workers/host/format.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* `*at` is after the %. */
static bool read_conversion(const char **at, unsigned *next, struct conversion *out,
			    struct why *why)
{
	size_t flags;

	out->start = *at - 1;
	if (!read_position(at, &out->argument))
		out->argument = *next;
	flags = strspn(*at, "-+ #0");
	if (flags >= sizeof(out->flags))
		return why_set(why, "too many flags in a conversion");
	memcpy(out->flags, *at, flags);
	out->flags[flags] = '\0';
	*at += flags;
	out->width = isdigit((unsigned char)**at) ? read_number(at) : -1;
	out->precision = -1;
	if (**at == '.') {
		(*at)++;
		out->precision = read_number(at);
	}
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

static const struct conversion *find_argument(const struct format *format, unsigned argument)
{
	for (size_t i = 0; i < format->count; i++)
		if (format->conversions[i].type != FORMAT_PERCENT &&
		    format->conversions[i].argument == argument)
			return &format->conversions[i];
	return NULL;
}

bool format_take(const struct format *format, va_list list,
		 union format_value values[FORMAT_CONVERSIONS_MAX], struct why *why)
{
	struct arguments arguments;
	union format_value taken[FORMAT_CONVERSIONS_MAX] = { { 0 } };
	unsigned count = 0;

	for (size_t i = 0; i < format->count; i++)
		if (format->conversions[i].type != FORMAT_PERCENT &&
		    format->conversions[i].argument >= count)
			count = format->conversions[i].argument + 1;
	for (unsigned i = 0; i < count; i++)
		if (i >= FORMAT_CONVERSIONS_MAX || !find_argument(format, i))
			return why_set(why, "the format skips its argument %u", i + 1);
	va_copy(arguments.list, list);
	for (unsigned i = 0; i < count; i++)
		take_value(find_argument(format, i), &arguments, &taken[i]);
	va_end(arguments.list);
	for (size_t i = 0; i < format->count; i++)
		if (format->conversions[i].type != FORMAT_PERCENT)
			values[i] = taken[format->conversions[i].argument];
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

/* A text without a width needs no copy. */
static struct text render_text(const struct conversion *conversion, const char *text,
			       struct arena *arena)
{
	char spelled[48];
	const char *padded;

	if (!text)
		text = "";
	if (conversion->width < 0 && conversion->precision < 0)
		return (struct text) { text, strlen(text) };
	if (conversion->width < 0)
		return (struct text) { text, strnlen(text, (size_t)conversion->precision) };
	spell(conversion, "", spelled);
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
