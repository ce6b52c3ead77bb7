/* literal.c - one pass from left to right, which takes the arguments as it meets them. */
#include "workers/host/literal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/wire/call_end.h"

#define DEPTH_MAX 16u
/* How much of the literal is shown behind the place of a fault. */
#define SHOWN_MAX 24

struct parser {
	const char *at;
	va_list arguments;
	const struct literal_value *values;
	struct json *json;
	struct buffer text; /* of the string being read */
	bool has_end;
	struct why *why;
};

/* Where something is: what it is allowed to be, if that is known. */
struct spot {
	const struct botapi_method *method; /* the object is the method's parameters */
	const struct botapi_type *type;
	unsigned depth;
};

static bool parse_value(struct parser *parser, const struct spot *spot);

static bool refuse(struct parser *parser, const char *what)
{
	return why_set(parser->why, "%s at \"%.*s\"", what, SHOWN_MAX, parser->at);
}

static void pass_space(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t\r\n");
}

static bool pass(struct parser *parser, char character)
{
	pass_space(parser);
	if (*parser->at != character)
		return false;
	parser->at++;
	return true;
}

/* --- types ------------------------------------------------------------------------------------ */

static const struct botapi_type *type_of(const struct botapi_field *field)
{
	return field ? &botapi_types[field->type] : NULL;
}

/* Of several objects the first that has the field: they agree on what they share. */
static const struct botapi_type *field_type(const struct botapi_type *type, struct text name)
{
	const struct botapi_type *found = NULL;

	if (!type)
		return NULL;
	if (type->kind == BOTAPI_OBJECT)
		return type_of(
			botapi_find_field(&botapi_objects[type->first], name.data, name.length));
	for (size_t i = 0; type->kind == BOTAPI_ANY && !found && i < type->count; i++)
		found = field_type(&botapi_types[botapi_alternatives[type->first + i]], name);
	return found;
}

const struct botapi_type *literal_item_type(const struct botapi_type *type)
{
	const struct botapi_type *found = NULL;

	if (!type)
		return NULL;
	if (type->kind == BOTAPI_ARRAY)
		return &botapi_types[type->first];
	for (size_t i = 0; type->kind == BOTAPI_ANY && !found && i < type->count; i++)
		found = literal_item_type(&botapi_types[botapi_alternatives[type->first + i]]);
	return found;
}

static struct spot spot_of_member(const struct spot *object, struct text name)
{
	struct spot spot = { .depth = object->depth + 1 };

	if (object->method)
		spot.type = type_of(botapi_find_parameter(object->method, name.data, name.length));
	else
		spot.type = field_type(object->type, name);
	return spot;
}

/* --- conversions ------------------------------------------------------------------------------ */

/* Taken from the arguments, and not yet written. */
struct taken {
	enum { TAKEN_NOTHING, TAKEN_TEXT, TAKEN_INTEGER, TAKEN_UNSIGNED, TAKEN_REAL } kind;
	const char *text;
	int64_t integer;
	uint64_t unsigned_integer;
	double real;
};

/* As long, or longer, than an int. */
static bool pass_size(struct parser *parser, bool *is_long)
{
	size_t letters = strspn(parser->at, "lzjth");

	*is_long = letters > 0 && *parser->at != 'h';
	parser->at += letters;
	return letters <= 2;
}

/* On all our machines long, long long, size_t and intmax_t have 64 bits (common/kind.h). */
static bool take(struct parser *parser, struct taken *out)
{
	const char *start = parser->at++;
	bool is_long;

	*out = (struct taken) { 0 };
	if (pass_size(parser, &is_long)) {
		switch (*parser->at++) {
		case 'd':
		case 'i':
			out->kind = TAKEN_INTEGER;
			out->integer = is_long ? va_arg(parser->arguments, long long)
					       : va_arg(parser->arguments, int);
			return true;
		case 'u':
			out->kind = TAKEN_UNSIGNED;
			out->unsigned_integer = is_long ? va_arg(parser->arguments,
								 unsigned long long)
							: va_arg(parser->arguments, unsigned);
			return true;
		case 'f':
		case 'g':
			out->kind = TAKEN_REAL;
			out->real = va_arg(parser->arguments, double);
			return true;
		case 's':
			out->kind = TAKEN_TEXT;
			out->text = va_arg(parser->arguments, const char *);
			return true;
		default:
			break;
		}
	}
	parser->at = start;
	return refuse(parser, "a conversion that is none of %s, %d, %lld, %u, %f,");
}

