/* button.c - seals and checks what slug.c writes and reads. */
#include "workers/host/button.h"

#include <string.h>

#include "workers/storage/seal.h"

bool button_check(const struct slug *slug, struct why *why)
{
	if (slug->longest + SEAL_SIZE <= BUTTON_DATA_MAX)
		return true;
	return why_set(why, "a button with \"%s\" may need %zu bytes; Telegram allows %d",
		       slug->literal, slug->longest + SEAL_SIZE, BUTTON_DATA_MAX);
}

struct text button_name(struct text data)
{
	data.length = data.length > SEAL_SIZE ? data.length - SEAL_SIZE : 0;
	return slug_name(data);
}

const char *button_seal(struct text written, const struct button_owner *owner, struct arena *arena)
{
	char *sealed = arena_alloc(arena, written.length + SEAL_SIZE + 1);

	memcpy(sealed, written.data, written.length);
	seal_make(owner->key, SEAL_BUTTON, owner->chat_id, owner->user_id, written.data,
		  written.length, sealed + written.length);
	return sealed;
}

bool button_unpack(struct text pressed, const struct slug *slug, const struct button_owner *owner,
		   struct arena *arena, struct slug_values *out)
{
	struct text body = pressed;

	if (pressed.length <= SEAL_SIZE || pressed.length > BUTTON_DATA_MAX)
		return false;
	body.length -= SEAL_SIZE;
	return seal_fits(owner->key, SEAL_BUTTON, owner->chat_id, owner->user_id, body.data,
			 body.length, body.data + body.length) &&
	       slug_read(slug, body, arena, out);
}
