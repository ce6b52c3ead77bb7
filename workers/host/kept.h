/* kept.h - what message_keep() makes, and its reader.
 *
 * The value is JSON, so that people can read what is exported:
 *
 *     {"kept":1,                          the version
 *      "text":"Be nice",
 *      "entities":[["bold",3,4]],         type, offset and length in UTF-16 units; then the value
 *                                         of a text_link, pre, custom_emoji or date_time; then the
 *                                         time of a date_time
 *      "media":["photo","FILE_ID",false], kind, file, whether it is covered; of a live photo also
 *                                         the file of its picture
 *      "look":["preview_large"],          see the table in kept.c
 *      "preview":"https://…",             the link that is previewed; "": the first of the text
 *      "buttons":[["Site","https://…",0]]} label, link, row
 *
 * Members other than the first may be missing. */
#ifndef WORKERS_HOST_KEPT_H
#define WORKERS_HOST_KEPT_H

#include "common/arena.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/host/markup.h"
#include "workers/module.h"

#define KEPT_VERSION 1
#define KEPT_SIZE_MAX STORE_VALUE_MAX
#define KEPT_BUTTONS_MAX 100

struct kept {
	const char *text;
	struct entity *entities; /* by offset, the longer of two before the shorter */
	size_t entities_count;
	struct media media;  /* kind NULL: none */
	const char *preview; /* NULL: none is shown */
	unsigned look;       /* enum draft_flag */
	struct message_link *buttons;
	size_t buttons_count;
};

/* The bytes of message->text from `start` on, with what else the message has; "": see
 * message_keep(). */
const char *kept_make(const struct message *message, size_t start, size_t size,
		      struct arena *arena);
/* Whether a button may lead there. */
bool kept_is_button_url(const char *url);
/* False and the reason when it is damaged, from another version, or names a person. */
MUST_CHECK bool kept_read(const char *value, struct arena *arena, struct kept *out,
			  struct why *why);

#endif
