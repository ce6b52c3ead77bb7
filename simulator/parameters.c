#include "simulator/parameters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "simulator/json_scan.h"

static bool add(struct parameters *parameters, struct parameter parameter, struct why *why)
{
	if (parameters->count == PARAMETERS_MAX)
		return why_set(why, "too many parameters");
	parameters->items[parameters->count++] = parameter;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct text percent_decode(struct text from, struct arena *arena)
{
	char *out = arena_alloc(arena, from.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < from.length; i++) {
		char c = from.data[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%' && i + 2 < from.length && hex_value(from.data[i + 1]) >= 0 &&
			   hex_value(from.data[i + 2]) >= 0) {
			c = (char)(hex_value(from.data[i + 1]) << 4 | hex_value(from.data[i + 2]));
			i += 2;
		}
		out[length++] = c;
	}
	return (struct text) { out, length };
}

static bool parse_form(struct text form, struct arena *arena, struct parameters *out,
		       struct why *why)
{
	const char *at = form.data;
	const char *end = form.data + form.length;

	while (at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		const char *equals;
		struct parameter parameter = { 0 };

		if (!stop)
			stop = end;
		equals = memchr(at, '=', (size_t)(stop - at));
		if (equals) {
			parameter.name = percent_decode((struct text) { at, (size_t)(equals - at) },
							arena);
			parameter.value = percent_decode(
				(struct text) { equals + 1, (size_t)(stop - equals - 1) }, arena);
			if (!add(out, parameter, why))
				return false;
		}
		at = stop + 1;
	}
	return true;
}

static struct text terminated(struct text text, struct arena *arena)
{
	return (struct text) { arena_strndup(arena, text.data, text.length), text.length };
}

static bool parse_json(struct text body, struct arena *arena, struct parameters *out,
		       struct why *why)
{
	struct json_scan scan = { body.data, body.data + body.length };

	if (!json_scan_enter(&scan, '{'))
		return why_set(why, "can't parse JSON object");
	while (!json_scan_leave(&scan, '}')) {
		struct parameter parameter = { 0 };

		if (!json_scan_string(&scan, arena, &parameter.name) || !json_scan_colon(&scan))
			return why_set(why, "can't parse JSON object");
		if (json_scan_is_string(&scan)) {
			if (!json_scan_string(&scan, arena, &parameter.value))
				return why_set(why, "can't parse JSON object");
		} else {
			if (!json_scan_skip(&scan, &parameter.value))
				return why_set(why, "can't parse JSON object");
			parameter.value = terminated(parameter.value, arena);
		}
		/* null is the same as not given */
		if (!text_is(parameter.value, "null") && !add(out, parameter, why))
			return false;
	}
	return json_scan_at_end(&scan) || why_set(why, "can't parse JSON object");
}

static const char *find_bytes(struct text in, const char *what, size_t length)
{
	return in.length < length ? NULL : memmem(in.data, in.length, what, length);
}

/* Up to `stop`, or to the end. */
static struct text cut(struct text *from, char stop)
{
	const char *at = memchr(from->data, stop, from->length);
	size_t length = at ? (size_t)(at - from->data) : from->length;
	struct text result = { from->data, length };
	size_t used = at ? length + 1 : length;

	*from = (struct text) { from->data + used, from->length - used };
	return result;
}

static struct text without_blanks(struct text text)
{
	while (text.length > 0 && (*text.data == ' ' || *text.data == '\t'))
		text = (struct text) { text.data + 1, text.length - 1 };
	while (text.length > 0 &&
	       (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
		text.length--;
	return text;
}

/* The value of NAME="…" or NAME=… in a Content-Disposition line (RFC 6266). */
static struct text disposition(struct text line, const char *name)
{
	cut(&line, ';');
	while (line.length > 0) {
		struct text key = without_blanks(cut(&line, '='));
		struct text value;

		line = without_blanks(line);
		if (line.length > 0 && *line.data == '"') {
			cut(&line, '"');
			value = cut(&line, '"');
			cut(&line, ';');
		} else {
			value = without_blanks(cut(&line, ';'));
		}
		if (key.length == strlen(name) && !strncasecmp(key.data, name, key.length))
			return value;
	}
	return (struct text) { 0 };
}

static bool take_part(struct text headers, struct text value, struct arena *arena,
		      struct parameters *out, struct why *why)
{
	struct parameter parameter = { .value = value };
	const char *at = headers.data;
	const char *end = headers.data + headers.length;

	while (at < end) {
		const char *stop = memchr(at, '\r', (size_t)(end - at));
		struct text line = { at, (size_t)((stop ? stop : end) - at) };

		if (line.length > 20 && !strncasecmp(line.data, "content-disposition:", 20)) {
			parameter.name = disposition(line, "name");
			parameter.file_name = disposition(line, "filename");
		} else if (line.length > 13 && !strncasecmp(line.data, "content-type:", 13)) {
			line.data += 13 + (line.data[13] == ' ');
			line.length = (size_t)((stop ? stop : end) - line.data);
			parameter.file_type = line;
		}
		at = stop ? stop + 2 : end;
	}
	if (!parameter.name.data)
		return why_set(why, "a part without a name");
	if (!parameter.file_name.data)
		parameter.value = terminated(value, arena);
	return add(out, parameter, why);
}

static bool find_boundary(struct text type, struct arena *arena, struct text *out)
{
	const char *at = find_bytes(type, "boundary=", 9);
	struct text value;

	if (!at)
		return false;
	at += 9;
	value = (struct text) { at, (size_t)(type.data + type.length - at) };
	if (value.length >= 2 && *at == '"') {
		value.data++;
		at = memchr(value.data, '"', value.length - 1);
		value.length = at ? (size_t)(at - value.data) : 0;
	} else if ((at = memchr(value.data, ';', value.length))) {
		value.length = (size_t)(at - value.data);
	}
	if (value.length == 0 || value.length > 70)
		return false;
	out->data = arena_printf(arena, "\r\n--%.*s", (int)value.length, value.data);
	out->length = value.length + 4;
	return true;
}

/* RFC 7578; the first boundary has no line break before it. */
static bool parse_multipart(const struct http_request *request, struct arena *arena,
			    struct parameters *out, struct why *why)
{
	struct text rest = request->body;
	struct text boundary;

	if (!find_boundary(request->content_type, arena, &boundary))
		return why_set(why, "boundary not found");
	if (rest.length < boundary.length ||
	    memcmp(rest.data, boundary.data + 2, boundary.length - 2) != 0)
		return why_set(why, "can't find the first boundary");
	rest.data += boundary.length - 2;
	rest.length -= boundary.length - 2;
	while (rest.length >= 2 && memcmp(rest.data, "--", 2) != 0) {
		const char *body = find_bytes(rest, "\r\n\r\n", 4);
		const char *stop;
		struct text after;

		if (!body)
			return why_set(why, "a part without an end of its headers");
		after = (struct text) { body + 4, (size_t)(rest.data + rest.length - body - 4) };
		stop = find_bytes(after, boundary.data, boundary.length);
		if (!stop)
			return why_set(why, "a part without an end");
		if (!take_part((struct text) { rest.data + 2, (size_t)(body - rest.data - 2) },
			       (struct text) { after.data, (size_t)(stop - after.data) }, arena,
			       out, why))
			return false;
		stop += boundary.length;
		rest = (struct text) { stop, (size_t)(rest.data + rest.length - stop) };
	}
	return true;
}

static bool type_is(struct text type, const char *name)
{
	size_t length = strlen(name);

	return type.length >= length && !strncasecmp(type.data, name, length);
}

bool parameters_parse(const struct http_request *request, struct arena *arena,
		      struct parameters *out, struct why *why)
{
	out->count = 0;
	if (request->query.data && !parse_form(request->query, arena, out, why))
		return false;
	if (request->body.length == 0)
		return true;
	if (type_is(request->content_type, "application/json"))
		return parse_json(request->body, arena, out, why);
	if (type_is(request->content_type, "application/x-www-form-urlencoded"))
		return parse_form(request->body, arena, out, why);
	if (type_is(request->content_type, "multipart/form-data"))
		return parse_multipart(request, arena, out, why);
	return true; /* a body of another type is ignored, as Telegram does */
}

const struct parameter *parameters_find(const struct parameters *parameters, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = parameters->count; i-- > 0;) {
		const struct parameter *parameter = &parameters->items[i];

		if (parameter->name.length == length && !memcmp(parameter->name.data, name, length))
			return parameter;
	}
	return NULL;
}

const char *parameters_text(const struct parameters *parameters, const char *name)
{
	const struct parameter *parameter = parameters_find(parameters, name);

	return parameter && !parameter->file_name.data ? parameter->value.data : "";
}

int64_t parameters_int(const struct parameters *parameters, const char *name, int64_t fallback,
		       int64_t minimum, int64_t maximum)
{
	const char *text = parameters_text(parameters, name);
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end || errno || value < INT32_MIN || value > INT32_MAX)
		value = fallback;
	return value < minimum ? minimum : value > maximum ? maximum : value;
}

int64_t parameters_id(const struct parameters *parameters, const char *name)
{
	const char *text = parameters_text(parameters, name);
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	return end == text || *end || errno ? 0 : value;
}

bool parameters_bool(const struct parameters *parameters, const char *name)
{
	const char *text = parameters_text(parameters, name);

	return !strcasecmp(text, "true") || !strcasecmp(text, "yes") || !strcmp(text, "1");
}
