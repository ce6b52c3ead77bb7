/* redis_connection.h - the recorder's connection to Redis: one at a time, every call blocks for at
 * most a second, after a failure it is closed and made again after a while. Only redis.c and
 * redis_connection.c include hiredis.h. */
#ifndef RECORDER_REDIS_CONNECTION_H
#define RECORDER_REDIS_CONNECTION_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/database/url.h"
#include "common/why.h"

struct redis_connection {
	struct redis_url url;
	redisContext *context; /* NULL: there is none */
	char run_id[64];       /* of the Redis that was reached last */
	bool ready;            /* redis.c owns the keys; ends with the connection */
	bool refused;          /* the login: an operator must act */
	uint64_t backoff_ms, next_try_ms;
	uint64_t errors;
	char state[160];
	struct buffer commands; /* to be sent together, written with resp.h */
};

/* Fails only when the URL is malformed. */
MUST_CHECK bool redis_connection_init(struct redis_connection *connection, const char *url,
				      struct why *why);
void redis_connection_finish(struct redis_connection *connection);
/* Connects, if there is no connection and it is time to. */
MUST_CHECK bool redis_connect(struct redis_connection *connection);
/* What was connected works: the next failure waits briefly again. */
void redis_works(struct redis_connection *connection);

MUST_CHECK bool redis_send(struct redis_connection *connection);
/* The next reply, to be freed; NULL after a failure, error replies included. */
redisReply *redis_receive(struct redis_connection *connection);
redisReply *redis_call(struct redis_connection *connection, size_t count, const char *const *words);
#define REDIS_CALL(connection, ...)                                                       \
	redis_call(connection, sizeof((const char *[]) { __VA_ARGS__ }) / sizeof(char *), \
		   (const char *[]) { __VA_ARGS__ })
/* For commands of which only the success matters; frees the reply. */
bool redis_succeeded(redisReply *reply);
/* Closes the connection; `text` is what redis_state() says. Always false, for `return
 * redis_fail(…)`. */
bool redis_fail(struct redis_connection *connection, const char *text);

#endif
