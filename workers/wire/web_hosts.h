/* web_hosts.h - the hosts that the loaded modules may reach, as the nursery tells them to the
 * parent and the parent to the fetcher: a row is one of a module's `.hosts`. */
#ifndef WORKERS_WIRE_WEB_HOSTS_H
#define WORKERS_WIRE_WEB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/buffer.h"
#include "common/pack.h"
#include "common/settings.h"
#include "common/why.h"

struct web_hosts_row {
	char *module;
	char *name;    /* "api.example.org", "*.example.org" or "any"; lower case, without a port */
	uint16_t port; /* 0: that of the scheme */
	char *key;     /* "" or the setting that has the key */
	char *query;   /* the parameter in which it is sent, or "" */
	char *header;  /* the header in which it is sent, up to the key, or "" */
};

/* Zeroed is empty. */
struct web_hosts {
	struct web_hosts_row *rows;
	size_t count, capacity;
};

/* Adds a row; "NAME:PORT" is taken apart. Texts are copied, NULL is "". False when it cannot be
 * one, with the reason. */
MUST_CHECK bool web_hosts_add(struct web_hosts *hosts, const char *module, const char *name,
			      const char *key, const char *query, const char *header,
			      struct why *why);
void web_hosts_finish(struct web_hosts *hosts);
void web_hosts_encode(const struct web_hosts *hosts, struct buffer *out);
/* Into an empty table. What is not as web_hosts_add() made it is refused. */
MUST_CHECK bool web_hosts_decode(struct cursor *cursor, struct web_hosts *out);

/* The row that lets this module reach the host (lower case) at the port: the one that fits most
 * closely, or NULL. `fallback`: the port of the scheme. */
const struct web_hosts_row *web_hosts_find(const struct web_hosts *hosts, struct text module,
					   const char *host, uint16_t port, uint16_t fallback);

/* For --check-config: a line per row, and one per key that no row has a use for. */
void web_hosts_print(const struct web_hosts *hosts, const struct module_keys *keys, FILE *out);
bool web_hosts_use_key(const struct web_hosts *hosts, const char *key);

#endif
