#include "simulator/sticker_sets.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"

static void release(struct sticker *sticker)
{
	free(sticker->object);
	free(sticker->emoji);
}

static void destroy(struct sticker_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		release(&set->stickers[i]);
	free(set->title);
	free(set);
}

void sticker_sets_finish(struct sticker_sets *sets)
{
	for (size_t i = 0; i < sets->count; i++)
		destroy(sets->items[i]);
	free(sets->items);
	*sets = (struct sticker_sets) { 0 };
}

struct sticker_set *sticker_sets_add(struct sticker_sets *sets, const char *name)
{
	struct sticker_set *set;

	if (sets->count == STICKER_SETS_MAX)
		return NULL;
	set = xmalloc(sizeof(*set));
	strncpy(set->name, name, SET_NAME_MAX);
	sets->items = xreallocarray(sets->items, sets->count + 1, sizeof(*sets->items));
	sets->items[sets->count++] = set;
	return set;
}

struct sticker_set *sticker_sets_find(const struct sticker_sets *sets, const char *name)
{
	for (size_t i = 0; i < sets->count; i++) {
		if (!strcasecmp(sets->items[i]->name, name))
			return sets->items[i];
	}
	return NULL;
}

void sticker_sets_remove(struct sticker_sets *sets, struct sticker_set *set)
{
	for (size_t i = 0; i < sets->count; i++) {
		if (sets->items[i] != set)
			continue;
		sets->items[i] = sets->items[--sets->count];
		destroy(set);
		return;
	}
}

struct sticker_set *sticker_sets_find_sticker(const struct sticker_sets *sets, const char *file_id,
					      size_t *index)
{
	for (size_t i = 0; i < sets->count; i++) {
		for (*index = 0; *index < sets->items[i]->count; (*index)++) {
			if (!strcmp(sets->items[i]->stickers[*index].file_id, file_id))
				return sets->items[i];
		}
	}
	return NULL;
}

void sticker_set_put(struct sticker_set *set, size_t index, const struct sticker *sticker)
{
	if (index == set->count)
		set->count++;
	else
		release(&set->stickers[index]);
	set->stickers[index] = *sticker;
}

void sticker_set_move(struct sticker_set *set, size_t from, size_t to)
{
	struct sticker moved = set->stickers[from];

	memmove(&set->stickers[from], &set->stickers[from + 1],
		(set->count - from - 1) * sizeof(moved));
	memmove(&set->stickers[to + 1], &set->stickers[to], (set->count - to - 1) * sizeof(moved));
	set->stickers[to] = moved;
}

void sticker_set_delete(struct sticker_set *set, size_t index)
{
	release(&set->stickers[index]);
	set->count--;
	memmove(&set->stickers[index], &set->stickers[index + 1],
		(set->count - index) * sizeof(set->stickers[0]));
}

const char *sticker_type_name(enum sticker_type type)
{
	static const char *const names[] = { "regular", "mask", "custom_emoji" };

	return names[type];
}

void sticker_set_write(struct json *json, const struct sticker_set *set)
{
	json_object_start(json);
	json_key_text(json, "name", set->name);
	ascii_key_text(json, "title", set->title);
	json_key_text(json, "sticker_type", sticker_type_name(set->type));
	json_key_bool(json, "contains_masks", set->type == STICKER_MASK);
	json_key(json, "stickers");
	json_array_start(json);
	for (size_t i = 0; i < set->count; i++)
		json_raw(json, set->stickers[i].object, strlen(set->stickers[i].object));
	json_array_end(json);
	json_object_end(json);
}
