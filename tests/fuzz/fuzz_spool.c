/* fuzz_spool.c - a segment of the spool with arbitrary damage: every record found is within it, and
 * the search for the next one advances. */
#include "ingress/spool/record.h"
#include "tests/fuzz/fuzz.h"

static void check_records(const uint8_t *data, size_t size, uint32_t segment)
{
	struct record record;
	size_t offset = 0;
	uint32_t number = 0;

	while (record_search(data, size, offset, segment, number, &record)) {
		struct spool_update update;

		PROMISE(record.offset >= offset && record.size <= size - record.offset);
		PROMISE(record.payload >= data && record.payload <= data + size);
		PROMISE(record.length <= (size_t)(data + size - record.payload));
		if (record.kind == RECORD_UPDATE &&
		    update_record_read(record.payload, record.length, &update))
			PROMISE(update.kind <= KIND_UNKNOWN);
		offset = record.offset + record.size;
		number = record.number + 1;
		if (number == 0)
			return;
	}
}

/* No fuzzer guesses a CRC, so records are also made from the input: a byte of length, bytes. */
static void check_own_records(const uint8_t *data, size_t size)
{
	struct buffer segment = { 0 };
	uint32_t number = 0;

	for (size_t at = 0; at + 2 < size && number < 64;) {
		size_t length = data[at] < size - at - 2 ? data[at] : size - at - 2;

		record_append(&segment, 7,
			      &(struct record_parts) { .number = number++,
						       .kind = (enum record_kind)(data[at + 1] % 8),
						       .body = data + at + 2,
						       .body_size = length });
		at += 2 + length;
	}
	/* with one bit damaged */
	if (size > 0 && buffer_unread_size(&segment) > 0)
		buffer_unread(&segment)[(data[0] * 31u) % buffer_unread_size(&segment)] ^=
			(uint8_t)(1u << (data[size - 1] & 7));
	check_records(buffer_unread(&segment), buffer_unread_size(&segment), 7);
	buffer_finish(&segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct segment_header header;

	if (segment_header_read(data, size, &header))
		PROMISE(size >= sizeof(header));
	check_records(data, size, 1);
	check_own_records(data, size);
	record_was_end(data, size, size / 2 / RECORD_ALIGN * RECORD_ALIGN, 1, 0, 1);
	return 0;
}
