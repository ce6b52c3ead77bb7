/* said.c - one asynchronous hiredis connection on the loop; without it calls go on as if they had
 * no names. */
#include "workers/sender/said.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "common/database/hash.h"
#include "common/database/url.h"
#include "common/trace.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "names"
#include "common/log.h"

#define TIMEOUT_MS 1000u /* for an answer */
#define RETRY_MS 1000u   /* after a failure no attempt is made for this long */

struct said_names {
	struct loop *loop;
	struct redis_url url;
	struct said_events events;
	struct hash_keys *keys;
	redisAsyncContext *context;
	uint32_t watched; /* EPOLL events of its descriptor */
	size_t awaited;   /* answers */
	struct loop_timer timeout;
	uint64_t next_try_ms;
	bool away; /* the log says so */
};

/* --- the connection on the loop --------------------------------------------------------------- */

static void on_ready(void *owner, int fd, uint32_t events)
{
	struct said_names *names = owner;

	(void)fd;
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && names->context)
		redisAsyncHandleRead(names->context);
	if (events & EPOLLOUT && names->context)
		redisAsyncHandleWrite(names->context);
}

static void watch(struct said_names *names, uint32_t events)
{
	int fd = names->context->c.fd;

	names->watched = events;
	if (events)
		loop_watch(names->loop, fd, events, on_ready, names);
	else
		loop_unwatch(names->loop, fd);
}

static void add_read(void *owner)
{
	struct said_names *names = owner;

	watch(names, names->watched | EPOLLIN);
}

static void remove_read(void *owner)
{
	struct said_names *names = owner;

	watch(names, names->watched & ~(uint32_t)EPOLLIN);
}

static void add_write(void *owner)
{
	struct said_names *names = owner;

	watch(names, names->watched | EPOLLOUT);
}

static void remove_write(void *owner)
{
	struct said_names *names = owner;

	watch(names, names->watched & ~(uint32_t)EPOLLOUT);
}

/* hiredis is about to close the descriptor. */
static void clean_up(void *owner)
{
	struct said_names *names = owner;

	if (names->context)
		watch(names, 0);
}

static void note_away(struct said_names *names, const char *why)
{
	char line[128];

	log_redact_copy(line, sizeof(line), why, strcspn(why, "\r\n"));
	if (!names->away)
		log_warn("messages have no names without Redis", log_text("error", line));
	names->away = true;
	names->next_try_ms = loop_now_ms(names->loop) + RETRY_MS;
}

/* All that is awaited is answered with NULL, by hiredis. */
static void disconnect(struct said_names *names)
{
	redisAsyncContext *context = names->context;

	if (!context)
		return;
	watch(names, 0);
	loop_timer_clear(names->loop, &names->timeout);
	names->context = NULL;
	redisAsyncFree(context);
}

static void on_timeout(void *owner)
{
	struct said_names *names = owner;

	note_away(names, "no answer within a second");
	disconnect(names);
}

/* hiredis frees the context when this returns. */
static void on_disconnect(const redisAsyncContext *context, int status)
{
	struct said_names *names = context->data;

	if (names->context != context)
		return;
	if (status != REDIS_OK)
		note_away(names, context->errstr);
	names->context = NULL;
	loop_timer_clear(names->loop, &names->timeout);
}

static void on_connect(const redisAsyncContext *context, int status)
{
	struct said_names *names = context->data;

	if (names->context != context || status == REDIS_OK)
		return;
	note_away(names, context->errstr);
	watch(names, 0);
	names->context = NULL;
	loop_timer_clear(names->loop, &names->timeout);
}

/* A refused login shows in the answers to what follows. */
static void log_in(struct said_names *names)
{
	const struct redis_url *url = &names->url;

	if (url->password && url->user)
		redisAsyncCommand(names->context, NULL, NULL, "AUTH %s %s", url->user,
				  url->password);
	else if (url->password)
		redisAsyncCommand(names->context, NULL, NULL, "AUTH %s", url->password);
	if (url->database)
		redisAsyncCommand(names->context, NULL, NULL, "SELECT %d", url->database);
}

