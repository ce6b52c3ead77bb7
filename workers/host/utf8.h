/* utf8.h - UTF-8 as Telegram counts it: limits and entities are in UTF-16 code units
 * (Bot API, "MessageEntity"). */
#ifndef WORKERS_HOST_UTF8_H
#define WORKERS_HOST_UTF8_H

#include <stddef.h>

/* The bytes of the character at `text`, 1 to 4; 0 when it is malformed (an overlong form, a
 * surrogate, over U+10FFFF, cut off). `size` is not 0. */
size_t utf8_character(const char *text, size_t size);
/* The UTF-16 units of a well-formed text. */
size_t utf8_units(const char *text, size_t size);
/* The most bytes of a well-formed text that have at most `units` units and end between two
 * characters. */
size_t utf8_prefix(const char *text, size_t size, size_t units);

#endif
