/* state.c - the SQL of state.h: session settings, the key check, the workers' role, the recorder's
 * lock, and the table recorder_state. */
#include "common/database/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_KEY "hashtextextended('korone recorder ' || current_schema(), 0)"

const char state_renew_sql[] =
	"UPDATE recorder_state SET value = gen_random_uuid()::text WHERE name = 'incarnation'";

const char state_note_sql[] =
	"INSERT INTO recorder_state (name, value) VALUES ('writing', '') ON CONFLICT DO NOTHING";

/* Plans are made once, when tables may be empty: without this a sequential scan or hash join that
 * was right then would be kept (limits: three times slower and worse). idle_session_timeout: the
 * recorder sends a query every second, so only a stopped or disconnected one is silent for so long.
 */
static const char session_sql[] = "SET statement_timeout = '15s';"
				  "SET lock_timeout = '5s';"
				  "SET idle_session_timeout = '3500ms';"
				  "SET idle_in_transaction_session_timeout = '3500ms';"
				  "SET client_connection_check_interval = '2s';"
				  "SET tcp_keepalives_idle = 2;"
				  "SET tcp_keepalives_interval = 1;"
				  "SET tcp_keepalives_count = 2;"
				  "SET enable_seqscan = off;"
				  "SET enable_hashjoin = off;"
				  "SET enable_mergejoin = off;"
				  "SET plan_cache_mode = force_generic_plan;"
				  "SET jit = off;"
				  "SET enable_bitmapscan = off;"
				  /* What is acknowledged must be durable. */
				  "SELECT set_config('synchronous_commit', 'on', false)"
				  " WHERE current_setting('synchronous_commit') = 'off'";

bool state_start_session(struct postgres *postgres, struct postgres_error *error)
{
	return postgres_run(postgres, session_sql, error);
}

bool state_check_key(struct postgres *postgres, const struct hash_keys *keys, bool *same,
		     struct postgres_error *error)
{
	char check[KEY_CHECK_SIZE];
	struct postgres_value value = postgres_text(check);
	struct postgres_result *result;

	hash_key_check(keys, check);
	result = postgres_query(
		postgres,
		"INSERT INTO recorder_state (name, value)"
		" VALUES ('key_check', $1), ('incarnation', gen_random_uuid()::text),"
		" ('settled', gen_random_uuid()::text)"
		" ON CONFLICT DO NOTHING",
		&value, 1, error);
	postgres_result_free(result);
	if (!result)
		return false;
	result = postgres_query(
		postgres, "SELECT 1 FROM recorder_state WHERE name = 'key_check' AND value = $1",
		&value, 1, error);
	if (!result)
		return false;
	*same = postgres_rows(result) == 1;
	postgres_result_free(result);
	return true;
}

bool state_grant_roles(struct postgres *postgres, struct postgres_error *error)
{
	return postgres_run(postgres, "SELECT grant_worker_role()", error);
}

bool state_try_lock(struct postgres *postgres, bool *locked, struct postgres_error *error)
{
	struct postgres_result *result = postgres_query(
		postgres, "SELECT pg_try_advisory_lock(" LOCK_KEY ")", NULL, 0, error);

	if (!result)
		return false;
	*locked = *postgres_field(result, 0, 0) == 't';
	postgres_result_free(result);
	return true;
}

/* pg_locks shows a bigint key as two halves. A row of users takes about 90 bytes. */
static const char read_sql[] =
	"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
	"   AND pid = pg_backend_pid() AND objsubid = 1 AND database ="
	"     (SELECT oid FROM pg_database WHERE datname = current_database())"
	"   AND (classid::bigint << 32 | objid::bigint) = " LOCK_KEY "),"
	" md5(concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),"
	"   substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), current_schema(),"
	"   (SELECT oid FROM pg_database WHERE datname = current_database()),"
	"   pg_relation_filenode('users'), pg_relation_filenode('groups'),"
	"   (SELECT value FROM recorder_state WHERE name = 'incarnation'))),"
	" (SELECT value FROM recorder_state WHERE name = 'settled'),"
	" (pg_relation_size('users') + pg_relation_size('groups')) / 90,"
	" EXISTS (SELECT FROM recorder_state WHERE name = 'writing'),"
	" EXISTS (SELECT FROM redis_removals)";

bool state_read(struct postgres *postgres, struct database_state *out, struct postgres_error *error)
{
	struct postgres_result *result = postgres_query(postgres, read_sql, NULL, 0, error);

	if (!result)
		return false;
	out->locked = *postgres_field(result, 0, 0) == 't';
	snprintf(out->incarnation, sizeof(out->incarnation), "%s", postgres_field(result, 0, 1));
	snprintf(out->settled, sizeof(out->settled), "%s", postgres_field(result, 0, 2));
	out->rows = strtoull(postgres_field(result, 0, 3), NULL, 10);
	out->writing = *postgres_field(result, 0, 4) == 't';
	out->removals = *postgres_field(result, 0, 5) == 't';
	postgres_result_free(result);
	return true;
}

bool state_renew_incarnation(struct postgres *postgres, struct postgres_error *error)
{
	return postgres_run(postgres, state_renew_sql, error);
}

bool state_take_note_back(struct postgres *postgres, char settled[SETTLED_SIZE],
			  struct postgres_error *error)
{
	static const char sql[] =
		"WITH note AS (DELETE FROM recorder_state WHERE name = 'writing')"
		" UPDATE recorder_state SET value = gen_random_uuid()::text WHERE name = 'settled'"
		" RETURNING value";
	struct postgres_result *result = postgres_query(postgres, sql, NULL, 0, error);

	if (!result)
		return false;
	snprintf(settled, SETTLED_SIZE, "%s", postgres_field(result, 0, 0));
	postgres_result_free(result);
	return true;
}
