/* text.h - makes texts such as Postgres takes them.
 *
 * Telegram's texts are UTF-8, but JSON can also spell NUL and half surrogates. Each NUL and each
 * byte that is not part of valid UTF-8 (RFC 3629) becomes U+FFFD: seen, not cut. */
#ifndef COMMON_DATABASE_TEXT_H
#define COMMON_DATABASE_TEXT_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/pack.h"

/* A copy in the arena; NULL stays NULL. */
struct text text_clean(struct arena *arena, struct text text);
bool text_is_ascii(struct text text);

#endif
