/* gzip.c - one call of deflate(), and the checksum. */
#include "crashd/gzip.h"

#define ZLIB_CONST
#include <zlib.h>

#include "common/log.h"

#define GZIP_WINDOW (15 + 16) /* 32 KiB; 16 selects gzip's header instead of zlib's */

void gzip_pack(const void *bytes, size_t size, struct buffer *out)
{
	z_stream stream = { .next_in = bytes, .avail_in = (uInt)size };

	if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		panic("zlib cannot start");
	stream.avail_out = (uInt)deflateBound(&stream, size);
	stream.next_out = buffer_reserve(out, stream.avail_out);
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		panic("zlib went over its own bound");
	buffer_commit(out, stream.total_out);
	deflateEnd(&stream);
}

uint32_t checksum(const void *bytes, size_t size)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), bytes, size);
}
