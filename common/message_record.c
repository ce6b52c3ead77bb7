/* message_record.c - the messages between ingress and the recorder, and those to crashd. */
#include "common/message_frame.h"

/* --- RECORDER_HELLO -------------------------------------------------------------------------- */

void message_encode_recorder_hello(const struct message_recorder_hello *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_RECORDER_HELLO, 6);
	pack_uint(out, message->oldest);
	pack_uint(out, message->newest);
	pack_uint(out, message->session);
	write_name(out, message->host);
	write_name(out, message->version);
	pack_uint(out, message->pid);
}

bool message_decode_recorder_hello(const void *data, size_t size, struct arena *arena,
				   struct message_recorder_hello *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_RECORDER_HELLO, 6);
	struct message_recorder_hello message = { 0 };

	(void)arena;
	message.oldest = read_u8(&cursor);
	message.newest = read_u8(&cursor);
	if (message.oldest > message.newest)
		cursor_fail(&cursor, "a range of versions is reversed");
	message.session = read_nonzero(&cursor);
	message.host = read_name(&cursor);
	message.version = read_name(&cursor);
	message.pid = read_u32(&cursor);
	if (!frame_close(&cursor, MESSAGE_RECORDER_HELLO, why))
		return false;
	*out = message;
	return true;
}

/* --- RECORDER_BEAT --------------------------------------------------------------------------- */

void message_encode_recorder_beat(const struct message_recorder_beat *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_RECORDER_BEAT, 8);
	pack_uint(out, message->session);
	pack_uint(out, message->credit_limit);
	pack_uint(out, message->up_ms);
	pack_bool(out, message->active);
	write_name(out, message->postgres);
	write_name(out, message->redis);
	pack_uint(out, message->sightings);
	pack_uint(out, message->written);
}

bool message_decode_recorder_beat(const void *data, size_t size, struct arena *arena,
				  struct message_recorder_beat *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_RECORDER_BEAT, 8);
	struct message_recorder_beat message = { 0 };

	(void)arena;
	message.session = read_nonzero(&cursor);
	message.credit_limit = cursor_uint(&cursor);
	message.up_ms = cursor_uint(&cursor);
	message.active = cursor_bool(&cursor);
	message.postgres = read_name(&cursor);
	message.redis = read_name(&cursor);
	message.sightings = cursor_uint(&cursor);
	message.written = cursor_uint(&cursor);
	if (!frame_close(&cursor, MESSAGE_RECORDER_BEAT, why))
		return false;
	*out = message;
	return true;
}

/* --- a sighting ------------------------------------------------------------------------------ */

/* Scope, id, version, seen_at, plus the fields of that scope. */
static size_t sighting_fields(enum sighting_scope scope)
{
	switch (scope) {
	case SIGHTING_USER:
		return 8;
	case SIGHTING_GROUP:
		return 7;
	case SIGHTING_MIGRATION:
		return 5;
	}
	return 0;
}

void sighting_encode(const struct sighting *sighting, struct buffer *out)
{
	pack_array(out, sighting_fields(sighting->scope));
	pack_uint(out, sighting->scope);
	pack_int(out, sighting->id);
	pack_uint(out, sighting->version);
	pack_int(out, sighting->seen_at);
	switch (sighting->scope) {
	case SIGHTING_USER:
		write_text_or_nil(out, sighting->username);
		write_text(out, sighting->first_name);
		write_text_or_nil(out, sighting->last_name);
		write_text_or_nil(out, sighting->language_code);
		return;
	case SIGHTING_GROUP:
		write_text_or_nil(out, sighting->username);
		write_text(out, sighting->title);
		write_text(out, sighting->type);
		return;
	case SIGHTING_MIGRATION:
		pack_int(out, sighting->new_id);
		return;
	}
}

static int64_t read_id(struct cursor *cursor)
{
	int64_t id = cursor_int(cursor);

	if (id == 0)
		cursor_fail(cursor, "an id is 0");
	return id;
}

static void decode_group(struct cursor *cursor, struct sighting *out)
{
	out->username = cursor_text(cursor);
	out->title = read_text(cursor);
	out->type = read_text(cursor);
	if (!text_is(out->type, "group") && !text_is(out->type, "supergroup"))
		cursor_fail(cursor, "a group is neither group nor supergroup");
}

