/* html.h - formatted texts of calls, shown as the HTML that their entities stand for. */
#ifndef TESTS_MODULES_HTML_H
#define TESTS_MODULES_HTML_H

#include <jansson.h>

#include "common/buffer.h"

/* Parameter `name` ("text", "caption", …) of `body`, with its entities; nothing when there is none.
 */
void html_append(const json_t *body, const char *name, struct buffer *out);

#endif
