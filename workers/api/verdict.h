/* verdict.h - what a handler returns, and how it says that it failed. */
#ifndef WORKERS_API_VERDICT_H
#define WORKERS_API_VERDICT_H

#include <stdbool.h>

struct ctx;

enum verdict {
	DONE, /* handled: no other route is tried, what was queued is sent */
	PASS, /* not mine: the next matching route is tried; what was queued stays */
	FAIL, /* from ctx_fail() */
};

/* Reports that a fault keeps the handler from its work, with the reason for the report (not shown
 * to people, no personal data): what was queued is dropped, the person gets a reference id. */
#define ctx_fail(ctx, ...) ctx_fail_at((ctx), __FILE__, __LINE__, __func__, __VA_ARGS__)
enum verdict ctx_fail_at(struct ctx *ctx, const char *file, unsigned line, const char *function,
			 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Whether this handler has failed, by itself or in a function that fails it: then what it has read
 * means nothing. */
bool ctx_has_failed(const struct ctx *ctx);
/* This handler looks at what people write to each other, and none of them asked for it: when what
 * it reads of the stores cannot be read, its row is passed over, as if it had returned PASS before
 * it did anything, and nobody is told. Guards (`.first`) need not say so, nor do rows about edits,
 * posts of channels, members, requests to join, reactions and what Telegram itself writes. */
void ctx_only_look(struct ctx *ctx);

#endif
