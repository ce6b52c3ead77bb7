/* format.h - parsed printf formats, for markup.c (which lets no argument become markup) and
 * button.c (which reads back what a format wrote). Flags, width, precision, `*` for either, and
 * positions ("%2$s", for translators) work; %n and %p do not. A precision cuts a text between two
 * characters: "%.5s" writes at most five bytes, and no half of a character. */
#ifndef WORKERS_HOST_FORMAT_H
#define WORKERS_HOST_FORMAT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/pack.h"
#include "common/why.h"

#define FORMAT_CONVERSIONS_MAX 16

enum format_type {
	FORMAT_PERCENT, /* %%: takes no argument */
	FORMAT_INTEGER,
	FORMAT_UNSIGNED,
	FORMAT_REAL,
	FORMAT_CHARACTER,
	FORMAT_TEXT,
};

struct conversion {
	const char *start; /* its % in the format */
	size_t length;
	enum format_type type;
	char letter;       /* d, s, … */
	char size;         /* 'i' int, 'l' long, 'L' long long */
	int precision;     /* -1: none */
	char flags[8];     /* as written */
	int width;         /* -1: none */
	unsigned argument; /* from 0 */
	/* Arguments that are the width or the precision, as in "%.*s"; -1: none. */
	int width_argument, precision_argument;
};

struct format {
	struct conversion conversions[FORMAT_CONVERSIONS_MAX];
	size_t count;
};

union format_value {
	intmax_t integer;
	uintmax_t unsigned_integer;
	double real;
	const char *text;
};

MUST_CHECK bool format_parse(const char *text, struct format *out, struct why *why);
/* Takes the arguments in their own order, whatever order the format uses; values[i] is for
 * conversions[i]. False when positions leave a gap, since the type of that argument is unknown. */
MUST_CHECK bool format_take(const struct format *format, va_list arguments,
			    union format_value values[FORMAT_CONVERSIONS_MAX], struct why *why);
/* The same for a format that may have `*`, which become the numbers that they stand for. */
MUST_CHECK bool format_settle(struct format *format, va_list arguments,
			      union format_value values[FORMAT_CONVERSIONS_MAX], struct why *why);
/* What the conversion writes for the value. */
struct text format_render(const struct conversion *conversion, const union format_value *value,
			  struct arena *arena);
/* All of it, as plain text; NULL and a reason when the format cannot be read. */
const char *format_print(struct arena *arena, const char *format, va_list arguments,
			 struct why *why);

#endif
