/* values.c - see values.h. */
#include "workers/storage/values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <hiredis/hiredis.h>

#include "common/clock.h"
#include "common/database/url.h"
#include "common/log.h"
#include "common/random.h"
#include "common/trace.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "values"

#define TIMEOUT_MS 1000
#define RETRY_MS 1000
/* A hash: a field for each bucket of ids that changed in the last hour, and one for all. It says
 * nothing about anybody. */
#define TOKENS_KEY "korone:settings"
#define TOKENS_SECONDS "3600"
#define ALL_FIELD "all"

struct values {
	struct redis_url url;
	redisContext *context;
	uint64_t next_try_ms;
	bool away; /* said so in the log */
};

struct values *values_create(const char *url, struct why *why)
{
	struct values *values = xcalloc(1, sizeof(*values));

	if (!redis_url_parse(url, &values->url, why)) {
		free(values);
		return NULL;
	}
	return values;
}

void values_close(struct values *values)
{
	if (values->context)
		redisFree(values->context);
	values->context = NULL;
}

void values_destroy(struct values *values)
{
	if (!values)
		return;
	values_close(values);
	redis_url_finish(&values->url);
	free(values);
}

/* --- commands --------------------------------------------------------------------------------- */

/* Always NULL. Says it once, not with every update. */
static redisReply *fail(struct values *values, const char *text)
{
	char line[128];

	log_redact_copy(line, sizeof(line), text, strcspn(text, "\r\n"));
	if (!values->away)
		log_warn("going on without Redis", log_text("error", line));
	values->away = true;
	values->next_try_ms = clock_boot_ms() + RETRY_MS;
	values_close(values);
	return NULL;
}

static redisReply *run(struct values *values, int count, const char **words)
{
	redisReply *reply = redisCommandArgv(values->context, count, words, NULL);

	if (!reply)
		return fail(values, values->context->errstr);
	if (reply->type == REDIS_REPLY_ERROR) {
		fail(values, reply->str);
		freeReplyObject(reply);
		return NULL;
	}
	return reply;
}

#define WORDS(...)                                                                         \
	(int)(sizeof((const char *[]) { __VA_ARGS__ }) / sizeof(char *)), (const char *[]) \
	{                                                                                  \
		__VA_ARGS__                                                                \
	}

static bool succeeds(redisReply *reply)
{
	if (reply)
		freeReplyObject(reply);
	return reply != NULL;
}

static bool log_in(struct values *values)
{
	const struct redis_url *url = &values->url;
	char database[16];

	if (url->password && url->user &&
	    !succeeds(run(values, WORDS("AUTH", url->user, url->password))))
		return false;
	if (url->password && !url->user && !succeeds(run(values, WORDS("AUTH", url->password))))
		return false;
	snprintf(database, sizeof(database), "%d", url->database);
	return url->database == 0 || succeeds(run(values, WORDS("SELECT", database)));
}

static bool connect_now(struct values *values)
{
	const struct redis_url *url = &values->url;
	struct timeval timeout = { .tv_sec = TIMEOUT_MS / 1000 };

	if (values->context)
		return true;
	if (clock_boot_ms() < values->next_try_ms)
		return false;
	values->context = url->path ? redisConnectUnixWithTimeout(url->path, timeout)
				    : redisConnectWithTimeout(url->host, url->port, timeout);
	if (!values->context || values->context->err ||
	    redisSetTimeout(values->context, timeout) != REDIS_OK)
		return fail(values, values->context ? values->context->errstr : "no memory");
	if (!log_in(values))
		return false;
	if (values->away)
		log_notice("Redis is back");
	values->away = false;
	return true;
}

/* NULL after a failure. */
static redisReply *command(struct values *values, int count, const char **words)
{
	return connect_now(values) ? run(values, count, words) : NULL;
}

/* --- short-lived values ----------------------------------------------------------------------- */

bool values_set(struct values *values, const char *key, const char *value, int64_t seconds)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, seconds);
	return succeeds(command(values, WORDS("SET", key, value, "EX", text)));
}

bool values_find(struct values *values, const char *key, struct buffer *out)
{
	redisReply *reply = command(values, WORDS("GET", key));
	bool found = reply && reply->type == REDIS_REPLY_STRING;

	if (found)
		buffer_append(out, reply->str, reply->len);
	if (reply)
		freeReplyObject(reply);
	return found;
}

bool values_remove(struct values *values, const char *key)
{
	return succeeds(command(values, WORDS("DEL", key)));
}

int values_claim(struct values *values, const char *key, int64_t seconds)
{
	redisReply *reply;
	char text[24];
	int claimed;

	snprintf(text, sizeof(text), "%" PRId64, seconds);
	reply = command(values, WORDS("SET", key, "", "EX", text, "NX"));
	if (!reply)
		return -1;
	claimed = reply->type != REDIS_REPLY_NIL;
	freeReplyObject(reply);
	return claimed;
}

int64_t values_count_keys(struct values *values)
{
	redisReply *reply = command(values, WORDS("DBSIZE"));
	int64_t count = reply ? reply->integer : -1;

	if (reply)
		freeReplyObject(reply);
	return count;
}

/* --- tokens ----------------------------------------------------------------------------------- */

bool values_announce(struct values *values, unsigned bucket)
{
	char field[16], token[24];

	snprintf(field, sizeof(field), "%u", bucket);
	snprintf(token, sizeof(token), "%" PRIu64, random_u64());
	return succeeds(command(values,
				WORDS("HSET", TOKENS_KEY, field, token, ALL_FIELD, token))) &&
	       succeeds(command(values, WORDS("EXPIRE", TOKENS_KEY, TOKENS_SECONDS)));
}

static uint64_t token_of(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, NULL, 10) : 0;
}

static void follow_all(struct values *values, struct settings_cache *settings_cache)
{
	redisReply *reply = command(values, WORDS("HGETALL", TOKENS_KEY));
	uint64_t tokens[SNAPSHOT_BUCKETS] = { 0 }, all = 0;

	if (!reply)
		return;
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		const char *field = reply->element[i]->str;
		uint64_t token = token_of(reply->element[i + 1]);

		if (field && strcmp(field, ALL_FIELD) == 0)
			all = token;
		else if (field)
			tokens[strtoul(field, NULL, 10) % SNAPSHOT_BUCKETS] = token;
	}
	freeReplyObject(reply);
	settings_cache_follow(settings_cache, all, tokens);
	settings_cache_note_followed(settings_cache);
}

void values_follow(struct values *values, struct settings_cache *settings_cache)
{
	redisReply *reply = command(values, WORDS("HGET", TOKENS_KEY, ALL_FIELD));
	uint64_t all;

	if (!reply)
		return;
	all = token_of(reply);
	freeReplyObject(reply);
	if (settings_cache_differ(settings_cache, all))
		follow_all(values, settings_cache);
	else
		settings_cache_note_followed(settings_cache);
}
