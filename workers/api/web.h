/* web.h - what a handler asks other hosts than Telegram's, over HTTP. */
#ifndef WORKERS_API_WEB_H
#define WORKERS_API_WEB_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/calls.h"
#include "workers/api/files.h"

struct ctx;

/* A host that a module may reach; others are refused, also where an answer redirects. A process of
 * its own fetches: it connects to no private address, and gives up after 15 s or 1 MiB. */
struct web_host {
	/* "api.example.org", "*.example.org" for every name below it, or "any"; on the port of its
	 * scheme (443, 80), or "NAME:PORT". */
	const char *name;
	/* The setting with the key that the host wants to be shown: KORONE_…_KEY, or in a file by
	 * KORONE_…_KEY_FILE. Whoever runs the bot sets it; no handler and no log sees it. Only
	 * with a name, and over https. It is sent as the parameter `query`, or in `header`:
	 * "Authorization: Bearer " is what comes before it. */
	const char *key, *query, *header;
	/* Without its key the module is not loaded, and the log says so; of several hosts that are
	 * needed one is enough. */
	bool needed;
	/* At most so many requests in any second, of all pools together: a handler waits for its
	 * turn, at most 10 s. 0: as many as it likes; at most 100. */
	unsigned per_second;
};

/* .hosts = HOSTS(HOST("*.example.com"), HOST("api.example.org", .key = "KORONE_EXAMPLE_KEY",
 * .query = "api_key")) */
#define HOSTS(...) ((const struct web_host[]) { __VA_ARGS__, HOST(NULL) })
/* clang-format off */
#define HOST(...) { .name = __VA_ARGS__ }
/* clang-format on */

/* Fetches JSON, which answer_integer() and the like read. The URL is a literal whose values are
 * percent-encoded, so that none becomes another path or parameter; "%s" alone is a URL as a person
 * wrote it. In the literal, %% is a percent sign. A good answer is kept for `keep_s` seconds, at
 * most a day, for all that ask the same; 0: not.
 *
 * answer_ok(): a status of 200 to 299, with JSON. Of another status answer_error() has a sentence
 * for people, and what the host wrote can be read all the same. answer_refused(): it will refuse
 * this again (not found, not allowed). */
const struct answer *ctx_fetch_json(struct ctx *ctx, int64_t keep_s, const char *url, ...)
	__attribute__((format(printf, 3, 4)));

/* The same into a file, of at most 50 MB and within a minute; kept is only what has at most 64 KiB.
 * file_error() says why there is none. Its name is the last part of the URL. */
const struct file *ctx_fetch(struct ctx *ctx, int64_t keep_s, const char *url, ...)
	__attribute__((format(printf, 3, 4)));

/* What a request has beside its URL; zeroed: nothing. */
struct fetch {
	int64_t keep_s;
	/* Posted instead of asked for with GET: parameters made by ctx_form(), or a text of this
	 * media type, of at most 256 KiB. Such a request is not made a second time when it may have
	 * arrived. */
	const char *form;
	const char *body, *media_type;
	const char *const *headers; /* at most 6 literals "Name: value"; NULL at the end */
};

#define HEADERS(...) ((const char *const[]) { __VA_ARGS__, NULL })

const struct answer *ctx_fetch_with(struct ctx *ctx, const struct fetch *fetch, const char *url,
				    ...) __attribute__((format(printf, 3, 4)));
/* "q=%s&target=%s": parameters for `.form`, their values percent-encoded. */
const char *ctx_form(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
