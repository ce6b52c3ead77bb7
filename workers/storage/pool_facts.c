/* pool_facts.c - facts about people, in Postgres, where whom they are about is enciphered. */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/xalloc.h"
#include "workers/storage/pool_parts.h"

#define LISTED_AT_ONCE 5000

static int64_t number_at(const struct postgres_result *result, int row, int column)
{
	const char *text = postgres_field(result, row, column);

	return text ? strtoll(text, NULL, 10) : 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Other pools know of what was there; of what this update has written it may not have told them. */
static void announce(struct pool_storage *pool_storage, const struct fact_key *key,
		     const struct postgres_result *result)
{
	const char *is_known = postgres_field(result, 0, 0);

	if (!is_known || is_known[0] != 't')
		pool_announce(pool_storage, fact_presence_id(key->module, key->kind, key->person));
}

bool pool_fact_write(void *owner, const struct mark *mark, const struct fact_key *key,
		     const struct fact_write *write, struct fact_state *before, struct why *why)
{
	static const char *const changes[] = {
		[FACT_SET] = "set", [FACT_ADD] = "add", [FACT_REMOVE] = "remove"
	};
	struct pool_storage *pool_storage = owner;
	const struct pool_number update = pool_number(mark->update_id);
	const struct pool_number stage = pool_number(mark->stage), nth = pool_number(mark->nth);
	const struct pool_number id = pool_number(key->holder.id);
	const struct pool_bytes person = pool_person(pool_storage, key->person);
	const struct pool_bytes hash = pool_hash(pool_storage, key->person);
	const struct pool_number number = pool_number(write->fact.number);
	const struct pool_number until = pool_number(write->fact.until_s);
	const struct pool_number message = pool_number(write->fact.message_id);
	const struct pool_number now = pool_number(write->now_s);
	const struct postgres_value values[] = {
		postgres_text(update.text),
		postgres_text(stage.text),
		postgres_text(nth.text),
		postgres_text(pool_scope(key->holder.scope)),
		postgres_text(id.text),
		postgres_text(key->module),
		postgres_text(key->kind),
		postgres_text(person.text),
		postgres_text(hash.text),
		postgres_text(write->outlives_erasure ? "t" : "f"),
		postgres_text(changes[write->change]),
		postgres_text(number.text),
		postgres_text(until.text),
		postgres_text(message.text),
		postgres_text(now.text),
	};
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT is_known, before FROM store_fact($1, $2, $3, $4, $5, $6, $7, $8::bytea, "
		"$9::bytea, $10, $11, $12, $13, $14, $15)",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	*before = fact_state_read(postgres_field(result, 0, 1), key->person);
	if (write->change != FACT_REMOVE)
		announce(pool_storage, key, result);
	postgres_result_free(result);
	return true;
}

/* --- writing many ----------------------------------------------------------------------------- */

/* [which, nth, person, its hash, number] each. */
static void append_ones(const struct pool_storage *pool_storage, const struct fact_one *ones,
			size_t count, struct buffer *out)
{
	struct json json = json_start(out);

	json_array_start(&json);
	for (size_t i = 0; i < count; i++) {
		json_array_start(&json);
		json_uint(&json, i);
		json_uint(&json, ones[i].mark.nth);
		json_text(&json, pool_person(pool_storage, ones[i].person).text);
		json_text(&json, pool_hash(pool_storage, ones[i].person).text);
		json_int(&json, ones[i].number);
		json_array_end(&json);
	}
	json_array_end(&json);
}

/* In the order of the people, as everybody locks them. What is there and has no mark of this turn
 * was there before: it is neither set nor marked. */
static const char many_sql[] =
	"WITH wanted AS MATERIALIZED (SELECT (v->>0)::integer AS which, (v->>1)::integer AS nth, "
	"(v->>2)::bytea AS person, (v->>3)::bytea AS hash, (v->>4)::bigint AS number "
	"FROM jsonb_array_elements($11::jsonb) v), "
	"due AS MATERIALIZED (SELECT * FROM wanted w WHERE $8 <> 'set' OR NOT EXISTS "
	"(SELECT FROM facts f WHERE (f.id, f.module, f.kind, f.scope, f.person) "
	"= ($4::bigint, $5, $6, $3, w.person) "
	"AND (f.until IS NULL OR f.until > to_timestamp($10::bigint))) OR EXISTS "
	"(SELECT FROM marks m WHERE (m.update_id, m.stage, m.module, m.key, m.nth, m.scope, m.id) "
	"= ($1::bigint, $2::integer, $5 || '" FACT_MARKS "', $6 || '/' || encode(w.person, 'hex'), "
	"w.nth, $3, $4::bigint)) ORDER BY w.person) "
	"SELECT d.which, s.before IS NULL, s.is_known FROM due d CROSS JOIN LATERAL "
	"store_fact($1::bigint, $2::integer, d.nth, $3, $4::bigint, $5, $6, d.person, d.hash, "
	"$7::boolean, $8, d.number, $9::bigint, 0, $10::bigint) s";

static struct postgres_result *write_ones(struct pool_storage *pool_storage,
					  const struct fact_key *key,
					  const struct fact_write *write, const struct mark *turn,
					  const char *ones, struct why *why)
{
	const struct pool_number update = pool_number(turn->update_id);
	const struct pool_number stage = pool_number(turn->stage);
	const struct pool_number id = pool_number(key->holder.id);
	const struct pool_number until = pool_number(write->fact.until_s);
	const struct pool_number now = pool_number(write->now_s);
	const struct postgres_value values[] = {
		postgres_text(update.text),
		postgres_text(stage.text),
		postgres_text(pool_scope(key->holder.scope)),
		postgres_text(id.text),
		postgres_text(key->module),
		postgres_text(key->kind),
		postgres_text(write->outlives_erasure ? "t" : "f"),
		postgres_text(write->change == FACT_SET ? "set" : "remove"),
		postgres_text(until.text),
		postgres_text(now.text),
		postgres_text(ones),
	};

	return database_query(pool_storage->database, many_sql, values, COUNT_OF(values), why);
}

static bool is_true(const struct postgres_result *result, int row, int column)
{
	const char *text = postgres_field(result, row, column);

	return text && text[0] == 't';
}

/* Other pools learn of those of whom there was nothing. */
static void take_ones(struct pool_storage *pool_storage, const struct fact_key *key,
		      const struct fact_write *write, const struct postgres_result *result,
		      struct fact_one *ones, size_t count)
{
	bool sets = write->change == FACT_SET, any = false;
	bool buckets[SETTINGS_CACHE_BUCKETS] = { false };

	for (int row = 0; row < postgres_rows(result); row++) {
		size_t which = (size_t)number_at(result, row, 0);

		if (which >= count)
			continue;
		ones[which].changed = is_true(result, row, 1) == sets;
		if (!sets || is_true(result, row, 2))
			continue;
		any = buckets[settings_cache_bucket(
			fact_presence_id(key->module, key->kind, ones[which].person))] = true;
	}
	if (any)
		pool_announce_buckets(pool_storage, buckets);
}

bool pool_fact_write_many(void *owner, const struct fact_key *key, const struct fact_write *write,
			  struct fact_one *ones, size_t count, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct postgres_result *result;
	struct buffer json = { 0 };

	append_ones(pool_storage, ones, count, &json);
	result = write_ones(pool_storage, key, write, &ones[0].mark, buffer_text(&json), why);
	buffer_finish(&json);
	if (!result)
		return false;
	take_ones(pool_storage, key, write, result, ones, count);
	postgres_result_free(result);
	return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

#define FACT_COLUMNS "number, coalesce(extract(epoch FROM until)::bigint, 0), message_id"
#define NOT_ENDED(now) "(until IS NULL OR until > to_timestamp(" now "::bigint))"

static void take_fact(const struct postgres_result *result, int row, int64_t person,
		      struct fact *out)
{
	*out = (struct fact) { .person = person,
			       .number = number_at(result, row, 0),
			       .until_s = number_at(result, row, 1),
			       .message_id = number_at(result, row, 2) };
}

bool pool_fact_find(void *owner, const struct fact_key *key, int64_t now_s, struct fact_state *out,
		    struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number id = pool_number(key->holder.id), now = pool_number(now_s);
	const struct pool_bytes person = pool_person(pool_storage, key->person);
	const struct postgres_value values[] = {
		postgres_text(id.text),     postgres_text(key->module),
		postgres_text(key->kind),   postgres_text(pool_scope(key->holder.scope)),
		postgres_text(person.text), postgres_text(now.text),
	};
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT " FACT_COLUMNS " FROM facts WHERE id = $1 AND module = $2 AND kind = $3 "
		"AND scope = $4 AND person = $5::bytea AND " NOT_ENDED("$6"),
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	*out = (struct fact_state) { .is_there = postgres_rows(result) > 0 };
	if (out->is_there)
		take_fact(result, 0, key->person, &out->fact);
	postgres_result_free(result);
	return true;
}

bool pool_fact_count(void *owner, const struct fact_key *key, int64_t now_s, int64_t *out,
		     struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number id = pool_number(key->holder.id), now = pool_number(now_s);
	const struct postgres_value values[] = {
		postgres_text(id.text),   postgres_text(key->module),
		postgres_text(key->kind), postgres_text(pool_scope(key->holder.scope)),
		postgres_text(now.text),
	};
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT count(*) FROM facts WHERE id = $1 AND module = $2 AND kind = $3 "
		"AND scope = $4 AND " NOT_ENDED("$5"),
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	*out = number_at(result, 0, 0);
	postgres_result_free(result);
	return true;
}

/* A part of a list, after `last`, the hex of an enciphered id, which becomes that of its last. What
 * another key has made is nobody's. Returns how many rows it had; -1: failed. */
static int list_part(struct pool_storage *pool_storage, const struct fact_key *key, int64_t now_s,
		     char last[ENCIPHERED_ID_HEX_SIZE], struct buffer *out, struct why *why)
{
	const struct pool_number id = pool_number(key->holder.id), now = pool_number(now_s);
	const struct pool_number limit = pool_number(LISTED_AT_ONCE);
	const struct postgres_value values[] = {
		postgres_text(id.text),    postgres_text(key->module),
		postgres_text(key->kind),  postgres_text(pool_scope(key->holder.scope)),
		postgres_text(last),       postgres_text(now.text),
		postgres_text(limit.text),
	};
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT " FACT_COLUMNS ", encode(person, 'hex') FROM facts WHERE id = $1 "
		"AND module = $2 AND kind = $3 AND scope = $4 AND person > decode($5, 'hex') "
		"AND " NOT_ENDED("$6") " ORDER BY person LIMIT $7",
		values, COUNT_OF(values), why);
	int rows = result ? postgres_rows(result) : -1;

	for (int row = 0; row < rows; row++) {
		const char *hex = postgres_field(result, row, 3);
		struct fact fact;
		int64_t person;

		snprintf(last, ENCIPHERED_ID_HEX_SIZE, "%s", hex);
		if (!id_decipher_hex(pool_storage->id_cipher, hex, &person))
			continue;
		take_fact(result, row, person, &fact);
		buffer_append(out, &fact, sizeof(fact));
	}
	postgres_result_free(result);
	return rows;
}

bool pool_facts(void *owner, const struct fact_key *key, int64_t now_s, struct buffer *out,
		struct why *why)
{
	char last[ENCIPHERED_ID_HEX_SIZE] = "";
	int rows = LISTED_AT_ONCE;

	while (rows == LISTED_AT_ONCE &&
	       buffer_unread_size(out) / sizeof(struct fact) <= FACTS_LISTED_MAX)
		rows = list_part(owner, key, now_s, last, out, why);
	return rows >= 0;
}

/* --- the filter ------------------------------------------------------------------------------- */

/* Person, module and kind of the last pair: "hex\0module\0kind\0". */
static void keep_cursor(const struct postgres_result *result, struct buffer *cursor)
{
	int last = postgres_rows(result) - 1;

	buffer_clear(cursor);
	for (int column = 0; column < 3; column++) {
		const char *text = postgres_field(result, last, column);

		buffer_append(cursor, text, strlen(text) + 1);
	}
}

/* What cannot be deciphered counts: else the part would look like the last one. */
static void append_ids(const struct pool_storage *pool_storage,
		       const struct postgres_result *result, struct buffer *out)
{
	for (int row = 0; row < postgres_rows(result); row++) {
		int64_t person = 0, id;

		(void)id_decipher_hex(pool_storage->id_cipher, postgres_field(result, row, 0),
				      &person);
		id = fact_presence_id(postgres_field(result, row, 1),
				      postgres_field(result, row, 2), person);
		buffer_append(out, &id, sizeof(id));
	}
}

bool pool_fact_ids(void *owner, struct buffer *cursor, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct text rest = { (char *)buffer_unread(cursor), buffer_unread_size(cursor) };
	const char *person = storage_next_text(&rest), *module = storage_next_text(&rest);
	const char *kind = storage_next_text(&rest);
	const struct pool_number limit = pool_number(PRESENCE_PART);
	const struct postgres_value values[] = {
		postgres_text(person ? person : ""),
		postgres_text(module ? module : ""),
		postgres_text(kind ? kind : ""),
		postgres_text(limit.text),
	};
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT encode(person, 'hex'), module, kind FROM "
		"(SELECT DISTINCT person, module, kind FROM facts "
		"WHERE (person, module, kind) > (decode($1, 'hex'), $2, $3) "
		"ORDER BY person, module, kind LIMIT $4) part ORDER BY person, module, kind",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	if (postgres_rows(result))
		keep_cursor(result, cursor);
	append_ids(pool_storage, result, out);
	postgres_result_free(result);
	return true;
}

/* --- marks ------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length > size && strcmp(text + length - size, end) == 0;
}

bool pool_fact_mark(const struct pool_storage *pool_storage, const char *module, const char *key,
		    struct buffer *out)
{
	const char *slash = strrchr(key, '/');
	int64_t person;

	if (!ends_with(module, FACT_MARKS)) {
		buffer_append_text(out, key);
		return true;
	}
	if (!slash || !id_decipher_hex(pool_storage->id_cipher, slash + 1, &person))
		return false;
	buffer_printf(out, "%.*s/%" PRId64, (int)(slash - key), key, person);
	return true;
}
