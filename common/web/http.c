#include "common/web/http.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/web/http_chunks.h"

struct headers {
	struct text content_type, secret, reason;
	struct text host, origin, fetch_site;
	size_t content_length;
	int retry_after_s;
	bool has_length, encoded, chunked, close, keep_alive, expects_continue;
};

static bool is_name(struct text name, const char *word)
{
	return name.length == strlen(word) && !strncasecmp(name.data, word, name.length);
}

static bool has_word(struct text value, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i + length <= value.length; i++) {
		if (!strncasecmp(value.data + i, word, length))
			return true;
	}
	return false;
}

static struct text trim(const char *start, const char *end)
{
	while (start < end && (*start == ' ' || *start == '\t'))
		start++;
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct text) { start, (size_t)(end - start) };
}

/* The end of a line's text, whether it ends with CRLF or, as RFC 9112 2.2 allows, with LF. */
static const char *without_return(const char *line, const char *line_end)
{
	return line_end > line && line_end[-1] == '\r' ? line_end - 1 : line_end;
}

/* Digits only, at most 15 of them. */
static bool parse_size(struct text value, size_t *out)
{
	size_t number = 0;

	if (value.length == 0 || value.length > 15)
		return false;
	for (size_t i = 0; i < value.length; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
		number = number * 10 + (size_t)(value.data[i] - '0');
	}
	*out = number;
	return true;
}

/* A header that may come once. */
static bool take_once(struct text *out, struct text value)
{
	if (out->data)
		return false;
	*out = value;
	return true;
}

/* By these a server knows where a request comes from. */
static bool take_source(struct headers *headers, struct text name, struct text value)
{
	if (is_name(name, "host"))
		return take_once(&headers->host, value);
	if (is_name(name, "origin"))
		return take_once(&headers->origin, value);
	if (is_name(name, "sec-fetch-site"))
		return take_once(&headers->fetch_site, value);
	return true;
}

static bool take_header(struct headers *headers, struct text name, struct text value)
{
	size_t number;

	if (is_name(name, "content-length")) {
		if (!parse_size(value, &number) ||
		    (headers->has_length && headers->content_length != number))
			return false;
		headers->content_length = number;
		headers->has_length = true;
	} else if (is_name(name, "content-type")) {
		headers->content_type = value;
	} else if (is_name(name, "transfer-encoding")) {
		headers->encoded = true;
		headers->chunked = is_name(value, "chunked");
	} else if (is_name(name, "connection")) {
		headers->close = has_word(value, "close");
		headers->keep_alive = has_word(value, "keep-alive");
	} else if (is_name(name, "expect")) {
		headers->expects_continue = has_word(value, "100-continue");
	} else if (is_name(name, "x-telegram-bot-api-secret-token")) {
		headers->secret = value;
	} else if (is_name(name, "retry-after")) {
		if (parse_size(value, &number) && number < 1000000)
			headers->retry_after_s = (int)number;
	} else {
		return take_source(headers, name, value);
	}
	return true;
}

/* The lines after the first one, up to the empty line that ends at `end`. */
static bool take_headers(struct headers *headers, const char *at, const char *end)
{
	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		const char *stop;
		const char *colon;

		if (!line_end)
			return false;
		stop = without_return(at, line_end);
		if (stop == at)
			return true;
		colon = memchr(at, ':', (size_t)(stop - at));
		/* A folded line or a name with blanks is how requests are smuggled. */
		if (!colon || colon == at || *at == ' ' || *at == '\t' || colon[-1] == ' ')
			return false;
		if (!take_header(headers, (struct text) { at, (size_t)(colon - at) },
				 trim(colon + 1, stop)))
			return false;
		at = line_end + 1;
	}
	return false;
}

/* Bytes up to and with the empty line; 0 when it is not there yet. */
static size_t find_header_end(const char *data, size_t size)
{
	const char *at = data;
	const char *end = data + size;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		if (at < end && *at == '\n')
			return (size_t)(at + 1 - data);
		if (at + 1 < end && at[0] == '\r' && at[1] == '\n')
			return (size_t)(at + 2 - data);
	}
	return 0;
}

static enum http_state bad(struct http_request *out, int status)
{
	out->status = status;
	return HTTP_BAD;
}

