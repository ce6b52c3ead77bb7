/* proxy_request.c - strict: what two readers may understand differently is refused. */
#include "workers/fetcher/proxy_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/xalloc.h"

static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz";

static bool is_token(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!text[i] || !strchr(token, text[i]))
			return false;
	return length > 0;
}

/* Without spaces and what is not ASCII, so that no reader sees another end of it. */
static bool is_place(struct text place)
{
	for (size_t i = 0; i < place.length; i++)
		if (place.data[i] <= ' ' || place.data[i] >= 127)
			return false;
	return place.length > 0;
}

/* HOST:PORT and nothing more. */
static bool is_authority(struct text place)
{
	const char *colon = memrchr(place.data, ':', place.length);
	size_t digits = colon ? (size_t)(place.data + place.length - colon - 1) : 0;

	if (!colon || colon == place.data || !digits || digits > 5)
		return false;
	for (size_t i = 1; i <= digits; i++)
		if (colon[i] < '0' || colon[i] > '9')
			return false;
	for (const char *at = place.data; at < colon; at++)
		if (strchr("/@?#\\%", *at))
			return false;
	return true;
}

static bool read_first_line(struct text line, struct proxy_request *out)
{
	const char *end = line.data + line.length;
	const char *space = memchr(line.data, ' ', line.length);
	const char *second = space ? memchr(space + 1, ' ', (size_t)(end - space - 1)) : NULL;

	if (!second || end - second != 9 ||
	    (memcmp(second, " HTTP/1.1", 9) != 0 && memcmp(second, " HTTP/1.0", 9) != 0))
		return false;
	out->method = (struct text) { line.data, (size_t)(space - line.data) };
	out->place = (struct text) { space + 1, (size_t)(second - space - 1) };
	if (!is_token(out->method.data, out->method.length) || !is_place(out->place))
		return false;
	out->tunnels = text_is(out->method, "CONNECT");
	if (out->tunnels)
		return is_authority(out->place);
	return out->place.length > 7 && strncasecmp(out->place.data, "http://", 7) == 0;
}

static bool is_header(struct text line)
{
	const char *colon = memchr(line.data, ':', line.length);

	if (!colon || !is_token(line.data, (size_t)(colon - line.data)))
		return false;
	for (const char *at = colon; at < line.data + line.length; at++)
		if (((unsigned char)*at < ' ' && *at != '\t') || *at == 127)
			return false;
	return true;
}

/* The next line of the head, which ends with an empty one. */
static struct text next_line(struct text *rest)
{
	const char *end = memmem(rest->data, rest->length, "\r\n", 2);
	struct text line = { rest->data, (size_t)(end - rest->data) };

	rest->length -= line.length + 2;
	rest->data += line.length + 2;
	return line;
}

enum proxy_read proxy_request_read(const void *bytes, size_t size, struct proxy_request *out)
{
	const char *end = size ? memmem(bytes, size, "\r\n\r\n", 4) : NULL;
	struct text rest, line;

	*out = (struct proxy_request) { 0 };
	if (!end)
		return size < PROXY_HEAD_MAX ? PROXY_MORE : PROXY_MALFORMED;
	out->size = (size_t)(end + 4 - (const char *)bytes);
	if (out->size > PROXY_HEAD_MAX)
		return PROXY_MALFORMED;
	rest = (struct text) { bytes, out->size - 2 };
	if (!read_first_line(next_line(&rest), out))
		return PROXY_MALFORMED;
	out->headers = rest;
	while (rest.length) {
		line = next_line(&rest);
		if (!is_header(line))
			return PROXY_MALFORMED;
	}
	return PROXY_READ;
}

char *proxy_request_url(const struct proxy_request *request)
{
	return xasprintf("%s%.*s%s", request->tunnels ? "https://" : "", (int)request->place.length,
			 request->place.data, request->tunnels ? "/" : "");
}

/* Those for this connection only (RFC 9110, 7.6.1), and the host, which is ours to say. */
static bool is_dropped(struct text line)
{
	static const char *const names[] = { "host:",       "connection:", "proxy-",
					     "keep-alive:", "te:",         "upgrade:" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (line.length >= strlen(names[i]) &&
		    strncasecmp(line.data, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

void proxy_request_pass_on(const struct proxy_request *request, const struct target *target,
			   struct buffer *out)
{
	/* A target's URL is whole: "http://HOST[:PORT]/…". */
	const char *host = strstr(target->url, "://") + 3, *path = strchr(host, '/');
	struct text rest = request->headers;

	buffer_printf(out, "%.*s %s HTTP/1.1\r\nHost: %.*s\r\n", (int)request->method.length,
		      request->method.data, path, (int)(path - host), host);
	while (rest.length) {
		struct text line = next_line(&rest);

		if (!is_dropped(line))
			buffer_append(out, line.data, line.length + 2);
	}
	buffer_append_text(out, "Connection: close\r\n\r\n");
}
