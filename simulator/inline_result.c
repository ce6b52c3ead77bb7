#include "simulator/inline_result.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/formatting.h"
#include "simulator/markup.h"
#include "simulator/media.h"

static const char *text_of_key(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool take_text(struct call *call, const json_t *object, const char *key,
		      const char *entities_key, size_t units_max, struct formatted *out)
{
	char *entities = json_dumps(json_object_get(object, entities_key), JSON_COMPACT);
	bool ok = format_text(call, text_of_key(object, key), text_of_key(object, "parse_mode"),
			      entities ? entities : "", units_max, out);

	free(entities);
	return ok;
}

/* `"KEY":{…}` of those members of the object that are named. */
static const char *members(struct call *call, const char *key, const json_t *object,
			   const char *const *names)
{
	json_t *copy = json_object();
	const char *text;
	char *dump;

	for (size_t i = 0; names[i]; i++) {
		if (json_object_get(object, names[i]))
			json_object_set(copy, names[i], json_object_get(object, names[i]));
	}
	dump = json_dumps(copy, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	text = arena_printf(call->arena, "\"%s\":%s", key, dump);
	free(dump);
	json_decref(copy);
	return text;
}

static const char *const place_names[] = { "latitude", "longitude", "horizontal_accuracy",
					   "live_period", NULL };
static const char *const contact_names[] = { "phone_number", "first_name", "last_name", "vcard",
					     NULL };

/* Texts, places, venues and contacts, from input_message_content or the result itself. */
static bool take_plain(struct call *call, const json_t *object, struct inline_content *out)
{
	if (json_object_get(object, "message_text")) {
		if (!take_text(call, object, "message_text", "entities", TEXT_UNITS_MAX,
			       &out->text))
			return false;
		return out->text.length > 0 ||
		       call_fail(call, 400, "Bad Request: message text is empty");
	}
	if (json_object_get(object, "phone_number")) {
		out->content = members(call, "contact", object, contact_names);
		return true;
	}
	if (json_object_get(object, "latitude") && json_object_get(object, "address")) {
		char *title = json_dumps(json_object_get(object, "title"),
					 JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		char *address = json_dumps(json_object_get(object, "address"),
					   JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		out->content = arena_printf(call->arena,
					    "\"venue\":{%s,\"title\":%s,\"address\":%s}",
					    members(call, "location", object, place_names),
					    title ? title : "\"\"", address);
		free(title);
		free(address);
		return true;
	}
	if (json_object_get(object, "latitude")) {
		out->content = members(call, "location", object, place_names);
		return true;
	}
	return call_fail(call, 400, "Bad Request: input message content is not specified");
}

static const struct {
	const char *type;
	const char *url; /* or TYPE_file_id */
	const char *file_id;
	enum media_kind kind;
} kinds_of_files[] = {
	{ "photo", "photo_url", "photo_file_id", MEDIA_PHOTO },
	{ "gif", "gif_url", "gif_file_id", MEDIA_ANIMATION },
	{ "mpeg4_gif", "mpeg4_url", "mpeg4_file_id", MEDIA_ANIMATION },
	{ "video", "video_url", "video_file_id", MEDIA_VIDEO },
	{ "audio", "audio_url", "audio_file_id", MEDIA_AUDIO },
	{ "voice", "voice_url", "voice_file_id", MEDIA_VOICE },
	{ "document", "document_url", "document_file_id", MEDIA_DOCUMENT },
	{ "sticker", NULL, "sticker_file_id", MEDIA_STICKER },
};

static bool take_file(struct call *call, const json_t *result, size_t which,
		      struct inline_content *out)
{
	const char *url = kinds_of_files[which].url;
	struct media_source source = { call, result, kinds_of_files[which].file_id };

	if (url && json_object_get(result, url))
		source.file = url;
	if (!*media_text(&source, source.file))
		return call_fail(call, 400,
				 "Bad Request: can't parse inline query result: Can't find field "
				 "\"%s\"",
				 kinds_of_files[which].file_id);
	out->content = media_content(&source, kinds_of_files[which].kind);
	return out->content && take_text(call, result, "caption", "caption_entities",
					 CAPTION_UNITS_MAX, &out->text);
}

static bool take_content(struct call *call, const json_t *result, const char *type,
			 struct inline_content *out)
{
	const json_t *content = json_object_get(result, "input_message_content");

	if (content)
		return take_plain(call, content, out);
	for (size_t i = 0; i < COUNT_OF(kinds_of_files); i++) {
		if (!strcmp(kinds_of_files[i].type, type))
			return take_file(call, result, i, out);
	}
	if (!strcmp(type, "location") || !strcmp(type, "venue") || !strcmp(type, "contact") ||
	    !strcmp(type, "article"))
		return take_plain(call, result, out);
	if (!strcmp(type, "game")) {
		out->content = arena_printf(call->arena,
					    "\"game\":{\"title\":\"%s\","
					    "\"description\":\"\",\"photo\":[]}",
					    "Game");
		return true;
	}
	return call_fail(call, 400,
			 "Bad Request: can't parse inline query result: type \"%s\" is unsupported "
			 "for the inline query result",
			 type);
}

bool inline_result_read(struct call *call, const json_t *result, struct inline_content *out)
{
	const char *id = json_string_value(json_object_get(result, "id"));
	const char *type = json_string_value(json_object_get(result, "type"));

	memset(out, 0, sizeof(*out));
	if (!json_is_object(result))
		return call_fail(call, 400,
				 "Bad Request: can't parse inline query result: Inline query "
				 "result must be an object");
	if (!type || !id)
		return call_fail(
			call, 400,
			"Bad Request: can't parse inline query result: Can't find field \"%s\"",
			type ? "id" : "type");
	if (!*id || strlen(id) > INLINE_ID_MAX)
		return call_fail(call, 400, "Bad Request: RESULT_ID_INVALID");
	if (!take_content(call, result, type, out))
		return false;
	return markup_take(call, json_object_get(result, "reply_markup"), &out->markup);
}

bool inline_results_check(struct call *call, const json_t *list)
{
	struct inline_content *content = arena_alloc(call->arena, sizeof(*content));
	json_t *ids = json_object();
	size_t i;
	json_t *result;
	bool ok = true;

	json_array_foreach((json_t *)list, i, result)
	{
		const char *id = json_string_value(json_object_get(result, "id"));

		ok = inline_result_read(call, result, content);
		if (ok && json_object_get(ids, id))
			ok = call_fail(call, 400, "Bad Request: RESULT_ID_DUPLICATE");
		if (!ok)
			break;
		json_object_set_new(ids, id, json_true());
	}
	json_decref(ids);
	return ok;
}
