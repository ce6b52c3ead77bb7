/* hostile.c - see hostile.h. */
#include "tests/modules/hostile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/xalloc.h"

#define LONG_REPEATS 2000
#define MANY 300
#define DEPTH 5000

/* What becomes of a value of the JSON that the file has. */
typedef json_t *change_fn(const json_t *value);

static json_t *to_number(const json_t *value)
{
	return json_is_string(value) ? json_integer(-1) : json_string("7");
}

static json_t *to_empty(const json_t *value)
{
	return json_is_string(value) ? json_string("") : json_null();
}

static json_t *to_list(const json_t *value)
{
	(void)value;
	return json_pack("[{}]");
}

static json_t *to_extreme(const json_t *value)
{
	return json_is_number(value) ? json_integer(INT64_MAX)
				     : json_string("-999999999999999999999999999999");
}

static json_t *to_markup(const json_t *value)
{
	(void)value;
	return json_string("<b>&amp;</i> %s %n \xe2\x80\xae\xf0\x9f\x98\x80\n/start");
}

/* A link stays one, so that what comes after it is reached. */
static json_t *to_long(const json_t *value)
{
	static const char unit[] = "<&\xf0\x9f\x98\x80";
	const char *start = json_is_string(value) ? json_string_value(value) : "";
	size_t length = strncmp(start, "http", 4) == 0 ? strlen(start) : 0;
	char *text = xmalloc(length + LONG_REPEATS * strlen(unit) + 1);
	json_t *made;

	memcpy(text, start, length);
	for (size_t i = 0; i < LONG_REPEATS; i++)
		memcpy(text + length + i * strlen(unit), unit, strlen(unit) + 1);
	made = json_string(text);
	free(text);
	return made;
}

static json_t *change(const json_t *value, change_fn *fn, size_t repeats)
{
	json_t *made, *item;
	const char *name;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return fn ? fn(value) : json_deep_copy(value);
	made = json_is_object(value) ? json_object() : json_array();
	if (json_is_object(value)) {
		json_object_foreach((json_t *)(uintptr_t)value, name, item)
			json_object_set_new(made, name, change(item, fn, repeats));
		return made;
	}
	for (size_t again = 0; again < repeats; again++)
		json_array_foreach(value, i, item)
			json_array_append_new(made, change(item, fn, repeats > 1 ? 2 : 1));
	return made;
}

static struct text changed(const struct fetch_answer *told, change_fn *fn, size_t repeats,
			   struct arena *arena)
{
	json_t *json = json_loadb(told->body.data, told->body.length, JSON_DECODE_ANY, NULL);
	json_t *made = json ? change(json, fn, repeats) : NULL;
	char *text = made ? json_dumps(made, JSON_ENCODE_ANY) : NULL;
	struct text body = { arena_strdup(arena, text ? text : "\x89PNG\r\n"), 0 };

	body.length = strlen(body.data);
	free(text);
	json_decref(made);
	json_decref(json);
	return body;
}

static char *nested(struct arena *arena)
{
	char *text = arena_alloc(arena, 2 * DEPTH + 1);

	memset(text, '[', DEPTH);
	memset(text + DEPTH, ']', DEPTH);
	text[2 * DEPTH] = '\0';
	return text;
}

static const struct {
	const char *name;
	enum fetch_outcome outcome;
	int status;
	const char *body; /* NULL: that of the file, changed */
	change_fn *change;
	size_t repeats; /* of what is in lists */
} kinds[] = {
	{ "too large", FETCH_TOO_LARGE, 0, "", NULL, 0 },
	{ "too slow", FETCH_TIMEOUT, 0, "", NULL, 0 },
	{ "leads to a private address", FETCH_FORBIDDEN, 302, "", NULL, 0 },
	{ "no connection", FETCH_NETWORK, 0, "", NULL, 0 },
	{ "wants silence", FETCH_BUSY, 429, "", NULL, 0 },
	{ "an error in HTML", FETCH_STATUS, 500, "<html><body>It works!</body></html>", NULL, 0 },
	{ "nothing", FETCH_OK, 200, "", NULL, 0 },
	{ "HTML", FETCH_OK, 200, "<!doctype html><p>Not <b>what</b> you asked for", NULL, 0 },
	{ "a number", FETCH_OK, 200, "5", NULL, 0 },
	{ "an empty list", FETCH_OK, 200, "[]", NULL, 0 },
	{ "an empty object", FETCH_OK, 200, "{}", NULL, 0 },
	{ "null", FETCH_OK, 200, "null", NULL, 0 },
	{ "half of it", FETCH_OK, 200, "{\"a\": [{\"b\": \"", NULL, 0 },
	{ "lists in lists", FETCH_OK, 200, NULL, NULL, 0 },
	{ "other types", FETCH_OK, 200, NULL, to_number, 1 },
	{ "lists for values", FETCH_OK, 200, NULL, to_list, 1 },
	{ "empty values", FETCH_OK, 200, NULL, to_empty, 1 },
	{ "extreme numbers", FETCH_OK, 200, NULL, to_extreme, 1 },
	{ "markup", FETCH_OK, 200, NULL, to_markup, 1 },
	{ "long texts", FETCH_OK, 200, NULL, to_long, 1 },
	{ "much of it", FETCH_OK, 200, NULL, NULL, MANY },
};

size_t hostile_count(void)
{
	return COUNT_OF(kinds);
}

const char *hostile_name(size_t kind)
{
	return kinds[kind - 1].name;
}

void hostile_answer(size_t kind, const struct fetch_answer *told, struct arena *arena,
		    struct fetch_answer *out)
{
	static const struct fetch_answer nothing = { .outcome = FETCH_OK };
	const char *body = kinds[kind - 1].body;

	if (!body && kinds[kind - 1].repeats == 0)
		body = nested(arena);
	*out = (struct fetch_answer) {
		.outcome = kinds[kind - 1].outcome,
		.status = kinds[kind - 1].status,
		.body = body ? (struct text) { body, strlen(body) }
			     : changed(told ? told : &nothing, kinds[kind - 1].change,
				       kinds[kind - 1].repeats, arena),
	};
	/* As the fetcher does. */
	if (out->body.length > FETCH_BODY_MAX)
		*out = (struct fetch_answer) { .outcome = FETCH_TOO_LARGE };
}
