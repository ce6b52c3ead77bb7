/* fuzz_cursor.c - the cursor: reading value by value and skipping agree on where things end. */
#include "common/pack.h"
#include "tests/fuzz/fuzz.h"

/* Reads one value with the reader of its type; arrays and maps element by element. */
static void read_value(struct cursor *cursor, unsigned depth)
{
	size_t count;

	switch (cursor_type(cursor)) {
	case PACK_BOOL:
		cursor_bool(cursor);
		return;
	case PACK_INT:
		cursor_int(cursor);
		return;
	case PACK_UINT:
		cursor_uint(cursor);
		return;
	case PACK_DOUBLE:
		cursor_double(cursor);
		return;
	case PACK_TEXT:
		cursor_text(cursor);
		return;
	case PACK_BYTES:
		cursor_bytes(cursor);
		return;
	case PACK_ARRAY:
		count = depth > 0 ? cursor_array(cursor) : 0;
		break;
	case PACK_MAP:
		count = depth > 0 ? 2 * cursor_map(cursor) : 0;
		break;
	case PACK_NIL:
	case PACK_EXT:
	case PACK_NONE:
		cursor_skip(cursor);
		return;
	default:
		abort();
	}
	if (depth == 0)
		cursor_fail(cursor, "nested too deep");
	while (count-- > 0 && cursor_ok(cursor))
		read_value(cursor, depth - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor start = cursor_make(data, size);
	struct cursor read = start, skipped = start, found;
	struct text bytes = cursor_skip(&skipped);

	PROMISE(cursor_ok(&skipped) == (bytes.data != NULL));
	PROMISE(bytes.length <= size);
	/* One level more: the innermost container may be empty. */
	read_value(&read, PACK_DEPTH_MAX + 1);
	if (cursor_ok(&skipped)) {
		PROMISE(cursor_ok(&read));
		PROMISE(read.at == skipped.at);
	}
	found = cursor_find(cursor_find(start, "message"), "chat");
	PROMISE(found.at <= found.end);
	cursor_skip(&found);
	return 0;
}
