/* link.h - deep links, t.me/BOT?start=…: the slug of a LINK() route in the 64 characters that
 * Telegram hands on (https://core.telegram.org/bots/features#deep-linking).
 *
 * A slug without values that is for everybody is its own name. Any other is LINK_HINT_SIZE
 * characters that lead to its route, its packed values as base64url, and a seal. */
#ifndef WORKERS_HOST_LINK_H
#define WORKERS_HOST_LINK_H

#include "workers/host/slug.h"
#include "workers/storage/seal.h"

#define LINK_MAX 64
#define LINK_HINT_SIZE 2
#define LINK_SEALED_MIN (LINK_HINT_SIZE + SEAL_SIZE)
#define LINK_VALUES_MAX 40

/* Refuses a slug that might not fit. `asker`: for one person only. */
MUST_CHECK bool link_check(const struct slug *slug, bool asker, struct why *why);
/* Whether it is sealed, and not its own name. */
bool link_is_sealed(const struct slug *slug, bool asker);
/* Not terminated. Two slugs may have the same. */
void link_hint(const struct slug *slug, char out[LINK_HINT_SIZE]);

/* NUL-terminated; NULL and a reason when the values cannot be written. `user_id`: for this person
 * only; 0: for everybody. */
const char *link_pack(const struct slug *slug, const char *key, int64_t user_id, va_list arguments,
		      struct arena *arena, struct why *why);
/* False when it was not made here, or for another person or slug. */
bool link_unpack(struct text payload, const struct slug *slug, const char *key, int64_t user_id,
		 struct arena *arena, struct slug_values *out);

#endif
