/* endpoint.c - checks the address of an ipc:// or tcp:// endpoint. */
#include "common/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static const char *after_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* "127.…:PORT", "localhost:PORT" or "[::1]:PORT". An interface name could be anything. */
static bool is_loopback(const char *address)
{
	const char *port = strrchr(address, ':');
	char host[64];

	if (!port || (size_t)(port - address) >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(port - address), address);
	if (!strcmp(host, "localhost") || !strcmp(host, "[::1]"))
		return true;
	return after_prefix(host, "127.") && host[strspn(host, "0123456789.")] == '\0';
}

/* libzmq takes the port modulo 65536 and treats letters as 0. */
static bool has_port(const char *address)
{
	const char *port = strrchr(address, ':');
	char *end;

	return port && port[1] >= '0' && port[1] <= '9' && strtoul(port + 1, &end, 10) <= 65535 &&
	       *end == '\0';
}

static bool check_tcp(const char *endpoint, const char *address, bool encrypted, struct why *why)
{
	/* "SOURCE;ADDRESS" is libzmq's syntax; it would hide the address from the check below. */
	if (strchr(address, ';') || !has_port(address))
		return why_set(why, "%s is not tcp://HOST:PORT", endpoint);
	if (!is_loopback(address) && !encrypted)
		return why_set(why,
			       "%s is not loopback and would not be encrypted: "
			       "set KORONE_CURVE_DIR",
			       endpoint);
	return true;
}

static bool check_ipc(const char *endpoint, const char *path, struct why *why)
{
	/* Names in the abstract namespace have no owner and no mode. */
	if (path[0] == '\0' || path[0] == '@' || path[0] == '*')
		return why_set(why, "%s is not ipc://PATH", endpoint);
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return why_set(why, "the path of %s is too long for a unix socket", endpoint);
	return true;
}

bool endpoint_check(const char *endpoint, bool encrypted, struct why *why)
{
	const char *address = after_prefix(endpoint, "tcp://");
	const char *path = after_prefix(endpoint, "ipc://");

	if (address)
		return check_tcp(endpoint, address, encrypted, why);
	if (path)
		return check_ipc(endpoint, path, why);
	return why_set(why, "%s is neither ipc://PATH nor tcp://HOST:PORT", endpoint);
}
