/* fuzz_json.c - msgpack to JSON: what is accepted is JSON that jansson reads. */
#include <jansson.h>

#include "common/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_make(data, size);
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	json_error_t error;
	json_t *read;

	if (json_from_pack(&json, &cursor)) {
		read = json_loadb((char *)buffer_unread(&out), buffer_unread_size(&out),
				  JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
				  &error);
		/* jansson has no keys with a NUL */
		PROMISE(read || json_error_code(&error) == json_error_null_byte_in_key);
		json_decref(read);
	}
	buffer_finish(&out);
	return 0;
}
