/* webm.c - an element is a number that names it, a size, and so many bytes, which may be elements
 * (RFC 8794). */
#include "simulator/webm.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 4
#define NANOSECONDS 1e9

enum {
	ID_HEAD = 0x1a45dfa3,
	ID_SEGMENT = 0x18538067,
	ID_INFO = 0x1549a966,
	ID_SCALE = 0x2ad7b1,
	ID_DURATION = 0x4489,
	ID_TRACKS = 0x1654ae6b,
	ID_TRACK = 0xae,
	ID_TRACK_TYPE = 0x83,
	ID_CODEC = 0x86,
	ID_VIDEO = 0xe0,
	ID_WIDTH = 0xb0,
	ID_HEIGHT = 0xba,
	ID_CLUSTER = 0x1f43b675,
};

enum { TRACK_PICTURES = 1, TRACK_SOUNDS = 2 };

struct reader {
	struct webm *webm;
	double scale, duration; /* nanoseconds of one unit; units */
	bool is_whole;          /* there were tracks */
};

struct piece {
	const uint8_t *at;
	size_t left;
};

/* One to eight bytes, of which the first says how many there are; `keeps` the mark of that, as
 * names do. Sizes of which every bit is set are unknown: the rest. */
static bool take_number(struct piece *piece, bool keeps, size_t bytes_max, uint64_t *out)
{
	size_t bytes = 1;
	uint64_t ones;

	while (piece->left > 0 && bytes <= bytes_max && !(piece->at[0] & 0x80 >> (bytes - 1)))
		bytes++;
	if (bytes > bytes_max || piece->left < bytes)
		return false;
	*out = keeps ? piece->at[0] : piece->at[0] & (0xffu >> bytes);
	for (size_t i = 1; i < bytes; i++)
		*out = *out << 8 | piece->at[i];
	ones = ((uint64_t)1 << bytes * 7) - 1;
	if (!keeps && *out == ones)
		*out = UINT64_MAX;
	piece->at += bytes;
	piece->left -= bytes;
	return true;
}

static uint64_t read_unsigned(const struct piece *piece)
{
	uint64_t value = 0;

	for (size_t i = 0; i < piece->left && i < 8; i++)
		value = value << 8 | piece->at[i];
	return value;
}

static double read_float(const struct piece *piece)
{
	uint64_t bits = read_unsigned(piece);
	uint32_t half = (uint32_t)bits;
	float small;
	double large;

	memcpy(&small, &half, sizeof(small));
	memcpy(&large, &bits, sizeof(large));
	return piece->left == 4 ? (double)small : large;
}

static bool take_pieces(struct reader *reader, struct piece piece, unsigned depth);

static bool take_piece(struct reader *reader, uint64_t id, const struct piece *piece,
		       unsigned depth)
{
	struct webm *webm = reader->webm;

	switch (id) {
	case ID_TRACKS:
		reader->is_whole = true;
		return take_pieces(reader, *piece, depth + 1);
	case ID_SEGMENT:
	case ID_INFO:
	case ID_TRACK:
	case ID_VIDEO:
		return take_pieces(reader, *piece, depth + 1);
	case ID_SCALE:
		reader->scale = (double)read_unsigned(piece);
		break;
	case ID_DURATION:
		reader->duration = read_float(piece);
		break;
	case ID_TRACK_TYPE:
		webm->pictures += read_unsigned(piece) == TRACK_PICTURES;
		webm->sounds += read_unsigned(piece) == TRACK_SOUNDS;
		break;
	case ID_CODEC:
		webm->is_vp9 |= piece->left == 5 && !memcmp(piece->at, "V_VP9", 5);
		break;
	case ID_WIDTH:
		webm->width = (int)(read_unsigned(piece) & 0xffff);
		break;
	case ID_HEIGHT:
		webm->height = (int)(read_unsigned(piece) & 0xffff);
		break;
	default:
		break;
	}
	return true;
}

/* Up to the first cluster, where the pictures are. */
static bool take_pieces(struct reader *reader, struct piece piece, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return false;
	while (piece.left > 0) {
		uint64_t id, size;

		if (!take_number(&piece, true, 4, &id) || !take_number(&piece, false, 8, &size))
			return false;
		if (id == ID_CLUSTER)
			return true;
		if (size > piece.left)
			size = piece.left;
		if (!take_piece(reader, id, &(struct piece) { piece.at, (size_t)size }, depth))
			return false;
		piece.at += size;
		piece.left -= (size_t)size;
	}
	return true;
}

bool webm_read(struct webm *webm, const void *bytes, size_t size)
{
	struct reader reader = { .webm = webm, .scale = 1e6 };

	*webm = (struct webm) { 0 };
	if (size < 4 || memcmp(bytes, "\x1a\x45\xdf\xa3", 4) != 0 ||
	    !take_pieces(&reader, (struct piece) { bytes, size }, 0))
		return false;
	webm->seconds = reader.duration * reader.scale / NANOSECONDS;
	return reader.is_whole;
}
