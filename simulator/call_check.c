#include "simulator/call_check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "botapi/check.h"
#include "common/xalloc.h"

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcasecmp(text, words[i]))
			return true;
	}
	return false;
}

static bool is_boolean(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "1", "0" };

	return is_one_of(text, words, COUNT_OF(words));
}

static bool is_number(const char *text, bool whole)
{
	char *end;

	if (!*text)
		return false;
	if (whole)
		strtoll(text, &end, 10);
	else
		strtod(text, &end);
	return !*end;
}

static bool fits_json(const struct botapi_type *type, struct text value, struct why *why)
{
	json_error_t error;
	json_t *json = json_loadb(value.data, value.length, 0, &error);
	bool ok;

	if (!json)
		return why_set(why, "is not JSON: %s", error.text);
	ok = botapi_check(type, json, why) || why_prefix(why, "does not fit");
	json_decref(json);
	return ok;
}

static bool fits(const struct botapi_type *type, const struct parameter *parameter, struct why *why)
{
	const char *text = parameter->value.data;

	if (parameter->file_name.data)
		return botapi_may_be(type, BOTAPI_FILE) || why_set(why, "is a file");
	switch ((enum botapi_kind)type->kind) {
	case BOTAPI_INTEGER:
		return is_number(text, true) || why_set(why, "is not an integer");
	case BOTAPI_FLOAT:
		return is_number(text, false) || why_set(why, "is not a number");
	case BOTAPI_BOOLEAN:
	case BOTAPI_TRUE:
		return is_boolean(text) || why_set(why, "is not true or false");
	case BOTAPI_WORD:
		return !*text || is_one_of(text, botapi_words + type->first, type->count) ||
		       why_set(why, "is not a known word");
	case BOTAPI_STRING:
	case BOTAPI_FILE:
		return true;
	case BOTAPI_OBJECT:
	case BOTAPI_ARRAY:
		return fits_json(type, parameter->value, why);
	case BOTAPI_ANY:
		return botapi_may_be(type, BOTAPI_STRING) || fits_json(type, parameter->value, why);
	}
	return true;
}

static const char *with(const struct call *call, const char *remarks, struct text name,
			const char *what)
{
	return arena_printf(call->arena, "%s%s%.*s %s", remarks ? remarks : "", remarks ? "; " : "",
			    (int)name.length, name.data, what);
}

const char *call_remarks(const struct call *call)
{
	const struct botapi_method *api = call->method->api;
	const char *remarks = NULL;
	struct why why;

	for (size_t i = 0; i < call->parameters->count; i++) {
		const struct parameter *parameter = &call->parameters->items[i];
		const struct botapi_field *field = botapi_find_parameter(api, parameter->name.data,
									 parameter->name.length);

		/* A file may have any name: another parameter says attach://NAME. */
		if (!field && !parameter->file_name.data && !text_is(parameter->name, "method"))
			remarks = with(call, remarks, parameter->name, "is unknown");
		else if (field && !fits(&botapi_types[field->type], parameter, &why))
			remarks = with(call, remarks, parameter->name, why.text);
	}
	for (size_t i = api->first; i < (size_t)api->first + api->count; i++) {
		if (botapi_fields[i].required &&
		    !parameters_find(call->parameters, botapi_fields[i].name))
			remarks = with(call, remarks, text_of(botapi_fields[i].name), "is missing");
	}
	return remarks;
}
