/* utf8.h - UTF-8 (RFC 3629): which bytes are a character, and how long a text is as Telegram
 * counts it: limits and entities are in UTF-16 code units (Bot API, "MessageEntity").
 *
 * What is done for each character is inline: it is much of the work where JSON is read. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_CHARACTER_MAX 4 /* bytes */
/* U+FFFD, which stands for what cannot be read. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"
#define UTF8_REPLACEMENT_SIZE 3

/* The length of a character by its first byte, 0 when none begins so, and the range of its second
 * byte (Unicode, table 3-7): no overlong form, no surrogate, nothing over U+10FFFF. */
static inline size_t utf8_rule(uint8_t first, uint8_t *least, uint8_t *greatest)
{
	*least = 0x80;
	*greatest = 0xbf;
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0) {
		*least = first == 0xe0 ? 0xa0 : 0x80;
		*greatest = first == 0xed ? 0x9f : 0xbf;
		return 3;
	}
	if (first >= 0xf0 && first < 0xf5) {
		*least = first == 0xf0 ? 0x90 : 0x80;
		*greatest = first == 0xf4 ? 0x8f : 0xbf;
		return 4;
	}
	return 0;
}

/* The bytes of the character at `text`, 1 to 4; 0 when it is malformed or cut off. `size` is not
 * 0. */
static inline size_t utf8_character(const char *text, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;
	uint8_t least, greatest;
	size_t length = utf8_rule(at[0], &least, &greatest);

	if (length < 2)
		return length;
	if (size < length || at[1] < least || at[1] > greatest)
		return 0;
	if (length > 2 && (at[2] & 0xc0) != 0x80)
		return 0;
	if (length > 3 && (at[3] & 0xc0) != 0x80)
		return 0;
	return length;
}

/* Writes the character of a code point that is not a surrogate; returns its bytes. */
static inline size_t utf8_encode(uint32_t code, char out[UTF8_CHARACTER_MAX])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* The bytes of the white space at `text` (Unicode, property White_Space): a no-break space is what
 * Telegram's web client puts behind a command that was chosen with Tab. 0 when it is none. */
size_t utf8_space(const char *text, size_t size);
/* The same for the white space that ends a text. */
size_t utf8_space_before(const char *text, size_t size);
/* Whether the well-formed character moves a terminal's cursor or gives it a command, ends a line
 * for some reader, or changes the direction of the text after it: C0, DEL, C1, U+2028, U+2029, and
 * Unicode's property Bidi_Control. */
bool utf8_is_control(const char *character);
/* Whether nothing of a well-formed text can be seen: it is empty, or white space and characters
 * that have no shape (Unicode, Default_Ignorable_Code_Point, and U+2800). */
bool utf8_is_blank(const char *text);
/* The code point of the well-formed character at `text`, and how many bytes that is. */
uint32_t utf8_decode(const char *text, size_t *length);
/* How many of the bytes at a malformed character one U+FFFD stands for: the start of a character
 * that is broken off, or one byte (Unicode 3.9, "maximal subpart"). `size` is not 0. */
size_t utf8_broken(const char *text, size_t size);
/* The UTF-16 units of a well-formed text. */
size_t utf8_units(const char *text, size_t size);
/* The most bytes of a well-formed text that have at most `units` units and end between two
 * characters. */
size_t utf8_prefix(const char *text, size_t size, size_t units);

#endif
