/* update_fields.h - which fields of an update a report may carry: lists of what is allowed, by kind
 * of field. PRIVACY.md has the same lists ("The update in a report"), and a test compares them.
 * What the Bot API's table does not know is in no list and leaves no trace but its number. */
#ifndef CRASHD_UPDATE_FIELDS_H
#define CRASHD_UPDATE_FIELDS_H

#include <stdbool.h>

#include "botapi/botapi.h"
#include "common/pack.h"

/* The type of an update. */
const struct botapi_type *update_type(void);
/* The type of the field with this value in an object (or one of several) of this type; NULL when
 * the Bot API has no such field there. */
const struct botapi_type *update_field_type(const struct botapi_type *type, struct text field,
					    struct cursor value);
/* The same for a field that is where the Bot API does not have it: as some other object has it. It
 * looks at all of them. */
const struct botapi_type *update_stray_type(struct text field, struct cursor value);
/* The type of the elements of an array; NULL when the type is none. */
const struct botapi_type *update_element_type(const struct botapi_type *type);

/* Whether a value that is no object and no array may be sent in a field of that name and type;
 * `redact`: KORONE_CRASH_UPDATE=redacted. */
bool update_value_is_sent(const struct botapi_type *type, const char *field, struct cursor value,
			  bool redact);
/* The same for an object or an array: what is in it is judged by itself. */
bool update_structure_is_sent(const struct botapi_type *type, const char *field,
			      struct cursor value, bool redact);
/* Whether the field is about a person or a payment, and nothing in it is ever sent. */
bool update_field_is_personal(const char *field);

#endif
