/* why.c - formats the reason of a failure, with secrets redacted. */
#include "common/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define UNCUT_SIZE 4096

/* Secrets are hidden before truncation, which could leave an unrecognisable part. */
static void set_text(struct why *why, const char *format, va_list arguments)
{
	char whole[UNCUT_SIZE];

	vsnprintf(whole, sizeof(whole), format, arguments);
	log_redact_copy(why->text, sizeof(why->text), whole, strlen(whole));
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
