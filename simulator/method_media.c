#include "simulator/method_media.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "simulator/compose.h"
#include "simulator/formatting.h"
#include "simulator/media.h"
#include "simulator/sending.h"
#include "simulator/sim.h"

#define ALBUM_MAX 10
#define PAID_MEDIA_MAX 10
#define PAID_STARS_MAX 25000

/* "sendVideoNote" → "video_note" */
static enum media_kind kind_of_method(const struct call *call)
{
	char name[32] = "";
	size_t length = 0;
	enum media_kind kind = MEDIA_DOCUMENT;

	for (const char *at = call->method->name + strlen("send"); *at; at++) {
		if (*at >= 'A' && *at <= 'Z' && length > 0)
			name[length++] = '_';
		name[length++] = (char)(*at | 0x20);
	}
	media_kind_find(name, &kind);
	return kind;
}

static struct sending sending_of(enum media_kind kind)
{
	return (struct sending) { .permission = media_kinds[kind].permission,
				  .plural = media_kinds[kind].plural };
}

void method_send_media(struct call *call)
{
	enum media_kind kind = kind_of_method(call);
	struct media_source source = { .call = call, .file = media_kinds[kind].name };
	struct sending sending = sending_of(kind);

	sending.content = media_content(&source, kind);
	if (!sending.content)
		return;
	if (kind != MEDIA_STICKER && kind != MEDIA_VIDEO_NOTE && !sending_caption(call, &sending))
		return;
	/* For clients from before animations: both are there (Message.animation). */
	if (kind == MEDIA_ANIMATION)
		sending.content = sending_members(
			call, sending.content,
			arena_printf(call->arena, "\"document\"%s", strchr(sending.content, ':')));
	if (sending_begin(call, &sending))
		sending_finish(call, &sending);
}

/* The photo's sizes are in the object, too. */
static const char *live_photo(struct call *call, const json_t *object)
{
	struct media_source video = { call, object, object ? "media" : "live_photo" };
	struct media_source photo = { call, object, "photo" };
	const char *content = media_content(&video, MEDIA_LIVE_PHOTO);
	const char *still = content ? media_content(&photo, MEDIA_PHOTO) : NULL;

	if (!still)
		return NULL;
	return arena_printf(call->arena, "%.*s,%s}", (int)strlen(content) - 1, content, still);
}

void method_send_live_photo(struct call *call)
{
	struct sending sending = sending_of(MEDIA_LIVE_PHOTO);

	sending.content = live_photo(call, NULL);
	if (sending.content && sending_caption(call, &sending) && sending_begin(call, &sending))
		sending_finish(call, &sending);
}

/* --- albums ----------------------------------------------------------------------------------- */

struct album {
	json_t *list;
	struct sending items[ALBUM_MAX];
	size_t count;
};

static const char *object_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* Captions have their own formatting in each object. */
bool media_object_caption(struct call *call, const json_t *object, struct formatted *out)
{
	char *entities = json_dumps(json_object_get(object, "caption_entities"), JSON_COMPACT);
	bool ok = format_text(call, object_text(object, "caption"),
			      object_text(object, "parse_mode"), entities ? entities : "",
			      CAPTION_UNITS_MAX, out);

	free(entities);
	return ok;
}

static bool take_item(struct call *call, const json_t *object, struct sending *out)
{
	const char *type = object_text(object, "type");
	struct media_source source = { call, object, "media" };
	enum media_kind kind;

	if (!json_is_object(object))
		return call_fail(call, 400,
				 "Bad Request: can't parse InputMedia: expected an Object");
	if (!media_kind_find(type, &kind) || kind == MEDIA_STICKER || kind == MEDIA_VOICE ||
	    kind == MEDIA_VIDEO_NOTE)
		return call_fail(call, 400,
				 "Bad Request: can't parse InputMedia: type \"%s\" is unsupported",
				 type);
	if (kind == MEDIA_ANIMATION)
		return call_fail(
			call, 400,
			"Bad Request: can't parse InputMedia: type \"%s\" can't be used in "
			"sendMediaGroup",
			type);
	if (!*object_text(object, "media"))
		return call_fail(call, 400, "Bad Request: can't parse InputMedia: media not found");
	*out = sending_of(kind);
	out->content = kind == MEDIA_LIVE_PHOTO ? live_photo(call, object)
						: media_content(&source, kind);
	if (out->content && json_is_true(json_object_get(object, "has_spoiler")))
		out->extra = "\"has_media_spoiler\":true";
	return out->content && media_object_caption(call, object, &out->text);
}

/* Documents are only with documents, audio only with audio: the kind that may not be mixed, or
 * NULL. */
