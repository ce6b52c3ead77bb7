/* message.c - the messages between ingress and the pools: encode and decode side by side. */
#include "common/message.h"

#include <string.h>

#include "common/message_frame.h"

/* An array for `count` decoded entries; NULL when there are none. */
static void *make_entries(struct arena *arena, size_t count, size_t size)
{
	return count > 0 ? arena_alloc(arena, count * size) : NULL;
}

/* --- POOL_HELLO ------------------------------------------------------------------------------ */

void message_encode_pool_hello(const struct message_pool_hello *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_POOL_HELLO, 10);
	pack_uint(out, message->oldest);
	pack_uint(out, message->newest);
	pack_uint(out, message->session);
	pack_uint(out, message->predecessor);
	write_name(out, message->pool);
	write_name(out, message->host);
	write_name(out, message->version);
	pack_uint(out, message->pid);
	pack_uint(out, message->kinds);
	write_count(out, message->in_hand_count, MESSAGE_IN_HAND_MAX);
	for (size_t i = 0; i < message->in_hand_count; i++)
		pack_uint(out, message->in_hand[i]);
}

bool message_decode_pool_hello(const void *data, size_t size, struct arena *arena,
			       struct message_pool_hello *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_POOL_HELLO, 10);
	struct message_pool_hello message = { 0 };
	uint64_t *in_hand;

	message.oldest = read_u8(&cursor);
	message.newest = read_u8(&cursor);
	if (message.oldest > message.newest)
		cursor_fail(&cursor, "a range of versions is reversed");
	message.session = read_nonzero(&cursor);
	message.predecessor = cursor_uint(&cursor);
	message.pool = read_name(&cursor);
	message.host = read_name(&cursor);
	message.version = read_name(&cursor);
	message.pid = read_u32(&cursor);
	message.kinds = read_u32(&cursor);
	message.in_hand_count = read_count(&cursor, MESSAGE_IN_HAND_MAX);
	in_hand = make_entries(arena, message.in_hand_count, sizeof(*in_hand));
	for (size_t i = 0; i < message.in_hand_count; i++)
		in_hand[i] = read_nonzero(&cursor);
	message.in_hand = in_hand;
	if (!frame_close(&cursor, MESSAGE_POOL_HELLO, why))
		return false;
	*out = message;
	return true;
}

/* --- WELCOME --------------------------------------------------------------------------------- */

void message_encode_welcome(const struct message_welcome *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_WELCOME, 5);
	pack_uint(out, message->version);
	pack_uint(out, message->result);
	pack_uint(out, message->session);
	pack_uint(out, message->epoch);
	write_name_or_nil(out, message->reason);
}

bool message_decode_welcome(const void *data, size_t size, struct arena *arena,
			    struct message_welcome *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_WELCOME, 5);
	struct message_welcome message = { 0 };

	(void)arena;
	message.version = read_u8(&cursor);
	message.result = (enum welcome_result)read_up_to(&cursor, WELCOME_REFUSED_FULL);
	message.session = cursor_uint(&cursor);
	message.epoch = cursor_uint(&cursor);
	message.reason = read_name_or_nil(&cursor);
	if (!frame_close(&cursor, MESSAGE_WELCOME, why))
		return false;
	*out = message;
	return true;
}

/* --- POOL_BEAT ------------------------------------------------------------------------------- */

static void encode_child(const struct message_child *child, struct buffer *out)
{
	pack_array(out, 5);
	pack_uint(out, child->pid);
	pack_uint(out, child->state);
	pack_uint(out, child->since_ms);
	pack_uint(out, child->in_hand);
	pack_uint(out, child->handled);
}

static void decode_child(struct cursor *cursor, struct message_child *out)
{
	cursor_expect_array(cursor, 5);
	out->pid = read_u32(cursor);
	out->state = (enum child_state)read_up_to(cursor, CHILD_STOPPING);
	out->since_ms = cursor_uint(cursor);
	out->in_hand = read_u32(cursor);
	out->handled = cursor_uint(cursor);
}

