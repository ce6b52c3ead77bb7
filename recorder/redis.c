/* redis.c - the cache in Redis: who owns it, its keys and its entries. After a failure
 * redis_check() connects again. */
#include "recorder/redis.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/random.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "recorder/redis_connection.h"
#include "recorder/resp.h"

#define CLAIM_MS 60000 /* between two that set the keys again */
#define PERIOD_S (INT64_C(7) * 24 * 3600)
#define BUCKET_ROWS 80      /* the target; Redis' compact encoding holds 128 */
#define BUCKET_ROWS_MAX 100 /* average above which there are more buckets */
#define FIELD_SIZE 6
#define BUCKET_BITS_MIN 10 /* enough for the first 100,000 rows without rebuilding */
#define CHUNK_ENTRIES 4000 /* per round trip */
#define TOMBSTONE "-"
#define KEY_SIZE 64
/* Names of keys after the prefix, other than those of buckets. */
#define OWNER "owner"
#define SETTLED "settled"

static const char not_owner[] = "Redis was flushed, or another recorder took over";

/* A question or a value about one id. */
struct entry {
	uint32_t bucket;
	const uint8_t *id_hash; /* ID_HASH_SIZE */
	const void *value;      /* size 0: remove it */
	size_t size;
	struct row *row; /* gets the answer */
};

struct redis {
	struct redis_connection connection;
	char owner[TRACE_ID_HEX];
	char incarnation[INCARNATION_SIZE]; /* that the prefix is for */
	char prefix[KEY_SIZE];
	unsigned bucket_bits;
	uint64_t claimed_ms; /* when claim() last set its keys */
	/* of one call */
	struct entry entries[CHUNK_ENTRIES];
	size_t entries_count;
};

struct redis *redis_create(const char *url, struct why *why)
{
	struct redis *redis = xmalloc(sizeof(*redis));
	struct trace_id owner = trace_id_make();

	if (!redis_connection_init(&redis->connection, url, why)) {
		free(redis);
		return NULL;
	}
	trace_id_hex(&owner, redis->owner);
	return redis;
}

void redis_destroy(struct redis *redis)
{
	if (!redis)
		return;
	redis_connection_finish(&redis->connection);
	free(redis);
}

bool redis_is_ready(const struct redis *redis)
{
	return redis->connection.ready;
}

bool redis_is_refused(const struct redis *redis)
{
	return redis->connection.refused;
}

const char *redis_state(const struct redis *redis)
{
	return redis->connection.state;
}

uint64_t redis_errors(const struct redis *redis)
{
	return redis->connection.errors;
}

/* --- the prefix --- */

static void set_prefix(struct redis *redis, const struct database_state *state)
{
	struct buffer text = { 0 };
	char digest[65];

	redis->bucket_bits = BUCKET_BITS_MIN;
	while (state->rows > (uint64_t)BUCKET_ROWS << redis->bucket_bits)
		redis->bucket_bits++;
	memcpy(redis->incarnation, state->incarnation, sizeof(redis->incarnation));
	buffer_printf(&text, "%s %s", state->incarnation, redis->connection.run_id);
	hash_sha256_hex(text.data, text.size, digest);
	buffer_finish(&text);
	snprintf(redis->prefix, sizeof(redis->prefix), "korone:%.12s:%x:", digest,
		 redis->bucket_bits);
}

static bool prefix_is_right(const struct redis *redis, const struct database_state *state)
{
	return !strcmp(redis->incarnation, state->incarnation) &&
	       state->rows <= (uint64_t)BUCKET_ROWS_MAX << redis->bucket_bits;
}

struct key {
	char text[KEY_SIZE + 12];
};

static struct key key_named(const struct redis *redis, const char *name)
{
	struct key key;

	snprintf(key.text, sizeof(key.text), "%s%s", redis->prefix, name);
	return key;
}

static bool set(struct redis *redis, const char *name, const char *value)
{
	struct key key = key_named(redis, name);
	char life[24];

	snprintf(life, sizeof(life), "%" PRId64, PERIOD_S);
	return redis_succeeded(REDIS_CALL(&redis->connection, "SET", key.text, value, "EX", life));
}

void redis_note(struct redis *redis, const char *known)
{
	if (redis->connection.ready)
		(void)set(redis, SETTLED, known);
}

/* From here on a transaction fails if another recorder has become the owner. */
static void add_watch(struct redis *redis)
{
	struct key key = key_named(redis, OWNER);

	resp_command(&redis->connection.commands, 2);
	resp_word(&redis->connection.commands, "WATCH");
	resp_word(&redis->connection.commands, key.text);
	resp_command(&redis->connection.commands, 2);
	resp_word(&redis->connection.commands, "GET");
	resp_word(&redis->connection.commands, key.text);
}

