/* fold.c - a table by blocks of characters, made of Unicode's by utf8proc and of a list of letters
 * that look like others. */
#include "workers/modules/moderation/fold.h"

#include <string.h>
#include <utf8proc.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#define BLOCK 256
#define CODES 0x20000 /* planes 0 and 1; what is beyond is rare Han and no letter of ours */
#define BLOCKS (CODES / BLOCK)

enum class { CLASS_NONE, CLASS_LETTER, CLASS_DIGIT, CLASS_ALONE, CLASS_GAP };

struct character {
	uint16_t folded;
	uint8_t class;
};

/* 256 characters; made when the first of them is looked up, as no chat writes in all scripts. One
 * has no list in which every character is itself and of one class, or no part of a word. */
struct block {
	struct character *list;
	uint8_t class;
	bool is_made;
};

struct folding {
	struct block *blocks;
	size_t users;
};

static struct folding *shared;

/* Letters by what they look like, in lower case: Cyrillic, Greek, Armenian, small capitals, and
 * Latin ones that Unicode does not take apart. */
static const char *const alike[] = {
	"aаαɑᴀ", "bʙв",   "cсᴄϲ", "dԁᴅđ", "eеεєᴇ", "fꜰ",      "gɡɢց",  "hһʜнհħ", "iіιıɪӏ",
	"jјᴊϳ",  "kкκᴋ",  "lʟł",  "mмᴍ",  "nηɴո",  "oоοøօᴏσ", "pрρᴘ",  "qԛ",     "rʀг",
	"sѕꜱ",   "tтτᴛŧ", "uυսᴜ", "vνᴠѵ", "wԝωᴡ",  "xхχ",     "yуγʏү", "zᴢ",
};

/* Letters in boxes and circles, from A; of those Unicode has no decomposition. */
static const uint32_t framed[] = { 0x1f150, 0x1f170 };

/* --- making the table ------------------------------------------------------------------------- */

/* Scripts that write words without spaces between them. */
static bool has_no_spaces(uint32_t code)
{
	return (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x1000 && code <= 0x109f) ||
	       (code >= 0x1780 && code <= 0x17ff) || (code >= 0x2e80 && code <= 0x9fff) ||
	       (code >= 0xf900 && code <= 0xfaff);
}

/* By Unicode's general category: letters, marks that take room, numbers, symbols. */
static enum class class_of(uint32_t code) {
	const char *category = utf8proc_category_string((utf8proc_int32_t)code);

	if (strcmp(category, "Nd") == 0) return CLASS_DIGIT;
	if (category[0] == 'L' || category[0] == 'N' || strcmp(category, "Mc") == 0 ||
	    strcmp(category, "Co") == 0) return has_no_spaces(code)
		? CLASS_ALONE
		: CLASS_LETTER;
	if (strcmp(category, "So") == 0 || strcmp(category, "Sm") == 0) return CLASS_ALONE;
	return CLASS_GAP;
}

static uint32_t decomposed(uint32_t code)
{
	utf8proc_int32_t parts[32];
	int boundary = 0;
	utf8proc_ssize_t count = utf8proc_decompose_char(
		(utf8proc_int32_t)code, parts, COUNT_OF(parts),
		UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
			UTF8PROC_IGNORE,
		&boundary);

	for (size_t i = 0; i < COUNT_OF(framed); i++)
		if (code >= framed[i] && code < framed[i] + 26)
			return 'a' + code - framed[i];
	return count > 0 && count <= (utf8proc_ssize_t)COUNT_OF(parts) ? (uint32_t)parts[0] : 0;
}

/* Beyond plane 0 a number of 16 bits all the same. */
static uint16_t itself(uint32_t code)
{
	return (uint16_t)(code <= 0xffff ? code : 0xe000 | (code & 0x1fff));
}

/* Also of what decomposes to one of these letters. */
static struct character as_it_looks(struct character from)
{
	for (size_t i = 0; i < COUNT_OF(alike); i++) {
		const char *at = alike[i] + 1;
		utf8proc_int32_t code = 0;

		for (; *at; at += utf8_character(at, strlen(at))) {
			utf8proc_iterate((const utf8proc_uint8_t *)at, -1, &code);
			if (from.folded == code)
				return (struct character) { (uint16_t)alike[i][0], CLASS_LETTER };
		}
	}
	return from;
}

