/* find.h - reads a page and writes what is wanted of it: a line for each row, in the order in which
 * rows end, with its label and its fields, each after a tab. A field that is not there is empty. In
 * a text white space is one space, and a line break of the page is "; ".
 *
 * Rows of one kind are not in each other: what is in a row is the row's. */
#ifndef HTML_FIND_H
#define HTML_FIND_H

#include <stddef.h>

#include "common/buffer.h"
#include "html/wanted.h"

#define FIND_PAGE_MAX (4u << 20) /* bytes of a page */
#define FIND_LINES_MAX 512
#define FIND_BYTES_MAX (256u << 10) /* of all lines; then no more are written */
#define FIND_FIELD_MAX 2000         /* bytes of a field; it is cut between two characters */
#define FIND_NESTED_MAX 256         /* elements in each other; what is deeper is not looked at */

/* The page is UTF-8; what is malformed in it becomes U+FFFD. */
void html_find(const char *page, size_t size, const struct wanted_row *wanted, size_t count,
	       struct buffer *out);

#endif
