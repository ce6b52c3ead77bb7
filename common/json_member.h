/* json_member.h - looks into JSON text without decoding it: finds a member of an object, whatever
 * else is in it. For answers of which one word decides, and which a strict parser could refuse for
 * a number, a character or a depth that nobody needs. */
#ifndef COMMON_JSON_MEMBER_H
#define COMMON_JSON_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a text, borrowed. */
struct json_slice {
	const char *data;
	size_t size;
};

/* A walk over a text; each function passes over white space first, and over what it takes. */
struct json_walk {
	const char *at, *end;
};

bool json_is_space(char character);
void json_pass_space(struct json_walk *walk);
bool json_pass_byte(struct json_walk *walk, char byte);
/* A string, with its quotes. */
bool json_pass_text(struct json_walk *walk);
/* Any value: up to a comma or closing bracket that does not belong to it. Brackets are counted, not
 * matched. */
bool json_pass_value(struct json_walk *walk);

/* The first member of that name, which must not need escapes. False when the text is not an object
 * that can be walked over up to there, or has none. */
bool json_find_member(struct json_slice object, const char *name, struct json_slice *out);
/* Whether it is this word: "true", "false", "null". */
bool json_slice_is(struct json_slice value, const char *word);
/* An integer; 0 when it is none, or too large. */
int64_t json_slice_integer(struct json_slice value);
#endif