bool sighting_decode(struct cursor *cursor, struct sighting *out)
{
	struct sighting sighting = { 0 };
	size_t fields = cursor_array(cursor);

	sighting.scope = (enum sighting_scope)read_up_to(cursor, SIGHTING_MIGRATION);
	if (fields != sighting_fields(sighting.scope))
		cursor_fail(cursor, "a sighting has the wrong number of fields");
	sighting.id = read_id(cursor);
	sighting.version = cursor_uint(cursor);
	sighting.seen_at = cursor_int(cursor);
	switch (sighting.scope) {
	case SIGHTING_USER:
		sighting.username = cursor_text(cursor);
		sighting.first_name = read_text(cursor);
		sighting.last_name = cursor_text(cursor);
		sighting.language_code = cursor_text(cursor);
		break;
	case SIGHTING_GROUP:
		decode_group(cursor, &sighting);
		break;
	case SIGHTING_MIGRATION:
		sighting.new_id = read_id(cursor);
		break;
	}
	if (!cursor_ok(cursor))
		return false;
	*out = sighting;
	return true;
}

/* --- SIGHTINGS ------------------------------------------------------------------------------- */

void message_encode_sightings(const struct message_sightings *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_SIGHTINGS, 2);
	pack_uint(out, message->session);
	write_count(out, message->count, MESSAGE_ITEMS_MAX);
	for (size_t i = 0; i < message->count; i++)
		sighting_encode(&message->sightings[i], out);
}

bool message_decode_sightings(const void *data, size_t size, struct arena *arena,
			      struct message_sightings *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_SIGHTINGS, 2);
	struct message_sightings message = { 0 };

	message.session = read_nonzero(&cursor);
	message.count = read_count(&cursor, MESSAGE_ITEMS_MAX);
	if (message.count > 0)
		message.sightings = arena_alloc(arena, message.count * sizeof(*message.sightings));
	for (size_t i = 0; i < message.count; i++)
		if (!sighting_decode(&cursor, &message.sightings[i]))
			break;
	if (!frame_close(&cursor, MESSAGE_SIGHTINGS, why))
		return false;
	*out = message;
	return true;
}

/* --- SIGHTINGS_STORED ------------------------------------------------------------------------ */

void message_encode_sightings_stored(const struct message_sightings_stored *message,
				     struct buffer *out)
{
	frame_begin(out, MESSAGE_SIGHTINGS_STORED, 3);
	pack_uint(out, message->session);
	pack_uint(out, message->credit_limit);
	write_count(out, message->count, MESSAGE_ITEMS_MAX);
	for (size_t i = 0; i < message->count; i++) {
		pack_array(out, 3);
		pack_uint(out, message->stored[i].scope);
		pack_int(out, message->stored[i].id);
		pack_uint(out, message->stored[i].version);
	}
}

bool message_decode_sightings_stored(const void *data, size_t size, struct arena *arena,
				     struct message_sightings_stored *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_SIGHTINGS_STORED, 3);
	struct message_sightings_stored message = { 0 };

	message.session = read_nonzero(&cursor);
	message.credit_limit = cursor_uint(&cursor);
	message.count = read_count(&cursor, MESSAGE_ITEMS_MAX);
	if (message.count > 0)
		message.stored = arena_alloc(arena, message.count * sizeof(*message.stored));
	for (size_t i = 0; i < message.count; i++) {
		struct sighting_stored *stored = &message.stored[i];

		cursor_expect_array(&cursor, 3);
		stored->scope = (enum sighting_scope)read_up_to(&cursor, SIGHTING_MIGRATION);
		stored->id = read_id(&cursor);
		stored->version = cursor_uint(&cursor);
	}
	if (!frame_close(&cursor, MESSAGE_SIGHTINGS_STORED, why))
		return false;
	*out = message;
	return true;
}

/* --- CAPTURE --------------------------------------------------------------------------------- */

void message_encode_capture(const struct message_capture *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_CAPTURE, 2);
	write_trace(out, &message->id);
	write_body(out, message->body);
}

bool message_decode_capture(const void *data, size_t size, struct arena *arena,
			    struct message_capture *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_CAPTURE, 2);
	struct message_capture message = { 0 };

	(void)arena;
	message.id = read_trace(&cursor);
	message.body = read_body(&cursor);
	if (!frame_close(&cursor, MESSAGE_CAPTURE, why))
		return false;
	*out = message;
	return true;
}

/* --- CAPTURE_STORED -------------------------------------------------------------------------- */

void message_encode_capture_stored(const struct message_capture_stored *message, struct buffer *out)
{
	frame_begin(out, MESSAGE_CAPTURE_STORED, 1);
	write_trace(out, &message->id);
}

bool message_decode_capture_stored(const void *data, size_t size, struct arena *arena,
				   struct message_capture_stored *out, struct why *why)
{
	struct cursor cursor = frame_open(data, size, MESSAGE_CAPTURE_STORED, 1);
	struct message_capture_stored message = { 0 };

	(void)arena;
	message.id = read_trace(&cursor);
	if (!frame_close(&cursor, MESSAGE_CAPTURE_STORED, why))
		return false;
	*out = message;
	return true;
}
