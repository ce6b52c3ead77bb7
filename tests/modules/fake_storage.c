/* fake_storage.c - see fake_storage.h. Small lists, searched from the front: a conversation has few
 * of each. */
#include "tests/modules/fake_storage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/json.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "tests/modules/fake_facts.h"
#include "tests/modules/fake_jobs.h"
#include "tests/modules/fake_recent.h"

struct setting_row {
	struct holder holder;
	char *module, *key, *value;
};

struct brief_row {
	struct holder holder;
	char *module, *name, *value; /* value NULL: removed */
	struct mark claim;           /* whose it is, if it is one */
	int64_t until_s;
};

/* A write that an update has made, and what was there before it. */
struct mark_row {
	struct mark mark;
	struct holder holder;
	char *module, *key, *before; /* before NULL: nothing */
};

/* What another host answered. */
struct fetched_row {
	struct text asked, answer; /* of the heap */
	int64_t until_s;
};

/* Of a group the first name is the title. */
struct person_row {
	struct recorded_person fields;
	bool forgotten;
};

struct fake_storage {
	struct setting_row *settings;
	struct brief_row *briefs;
	struct person_row *people;
	struct mark_row *marks;
	struct fetched_row *fetched;
	struct fake_facts facts;
	struct fake_recent recent;
	struct fake_jobs jobs;
	size_t settings_count, briefs_count, people_count, marks_count, fetched_count;
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
	for (size_t i = 0; i < memory->briefs_count; i++) {
		free(memory->briefs[i].module);
		free(memory->briefs[i].name);
		free(memory->briefs[i].value);
	}
	for (size_t i = 0; i < memory->people_count; i++) {
		free((char *)memory->people[i].fields.first_name);
		free((char *)memory->people[i].fields.last_name);
		free((char *)memory->people[i].fields.username);
	}
	for (size_t i = 0; i < memory->marks_count; i++) {
		free(memory->marks[i].module);
		free(memory->marks[i].key);
		free(memory->marks[i].before);
	}
	for (size_t i = 0; i < memory->fetched_count; i++) {
		free((char *)(uintptr_t)memory->fetched[i].asked.data);
		free((char *)(uintptr_t)memory->fetched[i].answer.data);
	}
	fake_facts_finish(&memory->facts);
	fake_recent_finish(&memory->recent);
	fake_jobs_finish(&memory->jobs);
	free(memory->fetched);
	free(memory->marks);
	free(memory->settings);
	free(memory->briefs);
	free(memory->people);
	free(memory);
}

void fake_storage_pass(struct fake_storage *memory, int64_t seconds)
{
	memory->now_s += seconds;
}

struct fake_jobs *fake_storage_jobs(void *owner)
{
	struct fake_storage *memory = owner;

	return &memory->jobs;
}

unsigned fake_storage_trips(const struct fake_storage *memory)
{
	return memory->trips;
}

/* What stands before the key in marks of short-lived values. */
#define BRIEF_MARK "korone/brief/"

/* --- marks ------------------------------------------------------------------------------------ */

static bool is_same(struct holder a, struct holder b)
{
	return a.scope == b.scope && a.id == b.id && a.person == b.person;
}

static bool is_turn(const struct mark *a, const struct mark *b)
{
	return a->update_id == b->update_id && a->stage == b->stage;
}

static const struct mark_row *find_mark(const struct fake_storage *memory, const struct mark *mark,
					struct holder holder, const char *module, const char *key)
{
	for (size_t i = 0; i < memory->marks_count; i++) {
		const struct mark_row *row = &memory->marks[i];

		if (is_turn(&row->mark, mark) && row->mark.nth == mark->nth &&
		    is_same(row->holder, holder) && strcmp(row->module, module) == 0 &&
		    strcmp(row->key, key) == 0)
			return row;
	}
	return NULL;
}

/* False when the write was made before. */
static bool take_mark(struct fake_storage *memory, const struct mark *mark, struct holder holder,
		      const char *module, const char *key, const char *before)
{
	if (find_mark(memory, mark, holder, module, key))
		return false;
	memory->marks = xreallocarray(memory->marks, memory->marks_count + 1,
				      sizeof(*memory->marks));
	memory->marks[memory->marks_count++] = (struct mark_row) {
		.mark = *mark,
		.holder = holder,
		.module = xstrdup(module),
		.key = xstrdup(key),
		.before = before ? xstrdup(before) : NULL,
	};
	return true;
}

