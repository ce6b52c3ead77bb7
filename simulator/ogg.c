#include "simulator/ogg.h"

#include <string.h>

#define HEAD_SIZE 27 /* of a page, without its lacing */
#define OPUS_HEAD_MIN 19
#define PACKETS_MAX 50  /* in a page: a second of 20 ms each */
#define PACKET_MAX 8192 /* 120 ms at the highest rate have 7,662 (RFC 6716, 3.4) */
#define CHECKSUM_AT 22

enum { PAGE_FIRST = 2, PAGE_LAST = 4 };

static void put_number(uint8_t *at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_number(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = bytes; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

/* CRC of 0x04c11db7, from 0, not reflected. */
static uint32_t checksum(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		sum ^= (uint32_t)bytes[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			sum = sum & 0x80000000u ? sum << 1 ^ 0x04c11db7u : sum << 1;
	}
	return sum;
}

static void write_page(struct ogg *ogg, uint8_t flags)
{
	const uint8_t *packets = (const uint8_t *)buffer_unread(&ogg->packets);
	size_t size = buffer_unread_size(&ogg->packets);
	uint8_t head[HEAD_SIZE] = "OggS";
	uint32_t sum;

	head[5] = flags;
	put_number(head + 6, 8, ogg->position);
	put_number(head + 14, 4, 1); /* the only stream */
	put_number(head + 18, 4, ogg->page++);
	head[26] = (uint8_t)ogg->lacing_count;
	sum = checksum(checksum(checksum(0, head, sizeof(head)), ogg->lacing, ogg->lacing_count),
		       packets, size);
	put_number(head + CHECKSUM_AT, 4, sum);
	buffer_append(ogg->out, head, sizeof(head));
	buffer_append(ogg->out, ogg->lacing, ogg->lacing_count);
	buffer_append(ogg->out, packets, size);
	buffer_clear(&ogg->packets);
	ogg->lacing_count = ogg->count = 0;
}

/* A packet's sizes are 255 each but for the last, which is less. */
static void put_packet(struct ogg *ogg, const uint8_t *packet, size_t size)
{
	for (size_t left = size;; left -= 255) {
		ogg->lacing[ogg->lacing_count++] = (uint8_t)(left < 255 ? left : 255);
		if (left < 255)
			break;
	}
	buffer_append(&ogg->packets, packet, size);
	ogg->count++;
}

bool ogg_begin(struct ogg *ogg, const uint8_t *head, size_t size, struct buffer *out)
{
	static const uint8_t tags[] = "OpusTags\6\0\0\0korone\0\0\0\0";

	if (size < OPUS_HEAD_MIN || size > PACKET_MAX || memcmp(head, "OpusHead", 8) != 0)
		return false;
	*ogg = (struct ogg) { .out = out };
	put_packet(ogg, head, size);
	write_page(ogg, PAGE_FIRST);
	put_packet(ogg, tags, sizeof(tags) - 1);
	write_page(ogg, 0);
	return true;
}

/* RFC 6716, 3.1: what the first byte says, and how many frames there are. 0: it is no packet. */
static unsigned samples_of(const uint8_t *packet, size_t size)
{
	static const unsigned silk[] = { 480, 960, 1920, 2880 }, celt[] = { 120, 240, 480, 960 };
	unsigned config, frames;

	if (size == 0)
		return 0;
	config = packet[0] >> 3;
	frames = (packet[0] & 3) == 0 ? 1 : 2;
	if ((packet[0] & 3) == 3)
		frames = size > 1 ? packet[1] & 0x3f : 0;
	if (config < 12)
		return frames * silk[config & 3];
	return frames * (config < 16 ? silk[config & 1] : celt[config & 3]);
}

bool ogg_add(struct ogg *ogg, const uint8_t *packet, size_t size)
{
	unsigned samples = samples_of(packet, size);

	if (samples == 0 || size > PACKET_MAX)
		return false;
	if (ogg->count == PACKETS_MAX || ogg->lacing_count + size / 255 + 1 > sizeof(ogg->lacing))
		write_page(ogg, 0);
	put_packet(ogg, packet, size);
	ogg->position += samples;
	return true;
}

void ogg_end(struct ogg *ogg)
{
	write_page(ogg, PAGE_LAST);
}

void ogg_finish(struct ogg *ogg)
{
	buffer_finish(&ogg->packets);
}

/* Of the last page, which is near the end. */
static uint64_t last_position(const uint8_t *bytes, size_t size)
{
	for (size_t at = size - HEAD_SIZE + 1; at-- > 0;)
		if (!memcmp(bytes + at, "OggS", 4))
			return get_number(bytes + at + 6, 8);
	return 0;
}

double ogg_seconds(const void *bytes, size_t size)
{
	const uint8_t *page = bytes;
	uint64_t position, before;

	if (size < HEAD_SIZE + 1 + OPUS_HEAD_MIN || memcmp(page, "OggS", 4) != 0 || page[26] != 1 ||
	    memcmp(page + HEAD_SIZE + 1, "OpusHead", 8) != 0)
		return -1;
	before = get_number(page + HEAD_SIZE + 1 + 10, 2); /* is not heard */
	position = last_position(page, size);
	return position > before ? (double)(position - before) / OPUS_RATE : 0;
}
