#include "botapi/botapi.h"

#include <string.h>
#include <strings.h>

/* strcmp() with a name that is not terminated, and may contain anything. */
static int compare(const char *name, size_t length, const char *with)
{
	size_t with_length = strlen(with);
	int order = memcmp(name, with, length < with_length ? length : with_length);

	return order ? order : (length > with_length) - (length < with_length);
}

static int compare_ignoring_case(const char *name, size_t length, const char *with)
{
	size_t with_length = strlen(with);
	int order = strncasecmp(name, with, length < with_length ? length : with_length);

	return order ? order : (length > with_length) - (length < with_length);
}

const struct botapi_method *botapi_find_method(const char *name, size_t length)
{
	size_t low = 0;
	size_t high = botapi_methods_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare_ignoring_case(name, length, botapi_methods[middle].name);

		if (order == 0)
			return &botapi_methods[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct botapi_object *botapi_find_object(const char *name)
{
	size_t low = 0;
	size_t high = botapi_objects_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, botapi_objects[middle].name);

		if (order == 0)
			return &botapi_objects[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct botapi_field *find(size_t first, size_t count, const char *name, size_t length)
{
	size_t low = first;
	size_t high = first + count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare(name, length, botapi_fields[middle].name);

		if (order == 0)
			return &botapi_fields[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct botapi_field *botapi_find_parameter(const struct botapi_method *method,
						 const char *name, size_t length)
{
	return find(method->first, method->count, name, length);
}

bool botapi_has_parameter(const struct botapi_method *method, const char *name)
{
	return method && botapi_find_parameter(method, name, strlen(name));
}

const struct botapi_field *botapi_find_field(const struct botapi_object *object, const char *name,
					     size_t length)
{
	return find(object->first, object->count, name, length);
}

bool botapi_has_word(const struct botapi_type *type, const char *word)
{
	for (size_t i = 0; i < type->count; i++) {
		if (!strcmp(botapi_words[type->first + i], word))
			return true;
	}
	return false;
}

bool botapi_may_be(const struct botapi_type *type, enum botapi_kind kind)
{
	if (type->kind == kind)
		return true;
	for (size_t i = 0; type->kind == BOTAPI_ANY && i < type->count; i++) {
		if (botapi_may_be(&botapi_types[botapi_alternatives[type->first + i]], kind))
			return true;
	}
	return false;
}
