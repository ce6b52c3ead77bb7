/* slug.h - literals with values (workers/api/slugs.h): parsed once per route, written, and read
 * back by the same literal. */
#ifndef WORKERS_HOST_SLUG_H
#define WORKERS_HOST_SLUG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/host/format.h"

struct slug {
	const char *literal;
	struct format format;
	size_t longest; /* bytes that it may have when it is written */
};

/* What the handler of the current row sees by slug_integer() and slug_text(). */
struct slug_values {
	const struct slug *slug;
	union format_value values[FORMAT_CONVERSIONS_MAX];
};

/* Borrows the literal. Refuses what cannot be read back. */
MUST_CHECK bool slug_parse(const char *literal, struct slug *out, struct why *why);
/* What is before the first colon, of a literal or of what was written by one. */
struct text slug_name(struct text text);

/* False when a text is over its limit or contains its end. */
MUST_CHECK bool slug_write(const struct slug *slug, va_list arguments, struct arena *arena,
			   struct text *out, struct why *why);
/* False for what slug_write() does not write. */
MUST_CHECK bool slug_read(const struct slug *slug, struct text written, struct arena *arena,
			  struct slug_values *out);

/* The values alone, for where room is scarce: 5 bytes for %d, 9 for %lld, a text and one more (two
 * if its limit is over 31), or less. */
size_t slug_packed_size(const struct slug *slug);
/* Writes at most slug_packed_size() bytes. False when a text is over its limit. */
MUST_CHECK bool slug_pack(const struct slug *slug, va_list arguments, void *out, size_t *size,
			  struct why *why);
/* False for what slug_pack() does not write. */
MUST_CHECK bool slug_unpack(const struct slug *slug, struct text packed, struct arena *arena,
			    struct slug_values *out);

#endif
