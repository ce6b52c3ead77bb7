/* traceback.c - writes frames line by line, and hashes those of our own functions. */
#include "crashd/traceback.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/log.h"
#include "common/trace.h"

#define OWN_FRAMES_MAX 64 /* functions that a fingerprint looks at */
#define LINE_RESERVE 80   /* for the last line, which says what is missing */

static bool same_text(struct text a, struct text b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool is_repeat(const struct frame *a, const struct frame *b)
{
	return a->function.length > 0 && same_text(a->function, b->function) &&
	       same_text(a->file, b->file) && a->line == b->line && a->trust == b->trust;
}

static void write_place(const struct frame *frame, struct buffer *out)
{
	if (frame->file.length > 0)
		buffer_printf(out, " (%.*s:%" PRIu32 ")", (int)frame->file.length, frame->file.data,
			      frame->line);
	else if (frame->module.length > 0)
		buffer_printf(out, " (%.*s+0x%" PRIx64 ")", (int)frame->module.length,
			      frame->module.data, frame->offset);
}

static void write_frame(const struct frame *frame, size_t number, struct buffer *out)
{
	if (frame->trust == FRAME_GAP) {
		buffer_append_text(out, "    (the middle of the stack was not kept)\n");
		return;
	}
	buffer_printf(out, "#%-2zu ", number);
	if (frame->trust == FRAME_BAD)
		buffer_printf(out, "0x%" PRIx64 " (not code)", frame->pc);
	else if (frame->function.length > 0)
		buffer_printf(out, "%.*s", (int)frame->function.length, frame->function.data);
	else
		buffer_printf(out, "0x%" PRIx64, frame->pc);
	write_place(frame, out);
	if (frame->is_inlined)
		buffer_append_text(out, " [inlined]");
	if (frame->trust == FRAME_GUESS)
		buffer_append_text(out, " [guess: found by scanning the stack]");
	/* Without names the build id is needed to find them later. */
	if (frame->function.length == 0 && frame->build_id.length > 0)
		buffer_printf(out, " [build id %.*s]", (int)frame->build_id.length,
			      frame->build_id.data);
	buffer_append_byte(out, '\n');
}

static size_t count_repeats(const struct frames *frames, size_t at)
{
	size_t count = 0;

	while (at + count + 1 < frames->count &&
	       is_repeat(&frames->list[at], &frames->list[at + count + 1]))
		count++;
	return count;
}

/* Removes a line that went over the limit. */
static bool keep_within(struct buffer *out, size_t before, size_t end)
{
	if (out->size + LINE_RESERVE <= end)
		return true;
	out->size = before;
	return false;
}

void traceback_write(const struct frames *frames, size_t limit, struct buffer *out)
{
	size_t end = out->size + limit;
	size_t at = 0;

	while (at < frames->count) {
		size_t before = out->size;
		size_t repeats = count_repeats(frames, at);

		write_frame(&frames->list[at], at, out);
		if (repeats > 1) {
			buffer_printf(out, "    (and %zu times the same)\n", repeats);
			at += repeats;
		}
		if (!keep_within(out, before, end)) {
			buffer_append_text(out, "    (more frames follow)\n");
			break;
		}
		at++;
	}
	if (frames->note.length > 0 && out->size + frames->note.length + 4 <= end)
		buffer_printf(out, "(%.*s)\n", (int)frames->note.length, frames->note.data);
}

static bool was_seen(const struct text *seen, size_t count, struct text function)
{
	for (size_t i = 0; i < count; i++)
		if (same_text(seen[i], function))
			return true;
	return false;
}

/* Our own functions, innermost first, each once. */
static size_t own_functions(const struct frames *frames, struct text *out)
{
	size_t count = 0;

	for (size_t i = 0; i < frames->count && count < OWN_FRAMES_MAX; i++) {
		const struct frame *frame = &frames->list[i];

		if (frame->is_ours && frame->file.length > 0 && frame->function.length > 0 &&
		    frame->trust != FRAME_GUESS && !was_seen(out, count, frame->function))
			out[count++] = frame->function;
	}
	return count;
}

void traceback_fingerprint(const struct frames *frames, const char *type, const char *place,
			   char out[FINGERPRINT_SIZE])
{
	struct text functions[OWN_FRAMES_MAX];
	size_t count = own_functions(frames, functions);
	struct buffer text = { 0 };
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	buffer_printf(&text, "%s\n", type);
	for (size_t i = 0; i < count; i++)
		buffer_printf(&text, "%.*s\n", (int)functions[i].length, functions[i].data);
	if (count == 0)
		buffer_append_text(&text, place);
	if (EVP_Digest(buffer_unread(&text), buffer_unread_size(&text), digest, &size, EVP_sha256(),
		       NULL) != 1)
		panic("SHA-256 is not available");
	hex_encode(digest, 32, out);
	buffer_finish(&text);
}
