/* why.c - see why.h. */
#include "common/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool why_set(struct why *why, const char *format, ...)
{
	va_list arguments;

	if (!why)
		return false;
	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	return false;
}

bool why_prefix(struct why *why, const char *format, ...)
{
	char rest[WHY_SIZE];
	va_list arguments;
	int length;

	if (!why)
		return false;
	memcpy(rest, why->text, sizeof(rest));
	va_start(arguments, format);
	length = vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < sizeof(why->text))
		snprintf(why->text + length, sizeof(why->text) - (size_t)length, ": %s", rest);
	return false;
}
