/* privacy_requests.c - parses a request, runs its statement on its own connection, and writes the
 * answer. */
#include "common/database/privacy_requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/database/hash.h"
#include "common/database/id_cipher.h"
#include "common/database/job_requests.h"
#include "common/database/migrations.h"
#include "common/database/postgres.h"
#include "common/database/state.h"
#include "common/telegram_id.h"
#include "common/xalloc.h"

/* Runs in the recorder's loop, which must not miss its beats because of it. */
#define PATIENCE_MS 3000u

struct subject {
	struct postgres *postgres;
	bool is_group;
	char id[24];
	uint8_t hash[ID_HASH_SIZE];
	uint8_t person[ENCIPHERED_ID_SIZE]; /* as in facts */
};

static struct postgres_value bytes_value(const uint8_t *bytes, size_t size)
{
	return (struct postgres_value) { .data = (const char *)bytes,
					 .size = size,
					 .binary = true };
}

/* Runs a statement whose $1 is the id, $2 the hash and $3 the enciphered id; the answer is its only
 * field. */
static bool ask(const struct subject *subject, const char *sql, struct buffer *out,
		struct postgres_error *error)
{
	struct postgres_value values[] = { postgres_text(subject->id),
					   bytes_value(subject->hash, sizeof(subject->hash)),
					   bytes_value(subject->person, sizeof(subject->person)) };
	struct postgres_result *result = postgres_query(subject->postgres, sql, values,
							COUNT_OF(values), error);

	if (result)
		buffer_printf(out, "%s\n", postgres_field(result, 0, 0));
	postgres_result_free(result);
	return result != NULL;
}

static const struct {
	const char *name;
	const char *user_sql, *group_sql;
} actions[] = {
#define EXPORT_SQL(export)                                                                  \
	"SELECT (" export " || jsonb_build_object('objected',"                              \
			  " EXISTS (SELECT FROM objections WHERE hash = $2::bytea)))::text" \
			  " WHERE $3::bytea IS NOT NULL"
	{ "export", EXPORT_SQL("export_user($1::bigint, $3::bytea)"),
	  EXPORT_SQL("export_group($1::bigint)") },
#define FORGET_GROUP "SELECT forget_group($1::bigint, $2::bytea)::text WHERE $3::bytea IS NOT NULL"
	{ "forget", "SELECT forget_user($1::bigint, $2::bytea, $3::bytea)::text", FORGET_GROUP },
#define REMEMBER_SQL \
	"SELECT remember_user($2::bytea)::text WHERE $1::bigint <> 0 AND $3::bytea IS NOT NULL"
	{ "remember", REMEMBER_SQL, REMEMBER_SQL },
};

static const char *find_sql(const char *action, bool is_group)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (!strcmp(actions[i].name, action))
			return is_group ? actions[i].group_sql : actions[i].user_sql;
	return NULL;
}

static struct postgres *open_database(const struct settings *settings, struct why *why)
{
	struct postgres_error error;
	struct postgres *postgres = postgres_connect(settings->database_url, "korone-control", -1,
						     &error);

	if (!postgres)
		why_set(why, "DATABASE_URL: %s", error.text);
	else
		postgres_set_patience(postgres, PATIENCE_MS);
	return postgres;
}

/* Hashes with another key would find nobody, and objections stored under it would match nobody. */
static bool ask_about(const struct settings *settings, struct subject *subject, int64_t id,
		      const char *sql, struct buffer *out, struct why *why)
{
	struct hash_keys *keys = hash_keys_create(settings->privacy_key);
	struct id_cipher *id_cipher = id_cipher_create(settings->privacy_key);
	struct postgres_error error;
	bool same = true, good;

	hash_id(keys, id, subject->hash);
	id_encipher(id_cipher, id, subject->person);
	id_cipher_destroy(id_cipher);
	good = state_check_key(subject->postgres, keys, &same, &error);
	hash_keys_destroy(keys);
	if (!same)
		return why_set(why, "KORONE_PRIVACY_KEY: is not the key that this database was "
				    "filled with");
	return (good && ask(subject, sql, out, &error)) ||
	       why_set(why, "DATABASE_URL: %s", error.text);
}

static bool ask_rights(const struct settings *settings, char *const words[], struct buffer *out,
		       struct why *why)
{
	struct subject subject = { .is_group = !strcmp(words[0], "group") };
	const char *sql = find_sql(words[1], subject.is_group);
	int64_t id;
	bool good;

	if (!sql)
		return why_set(why, "no such action");
	if (!telegram_id_parse(words[2], subject.is_group, &id))
		return why_set(why, "ID must be a %s's Telegram id",
			       subject.is_group ? "group" : "person");
	snprintf(subject.id, sizeof(subject.id), "%" PRId64, id);
	subject.postgres = open_database(settings, why);
	good = subject.postgres && ask_about(settings, &subject, id, sql, out, why);
	postgres_close(subject.postgres);
	return good;
}

static void report_migration(void *owner, const char *name, enum migration_state state)
{
	static const char *const words[] = {
		[MIGRATION_APPLIED] = "is applied",
		[MIGRATION_CHANGED] = "is applied, from a file with other contents",
		[MIGRATION_PENDING] = "would be applied",
	};

	buffer_printf(owner, "%-24s %s\n", name, words[state]);
}

static bool ask_migrations(const struct settings *settings, struct buffer *out, struct why *why)
{
	struct postgres *postgres = open_database(settings, why);
	struct postgres_error error;
	bool good;

	if (!postgres)
		return false;
	good = migrations_apply(postgres, true, report_migration, out, &error) ||
	       why_set(why, "DATABASE_URL: %s", error.text);
	postgres_close(postgres);
	return good;
}

static bool ask_jobs(const struct settings *settings, char *const words[], size_t count,
		     struct buffer *out, struct why *why)
{
	struct postgres *postgres = open_database(settings, why);
	bool good = postgres && job_requests_ask(postgres, words, count, out, why);

	postgres_close(postgres);
	return good;
}

bool privacy_requests_ask(const struct settings *settings, char *const words[], size_t count,
			  struct buffer *out, struct why *why)
{
	if (count == 1 && !strcmp(words[0], "migrations"))
		return ask_migrations(settings, out, why);
	if (count == 3 && (!strcmp(words[0], "user") || !strcmp(words[0], "group")))
		return ask_rights(settings, words, out, why);
	if (count > 1 && !strcmp(words[0], "jobs"))
		return ask_jobs(settings, words + 1, count - 1, out, why);
	return why_set(why, "the recorder knows no such command");
}

void privacy_requests_socket_path(const struct settings *settings, char *out, size_t size)
{
	snprintf(out, size, "%s/recorder.control", settings->run_dir);
}
