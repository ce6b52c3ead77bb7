#include "simulator/ebml.h"

#define ID_BYTES_MAX 4
#define SIZE_BYTES_MAX 8

/* `keeps` the mark of how many bytes there are, as names do. Sizes of which every bit is set are
 * unknown. */
static bool take_number(struct ebml *from, bool keeps, size_t bytes_max, uint64_t *out)
{
	size_t bytes = 1;
	uint64_t ones;

	while (from->left > 0 && bytes <= bytes_max && !(from->at[0] & 0x80 >> (bytes - 1)))
		bytes++;
	if (bytes > bytes_max || from->left < bytes)
		return false;
	*out = keeps ? from->at[0] : from->at[0] & (0xffu >> bytes);
	for (size_t i = 1; i < bytes; i++)
		*out = *out << 8 | from->at[i];
	ones = ((uint64_t)1 << bytes * 7) - 1;
	if (!keeps && *out == ones)
		*out = UINT64_MAX;
	from->at += bytes;
	from->left -= bytes;
	return true;
}

bool ebml_take_number(struct ebml *from, uint64_t *out)
{
	return take_number(from, false, SIZE_BYTES_MAX, out);
}

bool ebml_take(struct ebml *from, uint64_t *id, struct ebml *content)
{
	uint64_t size;

	if (!take_number(from, true, ID_BYTES_MAX, id) || !ebml_take_number(from, &size))
		return false;
	content->at = from->at;
	content->left = size < from->left ? (size_t)size : from->left;
	return true;
}

void ebml_skip(struct ebml *from, const struct ebml *content)
{
	from->at += content->left;
	from->left -= content->left;
}

uint64_t ebml_unsigned(const struct ebml *content)
{
	uint64_t value = 0;

	for (size_t i = 0; i < content->left && i < 8; i++)
		value = value << 8 | content->at[i];
	return value;
}
