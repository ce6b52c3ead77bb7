/* fuzz_picture.c - what korone-picture is given. The first byte is what it does: reads a picture as
 * it is, or reduced; draws a collage, a captcha or a card of a sheet. */
#include "picture/decode.h"
#include "picture/operations.h"
#include "tests/fuzz/fuzz.h"

static bool decode_reduced(const struct request *request, struct raster *out, struct why *why)
{
	return picture_decode(request->bytes, request->size, 32, out, why);
}

static bool decode_whole(const struct request *request, struct raster *out, struct why *why)
{
	return picture_decode(request->bytes, request->size, DECODE_WHOLE, out, why);
}

/* Fontconfig keeps what it has read of the system's fonts until the process ends. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static operation_fn *const operations[] = { decode_whole, decode_reduced, operation_collage,
						    operation_captcha, operation_card };
	struct raster raster = { 0 };
	struct request request;
	struct why why = { "" };

	if (size == 0)
		return 0;
	request = (struct request) { data + 1, size - 1, 16 };
	if (operations[data[0] % (sizeof(operations) / sizeof(operations[0]))](&request, &raster,
									       &why))
		PROMISE(raster.pixels && raster.width > 0 && raster.height > 0 &&
			(int64_t)raster.width * raster.height <= RASTER_PIXELS_MAX);
	else
		PROMISE(why.text[0]);
	raster_finish(&raster);
	return 0;
}
