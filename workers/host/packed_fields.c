/* packed_fields.c - one pass over the map; each key is looked up in the table. */
#include "workers/host/packed_fields.h"

#include <string.h>

static size_t find_field(struct text key, const struct packed_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fields[i].length == key.length && !memcmp(fields[i].name, key.data, key.length))
			return i;
	return count;
}

static bool has_type(const struct cursor *value, enum packed_field_type type)
{
	enum pack_type found = cursor_type(value);

	switch (type) {
	case PACKED_FIELD_INTEGER:
		return found == PACK_INT;
	case PACKED_FIELD_BOOLEAN:
		return found == PACK_BOOL;
	case PACKED_FIELD_TEXT:
		return found == PACK_TEXT;
	case PACKED_FIELD_MAP:
		return found == PACK_MAP;
	case PACKED_FIELD_ARRAY:
		return found == PACK_ARRAY;
	}
	return false;
}

static void read_field(struct cursor *value, const struct packed_field *field, void *out)
{
	void *to = (char *)out + field->offset;

	switch (field->type) {
	case PACKED_FIELD_INTEGER:
		*(int64_t *)to = cursor_int(value);
		return;
	case PACKED_FIELD_BOOLEAN:
		*(bool *)to = cursor_bool(value);
		return;
	case PACKED_FIELD_TEXT:
		*(struct text *)to = cursor_text(value);
		return;
	case PACKED_FIELD_MAP:
	case PACKED_FIELD_ARRAY:
		*(struct cursor *)to = *value;
		cursor_skip(value);
		return;
	}
}

void packed_fields_read(struct cursor map, const struct packed_field *fields, size_t count,
			void *out)
{
	uint32_t seen = 0;
	size_t pairs = cursor_type(&map) == PACK_MAP ? cursor_map(&map) : 0;

	while (pairs-- && cursor_ok(&map)) {
		struct text key = cursor_type(&map) == PACK_TEXT ? cursor_text(&map)
								 : cursor_skip(&map);
		size_t i = find_field(key, fields, count);

		if (i == count || seen & 1u << i || !has_type(&map, fields[i].type)) {
			cursor_skip(&map);
			continue;
		}
		seen |= 1u << i;
		read_field(&map, &fields[i], out);
	}
}
