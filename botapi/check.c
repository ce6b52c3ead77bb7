#include "botapi/check.h"

#include <string.h>

#include "common/buffer.h"

#define DEPTH_MAX 64 /* rich messages nest; Telegram takes no deeper JSON */

static const struct botapi_type *type_of(const struct botapi_field *field)
{
	return &botapi_types[field->type];
}

static const char *name_of_kind(const struct botapi_type *type)
{
	switch ((enum botapi_kind)type->kind) {
	case BOTAPI_INTEGER:
		return "an integer";
	case BOTAPI_FLOAT:
		return "a number";
	case BOTAPI_BOOLEAN:
		return "true or false";
	case BOTAPI_TRUE:
		return "true";
	case BOTAPI_STRING:
		return "a string";
	case BOTAPI_FILE:
		return "a file";
	case BOTAPI_WORD:
		return botapi_words[type->first];
	case BOTAPI_OBJECT:
		return botapi_objects[type->first].name;
	case BOTAPI_ARRAY:
		return "an array";
	case BOTAPI_ANY:
		return "another type";
	}
	return "";
}

/* "must be an integer, or a string" */
static bool refuse(const struct botapi_type *type, struct why *why)
{
	struct buffer list = { 0 };
	bool many = type->kind == BOTAPI_ANY || type->kind == BOTAPI_WORD;

	for (size_t i = 0; i < (many ? type->count : 1u); i++) {
		if (i > 0)
			buffer_append_text(&list, ", or ");
		if (type->kind == BOTAPI_WORD)
			buffer_append_text(&list, botapi_words[type->first + i]);
		else if (type->kind == BOTAPI_ANY)
			buffer_append_text(
				&list,
				name_of_kind(&botapi_types[botapi_alternatives[type->first + i]]));
		else
			buffer_append_text(&list, name_of_kind(type));
	}
	why_set(why, "must be %s", buffer_text(&list));
	buffer_finish(&list);
	return false;
}

/* `unknown` NULL: a name that is not in the table is a fault. */
struct check {
	struct why *why, *unknown;
};

static bool check_value(const struct botapi_type *type, const json_t *value, int depth,
			const struct check *check);

static bool note_unknown(const struct check *check, const char *name)
{
	if (!check->unknown)
		return why_set(check->why, "%s is unknown", name);
	if (!check->unknown->text[0])
		why_set(check->unknown, "%s is unknown", name);
	return true;
}

static bool check_fields(size_t first, size_t count, const json_t *object, int depth,
			 const struct check *check)
{
	struct botapi_object fields = { .first = (uint16_t)first, .count = (uint16_t)count };
	const char *key;
	json_t *value;

	for (size_t i = first; i < first + count; i++) {
		if (botapi_fields[i].required && !json_object_get(object, botapi_fields[i].name))
			return why_set(check->why, "%s is missing", botapi_fields[i].name);
	}
	json_object_foreach((json_t *)object, key, value)
	{
		const struct botapi_field *field = botapi_find_field(&fields, key, strlen(key));

		if (!field && !note_unknown(check, key))
			return false;
		if (field && !check_value(type_of(field), value, depth + 1, check))
			return why_prefix(check->why, "%s", key);
	}
	return true;
}

/* Whether what tells this object from its like (type, status, source, …) has the object's value. */
static bool has_words_of(const struct botapi_object *object, const json_t *value)
{
	for (size_t i = object->first; i < (size_t)object->first + object->count; i++) {
		const struct botapi_type *type = type_of(&botapi_fields[i]);
		const char *word = json_string_value(json_object_get(value, botapi_fields[i].name));

		if (type->kind == BOTAPI_WORD && botapi_fields[i].required &&
		    !(word && botapi_has_word(type, word)))
			return false;
	}
	return true;
}

/* How many of the object's keys are fields. */
static size_t known_keys(const struct botapi_object *object, const json_t *value)
{
	size_t count = 0;
	const char *key;
	json_t *unused;

	json_object_foreach((json_t *)value, key, unused)
	{
		count += botapi_find_field(object, key, strlen(key)) ? 1 : 0;
	}
	return count;
}

