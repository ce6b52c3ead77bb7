/* pool_redis.c - one hiredis connection; after a failure the next attempt is RETRY_MS later. */
#include "workers/storage/pool_redis.h"

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

#define LOG_SUBSYSTEM "redis"

#define TIMEOUT_MS 1000
#define RETRY_MS 1000
/* A Redis hash: a field for each bucket of ids that changed in the last hour, and one for all
 * buckets. It reveals nothing about anybody. */
#define TOKENS_KEY "korone:settings"
#define TOKENS_SECONDS "3600"
#define ALL_FIELD "all"

struct pool_redis {
	struct redis_url url;
	redisContext *context;
	uint64_t next_try_ms;
	bool away; /* the log says so already */
};

struct pool_redis *pool_redis_create(const char *url, struct why *why)
{
	struct pool_redis *redis = xcalloc(1, sizeof(*redis));

	if (!redis_url_parse(url, &redis->url, why)) {
		free(redis);
		return NULL;
	}
	return redis;
}

void pool_redis_close(struct pool_redis *redis)
{
	if (redis->context)
		redisFree(redis->context);
	redis->context = NULL;
}

void pool_redis_destroy(struct pool_redis *redis)
{
	if (!redis)
		return;
	pool_redis_close(redis);
	redis_url_finish(&redis->url);
	free(redis);
}

/* --- commands --------------------------------------------------------------------------------- */

/* Always NULL. Logs it once, not with every update. */
static redisReply *fail(struct pool_redis *redis, const char *text)
{
	size_t length = strcspn(text, "\r\n");
	char line[128];

	if (length == 0)
		length = strlen(text = "an error that says nothing");
	log_redact_copy(line, sizeof(line), text, length);
	if (!redis->away)
		log_warn("going on without Redis", log_text("error", line));
	redis->away = true;
	redis->next_try_ms = clock_boot_ms() + RETRY_MS;
	pool_redis_close(redis);
	return NULL;
}

static redisReply *run(struct pool_redis *redis, int count, const char **words)
{
	redisReply *reply = redisCommandArgv(redis->context, count, words, NULL);

	if (!reply)
		return fail(redis, redis->context->errstr);
	if (reply->type == REDIS_REPLY_ERROR) {
		fail(redis, reply->str);
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

static bool log_in(struct pool_redis *redis)
{
	const struct redis_url *url = &redis->url;
	char database[16];

	if (url->password && url->user &&
	    !succeeds(run(redis, WORDS("AUTH", url->user, url->password))))
		return false;
	if (url->password && !url->user && !succeeds(run(redis, WORDS("AUTH", url->password))))
		return false;
	snprintf(database, sizeof(database), "%d", url->database);
	return url->database == 0 || succeeds(run(redis, WORDS("SELECT", database)));
}

static bool connect_now(struct pool_redis *redis)
{
	const struct redis_url *url = &redis->url;
	struct timeval timeout = { .tv_sec = TIMEOUT_MS / 1000 };

	if (redis->context)
		return true;
	if (clock_boot_ms() < redis->next_try_ms)
		return false;
	redis->context = url->path ? redisConnectUnixWithTimeout(url->path, timeout)
				   : redisConnectWithTimeout(url->host, url->port, timeout);
	if (!redis->context || redis->context->err ||
	    redisSetTimeout(redis->context, timeout) != REDIS_OK)
		return fail(redis, redis->context ? redis->context->errstr : "no memory");
	if (!log_in(redis))
		return false;
	if (redis->away)
		log_notice("Redis is back");
	redis->away = false;
	return true;
}

/* NULL after a failure. */
static redisReply *command(struct pool_redis *redis, int count, const char **words)
{
	return connect_now(redis) ? run(redis, count, words) : NULL;
}

/* --- short-lived values ----------------------------------------------------------------------- */

bool pool_redis_set(struct pool_redis *redis, const char *key, const char *value, int64_t seconds)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, seconds);
	return succeeds(command(redis, WORDS("SET", key, value, "EX", text)));
}

bool pool_redis_find(struct pool_redis *redis, const char *key, struct buffer *out)
{
	redisReply *reply = command(redis, WORDS("GET", key));
	bool found = reply && reply->type == REDIS_REPLY_STRING;

	if (found)
		buffer_append(out, reply->str, reply->len);
	if (reply)
		freeReplyObject(reply);
	return found;
}

bool pool_redis_remove(struct pool_redis *redis, const char *key)
{
	return succeeds(command(redis, WORDS("DEL", key)));
}

int pool_redis_claim(struct pool_redis *redis, const char *key, int64_t seconds)
{
	redisReply *reply;
	char text[24];
	int claimed;

	snprintf(text, sizeof(text), "%" PRId64, seconds);
	reply = command(redis, WORDS("SET", key, "", "EX", text, "NX"));
	if (!reply)
		return -1;
	claimed = reply->type != REDIS_REPLY_NIL;
	freeReplyObject(reply);
	return claimed;
}

int64_t pool_redis_count_keys(struct pool_redis *redis)
{
	redisReply *reply = command(redis, WORDS("DBSIZE"));
	int64_t count = reply ? reply->integer : -1;

	if (reply)
		freeReplyObject(reply);
	return count;
}

/* --- tokens ----------------------------------------------------------------------------------- */

bool pool_redis_announce(struct pool_redis *redis, unsigned bucket)
{
	char field[16], token[24];

	snprintf(field, sizeof(field), "%u", bucket);
	snprintf(token, sizeof(token), "%" PRIu64, random_u64());
	if (!succeeds(command(redis, WORDS("HSET", TOKENS_KEY, field, token, ALL_FIELD, token))))
		return false;
	return succeeds(command(redis, WORDS("EXPIRE", TOKENS_KEY, TOKENS_SECONDS)));
}

static uint64_t token_of(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, NULL, 10) : 0;
}

static void follow_all(struct pool_redis *redis, struct settings_cache *settings_cache)
{
	redisReply *reply = command(redis, WORDS("HGETALL", TOKENS_KEY));
	uint64_t tokens[SETTINGS_CACHE_BUCKETS] = { 0 }, all = 0;

	if (!reply)
		return;
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		const char *field = reply->element[i]->str;
		uint64_t token = token_of(reply->element[i + 1]);

		if (field && strcmp(field, ALL_FIELD) == 0)
			all = token;
		else if (field)
			tokens[strtoul(field, NULL, 10) % SETTINGS_CACHE_BUCKETS] = token;
	}
	freeReplyObject(reply);
	settings_cache_follow(settings_cache, all, tokens);
	settings_cache_note_followed(settings_cache);
}

void pool_redis_follow(struct pool_redis *redis, struct settings_cache *settings_cache)
{
	redisReply *reply = command(redis, WORDS("HGET", TOKENS_KEY, ALL_FIELD));
	uint64_t all;

	if (!reply)
		return;
	all = token_of(reply);
	freeReplyObject(reply);
	if (settings_cache_differ(settings_cache, all))
		follow_all(redis, settings_cache);
	else
		settings_cache_note_followed(settings_cache);
}
