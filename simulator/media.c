#include "simulator/media.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/files.h"
#include "simulator/image_size.h"
#include "simulator/sim.h"

#define DURATION_MAX (24 * 3600)
#define LENGTH_MAX 10000
#define URL_FILE_SIZE 65536 /* of what is sent by URL: nothing is fetched */

const char *media_text(const struct media_source *source, const char *name)
{
	const char *text;

	if (!source->object)
		return parameters_text(source->call->parameters, name);
	text = json_string_value(json_object_get(source->object, name));
	return text ? text : "";
}

static int64_t media_int(const struct media_source *source, const char *name, int64_t maximum)
{
	int64_t value;

	if (!source->object)
		return parameters_int(source->call->parameters, name, 0, 0, maximum);
	value = json_integer_value(json_object_get(source->object, name));
	return value < 0 ? 0 : value > maximum ? maximum : value;
}

/* --- which file ------------------------------------------------------------------------------- */

/* Part and extension of a file name or URL; NULL when it has none that a path may have. */
static const char *extension_of(struct call *call, const char *name, size_t length)
{
	size_t at = length;

	while (at > 0 && name[at - 1] != '.' && name[at - 1] != '/')
		at--;
	if (at == 0 || name[at - 1] != '.' || length - at == 0 || length - at > 8 ||
	    strspn(name + at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") <
		    length - at)
		return NULL;
	return arena_strndup(call->arena, name + at, length - at);
}

static void set_extension(struct stored_file *file, const char *extension)
{
	if (extension && file->kind == MEDIA_DOCUMENT)
		file->extension = xstrdup(extension);
}

static bool check_photo(struct call *call, const struct parameter *upload)
{
	struct image image = image_of(upload->value.data, upload->value.length);
	int small = image.width < image.height ? image.width : image.height;
	int large = image.width < image.height ? image.height : image.width;

	if (upload->value.length > MEDIA_PHOTO_MAX)
		return call_fail(call, 400,
				 "Bad Request: file of size %zu bytes is too big for a photo; the "
				 "maximum size is %d bytes",
				 upload->value.length, MEDIA_PHOTO_MAX);
	if (image.format == IMAGE_NONE || image.format == IMAGE_TGS || image.format == IMAGE_WEBM)
		return call_fail(call, 400, "Bad Request: IMAGE_PROCESS_FAILED");
	if (small <= 0 || small + large > MEDIA_PHOTO_SIDES_MAX ||
	    large > small * MEDIA_PHOTO_RATIO_MAX)
		return call_fail(call, 400, "Bad Request: PHOTO_INVALID_DIMENSIONS");
	return true;
}

static struct stored_file *take_upload(struct call *call, const struct parameter *upload,
				       enum media_kind kind)
{
	struct files *files = &call->sim->files;
	int64_t limit = files->local ? MEDIA_LOCAL_UPLOAD_MAX : MEDIA_UPLOAD_MAX;
	struct image image = image_of(upload->value.data, upload->value.length);
	struct stored_file *file;
	struct why why;

	if (upload->value.length == 0) {
		call_fail(call, 400, "Bad Request: file must be non-empty");
		return NULL;
	}
	if ((int64_t)upload->value.length > limit) {
		call_fail(call, 413, "Request Entity Too Large");
		return NULL;
	}
	if (kind == MEDIA_PHOTO && !check_photo(call, upload))
		return NULL;
	file = files_add(files, kind, upload->value.data, (int64_t)upload->value.length);
	file->width = image.width;
	file->height = image.height;
	set_extension(file, extension_of(call, upload->file_name.data, upload->file_name.length));
	if (files->local && !files_put_on_disk(files, file, &why)) {
		call_fail(call, 500, "Internal Server Error: %s", why.text);
		return NULL;
	}
	return file;
}

/* file:///PATH: the local server and the bot see the same disk. */
static struct stored_file *take_local(struct call *call, const char *uri, enum media_kind kind)
{
	const char *path = uri + strlen("file:/");
	struct stored_file *file;
	struct stat status;

	if (*path == '/')
		path += !strncmp(path, "/localhost", 10) ? 10 : 1;
	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
		call_fail(call, 400,
			  "Bad Request: wrong file identifier/HTTP URL specified: can't open the "
			  "file");
		return NULL;
	}
	if (status.st_size > MEDIA_LOCAL_UPLOAD_MAX) {
		call_fail(call, 400, "Bad Request: file is too big");
		return NULL;
	}
	file = files_add(&call->sim->files, kind, NULL, status.st_size);
	file->disk_path = xstrdup(path);
	set_extension(file, extension_of(call, path, strlen(path)));
	return file;
}

