/* why.c - formats the reason of a failure, with secrets redacted. */
#include "common/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define OMITTED "…"
/* Of a reason that is too long: its last words are the cause, before them is usually a path. */
#define END_KEPT (WHY_SIZE / 2)

static bool is_within_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void copy_ends(char *out, size_t size, const char *whole, size_t length)
{
	size_t start = size - END_KEPT - sizeof(OMITTED), end = length - END_KEPT;

	if (length < size) {
		memcpy(out, whole, length + 1);
		return;
	}
	while (start > 0 && is_within_character(whole[start]))
		start--;
	while (is_within_character(whole[end]))
		end++;
	snprintf(out, size, "%.*s" OMITTED "%s", (int)start, whole, whole + end);
}

/* Secrets are hidden before truncation, which could leave an unrecognisable part. */
static void set_text(struct why *why, const char *format, va_list arguments)
{
	char *whole;

	if (vasprintf(&whole, format, arguments) < 0) {
		snprintf(why->text, sizeof(why->text), "no memory for the reason");
		return;
	}
	log_redact(whole);
	copy_ends(why->text, sizeof(why->text), whole, strlen(whole));
	free(whole);
}

bool why_set(struct why *why, const char *format, ...)
{
	va_list arguments;

	if (!why)
		return false;
	va_start(arguments, format);
	set_text(why, format, arguments);
	va_end(arguments);
	return false;
}

bool why_prefix(struct why *why, const char *format, ...)
{
	struct why prefix, rest;
	va_list arguments;

	if (!why)
		return false;
	rest = *why;
	va_start(arguments, format);
	set_text(&prefix, format, arguments);
	va_end(arguments);
	return why_set(why, "%s: %s", prefix.text, rest.text);
}
