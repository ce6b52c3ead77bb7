/* matcher.c - phrases by a hash table of their words' hashes, patterns by a sorted list of the
 * first three characters of their longest run, behind a filter of bits. */
#include "workers/modules/moderation/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#define ANY_CHARACTERS 1 /* "*" */
#define ANY_CHARACTER 2  /* "?" */
#define WORD_END 3
#define FILTER_BITS 65536u

struct header {
	uint32_t entries, slots, globs;
	uint32_t lengths; /* a bit for each number of words that a phrase has */
	uint32_t slots_at, globs_at, filter_at, texts_at, offsets_at, names_at;
};

struct phrase {
	uint64_t hash;
	uint16_t entry, words;
};

struct slot {
	uint32_t print; /* of the hash; 0: free */
	uint16_t entry, words;
};

struct glob {
	uint32_t key;          /* the three characters */
	uint32_t text, length; /* of all its words, each with WORD_END */
	uint16_t entry;
	uint8_t word, offset; /* where the three are: in which word, at the least how many
			       * characters from its beginning */
};

/* --- making ----------------------------------------------------------------------------------- */

struct pattern {
	uint16_t text[MATCHER_WORDS_MAX * 64];
	size_t length, words;
	bool wild;
};

static uint32_t key_of(const uint16_t *three)
{
	return ((uint32_t)three[0] * 0x9e3779b1u ^ (uint32_t)three[1] * 0x85ebca77u) +
	       (uint32_t)three[2] * 0xc2b2ae3du;
}

static uint32_t bit_of(uint32_t key)
{
	return key * 0x9e3779b1u >> 16;
}

static uint32_t print_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

static bool end_word(struct pattern *out)
{
	if (!out->length || out->text[out->length - 1] == WORD_END)
		return true;
	if (out->words == MATCHER_WORDS_MAX || out->length == COUNT_OF(out->text))
		return false;
	out->text[out->length++] = WORD_END;
	out->words++;
	return true;
}

/* Stars side by side are one. */
static bool add_character(struct pattern *out, uint16_t character)
{
	if (character == ANY_CHARACTERS && out->length &&
	    out->text[out->length - 1] == ANY_CHARACTERS)
		return true;
	if (out->length == COUNT_OF(out->text))
		return false;
	out->text[out->length++] = character;
	out->wild = out->wild || character <= ANY_CHARACTER;
	return true;
}

/* Words of one part between wildcards are folded as the text will be, but digits in them stay. */
static bool add_part(const struct folding *folding, const char *part, size_t size,
		     struct pattern *out)
{
	uint16_t characters[512];
	struct folded_word words[512];
	struct folded folded = { .characters = characters, .words = words };

	if (size > COUNT_OF(characters))
		return false;
	fold_text(folding, part, size, &folded);
	for (size_t i = 0; i < folded.words_count; i++) {
		if (i > 0 && !end_word(out))
			return false;
		for (size_t j = 0; j < words[i].length; j++)
			if (!add_character(out, characters[words[i].start + j]))
				return false;
	}
	return true;
}

static bool read_word(const struct folding *folding, const char *word, size_t size,
		      struct pattern *out)
{
	while (size) {
		size_t part = 0;

		while (part < size && word[part] != '*' && word[part] != '?')
			part++;
		if (part && !add_part(folding, word, part, out))
			return false;
		if (part < size &&
		    !add_character(out, word[part] == '*' ? ANY_CHARACTERS : ANY_CHARACTER))
			return false;
		part += part < size;
		word += part;
		size -= part;
	}
	return end_word(out);
}

static bool read_pattern(const struct folding *folding, const char *entry, struct pattern *out)
{
	*out = (struct pattern) { .length = 0 };
	while (*entry) {
		size_t size = strcspn(entry, " \t\n");

		if (size && !read_word(folding, entry, size, out))
			return false;
		entry += size;
		entry += strspn(entry, " \t\n");
	}
	return out->words > 0;
}

/* The longest run without wildcards. False: it is too short. */
static bool find_run(const struct pattern *pattern, struct glob *out)
{
	size_t best = 0, run = 0, word = 0, start = 0, before = 0;

	for (size_t i = 0; i < pattern->length; i++) {
		uint16_t character = pattern->text[i];

		run = character > WORD_END ? run + 1 : 0;
		if (run > best) {
			best = run;
			start = i + 1 - run;
			out->word = (uint8_t)word;
		}
		word += character == WORD_END;
	}
	if (best < MATCHER_RUN_MIN)
		return false;
	out->key = key_of(pattern->text + start);
	while (before < start && pattern->text[start - before - 1] != WORD_END)
		before++;
	out->offset = 0;
	for (size_t i = start - before; i < start; i++)
		out->offset += pattern->text[i] != ANY_CHARACTERS;
	return true;
}

bool matcher_takes(const struct folding *folding, const char *entry)
{
	struct pattern pattern;
	struct glob glob;

	return read_pattern(folding, entry, &pattern) &&
	       (!pattern.wild || find_run(&pattern, &glob));
}

