/* fuzz_meta.c - what the spool keeps of ingress' own state: joins, kinds of updates, ids seen,
 * sessions, who was forgotten. A meta may be of any version, or damaged with a matching checksum.
 * The first byte selects the decoder. What was read must be the same after writing and reading it
 * again. */
#include <string.h>

#include "ingress/dispatch/joins.h"
#include "ingress/intake/allowed.h"
#include "ingress/intake/seen.h"
#include "ingress/pools/put_off.h"
#include "ingress/pools/recovery.h"
#include "tests/fuzz/fuzz.h"

#define NOW_S INT64_C(1800000000)

static void same(const struct buffer *a, const struct buffer *b)
{
	PROMISE(buffer_unread_size(a) == buffer_unread_size(b));
	PROMISE(buffer_unread_size(a) == 0 ||
		!memcmp(buffer_unread(a), buffer_unread(b), buffer_unread_size(a)));
}

static void check_joins(const uint8_t *data, size_t size)
{
	struct dispatch *dispatch = dispatch_create(), *other = dispatch_create();
	struct joins joins = { 0 }, again = { 0 };
	struct buffer first = { 0 }, second = { 0 };

	joins_decode(&joins, dispatch, data, size, NOW_S);
	joins_encode(&joins, &first);
	joins_decode(&again, other, buffer_unread(&first), buffer_unread_size(&first), NOW_S);
	joins_encode(&again, &second);
	same(&first, &second);
	(void)joins_expire(&joins, dispatch, INT64_MAX);
	PROMISE(joins.count == 0);
	joins_finish(&joins);
	joins_finish(&again);
	dispatch_destroy(dispatch);
	dispatch_destroy(other);
	buffer_finish(&first);
	buffer_finish(&second);
}

static void check_allowed(const uint8_t *data, size_t size)
{
	struct allowed allowed = { 0 }, again = { 0 };
	struct buffer first = { 0 }, second = { 0 };

	allowed_decode(&allowed, data, size);
	allowed_encode(&allowed, &first);
	allowed_decode(&again, buffer_unread(&first), buffer_unread_size(&first));
	allowed_encode(&again, &second);
	same(&first, &second);
	PROMISE(allowed_kinds(&allowed, NOW_S) >> KIND_UNKNOWN == 0);
	buffer_finish(&first);
	buffer_finish(&second);
}

static void check_seen(const uint8_t *data, size_t size)
{
	struct seen *seen = seen_create(), *again = seen_create();
	struct buffer first = { 0 }, second = { 0 };

	seen_decode(seen, data, size);
	seen_encode(seen, &first);
	seen_decode(again, buffer_unread(&first), buffer_unread_size(&first));
	seen_encode(again, &second);
	same(&first, &second);
	(void)seen_add(seen, 7, NOW_S);
	PROMISE(seen_has(seen, 7));
	seen_expire(seen, NOW_S);
	seen_destroy(seen);
	seen_destroy(again);
	buffer_finish(&first);
	buffer_finish(&second);
}

static void check_sessions(const uint8_t *data, size_t size)
{
	struct recovery recovery = { 0 };

	recovery_set_sessions(&recovery, data, size);
	PROMISE(recovery.awaited_count <= CONSUMERS_MAX);
	for (size_t i = 0; i < recovery.awaited_count; i++)
		PROMISE(recovery.awaited[i] != 0);
	recovery_finish(&recovery);
}

static void check_forgotten(const uint8_t *data, size_t size)
{
	struct put_off put_off = { 0 };

	put_off_restore(&put_off, data, size);
	put_off_finish(&put_off);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const uint8_t *data,
				      size_t size) = { check_joins, check_allowed, check_seen,
						       check_sessions, check_forgotten };

	if (size > 0)
		checks[data[0] % (sizeof(checks) / sizeof(*checks))](data + 1, size - 1);
	return 0;
}
