/* web_url.h - addresses of web pages as people write them: their parts, and their normal form
 * (RFC 3986, 6.2). */
#ifndef WORKERS_MODULES_TOOLS_WEB_URL_H
#define WORKERS_MODULES_TOOLS_WEB_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/module.h"

struct web_url {
	const char *scheme; /* "https" or "http"; "https" when none was written */
	const char *user;   /* what stands before an "@"; "" nothing */
	const char *host;   /* in lower case and ASCII (RFC 5890); IPv6 without brackets */
	const char *shown;  /* the host as people read it */
	int64_t port;       /* 0: the scheme's own */
	const char *path;   /* "/…", without "." and ".." */
	const char *query, *fragment; /* without "?" and "#"; "" none */
};

/* Reads "https://example.org/x", "example.org/x" or just a host. False for what is none of those,
 * or has another scheme. */
bool web_url_read(struct ctx *ctx, const char *text, struct web_url *out);
/* In normal form. */
const char *web_url_text(struct ctx *ctx, const struct web_url *url);
/* Leaves out the parameters that only tell who shared a link, and parts of the fragment that only
 * mark words. Returns how many went. */
size_t web_url_clean(struct ctx *ctx, struct web_url *url);

/* Whether a host is an address of IPv4 or IPv6, and not a name. */
bool host_is_address(const char *host);
/* NULL for an address of the internet, else what it is: "private", "loopback", … */
const char *host_address_class(const char *host);
/* Whether a name can be one of the public DNS: it has a dot, and its last label is not one that RFC
 * 6761, RFC 8375 and ICANN keep for private networks. */
bool host_is_public_name(const char *host);

#endif
