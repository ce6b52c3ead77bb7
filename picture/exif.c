#include "picture/exif.h"

#include <stdbool.h>
#include <string.h>

#define HEAD 6 /* "Exif", NUL, NUL */
#define TIFF_HEAD 8
#define ENTRY 12
#define TAG_ORIENTATION 0x112
#define TYPE_SHORT 3

struct tiff {
	const uint8_t *bytes;
	size_t size;
	bool is_big; /* "MM": the higher byte first */
};

static uint32_t read_2(const struct tiff *tiff, size_t at)
{
	const uint8_t *bytes = tiff->bytes + at;

	return tiff->is_big ? (uint32_t)bytes[0] << 8 | bytes[1]
			    : (uint32_t)bytes[1] << 8 | bytes[0];
}

static uint32_t read_4(const struct tiff *tiff, size_t at)
{
	uint32_t first = read_2(tiff, at), second = read_2(tiff, at + 2);

	return tiff->is_big ? first << 16 | second : second << 16 | first;
}

/* The first directory, at its offset: a count, and so many entries of tag, type, count, value. */
static int find_orientation(const struct tiff *tiff)
{
	size_t at = read_4(tiff, 4), count;

	if (at > tiff->size - 2)
		return 1;
	count = read_2(tiff, at);
	for (at += 2; count > 0 && tiff->size - at >= ENTRY; at += ENTRY, count--)
		if (read_2(tiff, at) == TAG_ORIENTATION && read_2(tiff, at + 2) == TYPE_SHORT)
			return (int)read_2(tiff, at + 8);
	return 1;
}

int exif_orientation(const uint8_t *bytes, size_t size)
{
	struct tiff tiff;
	int found;

	if (size < HEAD + TIFF_HEAD || memcmp(bytes, "Exif\0", HEAD) != 0)
		return 1;
	tiff = (struct tiff) { bytes + HEAD, size - HEAD, bytes[HEAD] == 'M' };
	found = find_orientation(&tiff);
	return found >= 1 && found <= 8 ? found : 1;
}
