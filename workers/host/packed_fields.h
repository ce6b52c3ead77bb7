/* packed_fields.h - reads fields of a msgpack map into a struct in one pass, by a table. A member
 * whose field is missing or has another type stays as it was; of a repeated key the first counts.
 */
#ifndef WORKERS_HOST_PACKED_FIELDS_H
#define WORKERS_HOST_PACKED_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/pack.h"

enum packed_field_type {
	PACKED_FIELD_INTEGER, /* int64_t */
	PACKED_FIELD_BOOLEAN, /* bool */
	PACKED_FIELD_TEXT,    /* struct text */
	PACKED_FIELD_MAP,     /* struct cursor at the map */
	PACKED_FIELD_ARRAY,   /* struct cursor at the array */
};

struct packed_field {
	const char *name;
	size_t length;
	enum packed_field_type type;
	size_t offset;
};

#define PACKED_FIELD(type_, name_, struct_, member)                                       \
	{                                                                                 \
		.name = name_, .length = sizeof(name_) - 1, .type = PACKED_FIELD_##type_, \
		.offset = offsetof(struct_, member)                                       \
	}

void packed_fields_read(struct cursor map, const struct packed_field *fields, size_t count,
			void *out);

#endif
