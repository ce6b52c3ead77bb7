/* record.c - encodes and checks the records and headers of record.h; CRC32C. */
#include "ingress/spool/record.h"

#include <string.h>
#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is that of the memory");
_Static_assert(sizeof(struct segment_header) == 64, "");
_Static_assert(sizeof(struct record_header) == 16, "");
_Static_assert(sizeof(struct update_record) == 64, "");
_Static_assert(sizeof(struct kill_record) == 16, "");
_Static_assert(sizeof(struct sighting_kill_record) == 16, "");

static const char magic[8] = { 'K', 'S', 'P', 'O', 'O', 'L', '\r', '\n' };

/* --- CRC32C (Castagnoli; RFC 3720, appendix B.4) ---------------------------------------------- */

uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t size)
{
	static const uint32_t table[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
		0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	const uint8_t *data = bytes;

	crc = ~crc;
	for (; size > 0; size--, data++) {
		crc = crc >> 4 ^ table[(crc ^ *data) & 15];
		crc = crc >> 4 ^ table[(crc ^ *data >> 4) & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *data,
							       size_t size)
{
	uint64_t wide = crc;

	for (; size >= 8; size -= 8, data += 8) {
		uint64_t word;

		memcpy(&word, data, sizeof(word));
		wide = _mm_crc32_u64(wide, word);
	}
	crc = (uint32_t)wide;
	for (; size > 0; size--, data++)
		crc = _mm_crc32_u8(crc, *data);
	return crc;
}
#elif defined(__aarch64__)
/* Not by <arm_acle.h>: gcc 12 and clang 14 show its functions only where the whole file may use
 * them. */
__attribute__((target("arch=armv8-a+crc"))) static uint32_t crc32c_arm(uint32_t crc,
								       const uint8_t *data,
								       size_t size)
{
	for (; size >= 8; size -= 8, data += 8) {
		uint64_t word;

		memcpy(&word, data, sizeof(word));
		__asm__("crc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
	}
	for (; size > 0; size--, data++)
		__asm__("crc32cb %w0, %w0, %w1" : "+r"(crc) : "r"((uint32_t)*data));
	return crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc32c_sse42(~crc, data, size);
#elif defined(__aarch64__)
	if (getauxval(AT_HWCAP) & HWCAP_CRC32)
		return ~crc32c_arm(~crc, data, size);
#endif
	return crc32c_portable(crc, data, size);
}

/* --- segments --------------------------------------------------------------------------------- */

void segment_header_append(struct buffer *out, uint32_t number, int64_t bot_id, uint64_t now_ms,
			   uint64_t next_seq)
{
	struct segment_header header = { .version = SEGMENT_VERSION,
					 .number = number,
					 .bot_id = bot_id,
					 .created_ms = now_ms,
					 .next_seq = next_seq };

	memcpy(header.magic, magic, sizeof(magic));
	header.crc = crc32c(0, &header, offsetof(struct segment_header, crc));
	buffer_append(out, &header, sizeof(header));
}

bool segment_header_read(const uint8_t *data, size_t size, struct segment_header *out)
{
	*out = (struct segment_header) { 0 };
	memcpy(out, data, size < sizeof(*out) ? size : sizeof(*out));
	return size >= sizeof(*out) && !memcmp(out->magic, magic, sizeof(magic)) &&
	       out->crc == crc32c(0, out, offsetof(struct segment_header, crc));
}

/* --- records ---------------------------------------------------------------------------------- */

size_t record_size(size_t payload)
{
	return (sizeof(struct record_header) + payload + RECORD_ALIGN - 1) &
	       ~(size_t)(RECORD_ALIGN - 1);
}

static uint32_t record_crc(const struct record_header *header, uint32_t segment,
			   const uint8_t *payload)
{
	const uint32_t covered[] = { segment, header->length, header->kind, header->number };

	return crc32c(crc32c(0, covered, sizeof(covered)), payload, header->length);
}

void record_append(struct buffer *out, uint32_t segment, const struct record_parts *parts)
{
	size_t length = parts->head_size + parts->body_size, size = record_size(length);
	struct record_header header = { .length = (uint32_t)length,
					.kind = parts->kind,
					.number = parts->number };
	uint8_t *start = buffer_reserve(out, size), *payload = start + sizeof(header);

	if (parts->head_size)
		memcpy(payload, parts->head, parts->head_size);
	if (parts->body_size)
		memcpy(payload + parts->head_size, parts->body, parts->body_size);
	memset(payload + length, 0, size - sizeof(header) - length);
	header.crc = record_crc(&header, segment, payload);
	memcpy(start, &header, sizeof(header));
	buffer_commit(out, size);
}

bool record_read(const uint8_t *data, size_t size, size_t offset, uint32_t segment,
		 struct record *out)
{
	struct record_header header;

	if (offset > size || size - offset < sizeof(header))
		return false;
	memcpy(&header, data + offset, sizeof(header));
	if (header.kind < RECORD_UPDATE || header.kind > RECORD_END ||
	    header.length > size - offset - sizeof(header))
		return false;
	*out = (struct record) { .kind = (enum record_kind)header.kind,
				 .number = header.number,
				 .offset = offset,
				 .size = record_size(header.length),
				 .payload = data + offset + sizeof(header),
				 .length = header.length };
	return out->size <= size - offset &&
	       header.crc == record_crc(&header, segment, out->payload);
}

bool record_search(const uint8_t *data, size_t size, size_t offset, uint32_t segment,
		   uint32_t number, struct record *out)
{
	offset = (offset + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1);
	for (; offset < size; offset += RECORD_ALIGN) {
		struct record_header header;

		if (size - offset < sizeof(header))
			return false;
		/* Before computing a CRC over a lot of data: can this be a record's number? */
		memcpy(&header, data + offset, sizeof(header));
		if (header.number < number ||
		    header.number - number > size / sizeof(struct record_header))
			continue;
		if (record_read(data, size, offset, segment, out))
			return true;
	}
	return false;
}

#define END_DAMAGE_MAX 4

bool record_was_end(const uint8_t *data, size_t size, size_t offset, uint32_t segment,
		    uint32_t number, uint32_t count)
{
	struct end_record end = { count, ~count };
	const struct record_parts parts = {
		.number = number, .kind = RECORD_END, .head = &end, .head_size = sizeof(end)
	};
	struct buffer wanted = { 0 };
	size_t differing = 0;

	if (count == 0 || offset > size || size - offset < record_size(sizeof(end)))
		return false;
	record_append(&wanted, segment, &parts);
	for (size_t i = 0; i < wanted.size; i++)
		differing += wanted.data[i] != data[offset + i];
	buffer_finish(&wanted);
	return differing <= END_DAMAGE_MAX;
}

/* --- payloads --------------------------------------------------------------------------------- */

struct update_record update_record_of(const struct spool_update *update)
{
	struct update_record record = { .seq = update->seq,
					.update_id = update->update_id,
					.lane = update->lane,
					.received_ms = update->received_ms,
					.due_ms = update->due_ms,
					.kind = (uint8_t)update->kind,
					.flags = update->flags,
					.attempts = update->attempts,
					.lost = update->lost };

	memcpy(record.trace, update->trace.bytes, sizeof(record.trace));
	return record;
}

bool update_record_read(const uint8_t *payload, size_t length, struct spool_update *out)
{
	struct update_record record;

	if (length < sizeof(record))
		return false;
	memcpy(&record, payload, sizeof(record));
	*out = (struct spool_update) { .seq = record.seq,
				       .update_id = record.update_id,
				       .kind = (enum update_kind)record.kind,
				       .flags = record.flags,
				       .attempts = record.attempts,
				       .lost = record.lost,
				       .lane = record.lane,
				       .received_ms = record.received_ms,
				       .due_ms = record.due_ms };
	memcpy(out->trace.bytes, record.trace, sizeof(record.trace));
	return record.kind <= KIND_UNKNOWN;
}
