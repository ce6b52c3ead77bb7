/* packed_json.h - JSON as the msgpack in which updates come, for tests of what reads it. */
#ifndef TESTS_UNIT_PACKED_JSON_H
#define TESTS_UNIT_PACKED_JSON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/pack.h"
#include "ingress/update/transcode.h"

struct packed_json {
	struct buffer bytes;
	struct arena arena;
};

static inline int packed_set_up(void **state)
{
	static struct packed_json packed;

	packed = (struct packed_json) { 0 };
	*state = &packed;
	return 0;
}

static inline int packed_tear_down(void **state)
{
	struct packed_json *packed = *state;

	buffer_finish(&packed->bytes);
	arena_finish(&packed->arena);
	return 0;
}

/* Borrowed until the next. */
static inline struct cursor pack_json(struct packed_json *packed, const char *json)
{
	struct why why;

	buffer_clear(&packed->bytes);
	if (!transcode(json, strlen(json), &packed->bytes, &why))
		fail_msg("%s: %s", json, why.text);
	return cursor_make(buffer_unread(&packed->bytes), buffer_unread_size(&packed->bytes));
}

#define packed_test(test) cmocka_unit_test_setup_teardown(test, packed_set_up, packed_tear_down)

#endif
