/* decode_webp.c - by libwebp, which writes into the raster. */
#include <webp/decode.h>

#include "picture/decode.h"

static const char *explain(VP8StatusCode code)
{
	if (code == VP8_STATUS_NOT_ENOUGH_DATA)
		return "a WebP that is cut off";
	return code == VP8_STATUS_OUT_OF_MEMORY ? "a WebP that takes too much memory"
						: "a broken WebP";
}

bool webp_decode(const void *bytes, size_t size, struct raster *out, struct why *why)
{
	WebPDecoderConfig config;
	VP8StatusCode code;

	if (!WebPInitDecoderConfig(&config))
		return why_set(why, "another version of libwebp");
	code = WebPGetFeatures(bytes, size, &config.input);
	if (code != VP8_STATUS_OK)
		return why_set(why, "%s", explain(code));
	if (config.input.has_animation)
		return why_set(why, "a WebP that moves");
	if (!raster_create(out, config.input.width, config.input.height, why))
		return false;
	config.output.colorspace = MODE_bgrA; /* multiplied */
	config.output.is_external_memory = 1;
	config.output.u.RGBA.rgba = (uint8_t *)out->pixels;
	config.output.u.RGBA.stride = (int)raster_stride(out);
	config.output.u.RGBA.size = raster_stride(out) * (size_t)out->height;
	code = WebPDecode(bytes, size, &config);
	WebPFreeDecBuffer(&config.output);
	if (code == VP8_STATUS_OK)
		return true;
	raster_finish(out);
	return why_set(why, "%s", explain(code));
}