void message_encode_pool_beat(const struct message_pool_beat *message, struct buffer *out)
{
	if (message->has_walls)
		frame_begin_since(out, MESSAGE_POOL_BEAT, PROTOCOL_WALLS, 10);
	else
		frame_begin(out, MESSAGE_POOL_BEAT, 9);
	pack_uint(out, message->session);
	pack_uint(out, message->credit_limit);
	pack_uint(out, message->up_ms);
	pack_uint(out, message->in_hand);
	pack_uint(out, message->unsent);
	pack_uint(out, message->handled);
	pack_uint(out, message->crashed);
	pack_uint(out, message->sender_pid);
	write_count(out, message->children_count, MESSAGE_ITEMS_MAX);
	for (size_t i = 0; i < message->children_count; i++)
		encode_child(&message->children[i], out);
	if (message->has_walls)
		pack_uint(out, message->walls);
}

bool message_decode_pool_beat(const void *data, size_t size, struct arena *arena,
			      struct message_pool_beat *out, struct why *why)
{
	size_t fields;
	struct cursor cursor = frame_open_either(data, size, MESSAGE_POOL_BEAT, 9, 10, &fields);
	struct message_pool_beat message = { .has_walls = fields == 10 };
	struct message_child *children;

	message.session = read_nonzero(&cursor);
	message.credit_limit = cursor_uint(&cursor);
	message.up_ms = cursor_uint(&cursor);
	message.in_hand = read_u32(&cursor);
	message.unsent = read_u32(&cursor);
	message.handled = cursor_uint(&cursor);
	message.crashed = cursor_uint(&cursor);
	message.sender_pid = read_u32(&cursor);
	message.children_count = read_count(&cursor, MESSAGE_ITEMS_MAX);
	children = make_entries(arena, message.children_count, sizeof(*children));
	for (size_t i = 0; i < message.children_count; i++)
		decode_child(&cursor, &children[i]);
	message.children = children;
	if (message.has_walls)
		message.walls = read_u32(&cursor);
	if (!frame_close(&cursor, MESSAGE_POOL_BEAT, why))
		return false;
	*out = message;
	return true;
}

/* --- BEAT_ANSWER ----------------------------------------------------------------------------- */

void message_encode_beat_answer(const struct message_beat_answer *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_BEAT_ANSWER, 2);
	pack_uint(out, message->session);
	pack_uint(out, message->epoch);
}

bool message_decode_beat_answer(const void *data, size_t size, struct arena *arena,
				struct message_beat_answer *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_BEAT_ANSWER, 2);
	struct message_beat_answer message = { 0 };

	(void)arena;
	message.session = read_nonzero(&cursor);
	message.epoch = cursor_uint(&cursor);
	if (!frame_close(&cursor, MESSAGE_BEAT_ANSWER, why))
		return false;
	*out = message;
	return true;
}

/* --- UPDATES --------------------------------------------------------------------------------- */

#define ITEM_FLAGS                                                                              \
	(ITEM_LATE | ITEM_INCIDENT | ITEM_WORK | ITEM_REPLIES | ITEM_KEEPS_LANE | ITEM_REPEAT | \
	 ITEM_MOVED)

static void encode_item(const struct message_item *item, struct buffer *out)
{
	pack_array(out, 10);
	pack_uint(out, item->seq);
	write_trace(out, &item->trace);
	pack_int(out, item->update_id);
	pack_uint(out, item->kind);
	pack_uint(out, item->flags);
	pack_uint(out, item->attempt);
	pack_uint(out, item->lane);
	pack_uint(out, item->age_ms);
	pack_uint(out, item->received_s);
	write_body(out, item->body);
}

static void decode_item(struct cursor *cursor, struct message_item *out)
{
	cursor_expect_array(cursor, 10);
	out->seq = read_nonzero(cursor);
	out->trace = read_trace(cursor);
	out->update_id = cursor_int(cursor);
	out->kind = (enum update_kind)read_up_to(cursor, KIND_UNKNOWN);
	out->flags = read_u8(cursor);
	if (out->flags & ~ITEM_FLAGS)
		cursor_fail(cursor, "an unknown flag");
	out->attempt = read_u8(cursor);
	if (out->attempt == 0)
		cursor_fail(cursor, "attempts count from 1");
	out->lane = cursor_uint(cursor);
	out->age_ms = cursor_uint(cursor);
	out->received_s = cursor_uint(cursor);
	out->body = read_body(cursor);
}

