/* fetch_allow.c - reads the list and compares addresses with it. */
#include "workers/wire/fetch_allow.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ", "

static bool read_port(const char *text, uint16_t *out)
{
	char *end;
	long port = strtol(text, &end, 10);

	*out = (uint16_t)port;
	return text[0] >= '1' && text[0] <= '9' && *end == '\0' && port <= UINT16_MAX;
}

static bool read_one(char *text, struct fetch_allowed *out)
{
	char *colon = strrchr(text, ':');

	if (!colon || !read_port(colon + 1, &out->port))
		return false;
	*colon = '\0';
	if (text[0] == '[' && colon > text && colon[-1] == ']') {
		colon[-1] = '\0';
		out->family = AF_INET6;
		return inet_pton(AF_INET6, text + 1, out->address) == 1;
	}
	out->family = AF_INET;
	return inet_pton(AF_INET, text, out->address) == 1;
}

bool fetch_allow_parse(const char *text, struct fetch_allow *out, struct why *why)
{
	*out = (struct fetch_allow) { 0 };
	for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
		size_t length = strcspn(text, SEPARATORS);
		char one[64] = "";

		if (out->count == FETCH_ALLOW_MAX)
			return why_set(why, "KORONE_FETCH_ALLOW: more than %d addresses",
				       FETCH_ALLOW_MAX);
		if (length < sizeof(one))
			memcpy(one, text, length);
		if (!read_one(one, &out->all[out->count]))
			return why_set(why,
				       "KORONE_FETCH_ALLOW: \"%.*s\" is no address with a port, "
				       "such as 127.0.0.1:8080 or [::1]:8080",
				       (int)length, text);
		out->count++;
		text += length;
	}
	return true;
}

bool fetch_allow_has(const struct fetch_allow *allow, const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(&v4, 0, sizeof(v4));
	memset(&v6, 0, sizeof(v6));
	if (address->sa_family == AF_INET)
		memcpy(&v4, address, sizeof(v4));
	else if (address->sa_family == AF_INET6)
		memcpy(&v6, address, sizeof(v6));
	for (size_t i = 0; i < allow->count; i++) {
		const struct fetch_allowed *one = &allow->all[i];

		if (one->family != address->sa_family)
			continue;
		if (one->family == AF_INET && one->port == ntohs(v4.sin_port) &&
		    memcmp(one->address, &v4.sin_addr, 4) == 0)
			return true;
		if (one->family == AF_INET6 && one->port == ntohs(v6.sin6_port) &&
		    memcmp(one->address, &v6.sin6_addr, 16) == 0)
			return true;
	}
	return false;
}

bool fetch_allow_has_port(const struct fetch_allow *allow, uint16_t port)
{
	for (size_t i = 0; i < allow->count; i++)
		if (allow->all[i].port == port)
			return true;
	return false;
}
