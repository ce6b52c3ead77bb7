/* frame.c - encodes and decodes frames, and picks the one that names a report. */
#include "crashd/frame.h"

#include "common/xalloc.h"

#define FRAME_FIELDS 10

static void encode_text(struct buffer *out, struct text text)
{
	if (text.data)
		pack_text_n(out, text.data, text.length);
	else
		pack_nil(out);
}

static void encode_frame(const struct frame *frame, struct buffer *out)
{
	pack_array(out, FRAME_FIELDS);
	pack_uint(out, frame->pc);
	pack_uint(out, frame->trust);
	pack_bool(out, frame->is_inlined);
	pack_bool(out, frame->is_ours);
	encode_text(out, frame->function);
	encode_text(out, frame->file);
	pack_uint(out, frame->line);
	encode_text(out, frame->module);
	pack_uint(out, frame->offset);
	encode_text(out, frame->build_id);
}

void frames_encode(const struct frames *frames, struct buffer *out)
{
	pack_array(out, 2);
	encode_text(out, frames->note);
	pack_array(out, frames->count);
	for (size_t i = 0; i < frames->count; i++)
		encode_frame(&frames->list[i], out);
}

static enum frame_trust decode_trust(struct cursor *cursor)
{
	uint64_t value = cursor_uint(cursor);

	if (value > FRAME_GAP) {
		cursor_fail(cursor, "unknown kind of frame");
		return FRAME_GUESS;
	}
	return (enum frame_trust)value;
}

static void decode_frame(struct cursor *cursor, struct frame *out)
{
	cursor_expect_array(cursor, FRAME_FIELDS);
	out->pc = cursor_uint(cursor);
	out->trust = decode_trust(cursor);
	out->is_inlined = cursor_bool(cursor);
	out->is_ours = cursor_bool(cursor);
	out->function = cursor_text(cursor);
	out->file = cursor_text(cursor);
	out->line = (uint32_t)cursor_uint(cursor);
	out->module = cursor_text(cursor);
	out->offset = cursor_uint(cursor);
	out->build_id = cursor_text(cursor);
}

bool frames_decode(const void *data, size_t size, struct arena *arena, struct frames *out,
		   struct why *why)
{
	struct cursor cursor = cursor_make(data, size);
	struct frames frames;

	cursor_expect_array(&cursor, 2);
	frames.note = cursor_text(&cursor);
	frames.count = cursor_array(&cursor);
	if (frames.count > FRAMES_MAX)
		cursor_fail(&cursor, "too many frames");
	frames.list = cursor_ok(&cursor) ? arena_alloc(arena, frames.count * sizeof(struct frame))
					 : NULL;
	for (size_t i = 0; cursor_ok(&cursor) && i < frames.count; i++)
		decode_frame(&cursor, &frames.list[i]);
	if (!cursor_end(&cursor, why))
		return false;
	*out = frames;
	return true;
}

/* Functions by which our code reports a fault: not the place of the fault. */
static bool is_reporting_function(struct text function)
{
	static const char *const names[] = { "panic_at", "fatal_at" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (text_is(function, names[i]))
			return true;
	return false;
}

const struct frame *frames_place(const struct frames *frames)
{
	for (size_t i = 0; i < frames->count; i++) {
		const struct frame *frame = &frames->list[i];

		if (frame->is_ours && frame->trust != FRAME_GUESS && frame->file.length > 0 &&
		    !is_reporting_function(frame->function))
			return frame;
	}
	return NULL;
}
