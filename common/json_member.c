/* json_member.c - strings are passed over as a whole, brackets are counted. */
#include "common/json_member.h"

#include <string.h>

bool json_is_space(char character)
{
	return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

void json_pass_space(struct json_walk *walk)
{
	while (walk->at < walk->end && json_is_space(*walk->at))
		walk->at++;
}

bool json_pass_byte(struct json_walk *walk, char byte)
{
	json_pass_space(walk);
	if (walk->at == walk->end || *walk->at != byte)
		return false;
	walk->at++;
	return true;
}

/* Whether an odd number of backslashes, none before `start`, precedes `at`. */
static bool is_escaped(const char *start, const char *at)
{
	const char *backslash = at;

	while (backslash > start && backslash[-1] == '\\')
		backslash--;
	return (at - backslash) % 2 == 1;
}

bool json_pass_text(struct json_walk *walk)
{
	const char *start, *quote;

	if (!json_pass_byte(walk, '"'))
		return false;
	start = walk->at;
	quote = start - 1;
	do
		quote = memchr(quote + 1, '"', (size_t)(walk->end - quote - 1));
	while (quote && is_escaped(start, quote));
	walk->at = quote ? quote + 1 : walk->end;
	return quote != NULL;
}

bool json_pass_value(struct json_walk *walk)
{
	size_t depth = 0;

	json_pass_space(walk);
	while (walk->at < walk->end) {
		char c = *walk->at;

		if (c == '"') {
			if (!json_pass_text(walk))
				return false;
			continue;
		}
		if (depth == 0 && (c == ',' || c == ']' || c == '}'))
			return true;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		walk->at++;
	}
	return false;
}

static bool is_key(const char *from, const char *to, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(to - from) == length + 2 && !memcmp(from + 1, name, length);
}

bool json_find_member(struct json_slice object, const char *name, struct json_slice *out)
{
	struct json_walk walk = { object.data, object.data + object.size };

	if (!json_pass_byte(&walk, '{'))
		return false;
	do {
		const char *key, *key_end, *value;

		json_pass_space(&walk);
		key = walk.at;
		if (!json_pass_text(&walk))
			return false;
		key_end = walk.at;
		if (!json_pass_byte(&walk, ':'))
			return false;
		json_pass_space(&walk);
		value = walk.at;
		if (!json_pass_value(&walk))
			return false;
		if (is_key(key, key_end, name)) {
			*out = (struct json_slice) { value, (size_t)(walk.at - value) };
			while (out->size > 0 && json_is_space(value[out->size - 1]))
				out->size--;
			return true;
		}
	} while (json_pass_byte(&walk, ','));
	return false;
}

bool json_slice_is(struct json_slice value, const char *word)
{
	return value.size == strlen(word) && !memcmp(value.data, word, value.size);
}

int64_t json_slice_integer(struct json_slice value)
{
	bool negative = value.size > 0 && *value.data == '-';
	int64_t number = 0;

	if (value.size == (size_t)negative)
		return 0;
	for (size_t i = negative; i < value.size; i++) {
		int digit = value.data[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_sub_overflow(number, digit, &number))
			return 0;
	}
	/* Negative so far: there is one more of them. */
	return negative ? number : number == INT64_MIN ? 0 : -number;
}
