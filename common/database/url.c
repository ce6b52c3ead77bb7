/* url.c - parses REDIS_URL: scheme, login, host or path, database. */
#include "common/database/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define REDIS_PORT 6379
#define DATABASE_MAX 100000

void redis_url_finish(struct redis_url *url)
{
	free(url->path);
	free(url->host);
	free(url->user);
	if (url->password)
		explicit_bzero(url->password, strlen(url->password));
	free(url->password);
	*url = (struct redis_url) { 0 };
}

static int hex_digit(char character)
{
	if (!isxdigit((unsigned char)character))
		return -1;
	return isdigit((unsigned char)character) ? character - '0' : (character | 0x20) - 'a' + 10;
}

/* NULL when an escape is malformed or encodes NUL. */
static char *decode(const char *text, size_t length)
{
	char *out = xmalloc(length + 1), *at = out;

	for (size_t i = 0; i < length; i++) {
		int high, low;

		if (text[i] != '%') {
			*at++ = text[i];
			continue;
		}
		high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
		low = high >= 0 ? hex_digit(text[i + 2]) : -1;
		if (low < 0 || (high == 0 && low == 0)) {
			free(out);
			return NULL;
		}
		*at++ = (char)(high << 4 | low);
		i += 2;
	}
	return out;
}

static bool parse_number(const char *text, size_t length, int maximum, int *out)
{
	int value = 0;

	if (!length || length > 6)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*out = value;
	return value <= maximum;
}

/* [user]:password@ before the host or path; a single word is a password, as in "redis://:pw@". */
static bool parse_login(const char **at, const char *end, struct redis_url *out)
{
	const char *sign = memrchr(*at, '@', (size_t)(end - *at)), *colon;

	if (!sign)
		return true;
	colon = memchr(*at, ':', (size_t)(sign - *at));
	if (!colon)
		return false;
	if (colon > *at && !(out->user = decode(*at, (size_t)(colon - *at))))
		return false;
	out->password = decode(colon + 1, (size_t)(sign - colon - 1));
	*at = sign + 1;
	return out->password != NULL;
}

static bool parse_query(const char *query, struct redis_url *out)
{
	if (!query)
		return true;
	return !strncmp(query, "?db=", 4) &&
	       parse_number(query + 4, strlen(query + 4), DATABASE_MAX, &out->database);
}

static bool parse_unix(const char *at, struct redis_url *out)
{
	const char *query = strchr(at, '?'), *end = query ? query : at + strlen(at);
	const char *slash = memchr(at, '/', (size_t)(end - at));

	if (!slash || !parse_login(&at, slash, out) || *at != '/')
		return false;
	out->path = decode(at, (size_t)(end - at));
	return out->path && out->path[1] != '\0' && parse_query(query, out);
}

static bool parse_host(const char *at, const char *end, struct redis_url *out)
{
	const char *colon;

	out->port = REDIS_PORT;
	if (*at == '[') { /* IPv6 */
		const char *close = memchr(at, ']', (size_t)(end - at));

		if (!close)
			return false;
		out->host = decode(at + 1, (size_t)(close - at - 1));
		at = close + 1;
		colon = at < end && *at == ':' ? at : NULL;
		if (at < end && !colon)
			return false;
	} else {
		colon = memchr(at, ':', (size_t)(end - at));
		out->host = decode(at, (size_t)((colon ? colon : end) - at));
	}
	if (colon && (!parse_number(colon + 1, (size_t)(end - colon - 1), 65535, &out->port) ||
		      out->port == 0))
		return false;
	return out->host && *out->host;
}

static bool parse_tcp(const char *at, struct redis_url *out)
{
	const char *query = strchr(at, '?'), *end = query ? query : at + strlen(at);
	const char *login_end = memrchr(at, '@', (size_t)(end - at));
	const char *slash;

	if (login_end && !parse_login(&at, login_end + 1, out))
		return false;
	slash = memchr(at, '/', (size_t)(end - at));
	if (!parse_host(at, slash ? slash : end, out))
		return false;
	if (slash && slash + 1 < end &&
	    !parse_number(slash + 1, (size_t)(end - slash - 1), DATABASE_MAX, &out->database))
		return false;
	return parse_query(query, out);
}

bool redis_url_parse(const char *url, struct redis_url *out, struct why *why)
{
	bool good;

	*out = (struct redis_url) { 0 };
	if (!strncmp(url, "rediss://", 9))
		return why_set(why, "REDIS_URL: rediss:// (TLS) is not supported; connect through "
				    "a local TLS proxy with redis:// or unix://");
	if (!strncmp(url, "unix://", 7))
		good = parse_unix(url + 7, out);
	else if (!strncmp(url, "redis://", 8))
		good = parse_tcp(url + 8, out);
	else
		good = false;
	if (good)
		return true;
	redis_url_finish(out);
	return why_set(why, "REDIS_URL: is not a Redis URL; allowed: "
			    "redis://[user:password@]host[:port][/db] or unix://path[?db=N]");
}