static bool receive_watch(struct redis *redis)
{
	redisReply *reply;
	bool owns;

	if (!redis_succeeded(redis_receive(&redis->connection)))
		return false;
	reply = redis_receive(&redis->connection);
	if (!reply)
		return false;
	owns = reply->type == REDIS_REPLY_STRING && !strcmp(reply->str, redis->owner);
	freeReplyObject(reply);
	return owns || redis_fail(&redis->connection, not_owner);
}

/* Setting the key ends the watch on it. */
static bool set_owner(struct redis *redis)
{
	if (!set(redis, OWNER, redis->owner) ||
	    !redis_succeeded(REDIS_CALL(&redis->connection, "UNWATCH")))
		return false;
	add_watch(redis);
	return redis_send(&redis->connection) && receive_watch(redis);
}

static void add_get(struct redis *redis, const char *name)
{
	struct key key = key_named(redis, name);

	resp_command(&redis->connection.commands, 2);
	resp_word(&redis->connection.commands, "GET");
	resp_word(&redis->connection.commands, key.text);
}

/* The next reply is this text. */
static bool receives(struct redis *redis, const char *text)
{
	redisReply *reply = redis_receive(&redis->connection);
	bool same = reply && reply->type == REDIS_REPLY_STRING && !strcmp(reply->str, text);

	if (reply)
		freeReplyObject(reply);
	return same;
}

/* What claim() left is still there; a round trip in place of five. Now and then the keys must be
 * set again before they expire. */
static bool is_still_claimed(struct redis *redis, const char *known)
{
	bool owns;

	if (!redis->connection.ready || clock_boot_ms() - redis->claimed_ms >= CLAIM_MS)
		return false;
	add_get(redis, OWNER);
	add_get(redis, SETTLED);
	if (!redis_send(&redis->connection))
		return false;
	owns = receives(redis, redis->owner);
	return redis->connection.context && receives(redis, known) && owns;
}

/* Makes this process the owner. `*same` is false when Redis knows another state of the tables. */
static bool claim(struct redis *redis, const char *known, bool *same)
{
	struct key key = key_named(redis, SETTLED);
	redisReply *reply;

	*same = is_still_claimed(redis, known);
	if (*same)
		return true;
	if (!redis->connection.context)
		return false;
	redis->claimed_ms = clock_boot_ms();
	reply = REDIS_CALL(&redis->connection, "GET", key.text);
	if (!reply)
		return false;
	/* Nothing is known under a new prefix. */
	*same = reply->type != REDIS_REPLY_STRING || !strcmp(reply->str, known);
	freeReplyObject(reply);
	if (!*same)
		return true;
	return set_owner(redis) && set(redis, SETTLED, known);
}

/* After a connection was lost the prefix is set again. */
static bool ensure_connected(struct redis *redis)
{
	if (!redis->connection.context)
		redis->incarnation[0] = '\0';
	return redis_connect(&redis->connection);
}

void redis_probe(struct redis *redis)
{
	if (ensure_connected(redis))
		snprintf(redis->connection.state, sizeof(redis->connection.state), "ready");
}

enum redis_check redis_check(struct redis *redis, const struct database_state *state,
			     const char *known)
{
	bool same;

	if (!ensure_connected(redis))
		return REDIS_AWAY;
	if (!prefix_is_right(redis, state))
		set_prefix(redis, state);
	if (!claim(redis, known, &same))
		return REDIS_AWAY;
	redis->connection.ready = same;
	if (!same)
		return REDIS_OTHER;
	redis_works(&redis->connection);
	snprintf(redis->connection.state, sizeof(redis->connection.state), "ready");
	return REDIS_READY;
}

/* --- entries --- */

static uint32_t bucket_of(const struct redis *redis, const uint8_t id_hash[ID_HASH_SIZE])
{
	uint32_t bucket;

	memcpy(&bucket, id_hash, sizeof(bucket));
	return bucket & ((UINT32_C(1) << redis->bucket_bits) - 1);
}

static struct key key_of(const struct redis *redis, uint32_t bucket)
{
	struct key key;

	snprintf(key.text, sizeof(key.text), "%s%" PRIx32, redis->prefix, bucket);
	return key;
}

static void add_field(struct redis *redis, const uint8_t id_hash[ID_HASH_SIZE])
{
	resp_argument(&redis->connection.commands, id_hash + sizeof(uint32_t), FIELD_SIZE);
}