static uint64_t hash_of(const struct pattern *pattern)
{
	uint64_t hash = 0;
	size_t start = 0;

	for (size_t i = 0; i < pattern->length; i++)
		if (pattern->text[i] == WORD_END) {
			hash = fold_hash_join(hash, fold_hash(pattern->text + start, i - start));
			start = i + 1;
		}
	return hash;
}

static void add_glob(struct matcher_build *build, const struct pattern *pattern, struct glob *glob)
{
	glob->text = (uint32_t)(buffer_unread_size(&build->texts) / sizeof(uint16_t));
	glob->length = (uint32_t)pattern->length;
	buffer_append(&build->texts, pattern->text, pattern->length * sizeof(uint16_t));
	buffer_append(&build->globs, glob, sizeof(*glob));
}

void matcher_add(struct matcher_build *build, const char *entry)
{
	uint32_t name = (uint32_t)buffer_unread_size(&build->names);
	struct glob glob = { .entry = (uint16_t)build->count };
	struct phrase phrase = { .entry = (uint16_t)build->count };
	struct pattern pattern;

	if (build->count == MATCHER_ENTRIES_MAX)
		return;
	buffer_append(&build->offsets, &name, sizeof(name));
	buffer_append(&build->names, entry, strlen(entry) + 1);
	build->count++;
	if (!read_pattern(build->folding, entry, &pattern))
		return;
	if (!pattern.wild) {
		phrase.hash = hash_of(&pattern);
		phrase.words = (uint16_t)pattern.words;
		buffer_append(&build->phrases, &phrase, sizeof(phrase));
	} else if (find_run(&pattern, &glob)) {
		add_glob(build, &pattern, &glob);
	}
}

static int by_key(const void *left, const void *right)
{
	uint32_t a = ((const struct glob *)left)->key, b = ((const struct glob *)right)->key;

	return a < b ? -1 : a > b;
}

/* Appends, aligned for any type; returns where. */
static uint32_t place(struct buffer *out, const void *bytes, size_t size)
{
	static const char zeros[8];
	uint32_t at;

	buffer_append(out, zeros, (8 - buffer_unread_size(out) % 8) % 8);
	at = (uint32_t)buffer_unread_size(out);
	if (size)
		buffer_append(out, bytes, size);
	return at;
}

static uint32_t place_buffer(struct buffer *out, const struct buffer *from)
{
	return place(out, buffer_unread(from), buffer_unread_size(from));
}

static uint32_t place_slots(struct matcher_build *build, struct header *header, struct buffer *out)
{
	const struct phrase *phrases = (const void *)buffer_unread(&build->phrases);
	size_t count = buffer_unread_size(&build->phrases) / sizeof(*phrases);
	struct slot *slots = xcalloc(count + count / 3 + 1, sizeof(*slots));
	uint32_t at;

	header->slots = (uint32_t)(count + count / 3 + 1);
	for (size_t i = 0; i < count; i++) {
		size_t slot = phrases[i].hash % header->slots;

		while (slots[slot].print)
			slot = (slot + 1) % header->slots;
		slots[slot] = (struct slot) { print_of(phrases[i].hash), phrases[i].entry,
					      phrases[i].words };
		header->lengths |= 1u << phrases[i].words;
	}
	at = place(out, slots, header->slots * sizeof(*slots));
	free(slots);
	return at;
}

static uint32_t place_filter(const struct glob *globs, size_t count, struct buffer *out)
{
	uint8_t filter[FILTER_BITS / 8] = { 0 };

	for (size_t i = 0; i < count; i++)
		filter[bit_of(globs[i].key) / 8] |= (uint8_t)(1u << bit_of(globs[i].key) % 8);
	return place(out, filter, count ? sizeof(filter) : 0);
}

void matcher_finish(struct matcher_build *build, struct buffer *out)
{
	struct header header = { .entries = (uint32_t)build->count };
	struct glob *globs = (void *)buffer_unread(&build->globs);

	header.globs = (uint32_t)(buffer_unread_size(&build->globs) / sizeof(*globs));
	if (header.globs)
		qsort(globs, header.globs, sizeof(*globs), by_key);
	if (build->count) {
		place(out, &header, sizeof(header));
		header.slots_at = place_slots(build, &header, out);
		header.globs_at = place_buffer(out, &build->globs);
		header.filter_at = place_filter(globs, header.globs, out);
		header.texts_at = place_buffer(out, &build->texts);
		header.offsets_at = place_buffer(out, &build->offsets);
		header.names_at = place_buffer(out, &build->names);
		memcpy(buffer_unread(out), &header, sizeof(header));
	}
	buffer_finish(&build->phrases);
	buffer_finish(&build->globs);
	buffer_finish(&build->texts);
	buffer_finish(&build->offsets);
	buffer_finish(&build->names);
}

/* --- finding ---------------------------------------------------------------------------------- */

