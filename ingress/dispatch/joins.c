/* joins.c - the list of joined lanes. There are few, so it is searched linearly. */
#include "ingress/dispatch/joins.h"

#include <stdlib.h>

#include "common/pack.h"
#include "common/xalloc.h"

void joins_finish(struct joins *joins)
{
	free(joins->list);
	*joins = (struct joins) { 0 };
}

static bool add_until(struct joins *joins, struct dispatch *dispatch, struct join join)
{
	for (size_t i = 0; i < joins->count; i++)
		if (joins->list[i].from == join.from && joins->list[i].to == join.to) {
			joins->list[i].until_s = join.until_s;
			return false;
		}
	joins->list = xreallocarray(joins->list, joins->count + 1, sizeof(*joins->list));
	joins->list[joins->count++] = join;
	dispatch_join(dispatch, join.from, join.to);
	return true;
}

bool joins_add(struct joins *joins, struct dispatch *dispatch, uint64_t from, uint64_t to,
	       int64_t now_s)
{
	return add_until(joins, dispatch, (struct join) { from, to, now_s + JOIN_KEPT_S });
}

bool joins_expire(struct joins *joins, struct dispatch *dispatch, int64_t now_s)
{
	size_t kept = 0, before = joins->count;

	for (size_t i = 0; i < before; i++) {
		if (joins->list[i].until_s > now_s)
			joins->list[kept++] = joins->list[i];
		else
			dispatch_unjoin(dispatch, joins->list[i].from);
	}
	joins->count = kept;
	return kept != before;
}

void joins_encode(const struct joins *joins, struct buffer *out)
{
	pack_array(out, joins->count);
	for (size_t i = 0; i < joins->count; i++) {
		pack_array(out, 3);
		pack_uint(out, joins->list[i].from);
		pack_uint(out, joins->list[i].to);
		pack_int(out, joins->list[i].until_s);
	}
}

void joins_write(const struct joins *joins, struct spool *spool)
{
	struct buffer value = { 0 };

	joins_encode(joins, &value);
	spool_append_meta(spool, "joins", buffer_unread(&value), buffer_unread_size(&value));
	buffer_finish(&value);
}

void joins_decode(struct joins *joins, struct dispatch *dispatch, const void *data, size_t size,
		  int64_t now_s)
{
	struct cursor cursor = cursor_make(data, size);
	size_t count = cursor_array(&cursor);

	for (size_t i = 0; i < count && cursor_ok(&cursor); i++) {
		struct join join;

		cursor_expect_array(&cursor, 3);
		join.from = cursor_uint(&cursor);
		join.to = cursor_uint(&cursor);
		join.until_s = cursor_int(&cursor);
		if (cursor_ok(&cursor) && join.until_s > now_s)
			add_until(joins, dispatch, join);
	}
}
