/* markup_parts.h - cuts markup into parts that fit into a message or a caption, and writes them as
 * parameters of a call. */
#ifndef WORKERS_HOST_MARKUP_PARTS_H
#define WORKERS_HOST_MARKUP_PARTS_H

#include "workers/host/markup.h"

struct markup_part {
	size_t start, size; /* bytes of markup->text */
	size_t start_units, units;
};

/* The part of at most `units` UTF-16 units at or after *at, which moves past it; false at the end.
 * Cuts at a line, else a word, else a character. A zeroed `at` is the start. */
bool markup_next_part(const struct markup *markup, size_t units, struct markup_part *at,
		      struct markup_part *out);
/* The length in bytes of the longest prefix of at most `units` units. */
size_t markup_prefix(const struct markup *markup, size_t units);
/* Writes parameter `name` ("text", "caption", …) and, if there are any, its entities ("entities",
 * "caption_entities", …) into the open JSON object. */
void markup_write_part(const struct markup *markup, const struct markup_part *part,
		       const char *name, struct json *json);
void markup_write_part_as(const struct markup *markup, const struct markup_part *part,
			  const char *name, const char *entities, struct json *json);

#endif
