/* fake_storage.c - see fake_storage.h. Small lists, searched from the front: a conversation has few
 * of each. */
#include "tests/modules/fake_storage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/json.h"
#include "common/xalloc.h"

struct setting_row {
	struct holder holder;
	char *module, *key, *value;
};

struct ephemeral_row {
	int64_t chat_id;
	char *module, *name, *value; /* value NULL: removed */
	int64_t until_s;
};

/* Of a group the first name is the title. */
struct person_row {
	struct recorded_person fields;
	bool forgotten;
};

struct fake_storage {
	struct setting_row *settings;
	struct ephemeral_row *ephemerals;
	struct person_row *people;
	size_t settings_count, ephemerals_count, people_count;
	int64_t now_s;
	unsigned trips;
};

struct fake_storage *fake_storage_create(void)
{
	return xcalloc(1, sizeof(struct fake_storage));
}

static void free_setting(struct setting_row *row)
{
	free(row->module);
	free(row->key);
	free(row->value);
}

void fake_storage_destroy(struct fake_storage *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < memory->settings_count; i++)
		free_setting(&memory->settings[i]);
	for (size_t i = 0; i < memory->ephemerals_count; i++) {
		free(memory->ephemerals[i].module);
		free(memory->ephemerals[i].name);
		free(memory->ephemerals[i].value);
	}
	for (size_t i = 0; i < memory->people_count; i++) {
		free((char *)memory->people[i].fields.first_name);
		free((char *)memory->people[i].fields.last_name);
		free((char *)memory->people[i].fields.username);
	}
	free(memory->settings);
	free(memory->ephemerals);
	free(memory->people);
	free(memory);
}

void fake_storage_pass(struct fake_storage *memory, int64_t seconds)
{
	memory->now_s += seconds;
}

unsigned fake_storage_trips(const struct fake_storage *memory)
{
	return memory->trips;
}

/* --- settings --------------------------------------------------------------------------------- */

static bool is_of(const struct setting_row *row, struct holder holder)
{
	return row->holder.scope == holder.scope && row->holder.id == holder.id;
}

static bool load(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		if (!is_of(row, holder))
			continue;
		buffer_append(out, row->module, strlen(row->module) + 1);
		buffer_append(out, row->key, strlen(row->key) + 1);
		buffer_append(out, row->value, strlen(row->value) + 1);
	}
	return true;
}

static void drop_setting(struct fake_storage *memory, size_t index)
{
	free_setting(&memory->settings[index]);
	memory->settings[index] = memory->settings[--memory->settings_count];
}

static bool save(void *owner, struct holder holder, const char *module, const char *key,
		 const char *value, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	for (size_t i = memory->settings_count; i-- > 0;) {
		const struct setting_row *row = &memory->settings[i];

		if (is_of(row, holder) && strcmp(row->module, module) == 0 &&
		    strcmp(row->key, key) == 0)
			drop_setting(memory, i);
	}
	if (!value)
		return true;
	memory->settings = xreallocarray(memory->settings, memory->settings_count + 1,
					 sizeof(*memory->settings));
	memory->settings[memory->settings_count++] = (struct setting_row) { holder, xstrdup(module),
									    xstrdup(key),
									    xstrdup(value) };
	return true;
}

static bool migrate(void *owner, int64_t from, int64_t to, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	for (size_t i = 0; i < memory->settings_count; i++)
		if (memory->settings[i].holder.id == from)
			memory->settings[i].holder.id = to;
	return true;
}

static void follow(void *owner, struct settings_cache *settings_cache)
{
	(void)owner;
	settings_cache_note_followed(settings_cache);
}

/* --- short-lived values ----------------------------------------------------------------------- */

static struct ephemeral_row *ephemeral_row_of(struct fake_storage *memory,
					      const struct ephemeral_key *key)
{
	for (size_t i = 0; i < memory->ephemerals_count; i++) {
		struct ephemeral_row *row = &memory->ephemerals[i];

		if (row->chat_id == key->chat_id && strcmp(row->module, key->module) == 0 &&
		    strcmp(row->name, key->name) == 0)
			return row;
	}
	return NULL;
}

static bool is_alive(const struct fake_storage *memory, const struct ephemeral_row *row)
{
	return row && row->value && row->until_s > memory->now_s;
}

static bool set_ephemeral(void *owner, const struct ephemeral_key *key, const char *value,
			  int64_t seconds)
{
	struct fake_storage *memory = owner;
	struct ephemeral_row *row = ephemeral_row_of(memory, key);

	if (!row) {
		memory->ephemerals = xreallocarray(memory->ephemerals, memory->ephemerals_count + 1,
						   sizeof(*memory->ephemerals));
		row = &memory->ephemerals[memory->ephemerals_count++];
		*row = (struct ephemeral_row) { .chat_id = key->chat_id,
						.module = xstrdup(key->module),
						.name = xstrdup(key->name) };
	}
	free(row->value);
	row->value = xstrdup(value);
	row->until_s = memory->now_s + seconds;
	return true;
}

static bool find_ephemeral(void *owner, const struct ephemeral_key *key, struct buffer *out)
{
	struct fake_storage *memory = owner;
	const struct ephemeral_row *row = ephemeral_row_of(memory, key);

	if (!is_alive(memory, row))
		return false;
	buffer_append_text(out, row->value);
	return true;
}

