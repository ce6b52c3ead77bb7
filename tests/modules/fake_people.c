/* fake_people.c - see fake_people.h. */
#include "tests/modules/fake_people.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/json.h"
#include "common/xalloc.h"

struct person_row *fake_find_row(struct fake_storage *memory, int64_t id)
{
	for (size_t i = 0; i < memory->people_count; i++)
		if (memory->people[i].fields.id == id)
			return &memory->people[i];
	return NULL;
}

struct person_row *fake_require_row(struct fake_storage *memory, int64_t id)
{
	struct person_row *row = fake_find_row(memory, id);

	if (row)
		return row;
	memory->people = xreallocarray(memory->people, memory->people_count + 1,
				       sizeof(*memory->people));
	row = &memory->people[memory->people_count++];
	*row = (struct person_row) { .fields = { .id = id } };
	return row;
}

bool fake_find_person(void *owner, const char *username, int64_t id, struct arena *arena,
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

		if (row->holder.id != id || row->holder.scope == OF_MEMBER)
			continue;
		json_object_start(json);
		json_key_text(json, "scope", row->holder.scope == OF_PERSON ? "user" : "chat");
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

const char *fake_title_of(void *owner, int64_t group)
{
	const struct person_row *row = fake_find_row(owner, group);

	return row ? row->fields.first_name : NULL;
}

bool fake_export(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct fake_storage *memory = owner;
	bool is_group = holder.scope == OF_CHAT;
	struct json json = json_start(out);

	(void)why;
	memory->trips++;
	json_object_start(&json);
	json_key(&json, is_group ? "group" : "user");
	write_row(fake_find_row(memory, holder.id), is_group, &json);
	json_key(&json, "settings");
	write_settings(memory, holder.id, &json);
	if (!is_group) {
		json_key(&json, "facts");
		fake_facts_export(&memory->facts, holder.id, fake_title_of, memory, &json);
	}
	json_object_end(&json);
	return true;
}

bool fake_has_objected(void *owner, struct holder holder, bool *out, struct why *why)
{
	struct fake_storage *memory = owner;
	const struct person_row *row = fake_find_row(memory, holder.id);

	(void)why;
	memory->trips++;
	*out = row && row->forgotten;
	return true;
}

bool fake_forget(void *owner, struct holder holder, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	fake_require_row(memory, holder.id)->forgotten = true;
	for (size_t i = memory->settings_count; i-- > 0;)
		if (memory->settings[i].holder.id == holder.id)
			fake_drop_setting(memory, i);
	fake_facts_forget(&memory->facts, holder);
	return true;
}

bool fake_remember(void *owner, const struct mark *mark, struct holder holder, struct why *why)
{
	struct fake_storage *memory = owner;
	struct person_row *row = fake_require_row(memory, holder.id);

	(void)why;
	memory->trips++;
	if (fake_take_mark(memory, mark, holder, REMEMBER_MODULE, REMEMBER_KEY,
			   row->forgotten ? "yes" : NULL))
		row->forgotten = false;
	return true;
}

bool fake_count(void *owner, struct recorded_counts *out, struct why *why)
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

/* --- ids in parts ----------------------------------------------------------------------------- */

static bool is_asked_for(const struct setting_row *row, const struct ids_query *query)
{
	return !fake_is_entry(row) && row->holder.scope == query->scope &&
	       strcmp(row->module, query->module) == 0 && strcmp(row->key, query->key) == 0 &&
	       strcmp(row->value, query->value) == 0;
}

static bool is_behind(enum scope scope, int64_t id, int64_t after)
{
	return scope == OF_CHAT ? id < 0 && (id > after || !after) : id > after;
}

/* Not behind, as far as it is in the list at all. */
static bool is_nearer(int64_t id, int64_t found)
{
	return !found || id < found;
}

/* The next one behind `after`, 0: none. */
static int64_t next_id(const struct fake_storage *memory, const struct ids_query *query,
		       int64_t after)
{
	int64_t found = 0;

	for (size_t i = 0; query->key && i < memory->settings_count; i++) {
		int64_t id = memory->settings[i].holder.id;

		if (is_asked_for(&memory->settings[i], query) &&
		    is_behind(query->scope, id, after) && is_nearer(id, found))
			found = id;
	}
	for (size_t i = 0; !query->key && i < memory->people_count; i++) {
		int64_t id = memory->people[i].fields.id;

		if (!memory->people[i].forgotten && is_behind(OF_CHAT, id, after) &&
		    is_nearer(id, found))
			found = id;
	}
	return found;
}

bool fake_ids(void *owner, const struct ids_query *query, int64_t after, int64_t *out, size_t max,
	      size_t *count, struct why *why)
{
	(void)why;
	for (*count = 0; *count < max && (after = next_id(owner, query, after));)
		out[(*count)++] = after;
	return true;
}

bool fake_count_ids(void *owner, const struct ids_query *query, int64_t *out, struct why *why)
{
	(void)why;
	*out = 0;
	for (int64_t id = 0; (id = next_id(owner, query, id));)
		++*out;
	return true;
}
