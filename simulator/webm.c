#include "simulator/webm.h"

#include <stdint.h>
#include <string.h>

#include "simulator/ebml.h"

#define DEPTH_MAX 4
#define NANOSECONDS 1e9

struct reader {
	struct webm *webm;
	double scale, duration; /* nanoseconds of one unit; units */
	bool is_whole;          /* there were tracks */
};

static double read_float(const struct ebml *piece)
{
	uint64_t bits = ebml_unsigned(piece);
	uint32_t half = (uint32_t)bits;
	float small;
	double large;

	memcpy(&small, &half, sizeof(small));
	memcpy(&large, &bits, sizeof(large));
	return piece->left == 4 ? (double)small : large;
}

static bool take_pieces(struct reader *reader, struct ebml from, unsigned depth);

static bool take_piece(struct reader *reader, uint64_t id, const struct ebml *piece, unsigned depth)
{
	struct webm *webm = reader->webm;

	switch (id) {
	case EBML_TRACKS:
		reader->is_whole = true;
		return take_pieces(reader, *piece, depth + 1);
	case EBML_SEGMENT:
	case EBML_INFO:
	case EBML_TRACK:
	case EBML_VIDEO:
		return take_pieces(reader, *piece, depth + 1);
	case EBML_SCALE:
		reader->scale = (double)ebml_unsigned(piece);
		break;
	case EBML_DURATION:
		reader->duration = read_float(piece);
		break;
	case EBML_TRACK_TYPE:
		webm->pictures += ebml_unsigned(piece) == EBML_TRACK_PICTURES;
		webm->sounds += ebml_unsigned(piece) == EBML_TRACK_SOUNDS;
		break;
	case EBML_CODEC:
		webm->is_vp9 |= piece->left == 5 && !memcmp(piece->at, "V_VP9", 5);
		break;
	case EBML_WIDTH:
		webm->width = (int)(ebml_unsigned(piece) & 0xffff);
		break;
	case EBML_HEIGHT:
		webm->height = (int)(ebml_unsigned(piece) & 0xffff);
		break;
	default:
		break;
	}
	return true;
}

/* Up to the first cluster, where the pictures are. */
static bool take_pieces(struct reader *reader, struct ebml from, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return false;
	while (from.left > 0) {
		struct ebml content;
		uint64_t id;

		if (!ebml_take(&from, &id, &content))
			return false;
		if (id == EBML_CLUSTER)
			return true;
		if (!take_piece(reader, id, &content, depth))
			return false;
		ebml_skip(&from, &content);
	}
	return true;
}

bool webm_read(struct webm *webm, const void *bytes, size_t size)
{
	struct reader reader = { .webm = webm, .scale = 1e6 };

	*webm = (struct webm) { 0 };
	if (size < 4 || memcmp(bytes, "\x1a\x45\xdf\xa3", 4) != 0 ||
	    !take_pieces(&reader, (struct ebml) { bytes, size }, 0))
		return false;
	webm->seconds = reader.duration * reader.scale / NANOSECONDS;
	return reader.is_whole;
}