static bool connect_now(struct said_names *names)
{
	const struct redis_url *url = &names->url;
	redisAsyncContext *context;

	if (names->context)
		return true;
	if (loop_now_ms(names->loop) < names->next_try_ms)
		return false;
	context = url->path ? redisAsyncConnectUnix(url->path)
			    : redisAsyncConnect(url->host, url->port);
	if (!context || context->err) {
		note_away(names, context ? context->errstr : "no memory");
		if (context)
			redisAsyncFree(context);
		return false;
	}
	names->context = context;
	names->watched = 0;
	context->data = names;
	context->ev.data = names;
	context->ev.addRead = add_read;
	context->ev.delRead = remove_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = remove_write;
	context->ev.cleanup = clean_up;
	redisAsyncSetConnectCallback(context, on_connect);
	redisAsyncSetDisconnectCallback(context, on_disconnect);
	log_in(names);
	return true;
}

/* False when Redis is away: then `fn` is not called. */
static bool command(struct said_names *names, redisCallbackFn *fn, void *tag, size_t count,
		    const char **words, const size_t *sizes)
{
	if (!connect_now(names) ||
	    redisAsyncCommandArgv(names->context, fn, tag, (int)count, words, sizes) != REDIS_OK)
		return false;
	if (names->awaited++ == 0)
		loop_timer_set(names->loop, &names->timeout, TIMEOUT_MS);
	return true;
}

/* The text of an answer; nil for none, or a failure, which *failed tells. */
static struct text take_answer(struct said_names *names, const redisReply *reply, bool *failed)
{
	struct text none = { NULL, 0 };

	if (--names->awaited == 0)
		loop_timer_clear(names->loop, &names->timeout);
	else if (names->context)
		loop_timer_set(names->loop, &names->timeout, TIMEOUT_MS);
	*failed = !reply || reply->type == REDIS_REPLY_ERROR;
	if (reply && reply->type == REDIS_REPLY_ERROR)
		note_away(names, reply->str);
	if (!*failed && names->away) {
		log_notice("Redis is back");
		names->away = false;
	}
	return reply && reply->type == REDIS_REPLY_STRING ? (struct text) { reply->str, reply->len }
							  : none;
}

/* --- calls ------------------------------------------------------------------------------------ */

struct said_names *said_names_create(struct loop *loop, const char *redis_url,
				     const char *privacy_key, const struct said_events *events,
				     struct why *why)
{
	struct said_names *names = xcalloc(1, sizeof(*names));

	if (!redis_url_parse(redis_url, &names->url, why)) {
		free(names);
		return NULL;
	}
	names->loop = loop;
	names->events = *events;
	names->keys = hash_keys_create(privacy_key ? privacy_key : "");
	names->timeout = (struct loop_timer) { .fn = on_timeout, .owner = names };
	return names;
}

void said_names_destroy(struct said_names *names)
{
	if (!names)
		return;
	disconnect(names);
	redis_url_finish(&names->url);
	hash_keys_destroy(names->keys);
	free(names);
}

/* What is known is known now: false when there is nothing to do. */
static bool decide(struct send_call *call, struct text value)
{
	char *body;

	if (!call->said)
		call->said = xmalloc(sizeof(*call->said));
	said_read(value, call->said);
	if (!call_name_prepare(&call->call.name, call->call.body, call->said, &body))
		return false;
	if (body) {
		call->named = body;
		call->call.body = text_of(body);
	}
	return true;
}

static void on_found(redisAsyncContext *context, void *answer, void *tag)
{
	struct said_names *names = context->data;
	struct send_call *call = tag;
	bool failed;
	struct text value = take_answer(names, answer, &failed);

	if (failed)
		call->nameless = true;
	if (decide(call, value))
		names->events.ready(names->events.owner, call);
	else
		names->events.finish(names->events.owner, call);
}

bool said_names_prepare(struct said_names *names, struct send_call *call)
{
	const struct text key = call->call.name.key;
	const char *words[] = { "GET", key.data };
	const size_t sizes[] = { 3, key.length };

	if (call->call.name.use == NAME_NONE || call->said)
		return true;
	if (command(names, on_found, call, COUNT_OF(words), words, sizes))
		return false;
	call->nameless = true;
	if (decide(call, (struct text) { NULL, 0 }))
		return true;
	names->events.finish(names->events.owner, call);
	return false;
}