/* METHOD SP TARGET SP HTTP/1.x; returns the minor version or -1. */
static int take_request_line(struct http_request *out, const char *line, const char *end)
{
	const char *space = memchr(line, ' ', (size_t)(end - line));
	const char *second;
	const char *question;

	if (!space || space == line)
		return -1;
	out->method = (struct text) { line, (size_t)(space - line) };
	line = space + 1;
	second = memchr(line, ' ', (size_t)(end - line));
	if (!second || second == line || end - second != 9 || memcmp(second, " HTTP/1.", 8) != 0)
		return -1;
	question = memchr(line, '?', (size_t)(second - line));
	out->path = (struct text) { line, (size_t)((question ? question : second) - line) };
	if (question)
		out->query = (struct text) { question + 1, (size_t)(second - question - 1) };
	return second[8] == '1' ? 1 : second[8] == '0' ? 0 : -1;
}

static enum http_state take_chunks(struct http_request *out, const char *data, size_t size)
{
	size_t length;
	enum http_state state = http_chunks_measure(data + out->header_size,
						    size - out->header_size, &length, &out->status);

	if (state != HTTP_READY)
		return state;
	out->chunked = true;
	out->body = (struct text) { data + out->header_size, length };
	out->size = out->header_size + length;
	return HTTP_READY;
}

enum http_state http_parse(const char *data, size_t size, struct http_request *out)
{
	struct headers headers = { 0 };
	const char *line_end;
	int minor;

	*out = (struct http_request) { 0 };
	out->header_size = find_header_end(data, size < HTTP_HEADER_MAX ? size : HTTP_HEADER_MAX);
	if (out->header_size == 0)
		return size >= HTTP_HEADER_MAX ? bad(out, 431) : HTTP_MORE;
	line_end = memchr(data, '\n', out->header_size);
	minor = take_request_line(out, data, without_return(data, line_end));
	if (minor < 0)
		return bad(out, 400);
	if (!take_headers(&headers, line_end + 1, data + out->header_size))
		return bad(out, 400);
	/* Both is how requests are smuggled; other encodings are not known here. */
	if (headers.encoded && (headers.has_length || !headers.chunked))
		return bad(out, headers.has_length ? 400 : 501);
	if (headers.content_length > HTTP_BODY_MAX)
		return bad(out, 413);
	out->content_type = headers.content_type;
	out->secret = headers.secret;
	out->host = headers.host;
	out->origin = headers.origin;
	out->fetch_site = headers.fetch_site;
	out->keep_alive = minor == 1 ? !headers.close : headers.keep_alive;
	out->size = out->header_size + headers.content_length;
	out->expects_continue = headers.expects_continue;
	if (headers.chunked)
		return take_chunks(out, data, size);
	if (size < out->size)
		return HTTP_MORE;
	out->body = (struct text) { data + out->header_size, headers.content_length };
	return HTTP_READY;
}

static bool take_status_line(struct http_response *out, const char *line, const char *end)
{
	size_t status;

	if (end - line < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
	    !parse_size((struct text) { line + 9, 3 }, &status))
		return false;
	out->status = (int)status;
	out->reason = trim(line + 12, end);
	out->keep_alive = line[7] == '1';
	return true;
}

enum http_state http_parse_response(const char *data, size_t size, bool at_end,
				    struct http_response *out)
{
	struct headers headers = { 0 };
	size_t header_size = find_header_end(data, size);
	const char *line_end;

	*out = (struct http_response) { 0 };
	if (header_size == 0)
		return size >= HTTP_HEADER_MAX || at_end ? HTTP_BAD : HTTP_MORE;
	line_end = memchr(data, '\n', header_size);
	if (!take_status_line(out, data, without_return(data, line_end)) ||
	    !take_headers(&headers, line_end + 1, data + header_size))
		return HTTP_BAD;
	out->keep_alive = out->keep_alive && !headers.close;
	out->retry_after_s = headers.retry_after_s;
	if (!headers.has_length && (headers.encoded || at_end || out->status != 204)) {
		/* Ends with the connection; a chunked body is not needed, only its status. */
		out->keep_alive = false;
		if (!at_end && !headers.encoded)
			return HTTP_MORE;
		headers.content_length = headers.encoded ? 0 : size - header_size;
	}
	if (headers.content_length > HTTP_BODY_MAX)
		return HTTP_BAD;
	out->size = header_size + headers.content_length;
	if (size < out->size)
		return at_end ? HTTP_BAD : HTTP_MORE;
	out->body = (struct text) { data + header_size, headers.content_length };
	return HTTP_READY;
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 413, "Request Entity Too Large" },
		{ 421, "Misdirected Request" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return status < 500 ? "Error" : "Server Error";
}
