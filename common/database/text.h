/* text.h - makes texts acceptable to Postgres.
 *
 * Telegram's texts are UTF-8, but JSON can also encode NUL and unpaired surrogates. Each NUL and
 * each byte that is not part of valid UTF-8 (RFC 3629) becomes U+FFFD: visible instead of cut off.
 */
#ifndef COMMON_DATABASE_TEXT_H
#define COMMON_DATABASE_TEXT_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/pack.h"

/* A copy in the arena; NULL stays NULL. */
struct text text_clean(struct arena *arena, struct text text);
bool text_is_ascii(struct text text);

#endif
