#include "simulator/page_files.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/image_size.h"
#include "simulator/media.h"
#include "simulator/page_answer.h"
#include "simulator/sim.h"
#include "simulator/voice.h"

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

/* As the client of who sends it would: a recording of the page becomes a voice message, and only
 * what Telegram takes as one is one. NULL: refused. */
static struct stored_file *add_voice(struct files *files, struct text body)
{
	struct stored_file *file = NULL;
	struct buffer ogg = { 0 };
	struct voice voice;

	if (voice_of_recording(body.data, body.length, &ogg))
		body = (struct text) { (const char *)buffer_unread(&ogg),
				       buffer_unread_size(&ogg) };
	if (voice_read(&voice, body.data, body.length)) {
		file = files_add(files, MEDIA_VOICE, body.data, (int64_t)body.length);
		file->mime = voice.mime;
		file->seconds = voice.seconds;
		file->extension = xstrdup(voice.extension);
	}
	buffer_finish(&ogg);
	return file;
}

static struct stored_file *add_file(struct files *files, enum media_kind kind, struct text body)
{
	struct image image = image_of(body.data, body.length);
	struct stored_file *file = files_add(files, kind, body.data, (int64_t)body.length);

	file->width = image.width;
	file->height = image.height;
	if (kind == MEDIA_VIDEO && image.format == IMAGE_WEBM)
		file->mime = "video/webm";
	return file;
}

static const char *reason_against(enum media_kind kind, struct text body)
{
	if (body.length == 0 || body.length > MEDIA_DOWNLOAD_MAX)
		return "a file has from 1 byte to 20 MB";
	if (kind == MEDIA_PHOTO && image_of(body.data, body.length).width == 0)
		return "a photo is a PNG, JPEG, WebP or GIF";
	return NULL;
}

void page_take_upload(struct sim *sim, struct exchange *exchange, const struct parameters *query,
		      struct text body)
{
	char id[FILE_ID_SIZE], unique_id[FILE_ID_SIZE];
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	struct stored_file *file;
	enum media_kind kind;
	const char *reason;

	if (!media_kind_find(parameters_text(query, "kind"), &kind)) {
		page_refuse(exchange, 400, "\"kind\" is photo, video, document, voice, …");
		return;
	}
	reason = reason_against(kind, body);
	file = reason                ? NULL
	       : kind == MEDIA_VOICE ? add_voice(&sim->files, body)
				     : add_file(&sim->files, kind, body);
	if (!file) {
		page_refuse(exchange, 400,
			    reason ? reason
				   : "a voice message is OGG with Opus, MP3 or M4A; anything else "
				     "can be sent as a file");
		return;
	}
	file_ids(file, id, unique_id);
	json_object_start(&json);
	json_key_text(&json, "file_id", id);
	json_object_end(&json);
	page_answer_json(exchange, 200, &out);
}