/* The end of the bucket's own week: buckets expire one by one, not all at once. */
static void add_expiry(struct redis *redis, uint32_t bucket)
{
	int64_t offset = (int64_t)((bucket * UINT64_C(0x9e3779b97f4a7c15)) % PERIOD_S);
	int64_t week = (clock_utc_s() - offset) / PERIOD_S + 1;
	char text[24];

	resp_argument(&redis->connection.commands, text,
		      (size_t)snprintf(text, sizeof(text), "%" PRId64, week * PERIOD_S + offset));
}

static void add_entry(struct redis *redis, const uint8_t *id_hash, const void *value, size_t size,
		      struct row *row)
{
	redis->entries[redis->entries_count++] = (struct entry) {
		.bucket = bucket_of(redis, id_hash),
		.id_hash = id_hash,
		.value = value,
		.size = size,
		.row = row,
	};
}

static int compare_buckets(const void *left, const void *right)
{
	uint32_t a = ((const struct entry *)left)->bucket,
		 b = ((const struct entry *)right)->bucket;

	return (a > b) - (a < b);
}

static void sort_entries(struct redis *redis)
{
	qsort(redis->entries, redis->entries_count, sizeof(*redis->entries), compare_buckets);
}

/* The end of the bucket that contains the entry at `at`. */
static size_t bucket_end(const struct redis *redis, size_t at)
{
	size_t end = at + 1;

	while (end < redis->entries_count &&
	       redis->entries[end].bucket == redis->entries[at].bucket)
		end++;
	return end;
}

/* --- comparing --- */

/* A command costs Redis more than a field does, so all questions about a bucket are one command. */
static void add_questions(struct redis *redis)
{
	size_t end;

	sort_entries(redis);
	for (size_t at = 0; at < redis->entries_count; at = end) {
		struct key key = key_of(redis, redis->entries[at].bucket);

		end = bucket_end(redis, at);
		resp_command(&redis->connection.commands, 2 + end - at);
		resp_word(&redis->connection.commands, "HMGET");
		resp_word(&redis->connection.commands, key.text);
		for (size_t i = at; i < end; i++)
			add_field(redis, redis->entries[i].id_hash);
	}
}

static bool is_value(const redisReply *reply, const void *value, size_t size)
{
	return reply->len == size && !memcmp(reply->str, value, size);
}

static void take_answer(const struct entry *entry, const redisReply *known)
{
	if (known->type != REDIS_REPLY_STRING)
		return;
	if (is_value(known, entry->value, entry->size))
		entry->row->outcome = ROW_UNCHANGED;
	else if (is_value(known, TOMBSTONE, strlen(TOMBSTONE)))
		entry->row->outcome = ROW_OPTED_OUT;
	else
		entry->row->kind = ROW_STORED;
}

static bool read_answer(struct redis *redis, const struct entry *entries, size_t count)
{
	redisReply *reply = redis_receive(&redis->connection);
	bool good;

	if (!reply)
		return false;
	good = reply->type == REDIS_REPLY_ARRAY && reply->elements == count;
	for (size_t i = 0; good && i < count; i++)
		take_answer(&entries[i], reply->element[i]);
	freeReplyObject(reply);
	return good || redis_fail(&redis->connection, "unexpected answer");
}

static bool compare_chunk(struct redis *redis, struct row *const *rows, size_t count)
{
	size_t end;

	redis->entries_count = 0;
	for (size_t i = 0; i < count; i++)
		add_entry(redis, rows[i]->id_hash, rows[i]->row_hash, ROW_HASH_SIZE, rows[i]);
	add_questions(redis);
	if (!redis_send(&redis->connection))
		return false;
	for (size_t at = 0; at < redis->entries_count; at = end) {
		end = bucket_end(redis, at);
		if (!read_answer(redis, &redis->entries[at], end - at))
			return false;
	}
	return true;
}

bool redis_compare(struct redis *redis, struct row *const *rows, size_t count)
{
	bool good = redis->connection.ready;

	for (size_t at = 0; good && at < count; at += CHUNK_ENTRIES)
		good = compare_chunk(redis, rows + at,
				     count - at < CHUNK_ENTRIES ? count - at : CHUNK_ENTRIES);
	for (size_t i = 0; !good && i < count; i++) {
		rows[i]->outcome = ROW_PENDING;
		rows[i]->kind = ROW_UNSURE;
	}
	return good;
}

/* --- storing --- */

static size_t count_values(const struct entry *entries, size_t count)
{
	size_t values = 0;

	for (size_t i = 0; i < count; i++)
		values += entries[i].size > 0;
	return values;
}