static bool remove_ephemeral(void *owner, const struct ephemeral_key *key)
{
	struct fake_storage *memory = owner;
	struct ephemeral_row *row = ephemeral_row_of(memory, key);

	if (row)
		row->until_s = 0;
	return true;
}

static bool claim_ephemeral(void *owner, const struct ephemeral_key *key, int64_t seconds)
{
	struct fake_storage *memory = owner;

	if (is_alive(memory, ephemeral_row_of(memory, key)))
		return false;
	set_ephemeral(owner, key, "", seconds);
	return true;
}

/* --- people ----------------------------------------------------------------------------------- */

static struct person_row *find_row(struct fake_storage *memory, int64_t id)
{
	for (size_t i = 0; i < memory->people_count; i++)
		if (memory->people[i].fields.id == id)
			return &memory->people[i];
	return NULL;
}

static struct person_row *require_row(struct fake_storage *memory, int64_t id)
{
	struct person_row *row = find_row(memory, id);

	if (row)
		return row;
	memory->people = xreallocarray(memory->people, memory->people_count + 1,
				       sizeof(*memory->people));
	row = &memory->people[memory->people_count++];
	*row = (struct person_row) { .fields = { .id = id } };
	return row;
}

void fake_storage_record(struct fake_storage *memory, const struct recorded_person *person)
{
	struct person_row *row = require_row(memory, person->id);

	if (row->forgotten || row->fields.first_name)
		return;
	row->fields.first_name = xstrdup(person->first_name);
	row->fields.last_name = xstrdup(person->last_name);
	row->fields.username = xstrdup(person->username);
}

static bool find_person(void *owner, const char *username, int64_t id, struct arena *arena,
			const struct recorded_person **out, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	*out = NULL;
	for (size_t i = 0; i < memory->people_count; i++) {
		const struct person_row *row = &memory->people[i];

		if (row->fields.first_name && !row->forgotten &&
		    (username ? strcasecmp(row->fields.username, username) == 0
			      : row->fields.id == id))
			*out = arena_memdup(arena, &row->fields, sizeof(row->fields));
	}
	return true;
}

static void write_settings(const struct fake_storage *memory, int64_t id, struct json *json)
{
	json_array_start(json);
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		if (row->holder.id != id)
			continue;
		json_object_start(json);
		json_key_text(json, "scope", row->holder.scope == HOLDER_USER ? "user" : "chat");
		json_key_int(json, "id", id);
		json_key_text(json, "module", row->module);
		json_key_text(json, "key", row->key);
		json_key_text(json, "value", row->value);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_row(const struct person_row *row, bool is_group, struct json *json)
{
	if (!row || !row->fields.first_name || row->forgotten) {
		json_nil(json);
		return;
	}
	json_object_start(json);
	json_key_int(json, "id", row->fields.id);
	if (is_group) {
		json_key_text(json, "title", row->fields.first_name);
		json_key_text(json, "type", "supergroup");
	} else {
		json_key_text(json, "username", row->fields.username);
		json_key_text(json, "first_name", row->fields.first_name);
	}
	json_key_text(json, "registered_at", "2026-01-01T00:00:00+00:00");
	json_object_end(json);
}

static bool export(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct fake_storage *memory = owner;
	bool is_group = holder.scope == HOLDER_CHAT;
	struct json json = json_start(out);

	(void)why;
	memory->trips++;
	json_object_start(&json);
	json_key(&json, is_group ? "group" : "user");
	write_row(find_row(memory, holder.id), is_group, &json);
	json_key(&json, "settings");
	write_settings(memory, holder.id, &json);
	json_object_end(&json);
	return true;
}

static bool has_objected(void *owner, struct holder holder, bool *out, struct why *why)
{
	struct fake_storage *memory = owner;
	const struct person_row *row = find_row(memory, holder.id);

	(void)why;
	memory->trips++;
	*out = row && row->forgotten;
	return true;
}

static bool forget(void *owner, struct holder holder, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	require_row(memory, holder.id)->forgotten = true;
	for (size_t i = memory->settings_count; i-- > 0;)
		if (memory->settings[i].holder.id == holder.id)
			drop_setting(memory, i);
	return true;
}

static bool remember(void *owner, struct holder holder, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	require_row(memory, holder.id)->forgotten = false;
	return true;
}

static bool count(void *owner, struct recorded_counts *out, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	*out = (struct recorded_counts) { .people = (int64_t)memory->people_count,
					  .new_people = (int64_t)memory->people_count,
					  .database_bytes = -1,
					  .redis_keys = -1 };
	return true;
}

static void do_nothing(void *owner)
{
	(void)owner;
}

const struct storage fake_storage_table = {
	.load = load,
	.save = save,
	.migrate = migrate,
	.follow = follow,
	.ephemeral_set = set_ephemeral,
	.ephemeral_find = find_ephemeral,
	.ephemeral_remove = remove_ephemeral,
	.ephemeral_claim = claim_ephemeral,
	.find_person = find_person,
	.export = export,
	.has_objected = has_objected,
	.forget = forget,
	.remember = remember,
	.count = count,
	.rest = do_nothing,
	.idle = do_nothing,
};
