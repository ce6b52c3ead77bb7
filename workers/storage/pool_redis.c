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
#include "workers/storage/storage.h"

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

/* `sizes` NULL: the words end with NUL. */
static redisReply *run_sized(struct pool_redis *redis, int count, const char **words,
			     const size_t *sizes)
{
	redisReply *reply = redisCommandArgv(redis->context, count, words, sizes);

	if (!reply)
		return fail(redis, redis->context->errstr);
	if (reply->type == REDIS_REPLY_ERROR) {
		fail(redis, reply->str);
		freeReplyObject(reply);
		return NULL;
	}
	return reply;
}

static redisReply *run(struct pool_redis *redis, int count, const char **words)
{
	return run_sized(redis, count, words, NULL);
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

/* KEYS: the value, the marks, what was before; ARGV: the field, "1" and the value or "0", its
 * seconds, those of the marks. */
static const char set_script[] =
	"if redis.call('HSETNX', KEYS[2], ARGV[1], '') == 0 then return 0 end "
	"redis.call('EXPIRE', KEYS[2], ARGV[5]) "
	"local before, left = redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]) "
	"if before and left > 0 then redis.call('SET', KEYS[3], before, 'PX', left) end "
	"if ARGV[2] == '1' then redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4]) "
	"else redis.call('DEL', KEYS[1]) end "
	"return 1";

bool pool_redis_set(struct pool_redis *redis, const char *key, const char *value, int64_t seconds,
		    const struct redis_mark *mark)
{
	char lifetime[24], marks_lifetime[24];

	snprintf(lifetime, sizeof(lifetime), "%" PRId64, seconds);
	snprintf(marks_lifetime, sizeof(marks_lifetime), "%d", MARK_SECONDS);
	return succeeds(command(redis, WORDS("EVAL", set_script, "3", key, mark->marks,
					     mark->before, mark->field, value ? "1" : "0",
					     value ? value : "", lifetime, marks_lifetime)));
}

bool pool_redis_set_bytes(struct pool_redis *redis, const char *key, const void *bytes, size_t size,
			  int64_t seconds)
{
	char text[24];
	const char *words[] = { "SET", key, bytes, "EX", text };
	size_t sizes[] = { 3, strlen(key), size, 2, 0 };

	sizes[4] = (size_t)snprintf(text, sizeof(text), "%" PRId64, seconds);
	return succeeds(connect_now(redis) ? run_sized(redis, COUNT_OF(words), words, sizes)
					   : NULL);
}

static bool take_text(redisReply *reply, struct buffer *out)
{
	bool found = reply && reply->type == REDIS_REPLY_STRING;

	if (found)
		buffer_append(out, reply->str, reply->len);
	if (reply)
		freeReplyObject(reply);
	return found;
}

bool pool_redis_find(struct pool_redis *redis, const char *key, struct buffer *out)
{
	return take_text(command(redis, WORDS("GET", key)), out);
}

bool pool_redis_has_mark(struct pool_redis *redis, const struct redis_mark *mark)
{
	redisReply *reply = command(redis, WORDS("HEXISTS", mark->marks, mark->field));
	bool has = reply && reply->integer == 1;

	if (reply)
		freeReplyObject(reply);
	return has;
}

/* Of a claim that is taken: by us? */
static int claim_again(struct pool_redis *redis, const char *key, const char *claim)
{
	redisReply *reply = command(redis, WORDS("GET", key));
	int claimed = !reply ? -1
			     : reply->type == REDIS_REPLY_STRING && strcmp(reply->str, claim) == 0;

	if (reply)
		freeReplyObject(reply);
	return claimed;
}

int pool_redis_claim(struct pool_redis *redis, const char *key, const char *claim, int64_t seconds)
{
	redisReply *reply;
	char text[24];
	bool claimed;

	snprintf(text, sizeof(text), "%" PRId64, seconds);
	reply = command(redis, WORDS("SET", key, claim, "EX", text, "NX"));
	if (!reply)
		return -1;
	claimed = reply->type != REDIS_REPLY_NIL;
	freeReplyObject(reply);
	return claimed ? 1 : claim_again(redis, key, claim);
}

/* KEYS: the sets; ARGV: the time, the window, how long a member is kept beyond it, how many are,
 * and the member of each set. A member's score is its time, with the number that it got as the
 * fraction: so a repeat finds that, and there is nothing else to store. */
static const char recent_script[] =
	"local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4]) "
	"local kept, counts = window + tonumber(ARGV[3]), {} "
	"for i, set in ipairs(KEYS) do "
	"local member = ARGV[4 + i] "
	"local score = redis.call('ZSCORE', set, member) "
	"if score then counts[i] = math.floor(tonumber(score) % 1 * 10000 + 0.5) else "
	"redis.call('ZREMRANGEBYSCORE', set, '-inf', string.format('(%d', now - kept)) "
	"local count = 1 + redis.call('ZCOUNT', set, string.format('%d', now - window + 1), "
	"string.format('(%d', now + window)) "
	"count = math.min(count, most) "
	"redis.call('ZADD', set, string.format('%d.%04d', now, count), member) "
	"redis.call('ZREMRANGEBYRANK', set, 0, -1 - most) "
	"redis.call('EXPIRE', set, kept) "
	"counts[i] = count end end "
	"return counts";

void pool_redis_count_recent(struct pool_redis *redis, const struct redis_recent *recents,
			     size_t count, int64_t now_s, int64_t window_s, int64_t *out)
{
	char keys[24], now[24], window[24], beyond[24], most[24];
	const char *words[7 + 2 * COUNT_RECENT_KEYS] = { "EVAL", recent_script, keys };
	redisReply *reply;

	snprintf(keys, sizeof(keys), "%zu", count);
	snprintf(now, sizeof(now), "%" PRId64, now_s);
	snprintf(window, sizeof(window), "%" PRId64, window_s);
	snprintf(beyond, sizeof(beyond), "%d", RECENT_SECONDS);
	snprintf(most, sizeof(most), "%d", COUNT_RECENT_MAX);
	words[3 + count] = now;
	words[4 + count] = window;
	words[5 + count] = beyond;
	words[6 + count] = most;
	for (size_t i = 0; i < count; i++) {
		words[3 + i] = recents[i].set;
		words[7 + count + i] = recents[i].member;
	}
	reply = command(redis, 7 + 2 * (int)count, words);
	for (size_t i = 0; i < count; i++)
		out[i] = reply && i < reply->elements ? reply->element[i]->integer : 0;
	if (reply)
		freeReplyObject(reply);
}

bool pool_redis_add_number(struct pool_redis *redis, const char *set, int64_t number,
			   int64_t seconds)
{
	char text[24], lifetime[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	snprintf(lifetime, sizeof(lifetime), "%" PRId64, seconds);
	return succeeds(command(redis, WORDS("EVAL",
					     "redis.call('SADD', KEYS[1], ARGV[1]) "
					     "return redis.call('EXPIRE', KEYS[1], ARGV[2])",
					     "1", set, text, lifetime)));
}

bool pool_redis_numbers(struct pool_redis *redis, const char *const *sets, size_t count,
			struct buffer *out)
{
	const char *words[1 + REDIS_SETS_MAX] = { "SUNION" };
	redisReply *reply;

	if (count > REDIS_SETS_MAX)
		panic("%zu sets of numbers", count);
	memcpy(&words[1], sets, count * sizeof(*sets));
	reply = command(redis, (int)count + 1, words);
	for (size_t i = 0; reply && i < reply->elements; i++) {
		int64_t number = strtoll(reply->element[i]->str, NULL, 10);

		buffer_append(out, &number, sizeof(number));
	}
	return succeeds(reply);
}

/* KEYS: a list of the last turns, in milliseconds by Redis' clock; ARGV: how many there are in a
 * second, the longest wait. The turn is a second after the one so many before it. */
static const char turn_script[] = "local time = redis.call('TIME') "
				  "local now = time[1] * 1000 + math.floor(time[2] / 1000) "
				  "local first = redis.call('LINDEX', KEYS[1], -tonumber(ARGV[1])) "
				  "local turn = math.max(now, first and first + 1000 or 0) "
				  "if turn - now > tonumber(ARGV[2]) then return -1 end "
				  "redis.call('RPUSH', KEYS[1], string.format('%d', turn)) "
				  "redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1) "
				  "redis.call('PEXPIRE', KEYS[1], turn - now + 1000) "
				  "return turn - now";

int64_t pool_redis_take_turn(struct pool_redis *redis, const char *key, unsigned per_second,
			     int64_t wait_max_ms)
{
	char rate[24], wait[24];
	redisReply *reply;
	int64_t turn;

	snprintf(rate, sizeof(rate), "%u", per_second);
	snprintf(wait, sizeof(wait), "%" PRId64, wait_max_ms);
	reply = command(redis, WORDS("EVAL", turn_script, "1", key, rate, wait));
	turn = reply ? reply->integer : 0;
	if (reply)
		freeReplyObject(reply);
	return turn;
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

bool pool_redis_announce(struct pool_redis *redis, const bool buckets[SETTINGS_CACHE_BUCKETS])
{
	const char *words[4 + 2 * SETTINGS_CACHE_BUCKETS] = { "HSET", TOKENS_KEY };
	char fields[SETTINGS_CACHE_BUCKETS][8], token[24];
	int count = 2;

	snprintf(token, sizeof(token), "%" PRIu64, random_u64());
	for (unsigned i = 0; i < SETTINGS_CACHE_BUCKETS; i++) {
		if (!buckets[i])
			continue;
		snprintf(fields[i], sizeof(fields[i]), "%u", i);
		words[count++] = fields[i];
		words[count++] = token;
	}
	words[count++] = ALL_FIELD;
	words[count++] = token;
	if (!succeeds(command(redis, count, words)))
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
