/* joins.c - the list of joined lanes. There are few, so it is searched linearly. */
#include "ingress/dispatch/joins.h"

#include <stdlib.h>

#include "common/pack.h"
#include "common/xalloc.h"
#include "ingress/update/lane_key.h"

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

bool joins_add(struct joins *joins, struct dispatch *dispatch, int64_t from, int64_t to,
	       int64_t now_s)
{
	const struct join join = { .from = lane_of_chat(from),
				   .to = lane_of_chat(to),
				   .from_chat = from,
				   .to_chat = to,
				   .until_s = now_s + JOIN_KEPT_S };

	return add_until(joins, dispatch, join);
}

int64_t joins_follow(const struct joins *joins, int64_t chat_id)
{
	/* Each is taken once at most, so that a circle ends. */
	for (size_t i = 0; chat_id && i < joins->count; i++)
		if (joins->list[i].from_chat == chat_id)
			chat_id = joins->list[i].to_chat;
	return chat_id;
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
		pack_array(out, 5);
		pack_uint(out, joins->list[i].from);
		pack_uint(out, joins->list[i].to);
		pack_int(out, joins->list[i].until_s);
		pack_int(out, joins->list[i].from_chat);
		pack_int(out, joins->list[i].to_chat);
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
		struct join join = { 0 };
		size_t fields = cursor_array(&cursor);

		join.from = cursor_uint(&cursor);
		join.to = cursor_uint(&cursor);
		join.until_s = cursor_int(&cursor);
		if (fields == 5) {
			join.from_chat = cursor_int(&cursor);
			join.to_chat = cursor_int(&cursor);
		} else if (fields != 3) {
			cursor_fail(&cursor, "a join has the wrong number of fields");
		}
		if (cursor_ok(&cursor) && join.until_s > now_s)
			add_until(joins, dispatch, join);
	}
}
