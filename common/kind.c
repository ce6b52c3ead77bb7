/* kind.c - the names, lanes and urgency of the kinds, expanded from the table in kind.h. */
#include "common/kind.h"

#include <string.h>

const struct kind kinds[KIND_COUNT] = {
#define KIND_ROW(name, field, lane, urgent, expires) \
	[KIND_##name] = { field, lane, urgent, expires },
	UPDATE_KINDS(KIND_ROW)
#undef KIND_ROW
};

enum update_kind kind_find(const char *field, size_t length)
{
	for (size_t i = 0; i < KIND_UNKNOWN; i++)
		if (strlen(kinds[i].field) == length && !memcmp(kinds[i].field, field, length))
			return (enum update_kind)i;
	return KIND_UNKNOWN;
}
