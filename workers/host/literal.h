/* literal.h - JSON in which conversions stand for values: "{chat_id: %lld, text: %s}". What is
 * inserted is a value as a whole and never syntax, so nobody can add a parameter by what they
 * write.
 *
 * It is JSON (RFC 8259) as a C programmer can type it: a name of letters, digits and _ needs no
 * quotation marks, and both ' and " make strings. Conversions: %s a string, escaped; %d and %u of
 * any size (%lld, %zu, …) an integer, or a boolean where the table of the Bot API says so; %f a
 * number. NULL for %s, and 0 where the table allows only true, leave the member out. In strings
 * %% is a percent sign. */
#ifndef WORKERS_HOST_LITERAL_H
#define WORKERS_HOST_LITERAL_H

#include <stdarg.h>
#include <stdbool.h>

#include "botapi/botapi.h"
#include "common/json.h"
#include "common/pack.h"
#include "common/why.h"

/* Names of one object. */
#define LITERAL_NAMES_MAX 48u

/* Text that is JSON already: a %s that is given this very pointer writes it as it is. */
struct literal_value {
	const char *json;
	struct literal_value *next;
};

struct literal_names {
	size_t count;
	struct text list[LITERAL_NAMES_MAX];
	bool has_end; /* the literal gives an end (call_end.h) as a duration, at any depth */
};

/* What an array of this type holds; NULL when that is not known. */
const struct botapi_type *literal_item_type(const struct botapi_type *type);

bool literal_has_name(const struct literal_names *names, const char *name);

/* Writes the members of the literal, which is an object, into the object that was begun. `method`
 * may be NULL: then nothing is a boolean. *names: those written at the top, in the literal. */
MUST_CHECK bool literal_write_members(const char *literal, va_list arguments,
				      const struct literal_value *values,
				      const struct botapi_method *method, struct json *json,
				      struct literal_names *names, struct why *why);
/* Writes any one value; `type` may be NULL. */
MUST_CHECK bool literal_write(const char *literal, va_list arguments,
			      const struct literal_value *values, const struct botapi_type *type,
			      struct json *json, struct why *why);

#endif
