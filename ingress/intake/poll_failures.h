/* poll_failures.h - calls of the Bot API that failed since the last one that went well: how long to
 * wait before the next, what is said about it, and what comes of a refused token
 * (common/token_check.h). */
#ifndef INGRESS_INTAKE_POLL_FAILURES_H
#define INGRESS_INTAKE_POLL_FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/token_check.h"
#include "ingress/intake/poll_answer.h"

/* Zeroed: none failed. */
struct poll_failures {
	unsigned count;
	uint64_t since_ms; /* 0: the last call went well */
	bool said_loud;
	struct token_check token;
	bool vouched; /* a check found the token good since the last call that went well */
};

/* Counts and logs the failure; in how many ms to call again. Ends the process when the token is
 * refused for good. */
uint64_t poll_failures_add(struct poll_failures *failures, const struct poll_answer *answer,
			   uint64_t now_ms);
/* Why it is waited, for people: "retrying: …". */
void poll_failures_describe(const struct poll_failures *failures, const struct poll_answer *answer,
			    char *out, size_t size);
/* Whether after such a failure the connection is not to be trusted. */
bool poll_failures_suspect_connection(enum poll_error error);
/* A call went well. */
void poll_failures_end(struct poll_failures *failures, uint64_t now_ms);

/* While true only getMe is to be called. */
bool poll_failures_checks_token(const struct poll_failures *failures);
/* getMe was answered, so the token is good. */
void poll_failures_token_is_good(struct poll_failures *failures);
/* The call that was refused is to be made again: in how many ms. At once, unless that was tried
 * before; only its own success ends the failure. */
uint64_t poll_failures_repeat(struct poll_failures *failures);

#endif
