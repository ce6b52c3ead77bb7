/* part.c - the parts of which conversations are made, and their tables. */
#include "tests/modules/part.h"

#include <string.h>

#define PARTS(PART)     \
	PART(buttons)   \
	PART(drafts)    \
	PART(fields)    \
	PART(files)     \
	PART(inline)    \
	PART(media)     \
	PART(members)   \
	PART(message)   \
	PART(payments)  \
	PART(programs)  \
	PART(reactions) \
	PART(service)   \
	PART(setting)   \
	PART(telegram)  \
	PART(web)

#define PART_DECLARE(name) extern const struct part name##_part;
PARTS(PART_DECLARE)
#undef PART_DECLARE

static const struct part *const parts[] = {
#define PART_ROW(name) &name##_part,
	PARTS(PART_ROW)
#undef PART_ROW
};

#define EACH_PART(part)                              \
	for (const struct part *const *part = parts; \
	     part < parts + sizeof(parts) / sizeof(parts[0]); part++)
#define EACH_ROW(type, row, part, table, key) \
	for (const struct type *row = (*(part))->table; row && row->key; row++)

const struct line *part_find_line(const char *line)
{
	const struct line *found = NULL;
	size_t longest = 0;

	EACH_PART(part)
	EACH_ROW(line, row, part, lines, start)
	{
		size_t length = strlen(row->start);

		if (length > longest && strncmp(line, row->start, length) == 0) {
			found = row;
			longest = length;
		}
	}
	return found;
}

const struct word *part_find_word(const char *at)
{
	const struct word *found = NULL;
	size_t longest = 0;

	EACH_PART(part)
	EACH_ROW(word, row, part, words, word)
	{
		size_t length = strlen(row->word);

		if (length > longest && strncmp(at, row->word, length) == 0 &&
		    strchr(" :", at[length])) {
			found = row;
			longest = length;
		}
	}
	return found;
}

const struct printed *part_find_printed(struct text method)
{
	EACH_PART(part)
	EACH_ROW(printed, row, part, printed, method)
	if (text_is(method, row->method))
		return row;
	return NULL;
}

const struct answered *part_find_answered(struct text method)
{
	EACH_PART(part)
	EACH_ROW(answered, row, part, answered, method)
	if (text_is(method, row->method))
		return row;
	return NULL;
}
