/* cas_list.c - reads, packs and searches. */
#include "workers/modules/moderation/cas_list.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/xalloc.h"

#define PART_BITS 7
#define SHARD_BITS 3
#define PART_SHIFT 56 /* of the part in a key, above what is left of the id */
#define REST_MASK ((UINT64_C(1) << PART_SHIFT) - 1)
#define LEB128_MAX 10

unsigned cas_part_of(int64_t id)
{
	return (unsigned)(id & (CAS_PARTS - 1));
}

unsigned cas_shard_of(int64_t id)
{
	return (unsigned)(id >> PART_BITS & (CAS_SHARDS - 1));
}

/* --- reading ---------------------------------------------------------------------------------- */

size_t cas_count_lines(const char *text, size_t size)
{
	const char *end = text + size, *newline;
	size_t count = 1;

	for (; (newline = memchr(text, '\n', (size_t)(end - text))); text = newline + 1)
		count++;
	return count < CAS_PEOPLE_MAX ? count : CAS_PEOPLE_MAX;
}

/* "123", "123\r" and "123,…"; 0: none. */
static int64_t read_id(const char *at, const char *end)
{
	int64_t id = 0;

	if (at < end && *at == '"')
		at++;
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		id = 10 * id + (*at - '0');
		if (id > CAS_ID_MAX)
			return 0;
	}
	return at == end || strchr(",;\"\r", *at) ? id : 0;
}

static void take_line(const char *at, const char *end, bool first, struct cas_people *out)
{
	int64_t id = read_id(at, end);

	if (at == end || (end - at == 1 && *at == '\r'))
		return;
	if (id <= 0)
		out->bad += !first; /* may be names of columns */
	else if (out->count == CAS_PEOPLE_MAX)
		out->too_many = true;
	else
		out->keys[out->count++] = (uint64_t)cas_part_of(id) << PART_SHIFT |
					  (uint64_t)id >> PART_BITS;
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	return one < other ? -1 : one > other;
}

static void drop_repeated(struct cas_people *people)
{
	size_t kept = 0;

	for (size_t i = 0; i < people->count; i++)
		if (!kept || people->keys[kept - 1] != people->keys[i])
			people->keys[kept++] = people->keys[i];
	people->count = kept;
}

void cas_read(const char *text, size_t size, struct cas_people *out)
{
	const char *at = text, *end = text + size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;

		take_line(at, line_end, at == text, out);
		at = newline ? newline + 1 : end;
	}
	qsort(out->keys, out->count, sizeof(*out->keys), compare_keys);
	drop_repeated(out);
}

/* --- packing ---------------------------------------------------------------------------------- */

static size_t first_of(const struct cas_people *people, unsigned part)
{
	size_t low = 0, high = people->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (people->keys[middle] >> PART_SHIFT < part)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void append_leb128(struct buffer *out, uint64_t number)
{
	uint8_t bytes[LEB128_MAX];
	size_t size = 0;

	for (; number > 0x7f; number >>= 7)
		bytes[size++] = (uint8_t)(number | 0x80);
	bytes[size++] = (uint8_t)number;
	buffer_append(out, bytes, size);
}

void cas_pack(const struct cas_people *people, unsigned part, struct buffer *out)
{
	struct buffer bytes = { 0 };
	uint64_t last = 0;
	size_t size;
	char *text;

	for (size_t i = first_of(people, part);
	     i < people->count && people->keys[i] >> PART_SHIFT == part; i++) {
		uint64_t rest = people->keys[i] & REST_MASK;

		append_leb128(&bytes, rest - last);
		last = rest;
	}
	size = buffer_unread_size(&bytes);
	text = xmalloc(BASE64URL_SIZE(size) + 1);
	buffer_append(out, text, base64url_encode(buffer_unread(&bytes), size, text));
	free(text);
	buffer_finish(&bytes);
}

/* --- looking up ------------------------------------------------------------------------------- */

static bool take_leb128(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; *at < end && shift < 63; shift += 7) {
		uint8_t byte = *(*at)++;

		*out |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool unpack_bytes(const uint8_t *at, size_t size, unsigned shard, struct buffer *out)
{
	const uint8_t *end = at + size;
	uint64_t rest = 0, step;

	while (at < end) {
		uint32_t left;

		if (!take_leb128(&at, end, &step) || step > (uint64_t)CAS_ID_MAX ||
		    (rest += step) > (uint64_t)CAS_ID_MAX >> PART_BITS)
			return false;
		left = (uint32_t)(rest >> SHARD_BITS);
		if ((rest & (CAS_SHARDS - 1)) == shard)
			buffer_append(out, &left, sizeof(left));
	}
	return true;
}

bool cas_unpack(const char *part, unsigned shard, struct buffer *out)
{
	size_t length = strlen(part), size;
	uint8_t *bytes = xmalloc(length + 1);
	bool good = base64url_decode(part, length, bytes, &size) &&
		    unpack_bytes(bytes, size, shard, out);

	free(bytes);
	return good;
}

bool cas_has(const void *shard, size_t size, int64_t id)
{
	const uint32_t *numbers = shard;
	uint32_t wanted = (uint32_t)(id >> (PART_BITS + SHARD_BITS));
	size_t low = 0, high = size / sizeof(*numbers);

	if (id <= 0 || id > CAS_ID_MAX)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (numbers[middle] == wanted)
			return true;
		if (numbers[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}
