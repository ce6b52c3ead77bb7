/* table.c - entries in a hash table by scope and id, and in one list per state; plus the hashes of
 * what was stored recently. */
#include "ingress/sightings/table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/clock.h"
#include "common/position_map.h"
#include "common/random.h"
#include "common/trace.h"
#include "common/xalloc.h"

#define RECENT_SLOTS 65536u /* 24 bytes each */
#define RECENT_S 60         /* someone who withdraws an objection is recorded within this time */

enum entry_state { ENTRY_FRESH, ENTRY_WAITING, ENTRY_OUT };

struct entry {
	struct sighting sighting; /* texts are in `texts` */
	char *texts;
	enum entry_state state;
	uint64_t out_version, out_session; /* ENTRY_OUT */
	uint32_t position;                 /* in the table */
	TAILQ_ENTRY(entry) link;           /* in its list; those that are out are in one too */
};

TAILQ_HEAD(list, entry);

/* What was stored recently, so that a person who writes again is not news. One slot per hash of the
 * id: different fields empty it, so that going back to earlier fields is news. */
struct recent {
	int64_t id;
	uint64_t fields; /* keyed hash; names are not kept */
	uint32_t scope;
	uint32_t until_s; /* 0: empty */
};

struct sightings_table {
	struct position_map index;
	struct entry **entries;
	uint32_t *holes; /* free positions */
	size_t positions, capacity, holes_count, holes_capacity;
	struct list lists[ENTRY_OUT + 1];
	uint64_t next_version;
	uint64_t hash_key;
	struct recent *recent;
};

struct sightings_table *sightings_table_create(void)
{
	struct sightings_table *table = xmalloc(sizeof(*table));

	table->recent = xcalloc(RECENT_SLOTS, sizeof(*table->recent));
	for (size_t state = 0; state < COUNT_OF(table->lists); state++)
		TAILQ_INIT(&table->lists[state]);
	table->hash_key = random_u64();
	/* Above the last run's versions, whichever of them were stored. */
	table->next_version = clock_utc_ns() / 1000;
	return table;
}

static void entry_destroy(struct entry *entry)
{
	if (!entry)
		return;
	free(entry->texts);
	free(entry);
}

void sightings_table_destroy(struct sightings_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->positions; i++)
		entry_destroy(table->entries[i]);
	free(table->entries);
	free(table->holes);
	free(table->recent);
	position_map_finish(&table->index);
	free(table);
}

size_t sightings_table_count(const struct sightings_table *table)
{
	return table->index.table.count;
}

/* --- fields ----------------------------------------------------------------------------------- */

#define TEXTS 6

static struct text *text_at(struct sighting *sighting, size_t at)
{
	struct text *const texts[TEXTS] = { &sighting->username,  &sighting->first_name,
					    &sighting->last_name, &sighting->language_code,
					    &sighting->title,     &sighting->type };

	return texts[at];
}

static const struct text *const_text_at(const struct sighting *sighting, size_t at)
{
	return text_at((struct sighting *)sighting, at);
}

static bool same_text(const struct text *a, const struct text *b)
{
	if (!a->data || !b->data)
		return !a->data && !b->data;
	return a->length == b->length && !memcmp(a->data, b->data, a->length);
}

static bool same_fields(const struct sighting *a, const struct sighting *b)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (!same_text(const_text_at(a, i), const_text_at(b, i)))
			return false;
	return a->new_id == b->new_id;
}

/* Copies the sighting and its texts into the entry. */
static void set_fields(struct entry *entry, const struct sighting *sighting)
{
	char *before = entry->texts, *at;
	size_t size = 0;

	for (size_t i = 0; i < TEXTS; i++)
		size += const_text_at(sighting, i)->length;
	entry->texts = at = xmalloc(size);
	entry->sighting = *sighting;
	for (size_t i = 0; i < TEXTS; i++) {
		struct text *text = text_at(&entry->sighting, i);

		if (!text->data)
			continue;
		memcpy(at, text->data, text->length);
		text->data = at;
		at += text->length;
	}
	free(before);
}

static uint64_t hash_fields(const struct sightings_table *table, const struct sighting *sighting)
{
	uint64_t hash = hash_mix(table->hash_key, (uint64_t)sighting->new_id);

	for (size_t i = 0; i < TEXTS; i++) {
		const struct text *text = const_text_at(sighting, i);

		hash = text->data ? hash_bytes(text->data, text->length, hash)
				  : hash_mix(hash, UINT64_MAX);
	}
	return hash;
}

/* --- what was stored lately ------------------------------------------------------------------- */

static struct recent *recent_slot(const struct sightings_table *table, uint32_t scope, int64_t id)
{
	return &table->recent[hash_mix(table->hash_key, (uint64_t)id * 4 + scope) % RECENT_SLOTS];
}

/* Whether these fields are what was last stored for the id. If others were, they are forgotten. */
static bool was_stored(struct sightings_table *table, const struct sighting *sighting,
		       int64_t now_s)
{
	struct recent *recent = recent_slot(table, sighting->scope, sighting->id);

	if (recent->id != sighting->id || recent->scope != sighting->scope)
		return false;
	if (recent->until_s > now_s && recent->until_s <= now_s + RECENT_S &&
	    recent->fields == hash_fields(table, sighting))
		return true;
	recent->until_s = 0;
	return false;
}

static void note_stored(struct sightings_table *table, const struct sighting *sighting,
			int64_t now_s)
{
	*recent_slot(table, sighting->scope,
		     sighting->id) = (struct recent) { .id = sighting->id,
						       .fields = hash_fields(table, sighting),
						       .scope = sighting->scope,
						       .until_s = (uint32_t)(now_s + RECENT_S) };
}