static const char *unmixable(const struct album *album)
{
	bool same = true;
	const char *alone = NULL;

	for (size_t i = 0; i < album->count; i++) {
		const char *plural = album->items[i].plural;

		same = same && !strcmp(plural, album->items[0].plural);
		if (!strcmp(plural, "documents"))
			alone = "document";
		else if (!strcmp(plural, "music"))
			alone = "audio";
	}
	return same ? NULL : alone;
}

static bool take_album(struct call *call, struct album *album)
{
	const char *alone;
	size_t i;
	json_t *object;

	album->list = json_loads(parameters_text(call->parameters, "media"), 0, NULL);
	if (!album->list)
		return call_fail(call, 400, "Bad Request: can't parse media JSON object");
	if (!json_is_array(album->list))
		return call_fail(call, 400, "Bad Request: expected an Array of InputMedia");
	if (json_array_size(album->list) > ALBUM_MAX)
		return call_fail(call, 400, "Bad Request: too many messages to send as an album");
	if (json_array_size(album->list) == 0)
		return call_fail(call, 400, "Bad Request: there are no messages to send");
	json_array_foreach(album->list, i, object)
	{
		if (!take_item(call, object, &album->items[album->count]))
			return false;
		album->count++;
	}
	alone = unmixable(album);
	return !alone ||
	       call_fail(call, 400, "Bad Request: %s can't be mixed with other media types", alone);
}

static void send_album(struct call *call, struct album *album)
{
	const char *group;
	int64_t first_id = 0;

	group = arena_printf(call->arena, "\"media_group_id\":\"%lld\"",
			     13700000000000000LL + (long long)++call->sim->albums);
	json_array_start(&call->result);
	for (size_t i = 0; i < album->count; i++) {
		struct sending *sending = &album->items[i];

		if (album->count > 1)
			sending->extra = sending_members(call, sending->extra, group);
		if (!sending_begin(call, sending))
			return;
		sending_finish(call, sending);
		first_id = first_id ? first_id : call->message_id;
	}
	json_array_end(&call->result);
	call->message_id = first_id;
}

void method_send_media_group(struct call *call)
{
	struct album *album = arena_alloc(call->arena, sizeof(*album));

	memset(album, 0, sizeof(*album));
	if (call_chat(call, true) && take_album(call, album))
		send_album(call, album);
	json_decref(album->list);
}

/* --- paid media --------------------------------------------------------------------------------
 */

/* One {"type":"photo","photo":[…]} */
static bool write_paid(struct call *call, const json_t *object, struct json *json)
{
	const char *type = object_text(object, "type");
	struct media_source source = { call, object, "media" };
	const char *content;

	if (strcmp(type, "photo") != 0 && strcmp(type, "video") != 0 &&
	    strcmp(type, "live_photo") != 0)
		return call_fail(
			call, 400,
			"Bad Request: can't parse InputPaidMedia: type \"%s\" is unsupported",
			type);
	content = *type == 'l' ? live_photo(call, object)
			       : media_content(&source, *type == 'p' ? MEDIA_PHOTO : MEDIA_VIDEO);
	if (!content)
		return false;
	json_object_start(json);
	json_key_text(json, "type", type);
	json_raw(json, content, strlen(content));
	json_object_end(json);
	return true;
}

static bool write_paid_list(struct call *call, const json_t *list, struct json *json)
{
	size_t i;
	json_t *object;

	if (!json_is_array(list))
		return call_fail(call, 400, "Bad Request: expected an Array of InputPaidMedia");
	if (json_array_size(list) == 0 || json_array_size(list) > PAID_MEDIA_MAX)
		return call_fail(call, 400, "Bad Request: wrong number of paid media specified");
	json_array_foreach(list, i, object)
	{
		if (!write_paid(call, object, json))
			return false;
	}
	return true;
}

void method_send_paid_media(struct call *call)
{
	struct sending sending = { .permission = MAY_SEND_PHOTOS, .plural = "paid media" };
	int64_t stars = parameters_int(call->parameters, "star_count", 0, 0, 1000000000);
	json_t *list = json_loads(parameters_text(call->parameters, "media"), 0, NULL);
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_key(&json, "paid_media");
	json_object_start(&json);
	json_key_int(&json, "star_count", stars);
	json_key(&json, "paid_media");
	json_array_start(&json);
	if (stars < 1 || stars > PAID_STARS_MAX) {
		call_fail(call, 400, "Bad Request: STARS_AMOUNT_INVALID");
	} else if (!list) {
		call_fail(call, 400, "Bad Request: can't parse paid media JSON object");
	} else if (write_paid_list(call, list, &json) && sending_caption(call, &sending)) {
		json_array_end(&json);
		json_object_end(&json);
		sending.content = arena_strdup(call->arena, buffer_text(&out));
		if (sending_begin(call, &sending))
			sending_finish(call, &sending);
	}
	buffer_finish(&out);
	json_decref(list);
}