/* What Telegram would fetch is made up; a host that cannot exist (RFC 2606) cannot be fetched. */
static struct stored_file *take_url(struct call *call, const char *url, enum media_kind kind)
{
	const char *host = strstr(url, "//") + 2;
	size_t length = strcspn(host, "/:?#");
	struct stored_file *file;

	if (length < 3 || !memchr(host, '.', length)) {
		call_fail(call, 400, "Bad Request: wrong HTTP URL specified");
		return NULL;
	}
	if (length > 8 && !strncmp(host + length - 8, ".invalid", 8)) {
		call_fail(call, 400, "Bad Request: failed to get HTTP URL content");
		return NULL;
	}
	if (kind == MEDIA_VIDEO_NOTE) {
		call_fail(call, 400, "Bad Request: can't use file of type %s as %s", "Document",
			  "VideoNote");
		return NULL;
	}
	file = files_add(&call->sim->files, kind, NULL, URL_FILE_SIZE);
	file->width = 640;
	file->height = 480;
	return file;
}

static struct stored_file *take_id(struct call *call, const char *id, enum media_kind kind)
{
	struct stored_file *file = files_find(&call->sim->files, id);

	if (!file) {
		call_fail(call, 400, "Bad Request: wrong remote file identifier specified: %s",
			  strlen(id) < 10 ? "Wrong string length"
					  : "can't unserialize it. Wrong last symbol");
		return NULL;
	}
	if (file->kind != kind && !(file->kind == MEDIA_ANIMATION && kind == MEDIA_DOCUMENT)) {
		call_fail(call, 400, "Bad Request: can't use file of type %s as %s",
			  media_kinds[file->kind].title, media_kinds[kind].title);
		return NULL;
	}
	return file;
}

static struct stored_file *fail_missing(struct call *call, enum media_kind kind)
{
	char name[32];
	char *blank;

	strcpy(name, media_kinds[kind].name);
	while ((blank = strchr(name, '_')))
		*blank = ' ';
	call_fail(call, 400, "Bad Request: there is no %s in the request", name);
	return NULL;
}

struct stored_file *media_file(const struct media_source *source, enum media_kind kind)
{
	struct call *call = source->call;
	const char *text = media_text(source, source->file);
	const struct parameter *upload = source->object
						 ? NULL
						 : parameters_find(call->parameters, source->file);

	if (!strncmp(text, "attach://", 9))
		upload = parameters_find(call->parameters, text + 9);
	else if (call->sim->files.local && !strncmp(text, "file:/", 6))
		return take_local(call, text, kind);
	else if (!strncasecmp(text, "http://", 7) || !strncasecmp(text, "https://", 8))
		return take_url(call, text, kind);
	else if (*text)
		return take_id(call, text, kind);
	if (!upload || !upload->file_name.data)
		return fail_missing(call, kind);
	return take_upload(call, upload, kind);
}

/* --- what is told of it ----------------------------------------------------------------------- */

static void write_dimensions(struct json *json, int64_t width, int64_t height)
{
	json_key_int(json, "width", width);
	json_key_int(json, "height", height);
}

static void write_thumbnail(struct json *json, struct files *files)
{
	struct stored_file *file = files_add(files, MEDIA_THUMBNAIL, NULL, 9000);

	json_key(json, "thumbnail");
	json_object_start(json);
	file_write(json, file);
	write_dimensions(json, 320, 180);
	json_object_end(json);
}

/* The largest is the upload itself; the smaller ones are made of it. */
static void write_photo(struct json *json, struct files *files, struct stored_file *file)
{
	static const int sides[] = { 90, 320, 800, 1280 };
	int large = file->width > file->height ? file->width : file->height;

	json_array_start(json);
	for (size_t i = 0; i < COUNT_OF(sides) && sides[i] < large; i++) {
		int64_t width = (int64_t)file->width * sides[i] / large;
		int64_t height = (int64_t)file->height * sides[i] / large;

		json_object_start(json);
		file_write(json, files_add(files, MEDIA_PHOTO, NULL, 1000 + width * height / 10));
		write_dimensions(json, width, height);
		json_object_end(json);
	}
	json_object_start(json);
	file_write(json, file);
	write_dimensions(json, file->width, file->height);
	json_object_end(json);
	json_array_end(json);
}

