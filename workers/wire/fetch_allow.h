/* fetch_allow.h - KORONE_FETCH_ALLOW: addresses that the fetcher may connect to although they are
 * private, each with its port. */
#ifndef WORKERS_WIRE_FETCH_ALLOW_H
#define WORKERS_WIRE_FETCH_ALLOW_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/why.h"

#define FETCH_ALLOW_MAX 16

/* Zeroed is empty. */
struct fetch_allow {
	struct fetch_allowed {
		sa_family_t family;
		uint8_t address[16];
		uint16_t port;
	} all[FETCH_ALLOW_MAX];
	size_t count;
};

/* "127.0.0.1:8080, [::1]:8080"; "" is none. */
MUST_CHECK bool fetch_allow_parse(const char *text, struct fetch_allow *out, struct why *why);
bool fetch_allow_has(const struct fetch_allow *allow, const struct sockaddr *address);
/* Whether any of them has this port. */
bool fetch_allow_has_port(const struct fetch_allow *allow, uint16_t port);

#endif