static void append_text(struct buffer *out, const char *text)
{
	buffer_append(out, text, strlen(text) + 1);
}

static bool marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why)
{
	const struct fake_storage *memory = owner;

	(void)why;
	for (size_t i = 0; i < memory->marks_count; i++) {
		const struct mark_row *row = &memory->marks[i];
		const struct mark_head head = { .holder = row->holder, .nth = row->mark.nth };

		if (!is_turn(&row->mark, turn) ||
		    strncmp(row->key, BRIEF_MARK, strlen(BRIEF_MARK)) == 0)
			continue;
		buffer_append(out, &head, sizeof(head));
		append_text(out, row->module);
		append_text(out, row->key);
		buffer_append_text(out, row->before ? "=" : "");
		append_text(out, row->before ? row->before : "");
	}
	return true;
}

/* --- settings and entries --------------------------------------------------------------------- */

static bool is_entry(const struct setting_row *row)
{
	return storage_is_entry(row->holder, row->key);
}

static bool load(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		if (!is_same(row->holder, holder) || is_entry(row))
			continue;
		append_text(out, row->module);
		append_text(out, row->key);
		append_text(out, row->value);
	}
	return true;
}

static bool append_entries(struct fake_storage *memory, struct holder holder, const char *module,
			   const char *key, size_t length, struct buffer *out)
{
	memory->trips++;
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		if (!is_same(row->holder, holder) || !is_entry(row) ||
		    strcmp(row->module, module) != 0 || strncmp(row->key, key, length) != 0)
			continue;
		append_text(out, row->key);
		append_text(out, row->value);
	}
	return true;
}

static bool entry(void *owner, struct holder holder, const char *module, const char *key,
		  struct buffer *out, struct why *why)
{
	(void)why;
	return append_entries(owner, holder, module, key, strlen(key) + 1, out);
}

/* The host sorts them. */
static bool entries(void *owner, struct holder holder, const char *module, const char *prefix,
		    struct buffer *out, struct why *why)
{
	(void)why;
	return append_entries(owner, holder, module, prefix, strlen(prefix), out);
}

static void drop_setting(struct fake_storage *memory, size_t index)
{
	free_setting(&memory->settings[index]);
	memory->settings[index] = memory->settings[--memory->settings_count];
}

static bool find_setting(const struct fake_storage *memory, struct holder holder,
			 const char *module, const char *key, size_t *index)
{
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		*index = i;
		if (is_same(row->holder, holder) && strcmp(row->module, module) == 0 &&
		    strcmp(row->key, key) == 0)
			return true;
	}
	return false;
}

static void save_one(struct fake_storage *memory, const struct stored_write *write)
{
	size_t index;
	bool found = find_setting(memory, write->holder, write->module, write->key, &index);

	if (!take_mark(memory, &write->mark, write->holder, write->module, write->key,
		       found ? memory->settings[index].value : NULL))
		return;
	if (found)
		drop_setting(memory, index);
	if (!write->value)
		return;
	memory->settings = xreallocarray(memory->settings, memory->settings_count + 1,
					 sizeof(*memory->settings));
	memory->settings[memory->settings_count++] = (struct setting_row) {
		write->holder, xstrdup(write->module), xstrdup(write->key), xstrdup(write->value)
	};
}

static bool save(void *owner, const struct stored_write *writes, size_t count, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	for (size_t i = 0; i < count; i++)
		save_one(memory, &writes[i]);
	return true;
}

/* --- facts (fake_facts.c) and their marks ----------------------------------------------------- */

static bool read_fact(void *owner, const struct fact_key *key, int64_t now_s,
		      struct fact_state *out, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	*out = fake_facts_find(&memory->facts, key, now_s);
	return true;
}

static struct person_row *find_row(struct fake_storage *memory, int64_t id);

static bool is_marked(struct fake_storage *memory, const struct mark *mark,
		      const struct fact_key *key)
{
	char *module = xasprintf("%s" FACT_MARKS, key->module);
	char *name = xasprintf("%s/%" PRId64, key->kind, key->person);
	bool marked = find_mark(memory, mark, key->holder, module, name);

	free(module);
	free(name);
	return marked;
}

