#include "simulator/page_files.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/image_size.h"
#include "simulator/media.h"
#include "simulator/page_answer.h"
#include "simulator/sim.h"

/* Also when it is opened by itself: no script, no form, an origin of its own. */
#define FILE_HEADERS \
	PAGE_HEADERS \
	"Content-Security-Policy: default-src 'none'; sandbox; frame-ancestors 'none'\r\n"

static bool has(const char *bytes, size_t size, size_t at, const char *magic)
{
	size_t length = strlen(magic);

	return size >= at + length && !memcmp(bytes + at, magic, length);
}

static const char *media_type(const char *bytes, size_t size)
{
	if (has(bytes, size, 4, "ftyp"))
		return "video/mp4";
	if (has(bytes, size, 0, "OggS"))
		return "audio/ogg";
	if (has(bytes, size, 0, "ID3") || has(bytes, size, 0, "\xff\xfb"))
		return "audio/mpeg";
	return NULL;
}

const char *page_file_type(const void *bytes, size_t size)
{
	switch (image_of(bytes, size).format) {
	case IMAGE_PNG:
		return "image/png";
	case IMAGE_JPEG:
		return "image/jpeg";
	case IMAGE_WEBP:
		return "image/webp";
	case IMAGE_GIF:
		return "image/gif";
	case IMAGE_WEBM:
		return "video/webm";
	case IMAGE_TGS:
	case IMAGE_NONE:
		break;
	}
	return media_type(bytes, size);
}

void page_answer_file(struct sim *sim, struct exchange *exchange, const struct parameters *query)
{
	const struct stored_file *file = files_find(&sim->files, parameters_text(query, "id"));
	const char *type = file && file->bytes ? page_file_type(file->bytes, (size_t)file->size)
					       : NULL;

	if (!file || !file->bytes) {
		page_refuse(exchange, 404, "there is no such file, or its bytes were made up");
		return;
	}
	exchange_answer(exchange,
			&(struct answer) {
				.status = 200,
				.content_type = type ? type : "application/octet-stream",
				.headers = type ? FILE_HEADERS "Content-Disposition: inline\r\n"
						: FILE_HEADERS
						   "Content-Disposition: attachment\r\n",
				.body = file->bytes,
				.size = (size_t)file->size,
			});
}

void page_take_upload(struct sim *sim, struct exchange *exchange, const struct parameters *query,
		      struct text body)
{
	char id[FILE_ID_SIZE], unique_id[FILE_ID_SIZE];
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	struct stored_file *file;
	enum media_kind kind;
	struct image image;

	if (!media_kind_find(parameters_text(query, "kind"), &kind)) {
		page_refuse(exchange, 400, "\"kind\" is photo, video, document, voice, …");
		return;
	}
	if (body.length == 0 || body.length > MEDIA_DOWNLOAD_MAX) {
		page_refuse(exchange, 400, "a file has from 1 byte to 20 MB");
		return;
	}
	image = image_of(body.data, body.length);
	if (kind == MEDIA_PHOTO && image.width == 0) {
		page_refuse(exchange, 400, "a photo is a PNG, JPEG, WebP or GIF");
		return;
	}
	file = files_add(&sim->files, kind, body.data, (int64_t)body.length);
	file->width = image.width;
	file->height = image.height;
	file_ids(file, id, unique_id);
	json_object_start(&json);
	json_key_text(&json, "file_id", id);
	json_object_end(&json);
	page_answer_json(exchange, 200, &out);
}