struct search {
	const struct folding *folding;
	const char *bytes;
	const struct header *header;
	const struct folded *text;
	size_t steps; /* that are left */
};

static const char *name_of(const struct search *search, size_t entry)
{
	const uint32_t *offsets = (const void *)(search->bytes + search->header->offsets_at);

	return search->bytes + search->header->names_at + offsets[entry];
}

/* Two phrases may have the same hash. */
static bool is_phrase(const struct search *search, size_t entry, size_t first)
{
	struct pattern pattern;
	size_t at = 0;

	if (!read_pattern(search->folding, name_of(search, entry), &pattern))
		return false;
	for (size_t i = 0; i < pattern.words; i++) {
		const struct folded_word *word = &search->text->words[first + i];

		if (at + word->length >= pattern.length ||
		    memcmp(pattern.text + at, search->text->characters + word->start,
			   word->length * sizeof(uint16_t)) != 0 ||
		    pattern.text[at + word->length] != WORD_END)
			return false;
		at += word->length + 1;
	}
	return true;
}

static bool find_slot(const struct search *search, uint64_t hash, size_t words, size_t first,
		      struct match *out)
{
	const struct slot *slots = (const void *)(search->bytes + search->header->slots_at);
	size_t at = hash % search->header->slots;

	for (; slots[at].print; at = (at + 1) % search->header->slots)
		if (slots[at].print == print_of(hash) && slots[at].words == words &&
		    is_phrase(search, slots[at].entry, first)) {
			*out = (struct match) { slots[at].entry, name_of(search, slots[at].entry) };
			return true;
		}
	return false;
}

static bool find_phrase(const struct search *search, size_t first, struct match *out)
{
	uint64_t hash = 0;

	for (size_t i = 1; i <= MATCHER_WORDS_MAX && first + i <= search->text->words_count; i++) {
		hash = fold_hash_join(hash, search->text->words[first + i - 1].hash);
		if (search->header->lengths >> i & 1 && find_slot(search, hash, i, first, out))
			return true;
	}
	return false;
}

/* Up to the pattern's WORD_END. Of several stars only the last is tried again: what was before it
 * matched as early as it can. */
static bool matches_word(struct search *search, const uint16_t *pattern, const uint16_t *word,
			 size_t length)
{
	const uint16_t *star = NULL;
	size_t at = 0, again = 0;

	while (at < length) {
		if (search->steps == 0)
			return false;
		search->steps--;
		if (*pattern == ANY_CHARACTERS) {
			star = ++pattern;
			again = at;
		} else if (*pattern != WORD_END &&
			   (*pattern == ANY_CHARACTER || *pattern == word[at])) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star;
			at = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == ANY_CHARACTERS)
		pattern++;
	return *pattern == WORD_END;
}

static bool matches_glob(struct search *search, const struct glob *glob, size_t word)
{
	const uint16_t *texts = (const void *)(search->bytes + search->header->texts_at);
	const uint16_t *pattern = texts + glob->text, *end = pattern + glob->length;
	size_t i = word - glob->word;

	if (word < glob->word)
		return false;
	for (; pattern < end; i++) {
		if (i == search->text->words_count ||
		    !matches_word(search, pattern,
				  search->text->characters + search->text->words[i].start,
				  search->text->words[i].length))
			return false;
		while (*pattern++ != WORD_END)
			;
	}
	return true;
}

static const struct glob *first_glob(const struct search *search, uint32_t key)
{
	const struct glob *globs = (const void *)(search->bytes + search->header->globs_at);
	size_t low = 0, high = search->header->globs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (globs[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return globs + low;
}

static bool find_glob(struct search *search, size_t word, struct match *out)
{
	const struct glob *end = (const void *)(search->bytes + search->header->globs_at +
						search->header->globs * sizeof(struct glob));
	const uint8_t *filter = (const uint8_t *)search->bytes + search->header->filter_at;
	const struct folded_word *in = &search->text->words[word];
	const uint16_t *characters = search->text->characters + in->start;

	for (size_t i = 0; i + MATCHER_RUN_MIN <= in->length && search->steps; i++) {
		uint32_t key = key_of(characters + i), bit = bit_of(key);

		if (!(filter[bit / 8] >> bit % 8 & 1))
			continue;
		for (const struct glob *at = first_glob(search, key); at < end && at->key == key;
		     at++)
			if (i >= at->offset && matches_glob(search, at, word)) {
				*out = (struct match) { at->entry, name_of(search, at->entry) };
				return true;
			}
	}
	return false;
}

bool matcher_find(const struct folding *folding, const void *bytes, size_t size,
		  const struct folded *text, struct match *out)
{
	struct search search = { .folding = folding,
				 .bytes = bytes,
				 .header = bytes,
				 .text = text,
				 .steps = MATCHER_STEPS_MAX };

	if (size < sizeof(struct header))
		return false;
	for (size_t i = 0; i < text->words_count; i++)
		if (find_phrase(&search, i, out) ||
		    (search.header->globs && find_glob(&search, i, out)))
			return true;
	return false;
}