static void key_text(struct json *json, const struct media_source *source, const char *key)
{
	const char *text = media_text(source, key);

	if (*text)
		ascii_key_text(json, key, text);
}

static const struct parameter *upload_of(const struct media_source *source)
{
	const char *text = media_text(source, source->file);

	return parameters_find(source->call->parameters,
			       !strncmp(text, "attach://", 9) ? text + 9 : source->file);
}

static void write_name(struct json *json, const struct media_source *source,
		       const struct stored_file *file)
{
	const struct parameter *upload = upload_of(source);

	if (upload && upload->file_name.data) {
		json_key(json, "file_name");
		if (utf8_is_valid(upload->file_name.data, upload->file_name.length))
			ascii_text_n(json, upload->file_name.data, upload->file_name.length);
		else
			json_text(json, "file");
	}
	if (upload && upload->file_name.data && upload->file_type.data) {
		json_key(json, "mime_type");
		json_text_n(json, upload->file_type.data, upload->file_type.length);
	} else {
		json_key_text(json, "mime_type", media_kinds[file->kind].mime);
	}
}

static void write_sticker(struct json *json, struct stored_file *file)
{
	struct image image = image_of(file->bytes, file->bytes ? (size_t)file->size : 0);

	write_dimensions(json, file->width ? file->width : 512, file->height ? file->height : 512);
	json_key_bool(json, "is_animated", image.format == IMAGE_TGS);
	json_key_bool(json, "is_video", image.format == IMAGE_WEBM);
	json_key_text(json, "type", "regular");
}

/* Width and height as they are given; TDLib reads neither from a video. */
static void write_attributes(struct json *json, const struct media_source *source,
			     struct stored_file *file)
{
	struct files *files = &source->call->sim->files;

	switch (file->kind) {
	case MEDIA_VIDEO:
	case MEDIA_ANIMATION:
	case MEDIA_LIVE_PHOTO:
		json_key_int(json, "duration", media_int(source, "duration", DURATION_MAX));
		write_dimensions(json, media_int(source, "width", LENGTH_MAX),
				 media_int(source, "height", LENGTH_MAX));
		if (file->kind != MEDIA_LIVE_PHOTO)
			write_name(json, source, file);
		write_thumbnail(json, files);
		break;
	case MEDIA_AUDIO:
		json_key_int(json, "duration", media_int(source, "duration", DURATION_MAX));
		write_name(json, source, file);
		key_text(json, source, "title");
		key_text(json, source, "performer");
		break;
	case MEDIA_VOICE:
		json_key_int(json, "duration", media_int(source, "duration", DURATION_MAX));
		json_key_text(json, "mime_type", "audio/ogg");
		break;
	case MEDIA_VIDEO_NOTE:
		json_key_int(json, "duration", media_int(source, "duration", DURATION_MAX));
		json_key_int(json, "length",
			     media_int(source, "length", LENGTH_MAX)
				     ? media_int(source, "length", LENGTH_MAX)
				     : 384);
		break;
	case MEDIA_DOCUMENT:
		write_name(json, source, file);
		break;
	case MEDIA_STICKER:
		key_text(json, source, "emoji");
		write_sticker(json, file);
		break;
	case MEDIA_PHOTO:
	case MEDIA_THUMBNAIL:
		break;
	}
}

static const char *write_content(const struct media_source *source, struct stored_file *file)
{
	struct call *call = source->call;
	struct files *files = &call->sim->files;
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	uint64_t first = file->number;
	const char *content;

	json_key(&json, media_kinds[file->kind].name);
	if (file->kind == MEDIA_PHOTO) {
		write_photo(&json, files, file);
	} else {
		json_object_start(&json);
		write_attributes(&json, source, file);
		file_write(&json, file);
		json_object_end(&json);
	}
	content = arena_strdup(call->arena, buffer_text(&out));
	files_set_content(files, first, content, strlen(content));
	buffer_finish(&out);
	return content;
}

const char *media_content(const struct media_source *source, enum media_kind kind)
{
	struct stored_file *file = media_file(source, kind);
	const char *content;

	if (!file)
		return NULL;
	content = file_content(&source->call->sim->files, file);
	if (!content)
		return write_content(source, file);
	/* An animation's id names a document, too: it stays an animation. */
	return arena_strdup(source->call->arena, content);
}
