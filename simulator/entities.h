/* entities.h - formatted text (Bot API, "Formatting options"): HTML to text and entities, and the
 * entities that Telegram finds by itself (commands, mentions, hashtags, links). */
#ifndef SIMULATOR_ENTITIES_H
#define SIMULATOR_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/why.h"

#define ENTITIES_MAX 100
#define TEXT_UNITS_MAX 4096
#define CAPTION_UNITS_MAX 1024

struct entity {
	const char *type;      /* "bold", …: never freed */
	size_t offset, length; /* UTF-16 units */
	/* url, language, custom emoji id, user id as digits, format of a time; NULL: none */
	const char *argument;
	int64_t unix_time; /* of a date_time */
};

struct formatted {
	char *text; /* in the arena */
	size_t length;
	struct entity entities[ENTITIES_MAX];
	size_t count;
};

/* The reasons are Telegram's ("Unclosed start tag at byte offset 3"), without the prefix. */
MUST_CHECK bool entities_parse_html(const char *html, size_t length, struct arena *arena,
				    struct formatted *out, struct why *why);
/* Text without markup: `out` gets a copy. */
void entities_plain(const char *text, size_t length, struct arena *arena, struct formatted *out);
/* Adds what Telegram finds by itself, outside code, and sorts. */
void entities_detect(struct formatted *formatted, struct arena *arena);
/* The array of MessageEntity. */
void entities_write(struct json *json, const struct formatted *formatted);

#endif