static void add_values(struct redis *redis, const struct key *key, const struct entry *entries,
		       size_t count, size_t values)
{
	resp_command(&redis->connection.commands, 2 + 2 * values);
	resp_word(&redis->connection.commands, "HSET");
	resp_word(&redis->connection.commands, key->text);
	for (size_t i = 0; i < count; i++)
		if (entries[i].size) {
			add_field(redis, entries[i].id_hash);
			resp_argument(&redis->connection.commands, entries[i].value,
				      entries[i].size);
		}
	resp_command(&redis->connection.commands, 3);
	resp_word(&redis->connection.commands, "EXPIREAT");
	resp_word(&redis->connection.commands, key->text);
	add_expiry(redis, entries->bucket);
}

static void add_removals(struct redis *redis, const struct key *key, const struct entry *entries,
			 size_t count, size_t removals)
{
	resp_command(&redis->connection.commands, 2 + removals);
	resp_word(&redis->connection.commands, "HDEL");
	resp_word(&redis->connection.commands, key->text);
	for (size_t i = 0; i < count; i++)
		if (!entries[i].size)
			add_field(redis, entries[i].id_hash);
}

/* The changes to one bucket; returns the number of commands. */
static size_t add_changes(struct redis *redis, const struct entry *entries, size_t count)
{
	struct key key = key_of(redis, entries->bucket);
	size_t values = count_values(entries, count), commands = 0;

	if (values) {
		add_values(redis, &key, entries, count, values);
		commands += 2;
	}
	if (values < count) {
		add_removals(redis, &key, entries, count, count - values);
		commands++;
	}
	return commands;
}

/* The results are counts, except for a command that failed. */
static bool read_results(struct redis *redis, size_t count)
{
	redisReply *reply = redis_receive(&redis->connection);
	const char *failure = NULL;

	if (!reply)
		return false;
	if (reply->type != REDIS_REPLY_ARRAY)
		failure = not_owner;
	else if (reply->elements != count)
		failure = "unexpected answer";
	for (size_t i = 0; !failure && i < count; i++)
		if (reply->element[i]->type == REDIS_REPLY_ERROR)
			failure = reply->element[i]->str;
	if (failure)
		redis_fail(&redis->connection, failure);
	freeReplyObject(reply);
	return !failure;
}

/* A recorder that was suspended after its commit and has lost the lock since finds another owner
 * and stores nothing. */
static bool store_entries(struct redis *redis)
{
	size_t count = 0, end;

	sort_entries(redis);
	resp_command(&redis->connection.commands, 1);
	resp_word(&redis->connection.commands, "MULTI");
	for (size_t at = 0; at < redis->entries_count; at = end) {
		end = bucket_end(redis, at);
		count += add_changes(redis, &redis->entries[at], end - at);
	}
	redis->entries_count = 0;
	resp_command(&redis->connection.commands, 1);
	resp_word(&redis->connection.commands, "EXEC");
	add_watch(redis);
	if (!redis_send(&redis->connection))
		return false;
	/* The replies to MULTI and to each queued command. */
	for (size_t i = 0; i < 1 + count; i++)
		if (!redis_succeeded(redis_receive(&redis->connection)))
			return false;
	return read_results(redis, count) && receive_watch(redis);
}

bool redis_store(struct redis *redis, struct row *const *rows, size_t count)
{
	redis->entries_count = 0;
	for (size_t i = 0; redis->connection.ready && i < count; i++) {
		struct row *row = rows[i];

		if (row->seen.scope == SIGHTING_MIGRATION) {
			add_entry(redis, row->id_hash, "", 0, row);
			add_entry(redis, row->new_id_hash, "", 0, row);
		} else if (row->outcome == ROW_WRITTEN) {
			/* The hash is that of the row with its username. */
			add_entry(redis, row->id_hash, row->row_hash,
				  row->name_lost ? 0 : ROW_HASH_SIZE, row);
		} else if (row->outcome == ROW_OPTED_OUT) {
			add_entry(redis, row->id_hash, TOMBSTONE, strlen(TOMBSTONE), row);
		}
		if (redis->entries_count + 2 > CHUNK_ENTRIES && !store_entries(redis))
			return false;
	}
	return redis->connection.ready && (!redis->entries_count || store_entries(redis));
}

bool redis_remove(struct redis *redis, const uint8_t (*id_hashes)[ID_HASH_SIZE], size_t count)
{
	redis->entries_count = 0;
	for (size_t i = 0; redis->connection.ready && i < count; i++) {
		add_entry(redis, id_hashes[i], "", 0, NULL);
		if (redis->entries_count == CHUNK_ENTRIES && !store_entries(redis))
			return false;
	}
	return redis->connection.ready && (!redis->entries_count || store_entries(redis));
}
