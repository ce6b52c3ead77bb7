/* fuzz_transcode.c - JSON to msgpack: what is accepted is one whole value, which as JSON again is
 * accepted again; what jansson accepts is accepted. */
#include <jansson.h>
#include <string.h>

#include "common/json.h"
#include "ingress/update/transcode.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trip(const struct buffer *packed)
{
	struct cursor cursor = cursor_make(buffer_unread(packed), buffer_unread_size(packed));
	struct buffer text = { 0 }, again = { 0 };
	struct json json = json_start(&text);
	struct why why;

	PROMISE(json_from_pack(&json, &cursor));
	PROMISE(cursor_end(&cursor, &why));
	PROMISE(buffer_unread_size(&text) > TRANSCODE_UPDATE_MAX ||
		transcode((char *)buffer_unread(&text), buffer_unread_size(&text), &again, &why));
	buffer_finish(&text);
	buffer_finish(&again);
}

static bool jansson_accepts(const uint8_t *data, size_t size)
{
	json_t *json;

	/* A NUL ends the input for it. */
	if (memchr(data, '\0', size))
		return false;
	json = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	json_decref(json);
	return json != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer packed = { 0 };
	struct why why;
	bool accepted;

	buffer_append(&packed, "before", 6);
	accepted = transcode((const char *)data, size, &packed, &why);
	PROMISE(!memcmp(buffer_unread(&packed), "before", 6));
	PROMISE(accepted == (buffer_unread_size(&packed) > 6));
	buffer_consume(&packed, 6);
	if (accepted)
		check_round_trip(&packed);
	else if (size <= TRANSCODE_DEPTH_MAX) /* too short to be over a limit */
		PROMISE(!jansson_accepts(data, size));
	buffer_finish(&packed);
	return 0;
}