static bool is_new_fact(struct fake_storage *memory, const struct mark *mark,
			const struct fact_key *key, int64_t now_s, struct fact_state *before)
{
	char *module = xasprintf("%s" FACT_MARKS, key->module);
	char *name = xasprintf("%s/%" PRId64, key->kind, key->person), *text = NULL;
	const struct mark_row *row = find_mark(memory, mark, key->holder, module, name);

	if (row) {
		*before = fact_state_read(row->before, key->person);
	} else {
		*before = fake_facts_find(&memory->facts, key, now_s);
		if (before->is_there)
			text = xasprintf("%" PRId64 " %" PRId64 " %" PRId64, before->fact.number,
					 before->fact.until_s, before->fact.message_id);
		take_mark(memory, mark, key->holder, module, name, text);
	}
	free(module);
	free(name);
	free(text);
	return !row;
}

static bool write_fact(void *owner, const struct mark *mark, const struct fact_key *key,
		       const struct fact_write *write, struct fact_state *before, struct why *why)
{
	struct fake_storage *memory = owner;
	const struct person_row *row = find_row(memory, key->person);

	(void)why;
	memory->trips++;
	if (is_new_fact(memory, mark, key, write->now_s, before))
		fake_facts_write(&memory->facts, key, write, &before->fact, row && row->forgotten);
	return true;
}

/* As store_fact() for each, but for those that are there and have no mark (pool_facts.c). */
static bool write_facts(void *owner, const struct fact_key *key, const struct fact_write *write,
			struct fact_one *ones, size_t count, struct why *why)
{
	struct fake_storage *memory = owner;

	memory->trips++;
	for (size_t i = 0; i < count; i++) {
		struct fact_key one = *key;
		struct fact_write written = *write;
		struct fact_state before;

		one.person = ones[i].person;
		written.fact.number = ones[i].number;
		if (write->change == FACT_SET && !is_marked(memory, &ones[i].mark, &one) &&
		    fake_facts_find(&memory->facts, &one, write->now_s).is_there)
			continue;
		memory->trips--;
		if (!write_fact(owner, &ones[i].mark, &one, &written, &before, why))
			return false;
		ones[i].changed = before.is_there == (write->change == FACT_REMOVE);
	}
	return true;
}

static bool count_facts(void *owner, const struct fact_key *key, int64_t now_s, int64_t *out,
			struct why *why)
{
	struct fake_storage *memory = owner;
	struct buffer facts = { 0 };

	(void)why;
	memory->trips++;
	fake_facts_list(&memory->facts, key, now_s, &facts);
	*out = (int64_t)(buffer_unread_size(&facts) / sizeof(struct fact));
	buffer_finish(&facts);
	return true;
}

static bool list_facts(void *owner, const struct fact_key *key, int64_t now_s, struct buffer *out,
		       struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	fake_facts_list(&memory->facts, key, now_s, out);
	return true;
}

static bool list_fact_ids(void *owner, struct buffer *cursor, struct buffer *out, struct why *why)
{
	const struct fake_storage *memory = owner;

	(void)cursor;
	(void)why;
	fake_facts_ids(&memory->facts, out);
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
	for (size_t i = 0; i < memory->marks_count; i++)
		if (memory->marks[i].holder.id == from)
			memory->marks[i].holder.id = to;
	fake_facts_move(&memory->facts, from, to);
	return true;
}

static void follow(void *owner, struct settings_cache *settings_cache)
{
	(void)owner;
	settings_cache_note_followed(settings_cache);
}

/* --- short-lived values ----------------------------------------------------------------------- */

static struct brief_row *brief_row_of(struct fake_storage *memory, const struct brief_key *key)
{
	for (size_t i = 0; i < memory->briefs_count; i++) {
		struct brief_row *row = &memory->briefs[i];

		if (is_same(row->holder, key->holder) && strcmp(row->module, key->module) == 0 &&
		    strcmp(row->name, key->name) == 0)
			return row;
	}
	return NULL;
}

static bool is_alive(const struct fake_storage *memory, const struct brief_row *row)
{
	return row && row->value && row->until_s > memory->now_s;
}

