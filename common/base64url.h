/* base64url.h - bytes as text that needs no escaping in a URL (RFC 4648 section 5), without
 * padding. */
#ifndef COMMON_BASE64URL_H
#define COMMON_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/why.h"

/* Characters for so many bytes. */
#define BASE64URL_SIZE(bytes) (((bytes)*4 + 2) / 3)

/* Writes BASE64URL_SIZE(size) characters, not terminated; returns their number. */
size_t base64url_encode(const void *bytes, size_t size, char *out);
/* At most `length` bytes go to `out`. False for another alphabet, a length that none has, or bits
 * that no byte has: what decodes is encoded in one way only. */
MUST_CHECK bool base64url_decode(const char *text, size_t length, void *out, size_t *size);

#endif
