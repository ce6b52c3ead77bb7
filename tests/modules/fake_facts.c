/* fake_facts.c - see fake_facts.h. */
#include "tests/modules/fake_facts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/xalloc.h"

struct fact_row {
	struct holder holder;
	char *module, *kind;
	bool outlives_erasure;
	struct fact fact;
};

static void drop(struct fake_facts *facts, size_t index)
{
	free(facts->rows[index].module);
	free(facts->rows[index].kind);
	facts->rows[index] = facts->rows[--facts->count];
}

void fake_facts_finish(struct fake_facts *facts)
{
	while (facts->count)
		drop(facts, 0);
	free(facts->rows);
}

static bool is_of_kind(const struct fact_row *row, const struct fact_key *key)
{
	return row->holder.scope == key->holder.scope && row->holder.id == key->holder.id &&
	       strcmp(row->module, key->module) == 0 && strcmp(row->kind, key->kind) == 0;
}

static bool is_over(const struct fact_row *row, int64_t now_s)
{
	return row->fact.until_s && row->fact.until_s <= now_s;
}

static bool find(const struct fake_facts *facts, const struct fact_key *key, size_t *index)
{
	for (*index = 0; *index < facts->count; ++*index)
		if (is_of_kind(&facts->rows[*index], key) &&
		    facts->rows[*index].fact.person == key->person)
			return true;
	return false;
}

struct fact_state fake_facts_find(const struct fake_facts *facts, const struct fact_key *key,
				  int64_t now_s)
{
	size_t index;

	if (!find(facts, key, &index) || is_over(&facts->rows[index], now_s))
		return (struct fact_state) { 0 };
	return (struct fact_state) { .is_there = true, .fact = facts->rows[index].fact };
}

static void put(struct fake_facts *facts, const struct fact_key *key,
		const struct fact_write *write, const struct fact *fact)
{
	struct fact_row *row;

	facts->rows = xreallocarray(facts->rows, facts->count + 1, sizeof(*facts->rows));
	row = &facts->rows[facts->count++];
	*row = (struct fact_row) { .holder = key->holder,
				   .module = xstrdup(key->module),
				   .kind = xstrdup(key->kind),
				   .outlives_erasure = write->outlives_erasure,
				   .fact = *fact };
	row->fact.person = key->person;
}

void fake_facts_write(struct fake_facts *facts, const struct fact_key *key,
		      const struct fact_write *write, const struct fact *before, bool has_objected)
{
	struct fact fact = write->fact;
	size_t index;

	if (find(facts, key, &index))
		drop(facts, index);
	if (write->change == FACT_ADD)
		fact = fact_after_adding(&write->fact, before);
	if (write->change != FACT_REMOVE && (write->change != FACT_ADD || fact.number) &&
	    (write->outlives_erasure || !has_objected))
		put(facts, key, write, &fact);
}

void fake_facts_list(const struct fake_facts *facts, const struct fact_key *key, int64_t now_s,
		     struct buffer *out)
{
	for (size_t i = 0; i < facts->count; i++)
		if (is_of_kind(&facts->rows[i], key) && !is_over(&facts->rows[i], now_s))
			buffer_append(out, &facts->rows[i].fact, sizeof(struct fact));
}

void fake_facts_ids(const struct fake_facts *facts, struct buffer *out)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact_row *row = &facts->rows[i];
		int64_t id = fact_presence_id(row->module, row->kind, row->fact.person);

		buffer_append(out, &id, sizeof(id));
	}
}

void fake_facts_move(struct fake_facts *facts, int64_t from, int64_t to)
{
	for (size_t i = 0; i < facts->count; i++)
		if (facts->rows[i].holder.scope == OF_CHAT && facts->rows[i].holder.id == from)
			facts->rows[i].holder.id = to;
}

void fake_facts_forget(struct fake_facts *facts, struct holder holder)
{
	for (size_t i = facts->count; i-- > 0;) {
		const struct fact_row *row = &facts->rows[i];

		if (holder.scope == OF_CHAT
			    ? row->holder.scope == OF_CHAT && row->holder.id == holder.id
			    : row->fact.person == holder.id && !row->outlives_erasure)
			drop(facts, i);
	}
}

static void write_until(int64_t until_s, struct json *json)
{
	time_t until = (time_t)until_s;
	struct tm parts;
	char text[32];

	gmtime_r(&until, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S+00:00", &parts);
	json_key_text(json, "until", text);
}

static void write_row(const struct fact_row *row, const char *title, struct json *json)
{
	static const char *const scopes[] = {
		[OF_CHAT] = "chat", [OF_BOT] = "bot", [OF_LIST] = "list"
	};

	json_object_start(json);
	json_key_text(json, "scope", scopes[row->holder.scope]);
	json_key_int(json, "id", row->holder.id);
	if (title)
		json_key_text(json, "title", title);
	json_key_text(json, "module", row->module);
	json_key_text(json, "kind", row->kind);
	json_key_int(json, "number", row->fact.number);
	if (row->fact.until_s)
		write_until(row->fact.until_s, json);
	json_key_int(json, "message_id", row->fact.message_id);
	json_object_end(json);
}

void fake_facts_export(const struct fake_facts *facts, int64_t person,
		       const char *(*title)(void *owner, int64_t group), void *owner,
		       struct json *json)
{
	json_array_start(json);
	for (size_t i = 0; i < facts->count; i++)
		if (facts->rows[i].fact.person == person)
			write_row(&facts->rows[i], title(owner, facts->rows[i].holder.id), json);
	json_array_end(json);
}
