/* fuzz_body.c - what is read without a tree is what jansson reads: the same members with the same
 * values, and nothing that it refuses. */
#include <string.h>

#include <jansson.h>

#include "tests/fuzz/fuzz.h"
#include "workers/sender/body.h"
#include "workers/wire/call.h"

static void compare(const struct json_slice *value, const json_t *wanted)
{
	int64_t number;
	struct text text;
	json_t *read = json_loadb(value->data, value->size, JSON_DECODE_ANY, NULL);

	PROMISE(read && json_equal(read, wanted));
	json_decref(read);
	PROMISE(body_text(*value, &text) == json_is_string(wanted));
	PROMISE(body_integer(*value, &number) == json_is_integer(wanted));
	PROMISE(!json_is_integer(wanted) || number == json_integer_value(wanted));
	PROMISE(body_id(*value) == (json_is_integer(wanted)
					    ? json_integer_value(wanted)
					    : call_chat_of_text(json_string_value(wanted))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct body parameters;
	const char *key;
	json_t *tree, *value;

	if (!body_read((struct text) { (const char *)data, size }, &parameters))
		return 0;
	tree = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	PROMISE(json_is_object(tree) && json_object_size(tree) == parameters.count);
	json_object_foreach(tree, key, value)
	{
		const struct json_slice *read = body_find(&parameters, text_of(key));

		PROMISE(read);
		compare(read, value);
	}
	json_decref(tree);
	return 0;
}
