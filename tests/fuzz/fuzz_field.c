/* fuzz_field.c - what people write as a value of each type of field: what fits is spelled so that
 * it is read back as the same, within the limits, and takes no byte that is not its own. The first
 * byte says which type. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "workers/host/field_value.h"

static const char *const choices[] = { "red", "green", "café", NULL };

static const struct field fields[] = {
	{ .type = FIELD_WORD },
	{ .type = FIELD_TEXT, .may_be_off = true },
	{ .type = FIELD_INTEGER, .minimum = -10, .maximum = 1000, .may_be_off = true },
	{ .type = FIELD_BOOLEAN },
	{ .type = FIELD_DURATION, .minimum = 5, .maximum = 86400 },
	{ .type = FIELD_CHOICE, .choices = choices },
	{ .type = FIELD_ACTION },
	{ .type = FIELD_WORDS, .maximum = 20, .may_be_off = true },
	{ .type = FIELD_CHAT, .may_be_off = true },
	{ .type = FIELD_TIME, .may_be_off = true },
};

union member {
	bool boolean;
	int64_t number;
	const char *text;
	const char *const *words;
	struct action action;
};

static void check_spelling(const struct field *field, const union member *member,
			   const struct field_reader *reader)
{
	const char *spelled = field_spell(field, member, reader->arena);
	union member again = { 0 };

	PROMISE(field_read(field, text_of(spelled), reader, &again));
	PROMISE(strcmp(field_spell(field, &again, reader->arena), spelled) == 0);
	PROMISE(strlen(spelled) <= FIELD_WORDS_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	const struct field_reader reader = { .arena = &arena };
	struct text text = { (const char *)data + 1, size - 1 }, rest = text;
	const struct field *field;
	union member member = { 0 };

	if (size < 2)
		return 0;
	field = &fields[data[0] % (sizeof(fields) / sizeof(fields[0]))];
	if (field_read(field, text, &reader, &member))
		check_spelling(field, &member, &reader);
	if (field_take(field, &rest, &reader, &member) == FIELD_FITS)
		PROMISE(rest.length < text.length &&
			rest.data + rest.length == text.data + text.length);
	else
		PROMISE(rest.data == text.data && rest.length == text.length);
	arena_finish(&arena);
	return 0;
}
