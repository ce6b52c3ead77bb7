/* put_off.c - a function for each kind of order. */
#include "ingress/pools/put_off.h"

#include <stdlib.h>
#include <string.h>

#include "common/pack.h"
#include "common/xalloc.h"
#include "ingress/update/lane_key.h"

#define FORGOTTEN_KEY "forgotten"
/* More at a time is nobody who forgets somebody, so the oldest may go. */
#define FORGOTTEN_MAX 4096u

void put_off_finish(struct put_off *put_off)
{
	free(put_off->forgotten);
	buffer_finish(&put_off->body);
}

/* --- what waits no more ----------------------------------------------------------------------- */

/* What a piece orders about its own name is about the next one: it is being done, and comes back if
 * its replies are lost. */
static bool is_ordering(const struct put_off *put_off, uint32_t position)
{
	return dispatch_piece_update(put_off->dispatch, position) == put_off->by;
}

static void withdraw(struct put_off *put_off, uint32_t position)
{
	uint64_t seq = dispatch_piece_update(put_off->dispatch, position)->seq;

	if (!is_ordering(put_off, position) && dispatch_withdraw(put_off->dispatch, position))
		spool_append_done(put_off->spool, &seq, 1);
}

static void withdraw_name(struct put_off *put_off, int64_t chat_id, uint64_t key)
{
	uint32_t position = dispatch_find_piece(put_off->dispatch, chat_id, key);

	if (position != POSITION_NONE)
		withdraw(put_off, position);
}

static bool is_about(const struct piece *piece, bool is_chat, int64_t id)
{
	if (id == 0)
		return false;
	/* A private chat has the id of its person. */
	return piece->chat_id == id || (!is_chat && piece->person_id == id);
}

static bool is_forgettable(const struct piece *piece, bool is_chat, int64_t id)
{
	return !(piece->flags & PIECE_STAYS) && is_about(piece, is_chat, id);
}

/* All of them with one record. */
static void withdraw_all(struct put_off *put_off, bool is_chat, int64_t id)
{
	struct dispatch *dispatch = put_off->dispatch;
	size_t count = 0, capacity = 0;
	uint32_t at = 0, position;
	uint64_t *seqs = NULL;

	while ((position = dispatch_next_piece(dispatch, &at)) != POSITION_NONE) {
		uint64_t seq = dispatch_piece_update(dispatch, position)->seq;

		if (is_ordering(put_off, position) ||
		    !is_forgettable(dispatch_piece(dispatch, position), is_chat, id) ||
		    !dispatch_withdraw(dispatch, position))
			continue;
		array_reserve(seqs, &capacity, count + 1);
		seqs[count++] = seq;
	}
	if (count)
		spool_append_done(put_off->spool, seqs, count);
	free(seqs);
}

bool put_off_is_withdrawn(const struct put_off *put_off, const struct live_update *work)
{
	const struct piece_entry *entry = dispatch_piece_of(put_off->dispatch, work);

	return entry && entry->withdrawn;
}

/* --- who was forgotten ------------------------------------------------------------------------ */

static void write_forgotten(struct put_off *put_off)
{
	struct buffer value = { 0 };

	pack_array(&value, put_off->forgotten_count);
	for (size_t i = 0; i < put_off->forgotten_count; i++) {
		pack_array(&value, 3);
		pack_bool(&value, put_off->forgotten[i].is_chat);
		pack_int(&value, put_off->forgotten[i].id);
		pack_uint(&value, put_off->forgotten[i].below);
	}
	/* Without any it has no value, so that no id stays. */
	spool_append_meta(put_off->spool, FORGOTTEN_KEY, buffer_unread(&value),
			  put_off->forgotten_count ? buffer_unread_size(&value) : 0);
	buffer_finish(&value);
}

static void add_forgotten(struct put_off *put_off, struct forgotten forgotten)
{
	size_t *count = &put_off->forgotten_count;

	if (*count == FORGOTTEN_MAX)
		memmove(put_off->forgotten, put_off->forgotten + 1, --*count * sizeof(forgotten));
	array_reserve(put_off->forgotten, &put_off->forgotten_capacity, *count + 1);
	put_off->forgotten[(*count)++] = forgotten;
}

void put_off_restore(struct put_off *put_off, const void *value, size_t size)
{
	struct cursor cursor = cursor_make(value, size);
	size_t count = cursor_array(&cursor);

	for (size_t i = 0; i < count && i < FORGOTTEN_MAX; i++) {
		struct forgotten forgotten;

		cursor_expect_array(&cursor, 3);
		forgotten.is_chat = cursor_bool(&cursor);
		forgotten.id = cursor_int(&cursor);
		forgotten.below = cursor_uint(&cursor);
		if (cursor_ok(&cursor))
			add_forgotten(put_off, forgotten);
	}
}

void put_off_forget(struct put_off *put_off, bool is_chat, int64_t id)
{
	withdraw_all(put_off, is_chat, id);
	add_forgotten(put_off, (struct forgotten) { is_chat, id, spool_next_seq(put_off->spool) });
	write_forgotten(put_off);
}

static bool is_forgotten(const struct put_off *put_off, const struct piece *piece, uint64_t by)
{
	for (size_t i = 0; i < put_off->forgotten_count; i++) {
		const struct forgotten *forgotten = &put_off->forgotten[i];

		if (by < forgotten->below &&
		    is_forgettable(piece, forgotten->is_chat, forgotten->id))
			return true;
	}
	return false;
}