static struct character fold(uint32_t code)
{
	uint32_t folded = decomposed(code);
	struct character out = { 0, CLASS_NONE };

	if (!folded) /* a mark, or invisible */
		return out;
	out.class = (uint8_t)class_of(folded);
	/* Also a space that marks stand on. */
	out.folded = out.class == CLASS_GAP ? ' ' : itself(folded);
	return as_it_looks(out);
}

static void make_block(struct block *block, uint32_t first)
{
	struct character *list = xcalloc(BLOCK, sizeof(*list));
	bool plain = true;

	for (uint32_t i = 0; i < BLOCK; i++) {
		list[i] = fold(first + i);
		plain = plain && list[i].class == list[0].class &&
			(list[i].class == CLASS_GAP || list[i].folded == itself(first + i));
	}
	*block = (struct block) { list, list[0].class, true };
	if (!plain)
		return;
	free(list);
	block->list = NULL;
}

struct folding *folding_create(void)
{
	if (!shared) {
		shared = xcalloc(1, sizeof(*shared));
		shared->blocks = xcalloc(BLOCKS, sizeof(*shared->blocks));
	}
	shared->users++;
	return shared;
}

void folding_destroy(struct folding *folding)
{
	if (!folding || --folding->users > 0)
		return;
	for (size_t i = 0; i < BLOCKS; i++)
		free(folding->blocks[i].list);
	free(folding->blocks);
	free(folding);
	shared = NULL;
}

/* --- using it --------------------------------------------------------------------------------- */

static struct character look_up(const struct folding *folding, uint32_t code)
{
	struct block *block;

	if (code >= CODES)
		return (struct character) { itself(code), CLASS_ALONE };
	block = &folding->blocks[code / BLOCK];
	if (!block->is_made)
		make_block(block, code - code % BLOCK);
	if (block->list)
		return block->list[code % BLOCK];
	return (struct character) { itself(code), block->class };
}

uint16_t fold_character(const struct folding *folding, uint32_t code)
{
	struct character character = look_up(folding, code);

	return character.class == CLASS_GAP ? 0 : character.folded;
}

uint64_t fold_hash(const uint16_t *characters, size_t count)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ characters[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

/* The code of the next character; what is no UTF-8 is a gap. */
static uint32_t next_code(const char **at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)*at;
	size_t length = utf8_character(*at, (size_t)(end - *at));
	uint32_t code = byte[0];

	if (length == 0) {
		*at += 1;
		return ' ';
	}
	if (length > 1)
		code &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++)
		code = code << 6 | (byte[i] & 0x3f);
	*at += length;
	return code;
}

/* In a word with letters, digits are letters, too: "fr33". */
static void spell_digits(uint16_t *characters, size_t count)
{
	static const char letters[] = "oi2eas6t89";

	for (size_t i = 0; i < count; i++)
		if (characters[i] >= '0' && characters[i] <= '9')
			characters[i] = (uint16_t)letters[characters[i] - '0'];
}

struct word_in_making {
	size_t start;
	bool letters, digits;
};

static void end_word(struct folded *out, struct word_in_making *word)
{
	size_t length = out->characters_count - word->start;

	if (length) {
		if (word->letters && word->digits)
			spell_digits(out->characters + word->start, length);
		out->words[out->words_count++] = (struct folded_word) {
			(uint32_t)word->start, (uint32_t)length,
			fold_hash(out->characters + word->start, length)
		};
	}
	*word = (struct word_in_making) { .start = out->characters_count };
}

void fold_text(const struct folding *folding, const char *text, size_t size, struct folded *out)
{
	const char *end = text + size;
	struct word_in_making word = { .start = out->characters_count };

	while (text < end) {
		struct character character = look_up(folding, next_code(&text, end));

		if (character.class == CLASS_NONE)
			continue;
		if (character.class == CLASS_GAP || character.class == CLASS_ALONE)
			end_word(out, &word);
		if (character.class == CLASS_GAP)
			continue;
		out->characters[out->characters_count++] = character.folded;
		word.letters = word.letters || character.class == CLASS_LETTER;
		word.digits = word.digits || character.class == CLASS_DIGIT;
		if (character.class == CLASS_ALONE)
			end_word(out, &word);
	}
	end_word(out, &word);
}
