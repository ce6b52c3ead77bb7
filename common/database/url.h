/* url.h - parses REDIS_URL: redis://[[user]:password@]host[:port][/db] or
 * unix://[[user]:password@]/path[?db=N]. Percent escapes are decoded (RFC 3986). */
#ifndef COMMON_DATABASE_URL_H
#define COMMON_DATABASE_URL_H

#include <stdbool.h>

#include "common/why.h"

struct redis_url {
	char *path; /* unix socket, or NULL */
	char *host; /* TCP, or NULL */
	int port;
	char *user, *password; /* or NULL */
	int database;
};

/* The reason never includes the URL, which contains a password. */
MUST_CHECK bool redis_url_parse(const char *url, struct redis_url *out, struct why *why);
void redis_url_finish(struct redis_url *url);

#endif