static void encode_updates_head(uint64_t session, size_t count, struct buffer *out)
{
	frame_begin(out, MESSAGE_UPDATES, 2);
	pack_uint(out, session);
	write_count(out, count, MESSAGE_ITEMS_MAX);
}

/* What a head takes at least. */
#define UPDATES_HEAD_MAX 32

void updates_frame_add(struct updates_frame *frame, const struct message_item *item)
{
	if (frame->count++ == 0) {
		buffer_reserve(&frame->bytes, UPDATES_HEAD_MAX);
		buffer_commit(&frame->bytes, UPDATES_HEAD_MAX);
	}
	encode_item(item, &frame->bytes);
}

/* The head contains the count, on which its size depends: it is put right before the first item. */
void updates_frame_close(struct updates_frame *frame, uint64_t session)
{
	struct buffer head = { 0 };
	size_t size;

	encode_updates_head(session, frame->count, &head);
	size = buffer_unread_size(&head);
	buffer_consume(&frame->bytes, UPDATES_HEAD_MAX - size);
	memcpy(buffer_unread(&frame->bytes), buffer_unread(&head), size);
	buffer_finish(&head);
}

void message_encode_updates(const struct message_updates *message, struct buffer *out)
{
	encode_updates_head(message->session, message->count, out);
	for (size_t i = 0; i < message->count; i++)
		encode_item(&message->items[i], out);
}

bool message_decode_updates(const void *data, size_t size, struct arena *arena,
			    struct message_updates *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_UPDATES, 2);
	struct message_updates message = { 0 };

	message.session = read_nonzero(&cursor);
	message.count = read_count(&cursor, MESSAGE_ITEMS_MAX);
	message.items = make_entries(arena, message.count, sizeof(*message.items));
	for (size_t i = 0; i < message.count; i++)
		decode_item(&cursor, &message.items[i]);
	if (!frame_close(&cursor, MESSAGE_UPDATES, why))
		return false;
	*out = message;
	return true;
}

/* --- VERDICTS -------------------------------------------------------------------------------- */

/* Number, seq and step, plus what this step needs. */
static size_t verdict_fields(enum verdict_step step)
{
	switch (step) {
	case VERDICT_HANDLED:
	case VERDICT_DONE:
	case VERDICT_RETURNED:
		return 3;
	case VERDICT_ENDED:
		return 4;
	case VERDICT_WAITING:
	case VERDICT_UNSENT:
		return 5;
	}
	return 0;
}

static bool has_body(enum verdict_step step)
{
	return step == VERDICT_WAITING || step == VERDICT_UNSENT;
}

/* Those after which the update is not handled again. */
static bool may_have_orders(enum verdict_step step)
{
	return step == VERDICT_HANDLED || step == VERDICT_DONE;
}

static void encode_verdict(const struct message_verdict *verdict, struct buffer *out)
{
	const bool has_orders = verdict->orders.length && may_have_orders(verdict->step);

	pack_array(out, verdict_fields(verdict->step) + has_orders);
	pack_uint(out, verdict->number);
	pack_uint(out, verdict->seq);
	pack_uint(out, verdict->step);
	if (verdict->step == VERDICT_ENDED)
		pack_uint(out, verdict->reason);
	if (has_body(verdict->step)) {
		pack_uint(out, verdict->due_ms);
		write_body(out, verdict->body);
	}
	if (has_orders)
		write_body(out, verdict->orders);
}

static void read_orders(struct cursor *cursor, struct message_verdict *out)
{
	struct why why;

	out->orders = read_body(cursor);
	if (!may_have_orders(out->step) || !out->orders.length || !orders_check(out->orders, &why))
		cursor_fail(cursor, "the orders of a verdict are malformed");
}