static void on_noted(redisAsyncContext *context, void *answer, void *tag)
{
	struct said_names *names = context->data;
	bool failed;

	(void)take_answer(names, answer, &failed);
	names->events.finish(names->events.owner, tag);
}

static bool keep(struct said_names *names, struct send_call *call)
{
	const struct call_name *name = &call->call.name;
	bool first = name->use == NAME_SAYS && name->part == 0;
	struct buffer value = { 0 };
	char seconds[16];
	bool sent;

	said_write(call->said, &value);
	snprintf(seconds, sizeof(seconds), "%" PRIu32, name->seconds);
	const char *words[] = { "SET", name->key.data, (const char *)buffer_unread(&value),
				first ? "EX" : "KEEPTTL", seconds };
	const size_t sizes[] = { 3, name->key.length, buffer_unread_size(&value), first ? 2 : 7,
				 strlen(seconds) };

	sent = command(names, on_noted, call, first ? 5 : 4, words, sizes);
	buffer_finish(&value);
	return sent;
}

bool said_names_note(struct said_names *names, struct send_call *call, struct text result)
{
	const struct text key = call->call.name.key;
	const char *words[] = { "DEL", key.data };
	const size_t sizes[] = { 3, key.length };
	bool gone, changed;

	if (call->call.name.use == NAME_NONE || call->nameless)
		return false;
	changed = call_name_learn(&call->call.name, result, call->said, &gone);
	if (gone)
		return command(names, on_noted, call, COUNT_OF(words), words, sizes);
	return changed && keep(names, call);
}

/* --- silenced groups -------------------------------------------------------------------------- */

struct silence {
	int64_t chat_id;
};

#define SILENCE_KEY_SIZE 64

static void write_key(const struct said_names *names, int64_t chat_id, char out[SILENCE_KEY_SIZE])
{
	uint8_t hash[ID_HASH_SIZE];
	char hex[2 * ID_HASH_SIZE + 1];

	hash_id(names->keys, chat_id, hash);
	hex_encode(hash, sizeof(hash), hex);
	snprintf(out, SILENCE_KEY_SIZE, "korone:silenced:%s", hex);
}

static void on_silenced(redisAsyncContext *context, void *answer, void *tag)
{
	struct said_names *names = context->data;
	struct silence *silence = tag;
	bool failed;
	struct text value = take_answer(names, answer, &failed);

	if (!failed && value.length)
		names->events.silent_since(names->events.owner, silence->chat_id,
					   strtoll(value.data, NULL, 10));
	free(silence);
}

static void on_ignored(redisAsyncContext *context, void *answer, void *tag)
{
	bool failed;

	(void)tag;
	(void)take_answer(context->data, answer, &failed);
}

static bool ask_silence(struct said_names *names, const char *key, int64_t chat_id)
{
	struct silence *silence = xmalloc(sizeof(*silence));
	const char *words[] = { "GET", key };
	const size_t sizes[] = { 3, strlen(key) };

	silence->chat_id = chat_id;
	if (command(names, on_silenced, silence, COUNT_OF(words), words, sizes))
		return true;
	free(silence);
	return false;
}

void said_names_silence(struct said_names *names, int64_t chat_id, int64_t now_s)
{
	char key[SILENCE_KEY_SIZE], since[24], seconds[16];

	write_key(names, chat_id, key);
	snprintf(since, sizeof(since), "%" PRId64, now_s);
	snprintf(seconds, sizeof(seconds), "%d", SILENCE_KEPT_S);
	const char *words[] = { "SET", key, since, "NX", "EX", seconds };
	const size_t sizes[] = { 3, strlen(key), strlen(since), 2, 2, strlen(seconds) };

	if (command(names, on_ignored, NULL, COUNT_OF(words), words, sizes))
		(void)ask_silence(names, key, chat_id);
}

void said_names_unsilence(struct said_names *names, int64_t chat_id)
{
	char key[SILENCE_KEY_SIZE];

	write_key(names, chat_id, key);
	const char *words[] = { "DEL", key };
	const size_t sizes[] = { 3, strlen(key) };

	(void)command(names, on_ignored, NULL, COUNT_OF(words), words, sizes);
}