/* The object that is meant: with its words, and the most of its fields. NULL: none. */
static const struct botapi_type *meant_object(const struct botapi_type *any, const json_t *value)
{
	const struct botapi_type *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < any->count; i++) {
		const struct botapi_type *type = &botapi_types[botapi_alternatives[any->first + i]];
		size_t known;

		if (type->kind != BOTAPI_OBJECT ||
		    !has_words_of(&botapi_objects[type->first], value))
			continue;
		known = known_keys(&botapi_objects[type->first], value) + 1;
		if (known > most) {
			most = known;
			best = type;
		}
	}
	return best;
}

static bool check_any(const struct botapi_type *any, const json_t *value, int depth,
		      const struct check *check)
{
	const struct botapi_type *object = json_is_object(value) ? meant_object(any, value) : NULL;
	bool tried = false;

	if (object)
		return check_value(object, value, depth, check);
	if (json_is_object(value) && check->unknown)
		return note_unknown(check, "an object of this kind");
	for (size_t i = 0; i < any->count; i++) {
		const struct botapi_type *type = &botapi_types[botapi_alternatives[any->first + i]];

		if (type->kind == BOTAPI_OBJECT ||
		    (type->kind == BOTAPI_ARRAY && !json_is_array(value)))
			continue;
		if (check_value(type, value, depth, check))
			return true;
		tried = tried || type->kind == BOTAPI_ARRAY;
	}
	return tried ? false : refuse(any, check->why);
}

static bool check_array(const struct botapi_type *type, const json_t *value, int depth,
			const struct check *check)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)value, i, item)
	{
		if (!check_value(&botapi_types[type->first], item, depth + 1, check))
			return why_prefix(check->why, "[%zu]", i);
	}
	return true;
}

static bool is_of_kind(const struct botapi_type *type, const json_t *value)
{
	switch ((enum botapi_kind)type->kind) {
	case BOTAPI_INTEGER:
		return json_is_integer(value);
	case BOTAPI_FLOAT:
		return json_is_number(value);
	case BOTAPI_BOOLEAN:
		return json_is_boolean(value);
	case BOTAPI_TRUE:
		return json_is_true(value);
	case BOTAPI_STRING:
	case BOTAPI_FILE:
		return json_is_string(value);
	case BOTAPI_WORD:
		return json_is_string(value) && botapi_has_word(type, json_string_value(value));
	case BOTAPI_OBJECT:
		return json_is_object(value);
	case BOTAPI_ARRAY:
		return json_is_array(value);
	case BOTAPI_ANY:
		return true;
	}
	return false;
}

static bool check_value(const struct botapi_type *type, const json_t *value, int depth,
			const struct check *check)
{
	const struct botapi_object *object;

	if (depth > DEPTH_MAX)
		return why_set(check->why, "is nested deeper than %d", DEPTH_MAX);
	if (type->kind == BOTAPI_WORD && json_is_string(value) && check->unknown &&
	    !botapi_has_word(type, json_string_value(value)))
		return note_unknown(check, json_string_value(value));
	if (!is_of_kind(type, value))
		return refuse(type, check->why);
	if (type->kind == BOTAPI_OBJECT) {
		object = &botapi_objects[type->first];
		return check_fields(object->first, object->count, value, depth, check);
	}
	if (type->kind == BOTAPI_ARRAY)
		return check_array(type, value, depth, check);
	return type->kind != BOTAPI_ANY || check_any(type, value, depth, check);
}

bool botapi_check(const struct botapi_type *type, const json_t *value, struct why *why)
{
	const struct check check = { .why = why };

	return check_value(type, value, 0, &check);
}

static bool check_call(const struct botapi_method *method, const json_t *parameters,
		       const struct check *check)
{
	if (!json_is_object(parameters))
		return why_set(check->why, "%s: the parameters must be an object", method->name);
	return check_fields(method->first, method->count, parameters, 0, check) ||
	       why_prefix(check->why, "%s", method->name);
}

bool botapi_check_call(const struct botapi_method *method, const json_t *parameters,
		       struct why *why)
{
	const struct check check = { .why = why };

	return check_call(method, parameters, &check);
}

bool botapi_check_newer(const char *name, const json_t *parameters, struct why *unknown,
			struct why *why)
{
	const struct botapi_method *method = botapi_find_method(name, strlen(name));
	const struct check check = { .why = why, .unknown = unknown };

	*unknown = (struct why) { "" };
	if (!method)
		why_set(unknown, "there is no method %s", name);
	if (method && !check_call(method, parameters, &check))
		return false;
	if (method && unknown->text[0])
		why_prefix(unknown, "%s", method->name);
	return true;
}