static void decode_verdict(struct cursor *cursor, struct message_verdict *out)
{
	size_t fields = cursor_array(cursor);

	out->number = read_nonzero(cursor);
	out->seq = read_nonzero(cursor);
	out->step = (enum verdict_step)read_up_to(cursor, VERDICT_UNSENT);
	if (fields != verdict_fields(out->step) && fields != verdict_fields(out->step) + 1)
		cursor_fail(cursor, "a verdict has the wrong number of fields");
	if (out->step == VERDICT_ENDED)
		out->reason = (enum ended_reason)read_up_to(cursor, ENDED_MEMORY);
	if (has_body(out->step)) {
		out->due_ms = cursor_uint(cursor);
		out->body = read_body(cursor);
		if (out->body.length > MESSAGE_BODY_MAX)
			cursor_fail(cursor, "a body is over its limit");
	}
	if (fields == verdict_fields(out->step) + 1)
		read_orders(cursor, out);
}

void message_encode_verdicts(const struct message_verdicts *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_VERDICTS, 3);
	pack_uint(out, message->session);
	pack_uint(out, message->credit_limit);
	write_count(out, message->count, MESSAGE_ITEMS_MAX);
	for (size_t i = 0; i < message->count; i++)
		encode_verdict(&message->verdicts[i], out);
}

bool message_decode_verdicts(const void *data, size_t size, struct arena *arena,
			     struct message_verdicts *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_VERDICTS, 3);
	struct message_verdicts message = { 0 };

	message.session = read_nonzero(&cursor);
	message.credit_limit = cursor_uint(&cursor);
	message.count = read_count(&cursor, MESSAGE_ITEMS_MAX);
	message.verdicts = make_entries(arena, message.count, sizeof(*message.verdicts));
	for (size_t i = 0; i < message.count; i++)
		decode_verdict(&cursor, &message.verdicts[i]);
	if (!frame_close(&cursor, MESSAGE_VERDICTS, why))
		return false;
	*out = message;
	return true;
}

/* --- VERDICTS_STORED ------------------------------------------------------------------------- */

void message_encode_verdicts_stored(const struct message_verdicts_stored *message,
				    struct buffer *out)
{
	frame_begin(out, MESSAGE_VERDICTS_STORED, 2);
	pack_uint(out, message->session);
	pack_uint(out, message->number);
}

bool message_decode_verdicts_stored(const void *data, size_t size, struct arena *arena,
				    struct message_verdicts_stored *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_VERDICTS_STORED, 2);
	struct message_verdicts_stored message = { 0 };

	(void)arena;
	message.session = read_nonzero(&cursor);
	message.number = cursor_uint(&cursor);
	if (!frame_close(&cursor, MESSAGE_VERDICTS_STORED, why))
		return false;
	*out = message;
	return true;
}

/* --- COOLDOWNS ------------------------------------------------------------------------------- */

void message_encode_cooldowns(const struct message_cooldowns *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_COOLDOWNS, 1);
	write_count(out, message->count, MESSAGE_ITEMS_MAX);
	for (size_t i = 0; i < message->count; i++) {
		pack_array(out, 2);
		pack_int(out, message->cooldowns[i].chat_id);
		pack_uint(out, message->cooldowns[i].remaining_ms);
	}
}

bool message_decode_cooldowns(const void *data, size_t size, struct arena *arena,
			      struct message_cooldowns *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_COOLDOWNS, 1);
	struct message_cooldowns message = { 0 };

	message.count = read_count(&cursor, MESSAGE_ITEMS_MAX);
	message.cooldowns = make_entries(arena, message.count, sizeof(*message.cooldowns));
	for (size_t i = 0; i < message.count; i++) {
		cursor_expect_array(&cursor, 2);
		message.cooldowns[i].chat_id = cursor_int(&cursor);
		message.cooldowns[i].remaining_ms = cursor_uint(&cursor);
	}
	if (!frame_close(&cursor, MESSAGE_COOLDOWNS, why))
		return false;
	*out = message;
	return true;
}

/* --- MIGRATED -------------------------------------------------------------------------------- */

void message_encode_migrated(const struct message_migrated *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_MIGRATED, 1);
	pack_array(out, 2);
	pack_int(out, message->from);
	pack_int(out, message->to);
}

