/* entities.c - reads the entities of a text and finds their places in one walk, as they come in
 * order. What lies outside of the text is left out. */
#include "workers/host/entities.h"

#include "common/utf8.h"
#include "common/xalloc.h"
#include "workers/host/packed_fields.h"
#include "workers/host/update.h"

/* A place in a text, both ways. */
struct spot {
	size_t bytes, units;
};

static const char *first_text(const struct text *texts, size_t count, struct arena *arena)
{
	for (size_t i = 0; i < count; i++)
		if (texts[i].length)
			return text_copy(texts[i], arena);
	return "";
}

struct message_entity entity_read(struct cursor map, struct arena *arena)
{
	struct raw {
		struct text type, values[4];
		int64_t unix_s;
		struct cursor user;
	} raw = { .user = cursor_make(NULL, 0) };
	static const struct packed_field fields[] = {
		PACKED_FIELD(TEXT, "type", struct raw, type),
		PACKED_FIELD(TEXT, "url", struct raw, values[0]),
		PACKED_FIELD(TEXT, "language", struct raw, values[1]),
		PACKED_FIELD(TEXT, "custom_emoji_id", struct raw, values[2]),
		PACKED_FIELD(TEXT, "date_time_format", struct raw, values[3]),
		PACKED_FIELD(INTEGER, "unix_time", struct raw, unix_s),
		PACKED_FIELD(MAP, "user", struct raw, user),
	};

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	return (struct message_entity) {
		.type = text_copy(raw.type, arena),
		.value = first_text(raw.values, COUNT_OF(raw.values), arena),
		.unix_s = raw.unix_s,
		.user = user_read(raw.user, arena),
	};
}

static void move(struct spot *spot, struct text text, size_t units)
{
	const char *from = text.data + spot->bytes;
	size_t size = utf8_prefix(from, text.length - spot->bytes, units);

	spot->units += utf8_units(from, size);
	spot->bytes += size;
}

/* False when it is not within the text. */
static bool find_place(struct cursor map, struct text text, struct spot *spot,
		       struct message_entity *out)
{
	struct raw {
		int64_t offset, length;
	} raw = { -1, 0 };
	static const struct packed_field fields[] = {
		PACKED_FIELD(INTEGER, "offset", struct raw, offset),
		PACKED_FIELD(INTEGER, "length", struct raw, length),
	};
	struct spot end;

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	if (raw.offset < 0 || raw.length <= 0)
		return false;
	if ((size_t)raw.offset < spot->units)
		*spot = (struct spot) { 0 };
	move(spot, text, (size_t)raw.offset - spot->units);
	end = *spot;
	move(&end, text, (size_t)raw.length);
	out->start = spot->bytes;
	out->size = end.bytes - spot->bytes;
	return out->size > 0;
}

size_t entities_read(struct cursor list, struct text text, struct arena *arena,
		     const struct message_entity **out)
{
	size_t count = cursor_type(&list) == PACK_ARRAY ? cursor_array(&list) : 0;
	struct message_entity *entities;
	struct spot spot = { 0 };
	size_t used = 0;

	*out = NULL;
	if (count == 0 || text.length == 0)
		return 0;
	count = count < ENTITIES_READ_MAX ? count : ENTITIES_READ_MAX;
	entities = arena_alloc(arena, count * sizeof(*entities));
	for (; count && cursor_ok(&list); count--, cursor_skip(&list)) {
		struct message_entity entity = entity_read(list, arena);

		if (entity.type[0] && find_place(list, text, &spot, &entity))
			entities[used++] = entity;
	}
	*out = entities;
	return used;
}
