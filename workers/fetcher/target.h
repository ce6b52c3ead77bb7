/* target.h - where a URL leads, and whether the module that asked may go there. */
#ifndef WORKERS_FETCHER_TARGET_H
#define WORKERS_FETCHER_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/pack.h"
#include "common/settings.h"
#include "common/why.h"
#include "workers/wire/fetch.h"
#include "workers/wire/fetch_allow.h"
#include "workers/wire/web_hosts.h"

/* What the fetcher was told at its start. */
struct target_rules {
	struct web_hosts hosts;
	struct module_keys keys;
	struct fetch_allow allow;
};

struct target {
	char *url; /* as libcurl reads it, without a key and a fragment */
	char host[256];
	uint16_t port;
	bool secure;
	bool is_stand_in; /* only KORONE_FETCH_ALLOW has this port */
	const struct web_hosts_row *row;
	const char *key; /* NULL: none is needed */
};

/* FETCH_OK, or why not, with the reason. The target is to be finished in any case. It gets no key:
 * for what a program asks by itself. */
enum fetch_outcome target_judge(const struct target_rules *rules, struct text module,
				const char *url, struct target *out, struct why *why);
/* What the address is for which this target must not be connected to it; NULL: it may. */
const char *target_refuses(const struct target_rules *rules, const struct target *target,
			   const struct sockaddr *address);
/* What a proxy resolves, we do not see. */
bool target_is_of_this_machine(const struct target *target);
/* target_judge(), and the key that the row names. */
enum fetch_outcome target_read(const struct target_rules *rules, struct text module,
			       const char *url, struct target *out, struct why *why);
void target_finish(struct target *target);
/* The URL with the key in it, where it belongs there; for the caller to free. */
char *target_url_with_key(const struct target *target);
/* "Name: …key", or NULL; for the caller to free. */
char *target_key_header(const struct target *target);
/* Whether a redirect may be followed: not from https to http, and not with a key in it to where
 * that key does not belong. */
enum fetch_outcome target_follows(const struct target_rules *rules, const struct target *from,
				  const struct target *to, struct why *why);
/* Overwrites every key in an answer, in case its host repeats what it was asked. */
void target_mask_keys(const struct target_rules *rules, char *bytes, size_t size);
/* Of the longest key, as it may be written. */
size_t target_longest_key(const struct target_rules *rules);

#endif
