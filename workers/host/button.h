/* button.h - the data of inline buttons: written by the format of a BUTTON() route, sealed for one
 * chat (and person), and read back by the same format when the button is pressed.
 *
 * On the wire: the formatted text, then SEAL_SIZE characters. */
#ifndef WORKERS_HOST_BUTTON_H
#define WORKERS_HOST_BUTTON_H

#include <stdarg.h>

#include "common/arena.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/host/format.h"
#include "workers/module.h"

#define BUTTON_DATA_MAX 64 /* Bot API "InlineKeyboardButton": callback_data, in bytes */

/* What a handler gets, followed by what only button.c reads. */
struct pressed_button {
	struct button button; /* first: a struct button * is cast to this */
	struct format format;
	union format_value values[FORMAT_CONVERSIONS_MAX];
};

/* Who may use a button. */
struct button_owner {
	const char *key;
	int64_t chat_id;
	int64_t user_id; /* 0: everyone */
};

/* Refuses what cannot be read back or might not fit into 64 bytes. */
MUST_CHECK bool button_format_parse(const char *data, struct format *out, struct why *why);
/* The word before the first colon; the seal is ignored. */
struct text button_name(struct text data);

/* NUL-terminated; NULL and a reason when a text is too long or contains its delimiter. */
const char *button_pack(const char *data, const struct format *format,
			const struct button_owner *owner, va_list arguments, struct arena *arena,
			struct why *why);
/* False when the data was not made here, or for another chat or person. */
bool button_unpack(struct text pressed, const char *data, const struct format *format,
		   const struct button_owner *owner, struct arena *arena,
		   union format_value values[FORMAT_CONVERSIONS_MAX]);

#endif
