/* button.h - the data of inline buttons: the slug of a BUTTON() route, sealed for one chat (and
 * person), and read back by the same slug when the button is pressed.
 *
 * On the wire: the slug as text, then SEAL_SIZE characters. */
#ifndef WORKERS_HOST_BUTTON_H
#define WORKERS_HOST_BUTTON_H

#include "workers/host/slug.h"

#define BUTTON_DATA_MAX 64 /* Bot API "InlineKeyboardButton": callback_data, in bytes */

/* Who may use a button. */
struct button_owner {
	const char *key;
	int64_t chat_id;
	int64_t user_id; /* 0: everyone */
};

/* Refuses a slug that might not fit beside the seal. */
MUST_CHECK bool button_check(const struct slug *slug, struct why *why);
/* The name of the slug; the seal is ignored. */
struct text button_name(struct text data);

/* What slug_write() wrote, with its seal; NUL-terminated. */
const char *button_seal(struct text written, const struct button_owner *owner, struct arena *arena);
/* False when the data was not made here, or for another chat or person. */
bool button_unpack(struct text pressed, const struct slug *slug, const struct button_owner *owner,
		   struct arena *arena, struct slug_values *out);

#endif
