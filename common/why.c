/* why.c - formats the reason of a failure, with secrets redacted. */
#include "common/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define OMITTED "…"

static bool is_within_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

void why_fit(char *out, size_t size, const char *text)
{
	size_t length = strlen(text), kept = (size - sizeof(OMITTED)) / 2;
	size_t start = size - sizeof(OMITTED) - kept, end = length - kept;

	if (length < size) {
		memcpy(out, text, length + 1);
		return;
	}
	while (start > 0 && is_within_character(text[start]))
		start--;
	while (is_within_character(text[end]))
		end++;
	snprintf(out, size, "%.*s" OMITTED "%s", (int)start, text, text + end);
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
	why_fit(why->text, sizeof(why->text), whole);
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
