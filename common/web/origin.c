#include "common/web/origin.h"

#include <string.h>
#include <strings.h>

#include "common/xalloc.h"

bool host_names_add(struct host_names *hosts, const char *name)
{
	if (hosts->count == HOST_NAMES_MAX)
		return false;
	hosts->names[hosts->count++] = name;
	return true;
}

static bool is_same(struct text text, const char *name)
{
	return text.length == strlen(name) && !strncasecmp(text.data, name, text.length);
}

/* Without the port: what is forwarded here has another one. */
static struct text without_port(struct text host)
{
	size_t length = host.length;

	while (length > 0 && host.data[length - 1] >= '0' && host.data[length - 1] <= '9')
		length--;
	if (length > 0 && host.data[length - 1] == ':')
		host.length = length - 1;
	return host;
}

static bool is_known(struct text host, const struct host_names *hosts)
{
	static const char *const own[] = { "localhost", "127.0.0.1", "[::1]" };
	struct text name = without_port(host);

	for (size_t i = 0; i < COUNT_OF(own); i++) {
		if (is_same(name, own[i]))
			return true;
	}
	for (size_t i = 0; i < hosts->count; i++) {
		if (is_same(name, hosts->names[i]))
			return true;
	}
	return false;
}

/* The origin of the pages that are served here: "http://" and what Host says. */
static bool is_own_origin(struct text origin, struct text host)
{
	static const char scheme[] = "http://";
	size_t length = sizeof(scheme) - 1;

	return host.data && origin.length == length + host.length &&
	       !strncasecmp(origin.data, scheme, length) &&
	       !strncasecmp(origin.data + length, host.data, host.length);
}

int origin_check(const struct http_request *request, const struct host_names *hosts,
		 const char **reason)
{
	if (request->host.data && !is_known(request->host, hosts)) {
		*reason = "Misdirected Request: Host is none of this server's names, see --host";
		return 421;
	}
	if (request->origin.data && !is_own_origin(request->origin, request->host)) {
		*reason = "Forbidden: Origin is another site";
		return 403;
	}
	if (request->fetch_site.data && !is_same(request->fetch_site, "same-origin") &&
	    !is_same(request->fetch_site, "none")) {
		*reason = "Forbidden: Sec-Fetch-Site tells of another site";
		return 403;
	}
	return 0;
}
