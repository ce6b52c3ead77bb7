/* draft_media.c - a row for each kind; a medium as parameters of its own method, or as an object in
 * an album or an edit. */
#include "workers/host/draft_media.h"

#include <string.h>

#include "common/xalloc.h"

static const struct media_kind kinds[] = {
	{ .name = "photo",
	  .method = "sendPhoto",
	  .album = ALBUM_VISUAL,
	  .captioned = true,
	  .editable = true,
	  .visual = true,
	  .paid = true },
	{ .name = "video",
	  .method = "sendVideo",
	  .album = ALBUM_VISUAL,
	  .captioned = true,
	  .editable = true,
	  .visual = true,
	  .paid = true,
	  .cover = "cover" },
	{ .name = "live_photo",
	  .method = "sendLivePhoto",
	  .album = ALBUM_VISUAL,
	  .captioned = true,
	  .editable = true,
	  .visual = true,
	  .paid = true,
	  .cover = "photo" },
	{ .name = "animation",
	  .method = "sendAnimation",
	  .captioned = true,
	  .editable = true,
	  .visual = true,
	  .cover = "thumbnail" },
	{ .name = "audio",
	  .method = "sendAudio",
	  .album = ALBUM_AUDIO,
	  .captioned = true,
	  .editable = true,
	  .cover = "thumbnail" },
	{ .name = "document",
	  .method = "sendDocument",
	  .album = ALBUM_DOCUMENTS,
	  .captioned = true,
	  .editable = true,
	  .cover = "thumbnail" },
	{ .name = "voice", .method = "sendVoice", .captioned = true },
	{ .name = "video_note", .method = "sendVideoNote", .cover = "thumbnail" },
	{ .name = "sticker", .method = "sendSticker" },
};

const struct media_kind *media_kind_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *media_kind_names(struct arena *arena)
{
	const char *names = kinds[0].name;

	for (size_t i = 1; i < COUNT_OF(kinds); i++)
		names = arena_printf(arena, "%s, %s", names, kinds[i].name);
	return names;
}

/* --- faults ----------------------------------------------------------------------------------- */

/* With a local Bot API server "file:" would be a file of its machine: the source may come from
 * people. */
static bool is_source(const char *source)
{
	return !strchr(source, ':') || strncmp(source, "http://", 7) == 0 ||
	       strncmp(source, "https://", 8) == 0 || strncmp(source, "attach://", 9) == 0;
}

static const char *source_fault(const struct medium *medium, struct arena *arena)
{
	const char *name = medium->kind->name;

	if (!medium->source || !*medium->source)
		return arena_printf(arena, "media: a %s that is no file_id, URL or file", name);
	if (!is_source(medium->source) || (medium->cover && !is_source(medium->cover)))
		return arena_printf(arena, "media: a %s by a URL that is not http or https", name);
	if (strcmp(name, "video_note") == 0 && strncmp(medium->source, "http", 4) == 0 &&
	    strchr(medium->source, ':'))
		return "media: a video_note by a URL, which Telegram does not take";
	if (strcmp(name, "live_photo") == 0 && !medium->cover)
		return "media: a live_photo without draft_cover()";
	return NULL;
}

static const char *album_fault(const struct draft_media *media, struct arena *arena)
{
	const struct media_kind *first = media->list[0].kind;

	for (size_t i = 0; i < media->count; i++) {
		const struct media_kind *kind = media->list[i].kind;

		if (kind->album == ALBUM_NONE)
			return arena_printf(arena, "media: %s in an album", kind->name);
		if (kind->album != first->album)
			return arena_printf(arena, "media: %s and %s in one album", first->name,
					    kind->name);
	}
	return NULL;
}

static const char *paid_fault(const struct draft_media *media, struct arena *arena)
{
	if (media->stars < 1 || media->stars > STARS_MAX)
		return arena_printf(arena, "media: a price of %lld stars; Telegram takes 1 to %d",
				    (long long)media->stars, STARS_MAX);
	if (!media->count)
		return "media: a price without any";
	for (size_t i = 0; i < media->count; i++)
		if (!media->list[i].kind->paid)
			return arena_printf(arena, "media: a %s that is paid for",
					    media->list[i].kind->name);
	return NULL;
}

const char *draft_media_fault(const struct draft_media *media, bool edits, struct arena *arena)
{
	const char *fault = NULL;

	for (size_t i = 0; !fault && i < media->count; i++)
		fault = source_fault(&media->list[i], arena);
	if (!fault && media->priced)
		return edits ? "media: a price in an edit" : paid_fault(media, arena);
	if (!fault && edits && media->count > 1)
		return "media: an album in an edit";
	if (!fault && edits && media->count && !media->list[0].kind->editable)
		return arena_printf(arena, "media: a %s in an edit", media->list[0].kind->name);
	if (!fault && media->count > 1)
		return album_fault(media, arena);
	return fault;
}

bool draft_media_is_captioned(const struct draft_media *media)
{
	return media->count && media->list[0].kind->captioned;
}

/* Programs show the caption of the first picture below them all, and that of a document below
 * it. */
size_t draft_media_caption_index(const struct draft_media *media)
{
	return media->list[0].kind->album == ALBUM_VISUAL ? 0 : media->count - 1;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void write_common(const struct medium *medium, const struct caption *caption,
			 struct json *json)
{
	if (medium->cover)
		json_key_text(json, medium->kind->cover, medium->cover);
	if (medium->more.length)
		json_raw(json, medium->more.data, medium->more.length);
	if (caption->part && caption->part->size)
		markup_write_part(caption->markup, caption->part, "caption", json);
	if (caption->above && medium->kind->visual)
		json_key_bool(json, "show_caption_above_media", true);
	if (caption->spoiler && medium->kind->visual)
		json_key_bool(json, "has_spoiler", true);
}

void medium_write(const struct medium *medium, const struct caption *caption, struct json *json)
{
	json_key_text(json, medium->kind->name, medium->source);
	write_common(medium, caption, json);
}

void medium_write_input(const struct medium *medium, const struct caption *caption,
			struct json *json)
{
	json_object_start(json);
	json_key_text(json, "type", medium->kind->name);
	json_key_text(json, "media", medium->source);
	write_common(medium, caption, json);
	json_object_end(json);
}

void draft_media_write_album(const struct draft_media *media, const struct caption *caption,
			     struct json *json)
{
	struct caption none = *caption;

	none.part = NULL;
	json_key(json, "media");
	json_array_start(json);
	for (size_t i = 0; i < media->count; i++)
		medium_write_input(&media->list[i],
				   i == draft_media_caption_index(media) ? caption : &none, json);
	json_array_end(json);
}

void draft_media_write_paid(const struct draft_media *media, struct json *json)
{
	static const struct caption none = { 0 };

	json_key_int(json, "star_count", media->stars);
	json_key(json, "media");
	json_array_start(json);
	for (size_t i = 0; i < media->count; i++)
		medium_write_input(&media->list[i], &none, json);
	json_array_end(json);
}
