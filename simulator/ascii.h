/* ascii.h - texts as the Bot API server writes and counts them: JSON with every non-ASCII character
 * as \uXXXX, lengths in UTF-16 code units. */
#ifndef SIMULATOR_ASCII_H
#define SIMULATOR_ASCII_H

#include <stdbool.h>
#include <stddef.h>

#include "common/json.h"

/* A JSON string; `text` must be valid UTF-8 (see utf8_is_valid()). */
void ascii_text_n(struct json *json, const char *text, size_t length);
void ascii_text(struct json *json, const char *text);
void ascii_key_text(struct json *json, const char *key, const char *text);

bool utf8_is_valid(const char *text, size_t length);
/* Appends the UTF-8 form of a code point. */
void utf8_append(struct buffer *out, unsigned code);

#endif
