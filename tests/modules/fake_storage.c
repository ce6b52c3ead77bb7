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
#include "tests/modules/fake_people.h"

struct fake_storage *fake_storage_create(void)
{
	return xcalloc(1, sizeof(struct fake_storage));
}

void fake_storage_destroy(struct fake_storage *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < memory->settings_count; i++)
		fake_free_setting(&memory->settings[i]);
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

void fake_storage_record(struct fake_storage *memory, const struct recorded_person *person)
{
	struct person_row *row = fake_require_row(memory, person->id);

	if (row->forgotten || row->fields.first_name)
		return;
	row->fields.first_name = xstrdup(person->first_name);
	row->fields.last_name = xstrdup(person->last_name);
	row->fields.username = xstrdup(person->username);
}

/* --- settings and entries --------------------------------------------------------------------- */

static bool load(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct fake_storage *memory = owner;

	(void)why;
	memory->trips++;
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		if (!fake_is_same(row->holder, holder) || fake_is_entry(row))
			continue;
		fake_append_text(out, row->module);
		fake_append_text(out, row->key);
		fake_append_text(out, row->value);
	}
	return true;
}

static bool append_entries(struct fake_storage *memory, struct holder holder, const char *module,
			   const char *key, size_t length, struct buffer *out)
{
	memory->trips++;
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		if (!fake_is_same(row->holder, holder) || !fake_is_entry(row) ||
		    strcmp(row->module, module) != 0 || strncmp(row->key, key, length) != 0)
			continue;
		fake_append_text(out, row->key);
		fake_append_text(out, row->value);
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

static bool find_setting(const struct fake_storage *memory, struct holder holder,
			 const char *module, const char *key, size_t *index)
{
	for (size_t i = 0; i < memory->settings_count; i++) {
		const struct setting_row *row = &memory->settings[i];

		*index = i;
		if (fake_is_same(row->holder, holder) && strcmp(row->module, module) == 0 &&
		    strcmp(row->key, key) == 0)
			return true;
	}
	return false;
}

static void save_one(struct fake_storage *memory, const struct stored_write *write)
{
	size_t index;
	bool found = find_setting(memory, write->holder, write->module, write->key, &index);

	if (!fake_take_mark(memory, &write->mark, write->holder, write->module, write->key,
			    found ? memory->settings[index].value : NULL))
		return;
	if (found)
		fake_drop_setting(memory, index);
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

static bool is_marked(struct fake_storage *memory, const struct mark *mark,
		      const struct fact_key *key)
{
	char *module = xasprintf("%s" FACT_MARKS, key->module);
	char *name = xasprintf("%s/%" PRId64, key->kind, key->person);
	bool marked = fake_find_mark(memory, mark, key->holder, module, name);

	free(module);
	free(name);
	return marked;
}

static bool is_new_fact(struct fake_storage *memory, const struct mark *mark,
			const struct fact_key *key, int64_t now_s, struct fact_state *before)
{
	char *module = xasprintf("%s" FACT_MARKS, key->module);
	char *name = xasprintf("%s/%" PRId64, key->kind, key->person), *text = NULL;
	const struct mark_row *row = fake_find_mark(memory, mark, key->holder, module, name);

	if (row) {
		*before = fact_state_read(row->before, key->person);
	} else {
		*before = fake_facts_find(&memory->facts, key, now_s);
		if (before->is_there)
			text = xasprintf("%" PRId64 " %" PRId64 " %" PRId64, before->fact.number,
					 before->fact.until_s, before->fact.message_id);
		fake_take_mark(memory, mark, key->holder, module, name, text);
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
	const struct person_row *row = fake_find_row(memory, key->person);

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

		if (fake_is_same(row->holder, key->holder) &&
		    strcmp(row->module, key->module) == 0 && strcmp(row->name, key->name) == 0)
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
	if (fake_take_mark(memory, mark, key->holder, key->module, brief_mark(key, name),
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
	const struct mark_row *row = fake_find_mark(owner, mark, key->holder, key->module,
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
		return fake_is_turn(&row->claim, mark) && row->claim.nth == mark->nth;
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
	.marks = fake_marks,
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
	.find_person = fake_find_person,
	.export = fake_export,
	.has_objected = fake_has_objected,
	.forget = fake_forget,
	.remember = fake_remember,
	.count = fake_count,
	.job_start = fake_job_start,
	.job_begin = fake_job_begin,
	.job_set = fake_job_set,
	.job_find = fake_job_find,
	.job_remove = fake_job_remove,
	.ids = fake_ids,
	.count_ids = fake_count_ids,
	.rest = do_nothing,
	.idle = do_nothing,
};
