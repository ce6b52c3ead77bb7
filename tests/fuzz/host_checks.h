/* host_checks.h - what every call that a handler leaves must be, whatever the update was. */
#ifndef TESTS_FUZZ_HOST_CHECKS_H
#define TESTS_FUZZ_HOST_CHECKS_H

#include <jansson.h>
#include <stdio.h>

#include "botapi/check.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "workers/host/host.h"

static inline void check_entities(const json_t *entities, size_t units)
{
	const json_t *entity;
	size_t i;

	PROMISE(json_array_size(entities) <= 100);
	json_array_foreach(entities, i, entity)
	{
		json_int_t offset = json_integer_value(json_object_get(entity, "offset"));
		json_int_t length = json_integer_value(json_object_get(entity, "length"));

		PROMISE(offset >= 0 && length > 0 && (size_t)(offset + length) <= units);
	}
}

static inline void check_text(const json_t *body, const char *name, const char *entities,
			      size_t units_max)
{
	const json_t *text = json_object_get(body, name);
	size_t units = text ? utf8_units(json_string_value(text), json_string_length(text)) : 1;

	PROMISE(units > 0 && units <= units_max);
	check_entities(json_object_get(body, entities), units);
}

/* Telegram has the method, and takes all of the parameters. */
static inline void check_known(const struct call *call, const json_t *body)
{
	const struct botapi_method *method = botapi_find_method(call->method.data,
								call->method.length);
	struct why why = { "" };

	PROMISE(method);
	if (!botapi_check_call(method, body, &why))
		fprintf(stderr, "%s\n", why.text);
	PROMISE(!why.text[0]);
}

/* jansson refuses invalid UTF-8. */
static inline void check_call(const struct call *call)
{
	json_t *body = json_loadb(call->body.data, call->body.length, JSON_ALLOW_NUL, NULL);

	PROMISE(body);
	check_text(body, "text", "entities", 4096);
	check_text(body, "caption", "caption_entities", 1024);
	check_known(call, body);
	json_decref(body);
}

static inline size_t count_press_answers(const struct host_outcome *outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < outcome->calls_count; i++)
		count += text_is(outcome->calls[i].method, "answerCallbackQuery");
	return count;
}

static inline void check_outcome(const struct host_outcome *outcome)
{
	for (size_t i = 0; i < outcome->calls_count; i++)
		check_call(&outcome->calls[i]);
	PROMISE(count_press_answers(outcome) <= 1);
}

#endif