static struct brief_row *put_brief(struct fake_storage *memory, const struct brief_key *key,
				   const char *value, int64_t seconds)
{
	struct brief_row *row = brief_row_of(memory, key);

	if (!row) {
		memory->briefs = xreallocarray(memory->briefs, memory->briefs_count + 1,
					       sizeof(*memory->briefs));
		row = &memory->briefs[memory->briefs_count++];
		*row = (struct brief_row) { .holder = key->holder,
					    .module = xstrdup(key->module),
					    .name = xstrdup(key->name) };
	}
	free(row->value);
	row->value = value ? xstrdup(value) : NULL;
	row->until_s = memory->now_s + seconds;
	return row;
}

#define MARK_KEY_SIZE 160

static const char *brief_mark(const struct brief_key *key, char out[MARK_KEY_SIZE])
{
	snprintf(out, MARK_KEY_SIZE, BRIEF_MARK "%s", key->name);
	return out;
}

static bool brief_store(void *owner, const struct mark *mark, const struct brief_key *key,
			const char *value, int64_t seconds)
{
	struct fake_storage *memory = owner;
	const struct brief_row *row = brief_row_of(memory, key);
	char name[MARK_KEY_SIZE];

	memory->trips++;
	if (take_mark(memory, mark, key->holder, key->module, brief_mark(key, name),
		      is_alive(memory, row) ? row->value : NULL))
		put_brief(memory, key, value, seconds);
	return true;
}

static bool brief_read(void *owner, const struct brief_key *key, struct buffer *out)
{
	struct fake_storage *memory = owner;
	const struct brief_row *row = brief_row_of(memory, key);

	memory->trips++;
	if (!is_alive(memory, row))
		return false;
	buffer_append_text(out, row->value);
	return true;
}

static enum before brief_before(void *owner, const struct mark *mark, const struct brief_key *key,
				struct buffer *out)
{
	char name[MARK_KEY_SIZE];
	const struct mark_row *row = find_mark(owner, mark, key->holder, key->module,
					       brief_mark(key, name));

	if (!row)
		return BEFORE_UNMARKED;
	if (!row->before)
		return BEFORE_NOTHING;
	buffer_append_text(out, row->before);
	return BEFORE_VALUE;
}

static bool claim(void *owner, const struct mark *mark, const struct brief_key *key,
		  int64_t seconds)
{
	struct fake_storage *memory = owner;
	const struct brief_row *row = brief_row_of(memory, key);

	memory->trips++;
	if (is_alive(memory, row))
		return is_turn(&row->claim, mark) && row->claim.nth == mark->nth;
	put_brief(memory, key, "", seconds)->claim = *mark;
	return true;
}

static void count_recent(void *owner, const struct recent_key *keys, size_t count, int64_t now_s,
			 int64_t window_s, int64_t *out)
{
	struct fake_storage *memory = owner;

	memory->trips++;
	for (size_t i = 0; i < count; i++)
		out[i] = fake_recent_count(&memory->recent, &keys[i].mark, &keys[i].key, now_s,
					   window_s);
}

static bool add_number(void *owner, const struct brief_key *key, int64_t number, int64_t seconds)
{
	struct fake_storage *memory = owner;

	memory->trips++;
	fake_recent_add_number(&memory->recent, key, number, memory->now_s + seconds);
	return true;
}

static bool find_numbers(void *owner, const struct brief_key *keys, size_t count,
			 struct buffer *out)
{
	struct fake_storage *memory = owner;

	memory->trips++;
	fake_recent_numbers(&memory->recent, keys, count, memory->now_s, out);
	return true;
}

/* --- what other hosts answered ---------------------------------------------------------------- */

static struct fetched_row *fetched_row_of(struct fake_storage *memory, struct text asked)
{
	for (size_t i = 0; i < memory->fetched_count; i++) {
		struct fetched_row *row = &memory->fetched[i];

		if (row->asked.length == asked.length &&
		    memcmp(row->asked.data, asked.data, asked.length) == 0)
			return row;
	}
	return NULL;
}

static bool find_fetched(void *owner, struct text asked, struct buffer *out)
{
	struct fake_storage *memory = owner;
	const struct fetched_row *row = fetched_row_of(memory, asked);

	if (!row || row->until_s <= memory->now_s)
		return false;
	buffer_append(out, row->answer.data, row->answer.length);
	return true;
}

