/* host_checks.h - what every call that a handler leaves must be, whatever the update was. */
#ifndef TESTS_FUZZ_HOST_CHECKS_H
#define TESTS_FUZZ_HOST_CHECKS_H

#include <jansson.h>

#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "workers/host/host.h"

static inline void check_entities(const json_t *body, size_t units)
{
	const json_t *entities = json_object_get(body, "entities"), *entity;
	size_t i;

	PROMISE(json_array_size(entities) <= 100);
	json_array_foreach(entities, i, entity)
	{
		json_int_t offset = json_integer_value(json_object_get(entity, "offset"));
		json_int_t length = json_integer_value(json_object_get(entity, "length"));

		PROMISE(offset >= 0 && length > 0 && (size_t)(offset + length) <= units);
	}
}

/* jansson refuses invalid UTF-8. */
static inline void check_call(const struct call *call)
{
	json_t *body = json_loadb(call->body.data, call->body.length, JSON_ALLOW_NUL, NULL);
	const json_t *text = json_object_get(body, "text");
	size_t units = text ? utf8_units(json_string_value(text), json_string_length(text)) : 1;

	PROMISE(body);
	PROMISE(units > 0 && units <= 4096);
	check_entities(body, units);
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
