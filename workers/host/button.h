/* button.h - the data of inline buttons: written by the format of a BUTTON() route, sealed for the
 * chat (and person) it is made for, and read back by the same format when it is pressed.
 *
 * On the wire: what the format wrote, then SEAL_SIZE characters. */
#ifndef WORKERS_HOST_BUTTON_H
#define WORKERS_HOST_BUTTON_H

#include <stdarg.h>

#include "common/arena.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/host/format.h"
#include "workers/module.h"

#define BUTTON_DATA_MAX 64 /* Bot API "InlineKeyboardButton": callback_data, in bytes */

/* What a handler gets, and behind it what only this file reads. */
struct pressed_button {
	struct button button; /* first: a struct button * is one of these */
	struct format format;
	union format_value values[FORMAT_CONVERSIONS_MAX];
};

/* For whom a button works. */
struct button_owner {
	const char *key;
	int64_t chat_id;
	int64_t user_id; /* 0: everyone */
};

/* Refuses what cannot be read back or might not fit into 64 bytes. */
MUST_CHECK bool button_format_parse(const char *data, struct format *out, struct why *why);
/* The word before the first colon; the seal does not count. */
struct text button_name(struct text data);

/* NUL-terminated; NULL and a reason when a text is too long or holds what ends it. */
const char *button_pack(const char *data, const struct format *format,
			const struct button_owner *owner, va_list arguments, struct arena *arena,
			struct why *why);
/* False when we did not make the data, or for another chat or person. */
bool button_unpack(struct text pressed, const char *data, const struct format *format,
		   const struct button_owner *owner, struct arena *arena,
		   union format_value values[FORMAT_CONVERSIONS_MAX]);

#endif
