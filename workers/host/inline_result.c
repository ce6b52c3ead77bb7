/* inline_result.c - a row for each kind of result; which of the fields it takes is in the table of
 * the Bot API. */
#include "workers/host/inline_result.h"

#include <string.h>
#include <strings.h>

#include "botapi/botapi.h"
#include "common/xalloc.h"

#define ID_MAX 64

/* By a file_id, or by a URL; NULL: Telegram has no such result. */
static const struct result_kind {
	const char *media; /* as draft_media() calls it; NULL: a text */
	const char *type;
	const char *cached, *cached_field;
	const char *linked, *linked_field;
	const char *mime; /* of one by a URL; NULL: it has none */
} result_kinds[] = {
	{ .type = "article", .linked = "InlineQueryResultArticle" },
	{ "photo", "photo", "InlineQueryResultCachedPhoto", "photo_file_id",
	  "InlineQueryResultPhoto", "photo_url", NULL },
	{ "video", "video", "InlineQueryResultCachedVideo", "video_file_id",
	  "InlineQueryResultVideo", "video_url", "video/mp4" },
	{ "animation", "mpeg4_gif", "InlineQueryResultCachedMpeg4Gif", "mpeg4_file_id",
	  "InlineQueryResultMpeg4Gif", "mpeg4_url", NULL },
	{ "audio", "audio", "InlineQueryResultCachedAudio", "audio_file_id",
	  "InlineQueryResultAudio", "audio_url", NULL },
	{ "document", "document", "InlineQueryResultCachedDocument", "document_file_id",
	  "InlineQueryResultDocument", "document_url", "application/pdf" },
	{ "voice", "voice", "InlineQueryResultCachedVoice", "voice_file_id",
	  "InlineQueryResultVoice", "voice_url", NULL },
	{ "sticker", "sticker", "InlineQueryResultCachedSticker", "sticker_file_id", NULL, NULL,
	  NULL },
};

static const struct medium *medium_of(const struct inline_result *result)
{
	return result->draft->media.count ? &result->draft->media.list[0] : NULL;
}

static const struct result_kind *kind_of(const struct inline_result *result)
{
	const struct medium *medium = medium_of(result);

	for (size_t i = 1; medium && i < COUNT_OF(result_kinds); i++)
		if (strcmp(result_kinds[i].media, medium->kind->name) == 0)
			return &result_kinds[i];
	return medium ? NULL : &result_kinds[0];
}

/* As draft_media() tells a URL from a file_id. */
static bool is_linked(const struct medium *medium)
{
	return !medium || strchr(medium->source, ':');
}

static const char *object_of(const struct inline_result *result)
{
	const struct result_kind *kind = kind_of(result);

	return is_linked(medium_of(result)) ? kind->linked : kind->cached;
}

static const struct botapi_field *find_field(const char *object, const char *field)
{
	return botapi_find_field(botapi_find_object(object), field, strlen(field));
}

static bool needs_title(const char *object)
{
	const struct botapi_field *title = find_field(object, "title");

	return title && title->required;
}

/* What the list shows; what has no picture of its own needs one. */
static const char *picture_of(const struct inline_result *result)
{
	const struct medium *medium = medium_of(result);
	bool is_picture = medium && (strcmp(medium->kind->name, "photo") == 0 ||
				     strcmp(medium->kind->name, "animation") == 0);

	return result->picture || !is_picture ? result->picture : medium->source;
}

/* --- faults ----------------------------------------------------------------------------------- */

static const char *keyboard_fault_of(const struct keyboard *keyboard)
{
	if (keyboard->remove || keyboard->force_reply)
		return "it asks nothing and removes no keyboard";
	for (const struct key *key = keyboard->keys; key; key = key->next)
		if (!(key->use & KEY_INLINE))
			return "it has inline buttons only";
	return NULL;
}

