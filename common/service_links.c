/* service_links.c - NAME_SERVICE_HOST, NAME_SERVICE_PORT[_PORT NAME], NAME_PORT, NAME_PORT_N_TCP
 * and NAME_PORT_N_TCP_{PROTO,PORT,ADDR}; UDP and SCTP likewise. */
#include "common/service_links.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* What may follow NAME_PORT: nothing, or number, protocol and perhaps a part. */
static bool is_port_form(const char *rest)
{
	static const char *const protocols[] = { "_TCP", "_UDP", "_SCTP" };
	static const char *const parts[] = { "", "_PROTO", "_PORT", "_ADDR" };
	size_t digits;

	if (*rest == '\0')
		return true;
	digits = *rest == '_' ? strspn(rest + 1, "0123456789") : 0;
	if (digits == 0 || digits > 5)
		return false;
	rest += 1 + digits;
	for (size_t i = 0; i < COUNT_OF(protocols); i++) {
		size_t length = strlen(protocols[i]);

		for (size_t k = 0; k < COUNT_OF(parts) && !strncmp(rest, protocols[i], length); k++)
			if (!strcmp(rest + length, parts[k]))
				return true;
	}
	return false;
}

static bool is_service_form(const char *rest)
{
	if (!strcmp(rest, "HOST") || !strcmp(rest, "PORT"))
		return true;
	return !strncmp(rest, "PORT_", 5) && rest[5] && strspn(rest, LETTERS) == strlen(rest);
}

static bool has_address(const char *name, size_t length)
{
	char *host = xasprintf("%.*s_SERVICE_HOST", (int)length, name);
	bool there = getenv(host) != NULL;

	free(host);
	return there;
}

/* Tries each place at which the name of the service may end. */
static bool has_form(const char *name)
{
	for (const char *at = name; (at = strchr(at, '_')); at++) {
		const char *rest = at + 1;
		bool good = !strncmp(rest, "SERVICE_", 8) ? is_service_form(rest + 8)
			    : !strncmp(rest, "PORT", 4)   ? is_port_form(rest + 4)
							  : false;

		if (good && has_address(name, (size_t)(at - name)))
			return true;
	}
	return false;
}

bool is_service_link(const char *variable, size_t length)
{
	char *name;
	bool is_one;

	if (!getenv("KUBERNETES_SERVICE_HOST"))
		return false;
	name = xstrndup(variable, length);
	is_one = has_form(name);
	free(name);
	return is_one;
}
