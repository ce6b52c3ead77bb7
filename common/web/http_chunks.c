#include "common/web/http_chunks.h"

#include <stdbool.h>
#include <string.h>

#define LINE_MAX 1024 /* with an extension */
#define DIGITS_MAX 8

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* A line that ends with CR LF, or LF; NULL when its end is not there. *stop is where its text ends.
 */
static const char *next_line(const char *at, const char *end, const char **stop)
{
	size_t most = (size_t)(end - at) < LINE_MAX ? (size_t)(end - at) : LINE_MAX;
	const char *newline = memchr(at, '\n', most);

	if (!newline)
		return NULL;
	*stop = newline > at && newline[-1] == '\r' ? newline - 1 : newline;
	return newline + 1;
}

/* HEX [";" extension] */
static bool parse_size(const char *at, const char *stop, size_t *out)
{
	const char *start = at;

	*out = 0;
	while (at < stop && digit(*at) >= 0)
		*out = *out * 16 + (size_t)digit(*at++);
	return at > start && at - start <= DIGITS_MAX && (at == stop || *at == ';' || *at == ' ');
}

static enum http_state bad(int *status, int code)
{
	*status = code;
	return HTTP_BAD;
}

/* A line without an end is incomplete, unless it is too long already. */
static enum http_state unfinished(const char *at, const char *end, int *status)
{
	return end - at < LINE_MAX ? HTTP_MORE : bad(status, 400);
}

/* After the last chunk: lines up to an empty one, which are not looked at. */
static enum http_state skip_trailers(const char *at, const char *end, const char **after,
				     int *status)
{
	size_t most = HTTP_HEADER_MAX;
	const char *stop, *next;

	for (;;) {
		next = next_line(at, end, &stop);
		if (!next)
			return unfinished(at, end, status);
		if (stop == at)
			break;
		if ((size_t)(next - at) > most)
			return bad(status, 431);
		most -= (size_t)(next - at);
		at = next;
	}
	*after = next;
	return HTTP_READY;
}

enum http_state http_chunks_measure(const char *data, size_t size, size_t *length, int *status)
{
	const char *at = data, *end = data + size, *stop, *next;
	size_t chunk, sum = 0;
	enum http_state state;

	for (;;) {
		next = next_line(at, end, &stop);
		if (!next)
			return unfinished(at, end, status);
		if (!parse_size(at, stop, &chunk))
			return bad(status, 400);
		at = next;
		if (chunk == 0)
			break;
		sum += chunk;
		if (sum > HTTP_BODY_MAX)
			return bad(status, 413);
		if ((size_t)(end - at) < chunk)
			return HTTP_MORE;
		at += chunk;
		next = next_line(at, end, &stop);
		if (!next)
			return end - at < 2 ? HTTP_MORE : bad(status, 400);
		if (stop != at)
			return bad(status, 400);
		at = next;
	}
	state = skip_trailers(at, end, &next, status);
	if (state == HTTP_READY)
		*length = (size_t)(next - data);
	return state;
}

size_t http_chunks_join(char *data, size_t size)
{
	const char *at = data, *end = data + size, *stop;
	char *to = data;
	size_t chunk;

	for (;;) {
		const char *next = next_line(at, end, &stop);

		if (!next || !parse_size(at, stop, &chunk) || chunk == 0)
			return (size_t)(to - data);
		memmove(to, next, chunk);
		to += chunk;
		at = next_line(next + chunk, end, &stop);
	}
}
