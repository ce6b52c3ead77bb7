/* media.c - a message has one file, in the field named after its kind. */
#include "workers/host/media.h"

#include "common/xalloc.h"
#include "workers/host/packed_fields.h"
#include "workers/host/update.h"

struct file {
	struct text file_id, unique_id, name, type, still_id;
	int64_t size, seconds, width, height, diameter;
};

static struct file read_file(struct cursor map)
{
	static const struct packed_field fields[] = {
		PACKED_FIELD(TEXT, "file_id", struct file, file_id),
		PACKED_FIELD(TEXT, "file_unique_id", struct file, unique_id),
		PACKED_FIELD(TEXT, "file_name", struct file, name),
		PACKED_FIELD(TEXT, "mime_type", struct file, type),
		PACKED_FIELD(INTEGER, "file_size", struct file, size),
		PACKED_FIELD(INTEGER, "duration", struct file, seconds),
		PACKED_FIELD(INTEGER, "width", struct file, width),
		PACKED_FIELD(INTEGER, "height", struct file, height),
		PACKED_FIELD(INTEGER, "length", struct file, diameter), /* of a video note */
	};
	struct file file = { 0 };

	packed_fields_read(map, fields, COUNT_OF(fields), &file);
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

/* What a message has, in one pass over its many fields. An animation is also given as a document, a
 * live photo also as a photo: of the files the first counts. "voice_note" is what rich messages
 * call a voice message, and "has_spoiler" is theirs. */
struct found {
	struct cursor animation, live_photo, audio, document, sticker, video, video_note, voice,
		voice_note, photo;
	bool spoiler;
};

static struct found find(struct cursor map)
{
	static const struct packed_field fields[] = {
		PACKED_FIELD(MAP, "animation", struct found, animation),
		PACKED_FIELD(MAP, "live_photo", struct found, live_photo),
		PACKED_FIELD(MAP, "audio", struct found, audio),
		PACKED_FIELD(MAP, "document", struct found, document),
		PACKED_FIELD(MAP, "sticker", struct found, sticker),
		PACKED_FIELD(MAP, "video", struct found, video),
		PACKED_FIELD(MAP, "video_note", struct found, video_note),
		PACKED_FIELD(MAP, "voice", struct found, voice),
		PACKED_FIELD(MAP, "voice_note", struct found, voice_note),
		PACKED_FIELD(ARRAY, "photo", struct found, photo),
		PACKED_FIELD(BOOLEAN, "has_media_spoiler", struct found, spoiler),
		PACKED_FIELD(BOOLEAN, "has_spoiler", struct found, spoiler),
	};
	struct found found = { 0 };

	packed_fields_read(map, fields, COUNT_OF(fields), &found);
	return found;
}

const struct media *media_read(struct cursor map, struct arena *arena)
{
	const struct found found = find(map);
	const struct {
		const char *kind;
		const struct cursor *map;
	} rows[] = {
		{ "animation", &found.animation },   { "live_photo", &found.live_photo },
		{ "audio", &found.audio },           { "document", &found.document },
		{ "sticker", &found.sticker },       { "video", &found.video },
		{ "video_note", &found.video_note }, { "voice", &found.voice },
		{ "voice", &found.voice_note },
	};
	struct file file;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (cursor_type(rows[i].map) != PACK_MAP)
			continue;
		file = read_file(*rows[i].map);
		file.still_id = read_largest(cursor_find(*rows[i].map, "photo")).file_id;
		if (file.file_id.length)
			return make(&file, rows[i].kind, found.spoiler, arena);
	}
	file = read_largest(found.photo);
	return make(&file, "photo", found.spoiler, arena);
}
