/* proxy.c - the order in which variables count, and the list of exceptions. */
#include "workers/fetcher/proxy.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/xalloc.h"

/* HTTP_PROXY is not read: a CGI program would take it from a request's header. */
static const char *const secure_names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
					    "ALL_PROXY" };
static const char *const plain_names[] = { "http_proxy", "all_proxy", "ALL_PROXY" };

static const char *first_of(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "";
}

/* "example.org" and ".example.org" both name it and what is below it. */
static bool covers(const char *word, size_t length, const char *host)
{
	size_t host_length = strlen(host);

	if (length && *word == '.') {
		word++;
		length--;
	}
	if (!length || length > host_length)
		return false;
	host += host_length - length;
	return strncasecmp(word, host, length) == 0 && (host_length == length || host[-1] == '.');
}

static bool is_exception(const char *host)
{
	static const char *const names[] = { "no_proxy", "NO_PROXY" };
	const char *at = first_of(names, COUNT_OF(names));

	if (strcmp(at, "*") == 0)
		return true;
	for (at += strspn(at, ", "); *at; at += strspn(at, ", ")) {
		size_t length = strcspn(at, ", ");

		if (covers(at, length, host))
			return true;
		at += length;
	}
	return false;
}

const char *proxy_for(const char *host, bool secure)
{
	const char *proxy = secure ? first_of(secure_names, COUNT_OF(secure_names))
				   : first_of(plain_names, COUNT_OF(plain_names));

	return *proxy && is_exception(host) ? "" : proxy;
}
