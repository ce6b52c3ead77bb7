/* wanted.h - what is looked for in a page: "LABEL=ROW" or "LABEL=ROW:FIELD,FIELD".
 *
 * ROW is one or more elements with slashes between them, each somewhere inside of the one before:
 * "div.menu/li" is each <li> in a <div class="… menu …">. An element is a name, then classes that
 * it has, each after a dot. FIELD is what is said of such a row: an element in it, the first one
 * ("td.value": its text), with "@ATTRIBUTE" that attribute instead ("img@src"); "@ATTRIBUTE" alone
 * is the row's own, "." all of its text. Names are lower case. */
#ifndef HTML_WANTED_H
#define HTML_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "common/why.h"

#define WANTED_ROWS_MAX 8
#define WANTED_FIELDS_MAX 8
#define WANTED_DEPTH_MAX 6
#define WANTED_CLASSES_MAX 3
#define WANTED_TEXT_MAX 128 /* bytes of an argument */

struct wanted_element {
	const char *name; /* "": the row itself */
	const char *classes[WANTED_CLASSES_MAX];
	size_t classes_count;
};

struct wanted_field {
	struct wanted_element element;
	const char *attribute; /* NULL: its text */
};

struct wanted_row {
	char text[WANTED_TEXT_MAX]; /* the argument, in pieces */
	const char *label;
	struct wanted_element path[WANTED_DEPTH_MAX];
	size_t depth;
	struct wanted_field fields[WANTED_FIELDS_MAX];
	size_t fields_count;
};

MUST_CHECK bool wanted_read(const char *argument, struct wanted_row *out, struct why *why);
/* Whether an element of this name is meant; `classes` is its attribute, NULL none. */
bool wanted_matches(const struct wanted_element *element, const char *name, const char *classes);

#endif
