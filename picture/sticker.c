/* sticker.c - a picture as Telegram wants a static sticker: one side of exactly 512 pixels, the
 * other at most that (https://core.telegram.org/stickers); and a smaller one of it. */
#include "picture/decode.h"
#include "picture/draw.h"
#include "picture/operations.h"

#define STICKER_SIDE 512
#define THUMBNAIL_SIDE 320

bool operation_sticker(const struct request *request, struct raster *out, struct why *why)
{
	const int side = request->side ? request->side : STICKER_SIDE;

	return picture_decode(request->bytes, request->size, side, out, why) &&
	       raster_fit(out, side, false, why);
}

bool operation_thumbnail(const struct request *request, struct raster *out, struct why *why)
{
	const int side = request->side ? request->side : THUMBNAIL_SIDE;

	return picture_decode(request->bytes, request->size, side, out, why) &&
	       raster_fit(out, side, true, why);
}