void sightings_table_forget_stored(struct sightings_table *table)
{
	xzero(table->recent, RECENT_SLOTS * sizeof(*table->recent));
}

/* --- entries ---------------------------------------------------------------------------------- */

static uint64_t key_of(uint32_t scope, int64_t id)
{
	return (uint64_t)id * 4 + scope; /* ids have at most 52 bits */
}

static struct entry *find(const struct sightings_table *table, uint32_t scope, int64_t id)
{
	uint32_t position = position_map_find(&table->index, key_of(scope, id));

	return position == POSITION_NONE ? NULL : table->entries[position];
}

static void list_add(struct sightings_table *table, struct entry *entry, enum entry_state state)
{
	entry->state = state;
	TAILQ_INSERT_TAIL(&table->lists[state], entry, link);
}

static void list_remove(struct sightings_table *table, struct entry *entry)
{
	TAILQ_REMOVE(&table->lists[entry->state], entry, link);
}

static void move(struct sightings_table *table, struct entry *entry, enum entry_state state)
{
	list_remove(table, entry);
	list_add(table, entry, state);
}

static uint32_t take_position(struct sightings_table *table)
{
	if (table->holes_count > 0)
		return table->holes[--table->holes_count];
	array_reserve(table->entries, &table->capacity, table->positions + 1);
	return (uint32_t)table->positions++;
}

static struct entry *add_entry(struct sightings_table *table, const struct sighting *sighting,
			       enum entry_state state)
{
	struct entry *entry = xmalloc(sizeof(*entry));

	set_fields(entry, sighting);
	entry->position = take_position(table);
	table->entries[entry->position] = entry;
	position_map_set(&table->index, key_of(sighting->scope, sighting->id), entry->position);
	list_add(table, entry, state);
	return entry;
}

static void remove_entry(struct sightings_table *table, struct entry *entry)
{
	list_remove(table, entry);
	position_map_remove(&table->index, key_of(entry->sighting.scope, entry->sighting.id));
	table->entries[entry->position] = NULL;
	array_reserve(table->holes, &table->holes_capacity, table->holes_count + 1);
	table->holes[table->holes_count++] = entry->position;
	entry_destroy(entry);
}

/* --- in --------------------------------------------------------------------------------------- */

void sightings_table_restore(struct sightings_table *table, const struct sighting *sighting)
{
	if (sighting->version >= table->next_version)
		table->next_version = sighting->version + 1;
	if (!find(table, sighting->scope, sighting->id))
		add_entry(table, sighting, ENTRY_WAITING);
}

const struct sighting *sightings_table_add(struct sightings_table *table,
					   const struct sighting *sighting, int64_t now_s)
{
	struct entry *entry = find(table, sighting->scope, sighting->id);
	struct sighting newest = *sighting;

	if (!entry && was_stored(table, sighting, now_s))
		return NULL;
	if (entry && entry->sighting.seen_at <= newest.seen_at) {
		if (same_fields(&entry->sighting, sighting))
			return NULL;
		newest.seen_at = entry->sighting.seen_at;
	}
	newest.version = table->next_version++;
	if (!entry)
		return &add_entry(table, &newest, ENTRY_FRESH)->sighting;
	set_fields(entry, &newest);
	if (entry->state == ENTRY_WAITING)
		move(table, entry, ENTRY_FRESH);
	return &entry->sighting;
}

void sightings_table_durable(struct sightings_table *table)
{
	while (!TAILQ_EMPTY(&table->lists[ENTRY_FRESH]))
		move(table, TAILQ_FIRST(&table->lists[ENTRY_FRESH]), ENTRY_WAITING);
}

/* --- out -------------------------------------------------------------------------------------- */

/* A migration goes after the old group's own row, which it needs to find. */
static bool must_wait(const struct sightings_table *table, const struct sighting *sighting)
{
	return sighting->scope == SIGHTING_MIGRATION && find(table, SIGHTING_GROUP, sighting->id);
}

size_t sightings_table_take(struct sightings_table *table, uint64_t session, size_t max,
			    struct sighting *out)
{
	struct entry *entry = TAILQ_FIRST(&table->lists[ENTRY_WAITING]), *next;
	size_t count = 0;

	for (; entry && count < max; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (must_wait(table, &entry->sighting))
			continue;
		entry->out_session = session;
		entry->out_version = entry->sighting.version;
		move(table, entry, ENTRY_OUT);
		out[count++] = entry->sighting;
	}
	return count;
}

bool sightings_table_stored(struct sightings_table *table, uint64_t session,
			    const struct sighting_stored *stored, int64_t now_s)
{
	struct entry *entry = find(table, stored->scope, stored->id);

	if (!entry || entry->state != ENTRY_OUT || entry->out_session != session ||
	    entry->out_version != stored->version)
		return false;
	if (entry->sighting.version != stored->version) {
		/* It changed in the meantime: the newer version may be sent now. */
		move(table, entry, ENTRY_FRESH);
		return true;
	}
	note_stored(table, &entry->sighting, now_s);
	remove_entry(table, entry);
	return true;
}

void sightings_table_lost(struct sightings_table *table, uint64_t session)
{
	struct entry *entry = TAILQ_FIRST(&table->lists[ENTRY_OUT]), *next;

	for (; entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (entry->out_session == session)
			move(table, entry, ENTRY_WAITING);
	}
}
