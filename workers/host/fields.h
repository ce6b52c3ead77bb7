/* fields.h - reads fields of a msgpack map into a struct in one pass, by a table. A member whose
 * field is missing or has another type stays as it was; of a repeated key the first counts. */
#ifndef WORKERS_HOST_FIELDS_H
#define WORKERS_HOST_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/pack.h"

enum field_type {
	FIELD_INTEGER, /* int64_t */
	FIELD_BOOLEAN, /* bool */
	FIELD_TEXT,    /* struct text */
	FIELD_MAP,     /* struct cursor at the map */
	FIELD_ARRAY,   /* struct cursor at the array */
};

struct field {
	const char *name;
	size_t length;
	enum field_type type;
	size_t offset;
};

#define FIELD(type_, name_, struct_, member)                                       \
	{                                                                          \
		.name = name_, .length = sizeof(name_) - 1, .type = FIELD_##type_, \
		.offset = offsetof(struct_, member)                                \
	}

void fields_read(struct cursor map, const struct field *fields, size_t count, void *out);

#endif
