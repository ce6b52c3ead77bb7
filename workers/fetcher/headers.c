/* headers.c - the grammar of RFC 9110, 5.1 and 5.5, in ASCII, and a list. */
#include "workers/fetcher/headers.h"

#include <string.h>
#include <strings.h>

#include "common/xalloc.h"

/* Those that say where a request goes or where it ends are libcurl's. */
static bool is_header(struct text line)
{
	static const char *const ours[] = {
		"host:",    "content-length:", "connection:", "transfer-encoding:", "expect:",
		"upgrade:", "proxy-",          "te:",         "accept-encoding:",   "cookie:"
	};
	static const char token[] = "-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789";
	const char *colon = memchr(line.data, ':', line.length);

	if (!colon || colon == line.data)
		return false;
	for (const char *at = line.data; at < colon; at++)
		if (!*at || !strchr(token, *at))
			return false;
	for (const char *at = colon; at < line.data + line.length; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			return false;
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (line.length >= strlen(ours[i]) &&
		    strncasecmp(line.data, ours[i], strlen(ours[i])) == 0)
			return false;
	return true;
}

bool headers_are_good(const struct fetch_request *request)
{
	for (size_t i = 0; i < request->headers_count; i++)
		if (!is_header(request->headers[i]))
			return false;
	return true;
}
