#include "simulator/voice.h"

#include <math.h>
#include <string.h>

#include "simulator/ebml.h"
#include "simulator/ogg.h"

#define LACING 0x06  /* of a block's flags: several frames in one */
#define BLOCK_HEAD 3 /* time and flags, behind the number of the track */

static bool is_mp3(const uint8_t *bytes, size_t size)
{
	return size > 3 && (!memcmp(bytes, "ID3", 3) ||
			    (bytes[0] == 0xff && (bytes[1] & 0xe6) == 0xe2)); /* layer III */
}

bool voice_read(struct voice *voice, const void *bytes, size_t size)
{
	double seconds = ogg_seconds(bytes, size);

	if (seconds >= 0)
		*voice = (struct voice) { "audio/ogg", "oga",
					  (int)lround(fmin(fmax(seconds, 1), 86400)) };
	else if (is_mp3(bytes, size))
		*voice = (struct voice) { "audio/mpeg", "mp3", 0 };
	else if (size > 12 && !memcmp((const char *)bytes + 4, "ftypM4A ", 8))
		*voice = (struct voice) { "audio/mp4", "m4a", 0 };
	else
		return false;
	return true;
}

/* --- recordings ------------------------------------------------------------------------------- */

struct recording {
	struct ogg ogg;
	struct ebml head; /* OpusHead */
	unsigned tracks;
	bool is_opus, begun;
};

static bool add_block(struct recording *recording, struct ebml block, struct buffer *out)
{
	uint64_t track;

	if (!recording->begun) {
		if (recording->tracks != 1 || !recording->is_opus ||
		    !ogg_begin(&recording->ogg, recording->head.at, recording->head.left, out))
			return false;
		recording->begun = true;
	}
	if (!ebml_take_number(&block, &track) || block.left < BLOCK_HEAD || block.at[2] & LACING)
		return false;
	return ogg_add(&recording->ogg, block.at + BLOCK_HEAD, block.left - BLOCK_HEAD);
}

/* What has elements in it is gone through as if it had them not in it but behind it, so that it is
 * all the same how large it is said to be: what is recorded does not know yet. */
static bool has_elements(uint64_t id)
{
	return id == EBML_SEGMENT || id == EBML_TRACKS || id == EBML_TRACK || id == EBML_CLUSTER ||
	       id == EBML_BLOCKS;
}

static bool take_element(struct recording *recording, uint64_t id, const struct ebml *content,
			 struct buffer *out)
{
	switch (id) {
	case EBML_TRACK:
		recording->tracks++;
		return true;
	case EBML_CODEC:
		recording->is_opus = content->left == 6 && !memcmp(content->at, "A_OPUS", 6);
		return true;
	case EBML_CODEC_HEAD:
		recording->head = *content;
		return true;
	case EBML_SIMPLE_BLOCK:
	case EBML_BLOCK:
		return add_block(recording, *content, out);
	default:
		return true;
	}
}

static bool take_all(struct recording *recording, struct ebml from, struct buffer *out)
{
	struct ebml content;
	uint64_t id;

	while (ebml_take(&from, &id, &content)) {
		bool is_cut_off = content.left == from.left && !has_elements(id) &&
				  recording->begun && recording->ogg.position > 0;

		if (!take_element(recording, id, &content, out))
			return is_cut_off;
		if (!has_elements(id))
			ebml_skip(&from, &content);
	}
	return recording->begun;
}

bool voice_of_recording(const void *bytes, size_t size, struct buffer *out)
{
	struct recording recording = { 0 };
	struct buffer ogg = { 0 };
	bool ok = size > 4 && !memcmp(bytes, "\x1a\x45\xdf\xa3", 4) &&
		  take_all(&recording, (struct ebml) { bytes, size }, &ogg);

	if (ok) {
		ogg_end(&recording.ogg);
		buffer_append(out, buffer_unread(&ogg), buffer_unread_size(&ogg));
	}
	ogg_finish(&recording.ogg);
	buffer_finish(&ogg);
	return ok;
}
