/* media.c - a message has one file, in the field named after its kind. */
#include "workers/host/media.h"

#include "common/xalloc.h"
#include "workers/host/fields.h"
#include "workers/host/update.h"

/* An animation is also given as a document, a live photo also as a photo: the first row that fits.
 * "voice_note" is what rich messages call a voice message. */
static const struct kind_of_media {
	const char *field, *kind;
} media_kinds[] = {
	{ "animation", "animation" },   { "live_photo", "live_photo" }, { "audio", "audio" },
	{ "document", "document" },     { "sticker", "sticker" },       { "video", "video" },
	{ "video_note", "video_note" }, { "voice", "voice" },           { "voice_note", "voice" },
};

struct file {
	struct text file_id, unique_id, name, type, still_id;
	int64_t size, seconds, width, height, diameter;
};

static struct file read_file(struct cursor map)
{
	static const struct field fields[] = {
		FIELD(TEXT, "file_id", struct file, file_id),
		FIELD(TEXT, "file_unique_id", struct file, unique_id),
		FIELD(TEXT, "file_name", struct file, name),
		FIELD(TEXT, "mime_type", struct file, type),
		FIELD(INTEGER, "file_size", struct file, size),
		FIELD(INTEGER, "duration", struct file, seconds),
		FIELD(INTEGER, "width", struct file, width),
		FIELD(INTEGER, "height", struct file, height),
		FIELD(INTEGER, "length", struct file, diameter), /* of a video note */
	};
	struct file file = { 0 };

	fields_read(map, fields, COUNT_OF(fields), &file);
	return file;
}

/* A list of sizes of one picture. Either side has at most some thousand pixels. */
static struct file read_largest(struct cursor list)
{
	size_t count = cursor_type(&list) == PACK_ARRAY ? cursor_array(&list) : 0;
	struct file largest = { 0 };

	for (; count && cursor_ok(&list); count--, cursor_skip(&list)) {
		struct file file = read_file(list);

		if (file.file_id.length && (double)file.width * (double)file.height >=
						   (double)largest.width * (double)largest.height)
			largest = file;
	}
	return largest;
}

static const struct media *make(const struct file *file, const char *kind, bool spoiler,
				struct arena *arena)
{
	struct media *media;

	if (!file->file_id.length)
		return NULL;
	media = arena_alloc(arena, sizeof(*media));
	*media = (struct media) {
		.kind = kind,
		.file_id = text_copy(file->file_id, arena),
		.unique_id = text_copy(file->unique_id, arena),
		.still_id = text_copy(file->still_id, arena),
		.name = text_copy(file->name, arena),
		.type = text_copy(file->type, arena),
		.size = file->size,
		.seconds = file->seconds,
		.width = file->width ? file->width : file->diameter,
		.height = file->height ? file->height : file->diameter,
		.spoiler = spoiler,
	};
	return media;
}

static bool has_spoiler(struct cursor map)
{
	struct cursor of_message = cursor_find(map, "has_media_spoiler");
	struct cursor of_block = cursor_find(map, "has_spoiler");

	return (cursor_type(&of_message) == PACK_BOOL && cursor_bool(&of_message)) ||
	       (cursor_type(&of_block) == PACK_BOOL && cursor_bool(&of_block));
}

const struct media *media_read(struct cursor map, struct arena *arena)
{
	struct file file;

	for (size_t i = 0; i < COUNT_OF(media_kinds); i++) {
		struct cursor value = cursor_find(map, media_kinds[i].field);

		if (cursor_type(&value) != PACK_MAP)
			continue;
		file = read_file(value);
		file.still_id = read_largest(cursor_find(value, "photo")).file_id;
		if (file.file_id.length)
			return make(&file, media_kinds[i].kind, has_spoiler(map), arena);
	}
	file = read_largest(cursor_find(map, "photo"));
	return make(&file, "photo", has_spoiler(map), arena);
}