static void keep_fetched(void *owner, struct text asked, struct text answer, int64_t seconds)
{
	struct fake_storage *memory = owner;
	struct fetched_row *row = fetched_row_of(memory, asked);

	if (answer.length > FETCHED_MAX)
		return;
	if (!row) {
		memory->fetched = xreallocarray(memory->fetched, memory->fetched_count + 1,
						sizeof(*memory->fetched));
		row = &memory->fetched[memory->fetched_count++];
		*row = (struct fetched_row) { .asked = { xmemdup(asked.data, asked.length),
							 asked.length } };
	}
	free((char *)(uintptr_t)row->answer.data);
	row->answer = (struct text) { xmemdup(answer.data, answer.length), answer.length };
	row->until_s = memory->now_s + seconds;
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

static const char *title_of(void *owner, int64_t group)
{
	const struct person_row *row = find_row(owner, group);

	return row ? row->fields.first_name : NULL;
}

static bool export(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct fake_storage *memory = owner;
	bool is_group = holder.scope == OF_CHAT;
	struct json json = json_start(out);

	(void)why;
	memory->trips++;
	json_object_start(&json);
	json_key(&json, is_group ? "group" : "user");
	write_row(find_row(memory, holder.id), is_group, &json);
	json_key(&json, "settings");
	write_settings(memory, holder.id, &json);
	if (!is_group) {
		json_key(&json, "facts");
		fake_facts_export(&memory->facts, holder.id, title_of, memory, &json);
	}
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
	fake_facts_forget(&memory->facts, holder);
	return true;
}

static bool remember(void *owner, const struct mark *mark, struct holder holder, struct why *why)
{
	struct fake_storage *memory = owner;
	struct person_row *row = require_row(memory, holder.id);

	(void)why;
	memory->trips++;
	if (take_mark(memory, mark, holder, REMEMBER_MODULE, REMEMBER_KEY,
		      row->forgotten ? "yes" : NULL))
		row->forgotten = false;
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

/* --- ids in parts ----------------------------------------------------------------------------- */

static bool is_asked_for(const struct setting_row *row, const struct ids_query *query)
{
	return !is_entry(row) && row->holder.scope == query->scope &&
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

static bool ids(void *owner, const struct ids_query *query, int64_t after, int64_t *out, size_t max,
		size_t *count, struct why *why)
{
	(void)why;
	for (*count = 0; *count < max && (after = next_id(owner, query, after));)
		out[(*count)++] = after;
	return true;
}

static bool count_ids(void *owner, const struct ids_query *query, int64_t *out, struct why *why)
{
	(void)why;
	*out = 0;
	for (int64_t id = 0; (id = next_id(owner, query, id));)
		++*out;
	return true;
}

static void do_nothing(void *owner)
{
	(void)owner;
}

static int64_t fetch_turn(void *owner, const char *host, unsigned per_second, int64_t wait_max_ms)
{
	(void)owner, (void)host, (void)per_second, (void)wait_max_ms;
	return 0;
}

const struct storage fake_storage_table = {
	.load = load,
	.entry = entry,
	.entries = entries,
	.save = save,
	.marks = marks,
	.fact_write = write_fact,
	.fact_find = read_fact,
	.fact_write_many = write_facts,
	.fact_count = count_facts,
	.facts = list_facts,
	.fact_ids = list_fact_ids,
	.migrate = migrate,
	.follow = follow,
	.brief_set = brief_store,
	.brief_find = brief_read,
	.brief_before = brief_before,
	.brief_claim = claim,
	.count_recent = count_recent,
	.number_add = add_number,
	.numbers = find_numbers,
	.fetched_find = find_fetched,
	.fetched_keep = keep_fetched,
	.fetch_turn = fetch_turn,
	.find_person = find_person,
	.export = export,
	.has_objected = has_objected,
	.forget = forget,
	.remember = remember,
	.count = count,
	.job_start = fake_job_start,
	.job_begin = fake_job_begin,
	.job_set = fake_job_set,
	.job_find = fake_job_find,
	.job_remove = fake_job_remove,
	.ids = ids,
	.count_ids = count_ids,
	.rest = do_nothing,
	.idle = do_nothing,
};
