/* user.c - `koronectl user`: what is recorded about a person, and erasing it. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/xalloc.h"
#include "koronectl/command.h"
#include "recorder/hash.h"
#include "recorder/postgres.h"
#include "recorder/state.h"

struct person {
	struct postgres *postgres;
	const char *id;
	uint8_t hash[ID_HASH_SIZE];
	struct postgres_error error;
};

static struct postgres_value hash_value(const struct person *person)
{
	return (struct postgres_value) { .data = (const char *)person->hash,
					 .size = sizeof(person->hash),
					 .binary = true };
}

/* The first field of the only row, to be freed; NULL and the error on failure. */
static char *ask(struct person *person, const char *sql, const struct postgres_value *values,
		 int count)
{
	struct postgres_result *result = postgres_query(person->postgres, sql, values, count,
							&person->error);
	char *answer = NULL;

	if (result)
		answer = xstrdup(postgres_field(result, 0, 0));
	postgres_result_free(result);
	return answer;
}

static char *ask_export(struct person *person)
{
	struct postgres_value value = postgres_text(person->id);

	return ask(person, "SELECT export_user($1::bigint)::text", &value, 1);
}

static bool export_person(struct person *person)
{
	char *answer = ask_export(person);

	if (answer)
		puts(answer);
	free(answer);
	return answer != NULL;
}

static void show_value(const char *label, const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		printf("  %-15s %s\n", label, json_string_value(value));
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY);
	printf("  %-15s %s\n", label, json_is_null(value) ? "-" : text);
	free(text);
}

static void show_export(const char *text)
{
	json_t *root = json_loads(text, 0, NULL), *value;
	const json_t *user = json_object_get(root, "user");
	const json_t *settings = json_object_get(root, "settings");
	const char *key;
	size_t i;

	if (!json_is_object(user))
		puts("No row is recorded.");
	else
		puts("Recorded:");
	json_object_foreach((json_t *)(uintptr_t)user, key, value)
	{
		show_value(key, value);
	}
	puts(json_array_size(settings) ? "Settings:" : "No settings.");
	json_array_foreach(settings, i, value)
	{
		char label[128];

		snprintf(label, sizeof(label), "%s.%s",
			 json_string_value(json_object_get(value, "module")),
			 json_string_value(json_object_get(value, "key")));
		show_value(label, json_object_get(value, "value"));
	}
	json_decref(root);
}

static bool show_person(struct person *person)
{
	struct postgres_value hash = hash_value(person);
	char *export = ask_export(person), *objected = NULL;

	if (export)
		objected = ask(person,
			       "SELECT EXISTS (SELECT FROM objections WHERE hash = $1::bytea)",
			       &hash, 1);
	if (objected) {
		show_export(export);
		puts(*objected == 't' ? "Objected to being recorded." : "Has not objected.");
	}
	free(export);
	free(objected);
	return objected != NULL;
}

static bool forget_person(struct person *person)
{
	struct postgres_value values[] = { postgres_text(person->id), hash_value(person) };
	char *answer = ask(person, "SELECT forget_user($1::bigint, $2::bytea)", values, 2);

	if (answer)
		printf("%s; the objection is noted as a keyed hash.\n",
		       *answer == 't' ? "Erased" : "Nothing was recorded");
	free(answer);
	return answer != NULL;
}

static const struct {
	const char *name;
	bool (*run)(struct person *person);
} actions[] = {
	{ "show", show_person },
	{ "export", export_person },
	{ "forget", forget_person },
};

static bool parse_id(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *text && !*end && !errno && *out > 0;
}

static int fail_config(const char *text)
{
	fprintf(stderr, "%s\n", text);
	return EX_CONFIG;
}

/* Hashes with another key would find nobody, and objections under it would count for nobody. */
static int open_person(const struct settings *settings, int64_t id, struct person *person)
{
	struct hash_keys *keys = hash_keys_create(settings->privacy_key);
	bool same = true, good;

	hash_id(keys, id, person->hash);
	person->postgres = postgres_connect(settings->database_url, "koronectl", -1,
					    &person->error);
	good = person->postgres && state_check_key(person->postgres, keys, &same, &person->error);
	hash_keys_destroy(keys);
	if (!good)
		return EX_UNAVAILABLE;
	return same ? EX_OK
		    : fail_config("KORONE_PRIVACY_KEY: is not the key that this database was "
				  "filled with");
}

int command_user(const struct settings *settings, int argc, char **argv)
{
	struct person person = { 0 };
	size_t action = 0;
	int64_t id;
	int code;

	while (argc > 1 && action < COUNT_OF(actions) && strcmp(actions[action].name, argv[1]) != 0)
		action++;
	if (argc != 3 || action == COUNT_OF(actions))
		return usage_error("user", "needs show, export or forget, and an id");
	if (!parse_id(argv[2], &id))
		return usage_error("user", "ID must be a person's Telegram id");
	if (!postgres_url_is_valid(settings->database_url))
		return fail_config("DATABASE_URL: is not set, or is no libpq URI");
	if (!*settings->privacy_key)
		return fail_config("KORONE_PRIVACY_KEY: is required");
	person.id = argv[2];
	code = open_person(settings, id, &person);
	if (code == EX_OK && !actions[action].run(&person))
		code = EX_UNAVAILABLE;
	if (code == EX_UNAVAILABLE)
		fprintf(stderr, "DATABASE_URL: %s\n", person.error.text);
	postgres_close(person.postgres);
	return code;
}