bool put_off_tend(struct put_off *put_off)
{
	size_t kept = 0, before = put_off->forgotten_count;
	uint64_t oldest;

	if (!before)
		return false;
	oldest = dispatch_oldest_seq(put_off->dispatch);
	for (size_t i = 0; i < before; i++)
		if (oldest < put_off->forgotten[i].below)
			put_off->forgotten[kept++] = put_off->forgotten[i];
	put_off->forgotten_count = kept;
	if (kept != before)
		write_forgotten(put_off);
	return kept != before;
}

/* --- what waits from now on ------------------------------------------------------------------- */

/* The body with another head, for which there may be none yet. */
static void write_body(struct put_off *put_off, const struct piece *piece, struct text body)
{
	struct text rest = piece_rest(body);

	buffer_clear(&put_off->body);
	piece_write(piece, &put_off->body);
	buffer_append(&put_off->body, rest.data, rest.length);
}

static void append_piece(struct put_off *put_off, const struct live_update *by,
			 const struct order *order, const struct piece *piece, uint64_t now_ms)
{
	struct spool_update update = {
		.update_id = by->update_id,
		.kind = (enum update_kind)by->kind,
		.flags = ITEM_WORK,
		.lane = piece->chat_id ? lane_of_chat(piece->chat_id)
				       : dispatch_lane_key(put_off->dispatch, by),
		.trace = by->trace,
		.received_ms = now_ms,
		.due_ms = now_ms + order->after_ms,
		.piece = *piece,
	};

	spool_append_update(put_off->spool, &update, buffer_unread(&put_off->body),
			    buffer_unread_size(&put_off->body));
	if (!put_off->first_new)
		put_off->first_new = update.seq;
	dispatch_add_later(put_off->dispatch, &update);
}

/* A piece that was cancelled or replaced while it was being done puts off no next one: what its own
 * name now means, if anything, was said after it had begun. */
static bool is_outdated(const struct put_off *put_off, const struct live_update *by,
			const struct piece *piece)
{
	const struct piece_entry *own = dispatch_piece_of(put_off->dispatch, by);

	return own && own->withdrawn && own->piece.key == piece->key &&
	       own->piece.chat_id == piece->chat_id;
}

static void put(struct put_off *put_off, const struct live_update *by, const struct order *order,
		uint64_t now_ms)
{
	struct piece piece;

	(void)piece_read(order->body, &piece);
	piece.chat_id = joins_follow(put_off->joins, piece.chat_id);
	if (is_outdated(put_off, by, &piece) || is_forgotten(put_off, &piece, by->seq))
		return;
	withdraw_name(put_off, piece.chat_id, piece.key);
	write_body(put_off, &piece, order->body);
	append_piece(put_off, by, order, &piece, now_ms);
}

static void hasten(struct put_off *put_off, int64_t chat_id, uint64_t now_ms)
{
	struct dispatch *dispatch = put_off->dispatch;
	uint32_t at = 0, position;

	while ((position = dispatch_next_piece(dispatch, &at)) != POSITION_NONE) {
		const struct piece *piece = dispatch_piece(dispatch, position);

		if (is_about(piece, true, chat_id) && (piece->flags & PIECE_DAILY))
			dispatch_hasten(dispatch, position, now_ms);
	}
}

void put_off_apply(struct put_off *put_off, const struct live_update *by, struct text orders,
		   uint64_t now_ms)
{
	struct order order;

	put_off->by = by;
	while (orders_next(&orders, &order)) {
		switch (order.kind) {
		case ORDER_PUT:
			put(put_off, by, &order, now_ms);
			break;
		case ORDER_CANCEL:
			withdraw_name(put_off, joins_follow(put_off->joins, order.id), order.key);
			break;
		case ORDER_FORGET_PERSON:
		case ORDER_FORGET_CHAT:
			put_off_forget(put_off, order.kind == ORDER_FORGET_CHAT, order.id);
			break;
		case ORDER_HASTEN:
			hasten(put_off, order.id, now_ms);
			break;
		}
	}
	put_off->by = NULL;
}

/* --- another head ----------------------------------------------------------------------------- */

static bool replace_head(struct put_off *put_off, const struct spool_update *header,
			 const struct piece *piece)
{
	struct text body;

	if (!spool_borrow(put_off->spool, header->seq, &body, NULL))
		return false;
	write_body(put_off, piece, body);
	spool_append_replacement(put_off->spool, header, buffer_unread(&put_off->body),
				 buffer_unread_size(&put_off->body));
	return true;
}

/* Of two with a name that which was put off in the new group stays. */
static void move_piece(struct put_off *put_off, uint32_t position, int64_t from, int64_t to)
{
	struct piece piece = *dispatch_piece(put_off->dispatch, position);
	struct spool_update header = dispatch_piece_header(put_off->dispatch, position);

	if (dispatch_find_piece(put_off->dispatch, to, piece.key) != POSITION_NONE) {
		withdraw(put_off, position);
		return;
	}
	piece.chat_id = to;
	if (header.lane == lane_of_chat(from))
		header.lane = lane_of_chat(to);
	if (replace_head(put_off, &header, &piece))
		dispatch_change_piece(put_off->dispatch, position, &piece, header.lane);
}

void put_off_move(struct put_off *put_off, int64_t from, int64_t to)
{
	uint32_t at = 0, position;

	while ((position = dispatch_next_piece(put_off->dispatch, &at)) != POSITION_NONE)
		if (is_about(dispatch_piece(put_off->dispatch, position), true, from))
			move_piece(put_off, position, from, to);
}