static bool is_boolean(const struct botapi_type *type)
{
	return type && (type->kind == BOTAPI_BOOLEAN || type->kind == BOTAPI_TRUE);
}

/* Whether the member is left out. */
static bool is_nothing(const struct taken *taken, const struct botapi_type *type)
{
	if (taken->kind == TAKEN_TEXT)
		return !taken->text;
	return taken->kind == TAKEN_INTEGER && !taken->integer && type && type->kind == BOTAPI_TRUE;
}

static bool is_json(const struct parser *parser, const char *text)
{
	for (const struct literal_value *value = parser->values; value; value = value->next)
		if (value->json == text)
			return true;
	return false;
}

static void write_taken(struct parser *parser, const struct taken *taken,
			const struct botapi_type *type)
{
	switch (taken->kind) {
	case TAKEN_NOTHING:
		return;
	case TAKEN_TEXT:
		if (is_json(parser, taken->text))
			json_raw(parser->json, taken->text, strlen(taken->text));
		else
			json_text(parser->json, taken->text);
		return;
	case TAKEN_INTEGER:
		if (is_boolean(type))
			json_bool(parser->json, taken->integer != 0);
		else
			json_int(parser->json, taken->integer);
		return;
	case TAKEN_UNSIGNED:
		json_uint(parser->json, taken->unsigned_integer);
		return;
	case TAKEN_REAL:
		json_double(parser->json, taken->real);
		return;
	}
}

/* --- what is written out ---------------------------------------------------------------------- */

static bool read_escape(struct parser *parser)
{
	static const char letters[] = "\"'\\/bfnrt", meant[] = "\"'\\/\b\f\n\r\t";
	const char *letter = *parser->at ? strchr(letters, *parser->at) : NULL;

	if (!letter)
		return refuse(parser, "an escape that is none of \\n, \\t, …,");
	buffer_append_byte(&parser->text, (uint8_t)meant[letter - letters]);
	parser->at++;
	return true;
}

/* The string that begins here, without escapes, into parser->text. */
static bool read_string(struct parser *parser)
{
	char quote = *parser->at++;

	buffer_clear(&parser->text);
	while (*parser->at && *parser->at != quote) {
		char c = *parser->at++;

		if (c == '%' && *parser->at != '%') {
			parser->at--;
			return refuse(parser, "a conversion in a string");
		}
		if (c == '\\') {
			if (!read_escape(parser))
				return false;
			continue;
		}
		parser->at += c == '%';
		buffer_append_byte(&parser->text, (uint8_t)c);
	}
	if (!*parser->at)
		return refuse(parser, "a string without an end");
	parser->at++;
	return true;
}

static bool parse_number(struct parser *parser)
{
	const char *start = parser->at;

	parser->at += *parser->at == '-';
	if (!isdigit((unsigned char)*parser->at) ||
	    (*parser->at == '0' && isdigit((unsigned char)parser->at[1]))) {
		parser->at = start;
		return refuse(parser, "no value");
	}
	parser->at += strspn(parser->at, "0123456789");
	if (*parser->at == '.' && isdigit((unsigned char)parser->at[1]))
		parser->at += 1 + strspn(parser->at + 1, "0123456789");
	json_raw(parser->json, start, (size_t)(parser->at - start));
	return true;
}

static size_t name_length(const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) || at[length] == '_')
		length++;
	return length;
}

static bool parse_word(struct parser *parser)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t length = name_length(parser->at);

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (length != strlen(words[i]) || memcmp(parser->at, words[i], length) != 0)
			continue;
		json_raw(parser->json, words[i], length);
		parser->at += length;
		return true;
	}
	return refuse(parser, "no value");
}

/* --- objects and arrays ----------------------------------------------------------------------- */

bool literal_has_name(const struct literal_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (text_is(names->list[i], name))
			return true;
	return false;
}

static bool add_name(struct parser *parser, struct literal_names *names, struct text name)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->list[i].length == name.length &&
		    memcmp(names->list[i].data, name.data, name.length) == 0)
			return why_set(parser->why, "%.*s twice", (int)name.length, name.data);
	if (names->count == LITERAL_NAMES_MAX)
		return refuse(parser, "too many members");
	names->list[names->count++] = name;
	return true;
}

/* Names point into the literal. */
static bool read_name(struct parser *parser, struct text *out)
{
	char quote;

	pass_space(parser);
	quote = *parser->at;
	if (quote == '"' || quote == '\'')
		parser->at++;
	else
		quote = '\0';
	*out = (struct text) { parser->at, name_length(parser->at) };
	if (!out->length)
		return refuse(parser, "no name");
	parser->at += out->length;
	if (quote && *parser->at++ != quote) {
		parser->at--;
		return refuse(parser, "no end of a name");
	}
	return pass(parser, ':') || refuse(parser, "no colon");
}