static const char *medium_fault(const struct inline_result *result)
{
	const struct medium *medium = medium_of(result);
	const struct result_kind *kind = kind_of(result);

	if (result->draft->poll || result->draft->content || result->draft->media.priced ||
	    result->draft->media.count > 1 || !kind)
		return "it is a text, or one photo, video, animation, audio, document, voice "
		       "message or sticker";
	if (!medium)
		return NULL;
	if (strncmp(medium->source, "attach://", strlen("attach://")) == 0)
		return "its media is a file that Telegram has, or a URL";
	if (is_linked(medium) && !kind->linked)
		return "a sticker is one that Telegram has";
	if (is_linked(medium) && kind->mime && strcmp(kind->type, "video") == 0 && !result->picture)
		return "a video by a URL needs ctx_inline_picture()";
	return NULL;
}

static const char *text_fault(const struct inline_result *result)
{
	const struct markup *markup = &result->draft->markup;
	const struct medium *medium = medium_of(result);
	size_t units = medium ? MARKUP_CAPTION_UNITS : MARKUP_TEXT_UNITS;
	struct markup_part at = { 0 }, part, rest;

	if (!markup_next_part(markup, units, &at, &part))
		return NULL;
	if (medium && !medium->kind->captioned)
		return "a sticker has no text";
	return markup_next_part(markup, units, &at, &rest) ? "its text is too long for one message"
							   : NULL;
}

const char *inline_result_fault(const struct inline_result *result)
{
	const char *fault;

	if (!result->id[0] || strlen(result->id) > ID_MAX)
		return "its id has 1 to 64 bytes";
	if (result->draft->elsewhere || result->draft->question.data)
		return "it goes where the person is, and is no question";
	fault = medium_fault(result);
	if (!fault && !result->title[0] && needs_title(object_of(result)))
		return "it needs a title";
	if (!fault)
		fault = keyboard_fault_of(&result->draft->keyboard);
	return fault ? fault : text_fault(result);
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* "document" takes PDF and ZIP by a URL (Bot API, "InlineQueryResultDocument"). */
static const char *mime_of(const struct result_kind *kind, const char *source)
{
	size_t length = strlen(source);

	if (strcmp(kind->type, "document") == 0 && length > 4 &&
	    strcasecmp(source + length - 4, ".zip") == 0)
		return "application/zip";
	return kind->mime;
}

static void write_medium(const struct inline_result *result, const struct result_kind *kind,
			 struct json *json)
{
	const struct medium *medium = medium_of(result);
	const char *mime = mime_of(kind, medium->source);

	json_key_text(json, is_linked(medium) ? kind->linked_field : kind->cached_field,
		      medium->source);
	if (is_linked(medium) && mime)
		json_key_text(json, "mime_type", mime);
}

static void write_shown(const struct inline_result *result, const char *object, struct json *json)
{
	const char *picture = picture_of(result);

	if (result->title[0] && find_field(object, "title"))
		json_key_text(json, "title", result->title);
	if (result->description[0] && find_field(object, "description"))
		json_key_text(json, "description", result->description);
	if (picture && find_field(object, "thumbnail_url"))
		json_key_text(json, "thumbnail_url", picture);
}

static void write_text(const struct inline_result *result, struct json *json)
{
	const struct draft *draft = result->draft;
	struct markup_part at = { 0 }, part;

	if (medium_of(result)) {
		if (markup_next_part(&draft->markup, MARKUP_CAPTION_UNITS, &at, &part))
			markup_write_part(&draft->markup, &part, "caption", json);
		return;
	}
	json_key(json, "input_message_content");
	json_object_start(json);
	if (markup_next_part(&draft->markup, MARKUP_TEXT_UNITS, &at, &part))
		markup_write_part_as(&draft->markup, &part, "message_text", "entities", json);
	draft_write_preview(draft, json);
	json_object_end(json);
}

void inline_result_write(const struct inline_result *result, struct json *json)
{
	static const struct place nowhere;
	const struct result_kind *kind = kind_of(result);
	const struct medium *medium = medium_of(result);
	const char *object = object_of(result);

	json_object_start(json);
	json_key_text(json, "type", kind->type);
	json_key_text(json, "id", result->id);
	if (medium)
		write_medium(result, kind, json);
	write_shown(result, object, json);
	write_text(result, json);
	if (result->draft->flags & DRAFT_TEXT_ABOVE &&
	    find_field(object, "show_caption_above_media"))
		json_key_bool(json, "show_caption_above_media", true);
	keyboard_write(&result->draft->keyboard, result->draft->ctx, &nowhere, json);
	json_object_end(json);
}
