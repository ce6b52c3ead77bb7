/* markup.h - turns formats in Telegram's HTML, written in our own code, into text with entities
 * (Bot API "MessageEntity").
 *
 * Only the format is read as HTML: arguments are appended as text, so that no name or message can
 * inject markup. Sending entities instead of a parse mode means that Telegram has nothing to
 * reject, and that limits apply to what people see. */
#ifndef WORKERS_HOST_MARKUP_H
#define WORKERS_HOST_MARKUP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/pack.h"

/* Bot API: sendMessage "text", 1-4096 characters after entities parsing, in UTF-16 units. */
#define MARKUP_TEXT_UNITS 4096
/* Bot API: answerCallbackQuery "text". */
#define MARKUP_TOAST_UNITS 200
#define MARKUP_CAPTION_UNITS 1024
/* The server keeps no more entities of one message. */
#define MARKUP_ENTITIES_MAX 100
#define MARKUP_DEPTH_MAX 8
#define MARKUP_NO_ENTITY SIZE_MAX

struct entity {
	const char *type;      /* "bold", "text_link", … */
	size_t offset, length; /* UTF-16 units */
	/* What else it has: "url", "language", "custom_emoji_id" or "date_time_format", and its
	 * value; NULL: nothing. */
	const char *field, *value;
	int64_t unix_time; /* date_time */
};

struct markup {
	struct arena *arena;
	char *text; /* well-formed UTF-8, not terminated */
	size_t size, capacity;
	size_t units;            /* of the text */
	struct entity *entities; /* in the order in which they open */
	size_t entities_count, entities_capacity;
	size_t open[MARKUP_DEPTH_MAX]; /* indices of entities; MARKUP_NO_ENTITY: it has none */
	const char *open_tags[MARKUP_DEPTH_MAX];
	size_t open_count;
	const char *fault; /* the first one, "" while all is well */
};

void markup_init(struct markup *markup, struct arena *arena);
/* Tags may be closed by a later format. A fault is in the format, so in our code. */
void markup_add(struct markup *markup, const char *format, va_list arguments);
void markup_add_text(struct markup *markup, const char *text, size_t size);
/* An entity of text that was added, after those that begin before it. */
void markup_add_entity(struct markup *markup, const struct entity *entity);
/* Ends the text: true when there was no fault, all tags are closed and the text is not blank, or
 * may be. Else `fault` says why. */
bool markup_end(struct markup *markup, bool may_be_blank);
/* Whether it consists of white space. */
bool markup_is_blank(const struct markup *markup);

/* Whether a "date_time" entity may have it: Bot API, "Date-time entity formatting". */
bool markup_is_time_format(const char *format);

#endif
