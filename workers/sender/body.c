/* body.c - the grammar of RFC 8259, less what body.h leaves to jansson. */
#include "workers/sender/body.h"

#include <string.h>

#include "common/utf8.h"
#include "workers/wire/call.h"

#define DEPTH_MAX 16u
#define DIGITS_MAX 18u

static bool pass_value(struct json_walk *walk, unsigned depth);

/* After a backslash. \u is for jansson: it may be half of a character, or a NUL. */
static bool pass_escape(struct json_walk *walk)
{
	static const char letters[] = "\"\\/bfnrt";

	if (walk->at == walk->end || !*walk->at || !strchr(letters, *walk->at))
		return false;
	walk->at++;
	return true;
}

/* The contents of a string and the quote behind them; the one before was taken. */
static bool pass_characters(struct json_walk *walk)
{
	while (walk->at < walk->end) {
		uint8_t byte = (uint8_t)*walk->at;
		size_t length = 1;

		if (byte < 0x20)
			return false;
		if (byte >= 0x80)
			length = utf8_character(walk->at, (size_t)(walk->end - walk->at));
		if (!length)
			return false;
		walk->at += length;
		if (byte == '"')
			return true;
		if (byte == '\\' && !pass_escape(walk))
			return false;
	}
	return false;
}

static bool pass_name(struct json_walk *walk, struct json_slice *out)
{
	const char *start;

	if (!json_pass_byte(walk, '"'))
		return false;
	start = walk->at;
	if (!pass_characters(walk))
		return false;
	*out = (struct json_slice) { start, (size_t)(walk->at - start) - 1 };
	return !memchr(out->data, '\\', out->size) && json_pass_byte(walk, ':');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t pass_digits(struct json_walk *walk)
{
	const char *start = walk->at;

	while (walk->at < walk->end && is_digit(*walk->at))
		walk->at++;
	return (size_t)(walk->at - start);
}

/* No exponents: what they make of a number is for jansson. */
static bool pass_number(struct json_walk *walk)
{
	const char *start;
	size_t digits;

	walk->at += *walk->at == '-';
	start = walk->at;
	digits = pass_digits(walk);
	if (!digits || digits > DIGITS_MAX || (*start == '0' && digits > 1))
		return false;
	if (walk->at == walk->end || *walk->at != '.')
		return true;
	walk->at++;
	digits = pass_digits(walk);
	return digits > 0 && digits <= DIGITS_MAX;
}

static bool pass_word(struct json_walk *walk, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(walk->end - walk->at) < length || memcmp(walk->at, word, length) != 0)
		return false;
	walk->at += length;
	return true;
}

static bool is_named(const struct body_member *parameter, struct json_slice name)
{
	return parameter->name.size == name.size &&
	       memcmp(parameter->name.data, name.data, name.size) == 0;
}

static bool add(struct body *object, struct body_member member)
{
	if (object->count == BODY_MEMBERS_MAX)
		return false;
	for (size_t i = 0; i < object->count; i++)
		if (is_named(&object->list[i], member.name))
			return false;
	object->list[object->count++] = member;
	return true;
}

/* The bracket was taken. */
static bool pass_members(struct json_walk *walk, unsigned depth, struct body *object)
{
	object->count = 0;
	if (json_pass_byte(walk, '}'))
		return true;
	do {
		struct body_member member;

		if (!pass_name(walk, &member.name))
			return false;
		json_pass_space(walk);
		member.value.data = walk->at;
		if (!pass_value(walk, depth))
			return false;
		member.value.size = (size_t)(walk->at - member.value.data);
		if (!add(object, member))
			return false;
	} while (json_pass_byte(walk, ','));
	return json_pass_byte(walk, '}');
}

static bool pass_items(struct json_walk *walk, unsigned depth)
{
	if (json_pass_byte(walk, ']'))
		return true;
	do {
		json_pass_space(walk);
		if (!pass_value(walk, depth))
			return false;
	} while (json_pass_byte(walk, ','));
	return json_pass_byte(walk, ']');
}

static bool pass_object(struct json_walk *walk, unsigned depth)
{
	struct body object;

	return pass_members(walk, depth, &object);
}

/* White space before it was passed. */
static bool pass_value(struct json_walk *walk, unsigned depth)
{
	if (walk->at == walk->end || depth == DEPTH_MAX)
		return false;
	switch (*walk->at) {
	case '"':
		walk->at++;
		return pass_characters(walk);
	case '{':
		walk->at++;
		return pass_object(walk, depth + 1);
	case '[':
		walk->at++;
		return pass_items(walk, depth + 1);
	case 't':
		return pass_word(walk, "true");
	case 'f':
		return pass_word(walk, "false");
	case 'n':
		return pass_word(walk, "null");
	default:
		return pass_number(walk);
	}
}

bool body_read(struct text body, struct body *out)
{
	struct json_walk walk = { body.data, body.data + body.length };

	if (!json_pass_byte(&walk, '{') || !pass_members(&walk, 0, out))
		return false;
	json_pass_space(&walk);
	return walk.at == walk.end;
}

const struct json_slice *body_find(const struct body *body, struct text name)
{
	const struct json_slice wanted = { name.data, name.length };

	for (size_t i = 0; i < body->count; i++)
		if (is_named(&body->list[i], wanted))
			return &body->list[i].value;
	return NULL;
}

bool body_text(struct json_slice value, struct text *out)
{
	if (value.size < 2 || *value.data != '"')
		return false;
	*out = (struct text) { value.data + 1, value.size - 2 };
	return true;
}

bool body_integer(struct json_slice value, int64_t *out)
{
	const char *digits = value.data + (*value.data == '-');

	if (!is_digit(*digits) || memchr(value.data, '.', value.size))
		return false;
	*out = json_slice_integer(value);
	return true;
}

int64_t body_id(struct json_slice value)
{
	char number[32];
	struct text text;

	if (!body_text(value, &text))
		return json_slice_integer(value);
	if (text.length >= sizeof(number))
		return 0;
	memcpy(number, text.data, text.length);
	number[text.length] = '\0';
	return call_chat_of_text(number);
}