static bool parse_member(struct parser *parser, const struct spot *object,
			 struct literal_names *names)
{
	struct taken taken = { 0 };
	struct spot spot;
	struct text name;
	char key[64];

	if (!read_name(parser, &name) || !add_name(parser, names, name))
		return false;
	if (name.length >= sizeof(key))
		return refuse(parser, "a name too long");
	memcpy(key, name.data, name.length);
	key[name.length] = '\0';
	spot = spot_of_member(object, name);
	parser->has_end |= call_end_find(name) != NULL;
	pass_space(parser);
	if (*parser->at == '%') {
		if (!take(parser, &taken))
			return false;
		if (is_nothing(&taken, spot.type)) {
			names->count--;
			return true;
		}
		json_key(parser->json, key);
		write_taken(parser, &taken, spot.type);
		return true;
	}
	json_key(parser->json, key);
	return parse_value(parser, &spot);
}

/* The bracket was passed. */
static bool parse_members(struct parser *parser, const struct spot *object,
			  struct literal_names *names)
{
	names->count = 0;
	if (pass(parser, '}'))
		return true;
	do
		if (!parse_member(parser, object, names))
			return false;
	while (pass(parser, ','));
	return pass(parser, '}') || refuse(parser, "no comma and no }");
}

static bool parse_object(struct parser *parser, const struct spot *spot)
{
	struct literal_names *names = xmalloc(sizeof(*names));
	bool ok;

	json_object_start(parser->json);
	ok = parse_members(parser, spot, names);
	json_object_end(parser->json);
	free(names);
	return ok;
}

static bool parse_array(struct parser *parser, const struct spot *spot)
{
	const struct spot item = { .type = literal_item_type(spot->type),
				   .depth = spot->depth + 1 };

	json_array_start(parser->json);
	if (!pass(parser, ']')) {
		do {
			pass_space(parser);
			if (!parse_value(parser, &item))
				return false;
		} while (pass(parser, ','));
		if (!pass(parser, ']'))
			return refuse(parser, "no comma and no ]");
	}
	json_array_end(parser->json);
	return true;
}

static bool parse_conversion(struct parser *parser, const struct spot *spot)
{
	struct taken taken;

	if (!take(parser, &taken))
		return false;
	if (is_nothing(&taken, spot->type))
		return why_set(parser->why, "nothing (NULL) where there must be a value");
	write_taken(parser, &taken, spot->type);
	return true;
}

/* White space was passed. */
static bool parse_value(struct parser *parser, const struct spot *spot)
{
	if (spot->depth > DEPTH_MAX)
		return refuse(parser, "too many brackets");
	switch (*parser->at) {
	case '%':
		return parse_conversion(parser, spot);
	case '{':
		parser->at++;
		return parse_object(parser, spot);
	case '[':
		parser->at++;
		return parse_array(parser, spot);
	case '"':
	case '\'':
		if (!read_string(parser))
			return false;
		json_text(parser->json, buffer_text(&parser->text));
		return true;
	case 't':
	case 'f':
	case 'n':
		return parse_word(parser);
	default:
		return parse_number(parser);
	}
}

static bool at_end(struct parser *parser)
{
	pass_space(parser);
	return !*parser->at || refuse(parser, "more than one value:");
}

bool literal_write_members(const char *literal, va_list arguments,
			   const struct literal_value *values, const struct botapi_method *method,
			   struct json *json, struct literal_names *names, struct why *why)
{
	struct parser parser = { .at = literal, .values = values, .json = json, .why = why };
	const struct spot spot = { .method = method };
	bool ok;

	va_copy(parser.arguments, arguments);
	ok = (pass(&parser, '{') || refuse(&parser, "no object")) &&
	     parse_members(&parser, &spot, names) && at_end(&parser);
	names->has_end = parser.has_end;
	va_end(parser.arguments);
	buffer_finish(&parser.text);
	return ok;
}

bool literal_write(const char *literal, va_list arguments, const struct literal_value *values,
		   const struct botapi_type *type, struct json *json, struct why *why)
{
	struct parser parser = { .at = literal, .values = values, .json = json, .why = why };
	const struct spot spot = { .type = type };
	bool ok;

	va_copy(parser.arguments, arguments);
	pass_space(&parser);
	ok = parse_value(&parser, &spot) && at_end(&parser);
	va_end(parser.arguments);
	buffer_finish(&parser.text);
	return ok;
}
