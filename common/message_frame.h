/* message_frame.h - what the encoders and decoders of message.h share; only for common/message*.c.
 *
 * Like those of pack.h, the readers fail the cursor, so that a decoder reads a whole struct and
 * checks once, with frame_close(). */
#ifndef COMMON_MESSAGE_FRAME_H
#define COMMON_MESSAGE_FRAME_H

#include "common/message.h"

/* Starts a frame of `fields` values, which the caller appends. */
void frame_begin(struct buffer *out, enum message_number number, size_t fields);
/* Of a message that has more fields for peers who speak `version`. */
void frame_begin_since(struct buffer *out, enum message_number number, unsigned version,
		       size_t fields);
/* A cursor at the first field; failed unless the frame is this message, in a version that we speak,
 * with exactly this many fields. */
struct cursor frame_open(const void *data, size_t size, enum message_number number, size_t fields);
/* With this many, or with `newer`; tells which. */
struct cursor frame_open_either(const void *data, size_t size, enum message_number number,
				size_t fields, size_t newer, size_t *out);
/* True when nothing failed and nothing is left over; else the reason, with the message's name. */
MUST_CHECK bool frame_close(const struct cursor *cursor, enum message_number number,
			    struct why *why);

/* An unsigned integer of at most `maximum`. */
uint64_t read_up_to(struct cursor *cursor, uint64_t maximum);
uint8_t read_u8(struct cursor *cursor);
uint32_t read_u32(struct cursor *cursor);
/* A number that must not be 0: a session, a seq, a version. */
uint64_t read_nonzero(struct cursor *cursor);
struct trace_id read_trace(struct cursor *cursor);
/* The count of an array, at most `limit`. */
size_t read_count(struct cursor *cursor, size_t limit);
/* A text of at most MESSAGE_NAME_MAX bytes; read_name() refuses nil. */
struct text read_name(struct cursor *cursor);
struct text read_name_or_nil(struct cursor *cursor);
/* A text or bin of any length that must not be nil. */
struct text read_text(struct cursor *cursor);
struct text read_body(struct cursor *cursor);

void write_trace(struct buffer *out, const struct trace_id *trace);
/* Panics when there are more than `limit`: the peer would refuse the frame over and over. */
void write_count(struct buffer *out, size_t count, size_t limit);
/* Truncated to MESSAGE_NAME_MAX. */
void write_name(struct buffer *out, struct text name);
void write_name_or_nil(struct buffer *out, struct text name);
/* Nil is written as empty. */
void write_text(struct buffer *out, struct text text);
void write_text_or_nil(struct buffer *out, struct text text);
void write_body(struct buffer *out, struct text body);

#endif