bool message_decode_migrated(const void *data, size_t size, struct arena *arena,
			     struct message_migrated *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_MIGRATED, 1);
	struct message_migrated message = { 0 };

	(void)arena;
	cursor_expect_array(&cursor, 2);
	message.from = cursor_int(&cursor);
	message.to = cursor_int(&cursor);
	if (!frame_close(&cursor, MESSAGE_MIGRATED, why))
		return false;
	*out = message;
	return true;
}

/* --- BYE ------------------------------------------------------------------------------------- */

void message_encode_bye(const struct message_bye *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_BYE, 1);
	pack_uint(out, message->session);
}

bool message_decode_bye(const void *data, size_t size, struct arena *arena, struct message_bye *out,
			struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_BYE, 1);
	struct message_bye message = { 0 };

	(void)arena;
	message.session = read_nonzero(&cursor);
	if (!frame_close(&cursor, MESSAGE_BYE, why))
		return false;
	*out = message;
	return true;
}

/* --- incident -------------------------------------------------------------------------------- */

/* Incidents stay in the spool across upgrades, so they have their own version. The second had no
 * work, the first none of the three fields before it. */
#define INCIDENT_VERSION 3
#define INCIDENT_FIELDS 13
#define INCIDENT_FIELDS_OF_VERSION_2 12
#define INCIDENT_FIELDS_OF_VERSION_1 9

void incident_encode(const struct incident *incident, struct buffer *out)
{
	const bool has_work = incident->work.data != NULL; /* else earlier programs read it, too */

	pack_array(out, has_work ? INCIDENT_FIELDS : INCIDENT_FIELDS_OF_VERSION_2);
	pack_uint(out, has_work ? INCIDENT_VERSION : 2);
	write_trace(out, &incident->trace);
	pack_uint(out, incident->kind);
	pack_uint(out, incident->reason);
	pack_int(out, incident->chat_id);
	write_name_or_nil(out, incident->chat_type);
	pack_int(out, incident->thread_id);
	write_name_or_nil(out, incident->language);
	write_name_or_nil(out, incident->query_id);
	pack_int(out, incident->direct_topic_id);
	pack_int(out, incident->receiver_id);
	write_name_or_nil(out, incident->business_connection);
	if (has_work)
		pack_bytes(out, incident->work.data, incident->work.length);
}

static bool is_incident_head(size_t count, uint64_t version)
{
	static const size_t counts[INCIDENT_VERSION + 1] = {
		[1] = INCIDENT_FIELDS_OF_VERSION_1,
		[2] = INCIDENT_FIELDS_OF_VERSION_2,
		[INCIDENT_VERSION] = INCIDENT_FIELDS,
	};

	return version && version <= INCIDENT_VERSION && count == counts[version];
}

bool incident_decode(const void *data, size_t size, struct incident *out, struct why *why)
{
	struct cursor cursor = cursor_make(data, size);
	struct incident incident = { 0 };
	size_t count = cursor_array(&cursor);
	uint64_t version = cursor_uint(&cursor);

	if (!is_incident_head(count, version))
		cursor_fail(&cursor, "an unknown version");
	incident.trace = read_trace(&cursor);
	incident.kind = (enum update_kind)read_up_to(&cursor, KIND_UNKNOWN);
	incident.reason = (enum ended_reason)read_up_to(&cursor, ENDED_MEMORY);
	incident.chat_id = cursor_int(&cursor);
	incident.chat_type = read_name_or_nil(&cursor);
	incident.thread_id = cursor_int(&cursor);
	incident.language = read_name_or_nil(&cursor);
	incident.query_id = read_name_or_nil(&cursor);
	if (version != 1) {
		incident.direct_topic_id = cursor_int(&cursor);
		incident.receiver_id = cursor_int(&cursor);
		incident.business_connection = read_name_or_nil(&cursor);
	}
	if (version > 2)
		incident.work = cursor_bytes(&cursor);
	if (!cursor_end(&cursor, why))
		return why_prefix(why, "incident");
	*out = incident;
	return true;
}
