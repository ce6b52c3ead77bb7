/* redis_connection.c - by hiredis, blocking. */
#include "recorder/redis_connection.h"

#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "recorder/resp.h"

#define TIMEOUT_MS 1000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000

bool redis_connection_init(struct redis_connection *connection, const char *url, struct why *why)
{
	*connection = (struct redis_connection) { .backoff_ms = BACKOFF_MIN_MS,
						  .state = "connecting" };
	if (!redis_url_parse(url, &connection->url, why))
		return false;
	if (connection->url.password)
		log_secret(connection->url.password);
	return true;
}

static void disconnect(struct redis_connection *connection)
{
	if (connection->context)
		redisFree(connection->context);
	connection->context = NULL;
	connection->ready = false;
}

void redis_connection_finish(struct redis_connection *connection)
{
	disconnect(connection);
	redis_url_finish(&connection->url);
	buffer_finish(&connection->commands);
}

bool redis_fail(struct redis_connection *connection, const char *text)
{
	static const char *const refusals[] = { "WRONGPASS",   "NOAUTH",
						"NOPERM",      "ERR invalid password",
						"ERR AUTH",    "ERR Client sent AUTH",
						"ERR DB index" };
	size_t length = strcspn(text, "\r\n");

	if (length == 0)
		length = strlen(text = "an error that says nothing");
	log_redact_copy(connection->state, sizeof(connection->state), text, length);
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (!strncmp(text, refusals[i], strlen(refusals[i])))
			connection->refused = true;
	disconnect(connection);
	connection->errors++;
	/* Half to all of the back-off, so that recorders do not come back all at once. */
	connection->next_try_ms = clock_boot_ms() + connection->backoff_ms / 2 +
				  random_u64() % (connection->backoff_ms / 2 + 1);
	connection->backoff_ms *= 2;
	if (connection->backoff_ms > BACKOFF_MAX_MS)
		connection->backoff_ms = BACKOFF_MAX_MS;
	return false;
}

static bool fail_context(struct redis_connection *connection)
{
	return redis_fail(connection, connection->context && *connection->context->errstr
					      ? connection->context->errstr
					      : "the connection was lost");
}

/* --- commands --- */

bool redis_send(struct redis_connection *connection)
{
	int status = redisAppendFormattedCommand(connection->context,
						 (const char *)connection->commands.data,
						 connection->commands.size);

	buffer_clear(&connection->commands);
	return status == REDIS_OK || fail_context(connection);
}

redisReply *redis_receive(struct redis_connection *connection)
{
	redisReply *reply;

	if (redisGetReply(connection->context, (void **)&reply) != REDIS_OK) {
		fail_context(connection);
		return NULL;
	}
	if (reply->type == REDIS_REPLY_ERROR) {
		redis_fail(connection, reply->str);
		freeReplyObject(reply);
		return NULL;
	}
	return reply;
}

redisReply *redis_call(struct redis_connection *connection, size_t count, const char *const *words)
{
	resp_command(&connection->commands, count);
	for (size_t i = 0; i < count; i++)
		resp_word(&connection->commands, words[i]);
	return redis_send(connection) ? redis_receive(connection) : NULL;
}

bool redis_succeeded(redisReply *reply)
{
	if (reply)
		freeReplyObject(reply);
	return reply != NULL;
}

/* --- connecting --- */

static bool log_in(struct redis_connection *connection)
{
	char database[16];

	if (connection->url.password &&
	    !redis_succeeded(connection->url.user
				     ? REDIS_CALL(connection, "AUTH", connection->url.user,
						  connection->url.password)
				     : REDIS_CALL(connection, "AUTH", connection->url.password)))
		return false;
	snprintf(database, sizeof(database), "%d", connection->url.database);
	return !connection->url.database ||
	       redis_succeeded(REDIS_CALL(connection, "SELECT", database));
}

static bool read_run_id(struct redis_connection *connection)
{
	redisReply *reply = REDIS_CALL(connection, "INFO", "server");
	const char *at;

	if (!reply)
		return false;
	at = reply->str ? strstr(reply->str, "run_id:") : NULL;
	if (at)
		snprintf(connection->run_id, sizeof(connection->run_id), "%.*s",
			 (int)strcspn(at, "\r\n"), at);
	freeReplyObject(reply);
	return at || redis_fail(connection, "INFO has no run_id");
}

/* Limits name look-ups, too: Postgres ends the caller's session when it is silent for seconds
 * (state.c). The resolver's state belongs to the thread. */
static void limit_resolver(void)
{
	res_init();
	_res.retrans = 1;
	_res.retry = 1;
}

static bool connect_to(struct redis_connection *connection)
{
	struct timeval timeout = { .tv_sec = TIMEOUT_MS / 1000 };

	connection->refused = false;
	if (connection->url.host)
		limit_resolver();
	if (connection->url.path)
		connection->context = redisConnectUnixWithTimeout(connection->url.path, timeout);
	else
		connection->context = redisConnectWithTimeout(connection->url.host,
							      connection->url.port, timeout);
	if (!connection->context || connection->context->err ||
	    redisSetTimeout(connection->context, timeout) != REDIS_OK)
		return fail_context(connection);
	return log_in(connection) && read_run_id(connection);
}

bool redis_connect(struct redis_connection *connection)
{
	if (connection->context)
		return true;
	return clock_boot_ms() >= connection->next_try_ms && connect_to(connection);
}

void redis_works(struct redis_connection *connection)
{
	connection->backoff_ms = BACKOFF_MIN_MS;
}
