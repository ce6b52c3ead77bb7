#include "simulator/method_stickers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/image_size.h"
#include "simulator/media.h"
#include "simulator/sim.h"
#include "simulator/sticker_sets.h"
#include "simulator/webm.h"

static bool find_format(const char *name, enum sticker_format *out)
{
	static const char *const names[] = { "static", "animated", "video" };

	for (unsigned i = 0; i < COUNT_OF(names); i++) {
		if (!strcmp(names[i], name)) {
			*out = (enum sticker_format)i;
			return true;
		}
	}
	return false;
}

/* --- what a sticker must be --------------------------------------------------------------------
 */

/* Static ones: one side of 512 pixels, none larger; custom emoji 100 by 100; masks as regular ones.
 */
static bool has_sides(const struct image *image, enum sticker_type type)
{
	int large = image->width > image->height ? image->width : image->height;

	return type == STICKER_CUSTOM_EMOJI
		       ? image->width == EMOJI_SIDE && image->height == EMOJI_SIDE
		       : large == STICKER_SIDE;
}

/* VP9 without sound, of at most 3 seconds and of the same sides:
 * https://core.telegram.org/stickers/webm-vp9-video-encoding. */
static bool check_video(struct call *call, const struct stored_file *file, enum sticker_type type)
{
	struct webm webm;
	struct image image;

	if (!webm_read(&webm, file->bytes, (size_t)file->size) || webm.pictures != 1 ||
	    webm.sounds > 0 || !webm.is_vp9)
		return call_fail(call, 400, "Bad Request: STICKER_VIDEO_NOWEBM");
	if (webm.seconds > STICKER_VIDEO_SECONDS)
		return call_fail(call, 400, "Bad Request: STICKER_VIDEO_LONG");
	image = (struct image) { IMAGE_WEBM, webm.width, webm.height };
	return has_sides(&image, type) || call_fail(call, 400, "Bad Request: STICKER_VIDEO_BIG");
}

static bool check_file(struct call *call, const struct stored_file *file,
		       enum sticker_format format, enum sticker_type type)
{
	static const int64_t limits[] = { STICKER_STATIC_MAX, STICKER_TGS_MAX, STICKER_WEBM_MAX };
	struct image image = image_of(file->bytes, file->bytes ? (size_t)file->size : 0);

	if (file->size > limits[format])
		return call_fail(call, 400, "Bad Request: file is too big");
	if (!file->bytes)
		return true; /* made up: of the right kind */
	switch (format) {
	case STICKER_STATIC:
		if (image.format != IMAGE_PNG && image.format != IMAGE_WEBP)
			return call_fail(call, 400, "Bad Request: STICKER_PNG_NOPNG");
		return has_sides(&image, type) ||
		       call_fail(call, 400, "Bad Request: STICKER_PNG_DIMENSIONS");
	case STICKER_ANIMATED:
		return image.format == IMAGE_TGS ||
		       call_fail(call, 400, "Bad Request: STICKER_TGS_NOTGS");
	case STICKER_VIDEO:
		return check_video(call, file, type);
	}
	return false;
}

static bool check_emoji(struct call *call, const json_t *list)
{
	size_t i;
	json_t *emoji;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return call_fail(call, 400,
				 "Bad Request: can't parse emoji list: emoji list must "
				 "be non-empty");
	if (json_array_size(list) > STICKER_EMOJI_MAX)
		return call_fail(call, 400,
				 "Bad Request: can't parse emoji list: too many emoji "
				 "specified");
	json_array_foreach((json_t *)list, i, emoji)
	{
		/* Text in ASCII is no emoji, but for digits, # and * with their variants. */
		if (!json_is_string(emoji) || strlen(json_string_value(emoji)) < 2 ||
		    (unsigned char)json_string_value(emoji)[strlen(json_string_value(emoji)) - 1] <
			    0x80)
			return call_fail(call, 400,
					 "Bad Request: can't parse emoji list: expected a Unicode "
					 "emoji");
	}
	return true;
}

static bool check_keywords(struct call *call, const json_t *list)
{
	size_t units = 0;
	size_t i;
	json_t *keyword;

	if (list && !json_is_array(list))
		return call_fail(call, 400, "Bad Request: field \"keywords\" must be an Array");
	json_array_foreach((json_t *)list, i, keyword)
	{
		if (!json_is_string(keyword))
			return call_fail(call, 400, "Bad Request: keyword must be a string");
		units += utf8_units(json_string_value(keyword), json_string_length(keyword));
	}
	return (json_array_size(list) <= STICKER_KEYWORDS_MAX &&
		units <= STICKER_KEYWORDS_UNITS_MAX) ||
	       call_fail(call, 400, "Bad Request: STICKER_KEYWORDS_INVALID");
}

/* The Sticker object. */
static char *object_of(const struct sticker_set *set, const json_t *input,
		       enum sticker_format format, const struct stored_file *file)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const json_t *mask = json_object_get(input, "mask_position");
	int side = set->type == STICKER_CUSTOM_EMOJI ? EMOJI_SIDE : STICKER_SIDE;
	char *text, *dump;

	json_object_start(&json);
	json_key_int(&json, "width", file->width ? file->width : side);
	json_key_int(&json, "height", file->height ? file->height : side);
	ascii_key_text(&json, "emoji",
		       json_string_value(json_array_get(json_object_get(input, "emoji_list"), 0)));
	json_key_text(&json, "set_name", set->name);
	json_key_bool(&json, "is_animated", format == STICKER_ANIMATED);
	json_key_bool(&json, "is_video", format == STICKER_VIDEO);
	json_key_text(&json, "type", sticker_type_name(set->type));
	if (json_is_object(mask)) {
		dump = json_dumps(mask, JSON_COMPACT | JSON_ENSURE_ASCII);
		json_key(&json, "mask_position");
		json_raw(&json, dump, strlen(dump));
		free(dump);
	}
	file_write(&json, file);
	json_object_end(&json);
	text = xstrdup(buffer_text(&out));
	buffer_finish(&out);
	return text;
}

/* A sticker of another set, or of this one, becomes a file of its own: each says of which set it
 * is. */
static struct stored_file *own_file(struct call *call, struct stored_file *file)
{
	struct sim *sim = call->sim;
	char id[FILE_ID_SIZE], unique_id[FILE_ID_SIZE];
	struct stored_file *copy;
	int width, height;
	size_t index;
	void *bytes;

	file_ids(file, id, unique_id);
	if (!sticker_sets_find_sticker(&sim->sticker_sets, id, &index))
		return file;
	bytes = file->bytes ? xmemdup(file->bytes, (size_t)file->size) : NULL;
	width = file->width;
	height = file->height;
	copy = files_add(&sim->files, MEDIA_STICKER, bytes, file->size);
	copy->width = width;
	copy->height = height;
	free(bytes);
	return copy;
}

/* Reads an InputSticker and puts it into the set; false after call_fail(). */
static bool take_sticker(struct call *call, struct sticker_set *set, const json_t *input,
			 size_t index)
{
	struct media_source source = { call, input, "sticker" };
	const char *format_name = json_string_value(json_object_get(input, "format"));
	struct stored_file *file;
	struct sticker sticker = { 0 };
	enum sticker_format format;
	char unique_id[FILE_ID_SIZE];
	const char *content;

	if (!json_is_object(input))
		return call_fail(call, 400,
				 "Bad Request: can't parse InputSticker: InputSticker "
				 "must be an Object");
	if (!format_name || !find_format(format_name, &format))
		return call_fail(call, 400, "Bad Request: invalid sticker format specified");
	if (!check_emoji(call, json_object_get(input, "emoji_list")) ||
	    !check_keywords(call, json_object_get(input, "keywords")))
		return false;
	file = media_file(&source, MEDIA_STICKER);
	if (!file || !check_file(call, file, format, set->type))
		return false;
	file = own_file(call, file);
	file_ids(file, sticker.file_id, unique_id);
	sticker.file = file->number;
	sticker.object = object_of(set, input, format, file);
	sticker.emoji = json_dumps(json_object_get(input, "emoji_list"), JSON_COMPACT);
	content = arena_printf(call->arena, "\"sticker\":%s", sticker.object);
	files_set_content(&call->sim->files, file->number, content, strlen(content));
	sticker_set_put(set, index, &sticker);
	return true;
}

/* --- methods -----------------------------------------------------------------------------------
 */

void method_upload_sticker_file(struct call *call)
{
	struct media_source source = { .call = call, .file = "sticker" };
	struct person *person;
	enum sticker_format format;
	struct stored_file *file;

	if (!call_person(call, &person))
		return;
	if (!find_format(parameters_text(call->parameters, "sticker_format"), &format)) {
		call_fail(call, 400, "Bad Request: invalid sticker format specified");
		return;
	}
	file = media_file(&source, MEDIA_STICKER);
	if (!file || !check_file(call, file, format, STICKER_REGULAR))
		return;
	json_object_start(&call->result);
	file_write(&call->result, file);
	json_object_end(&call->result);
}

/* Whom a set is made for: somebody who started the bot, and did not block it. */
static bool call_owner(struct call *call, struct person **out)
{
	if (!call_person(call, out))
		return false;
	return ((*out)->started && !(*out)->blocked) ||
	       call_fail(call, 400, "Bad Request: PEER_ID_INVALID");
}

/* Letters, digits and single underscores, a letter first, "_by_<bot username>" last. */
static bool check_name(struct call *call, const char *name)
{
	const char *bot = call->sim->world.bot->username;
	size_t length = strlen(name);
	size_t tail = strlen(bot) + 4;
	bool ok = length > tail && length <= SET_NAME_MAX && !strstr(name, "__") &&
		  ((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z') &&
		  strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
			  length &&
		  !strncasecmp(name + length - tail, "_by_", 4) &&
		  !strcasecmp(name + length - tail + 4, bot);

	if (!ok)
		return call_fail(call, 400, "Bad Request: invalid sticker set name is specified");
	return !sticker_sets_find(&call->sim->sticker_sets, name) ||
	       call_fail(call, 400, "Bad Request: sticker set name is already occupied");
}

static bool check_title(struct call *call, const char *title)
{
	size_t units = utf8_units(title, strlen(title));

	return (units > 0 && units <= SET_TITLE_UNITS_MAX) ||
	       call_fail(call, 400, "Bad Request: PACK_TITLE_INVALID");
}

static bool find_type(struct call *call, enum sticker_type *out)
{
	const char *name = parameters_text(call->parameters, "sticker_type");

	for (unsigned i = STICKER_REGULAR; i <= STICKER_CUSTOM_EMOJI; i++) {
		if (!*name || !strcmp(sticker_type_name((enum sticker_type)i), name)) {
			*out = (enum sticker_type)i;
			return true;
		}
	}
	return call_fail(call, 400, "Bad Request: unsupported sticker type specified");
}

static bool check_list(struct call *call, const json_t *list)
{
	if (!list)
		return call_fail(call, 400, "Bad Request: can't parse stickers JSON object");
	if (!json_is_array(list))
		return call_fail(call, 400, "Bad Request: expected an Array of InputSticker");
	if (json_array_size(list) > SET_FIRST_STICKERS_MAX)
		return call_fail(call, 400, "Bad Request: too many stickers specified");
	return json_array_size(list) > 0 ||
	       call_fail(call, 400, "Bad Request: there must be at least one sticker");
}

void method_create_sticker_set(struct call *call)
{
	struct sticker_sets *sets = &call->sim->sticker_sets;
	const char *name = parameters_text(call->parameters, "name");
	const char *title = parameters_text(call->parameters, "title");
	json_t *list = json_loads(parameters_text(call->parameters, "stickers"), 0, NULL);
	struct sticker_set *set = NULL;
	struct person *person;
	enum sticker_type type = STICKER_REGULAR;
	bool ok = call_owner(call, &person) && check_name(call, name) && check_title(call, title) &&
		  find_type(call, &type) && check_list(call, list);

	if (ok)
		set = sticker_sets_add(sets, name);
	if (ok && !set)
		call_fail(call, 400, "Bad Request: too many sticker sets");
	if (set) {
		set->title = xstrdup(title);
		set->type = type;
		set->owner = person;
		for (size_t i = 0; ok && i < json_array_size(list); i++)
			ok = take_sticker(call, set, json_array_get(list, i), set->count);
		if (ok)
			call_result_true(call);
		else
			sticker_sets_remove(sets, set);
	}
	json_decref(list);
}

static bool call_set(struct call *call, struct sticker_set **out)
{
	*out = sticker_sets_find(&call->sim->sticker_sets,
				 parameters_text(call->parameters, "name"));
	return *out || call_fail(call, 400, "Bad Request: STICKERSET_INVALID");
}

/* The sticker of a parameter, which must be in one of the bot's sets. */
static bool call_sticker(struct call *call, const char *name, struct sticker_set **set,
			 size_t *index)
{
	const char *id = parameters_text(call->parameters, name);

	if (!*id)
		return call_fail(call, 400, "Bad Request: sticker is not specified");
	*set = sticker_sets_find_sticker(&call->sim->sticker_sets, id, index);
	return *set || call_fail(call, 400, "Bad Request: STICKER_INVALID");
}

static void put_sticker(struct call *call, struct sticker_set *set, size_t index)
{
	json_t *input = json_loads(parameters_text(call->parameters, "sticker"), 0, NULL);

	if (!input)
		call_fail(call, 400, "Bad Request: can't parse sticker JSON object");
	else if (take_sticker(call, set, input, index))
		call_result_true(call);
	json_decref(input);
}

void method_add_sticker(struct call *call)
{
	struct sticker_set *set;
	struct person *person;

	if (!call_person(call, &person) || !call_set(call, &set))
		return;
	if (set->owner != person)
		call_fail(call, 400, "Bad Request: STICKERSET_INVALID");
	else if (set->count >=
		 (set->type == STICKER_CUSTOM_EMOJI ? SET_EMOJI_MAX : SET_STICKERS_MAX))
		call_fail(call, 400, "Bad Request: STICKERS_TOO_MUCH");
	else
		put_sticker(call, set, set->count);
}

void method_replace_sticker(struct call *call)
{
	struct sticker_set *set, *named;
	struct person *person;
	size_t index;

	if (!call_person(call, &person) || !call_set(call, &named) ||
	    !call_sticker(call, "old_sticker", &set, &index))
		return;
	if (set != named || set->owner != person)
		call_fail(call, 400, "Bad Request: STICKERSET_INVALID");
	else
		put_sticker(call, set, index);
}

void method_get_sticker_set(struct call *call)
{
	struct sticker_set *set;

	if (call_set(call, &set))
		sticker_set_write(&call->result, set);
}

void method_set_sticker_position(struct call *call)
{
	int64_t position = parameters_int(call->parameters, "position", -1, -1, INT32_MAX);
	struct sticker_set *set;
	size_t index;

	if (!call_sticker(call, "sticker", &set, &index))
		return;
	if (position < 0 || (size_t)position >= set->count) {
		call_fail(call, 400, "Bad Request: STICKER_POSITION_INVALID");
		return;
	}
	sticker_set_move(set, index, (size_t)position);
	call_result_true(call);
}

/* With the last one the set goes, too. */
void method_delete_sticker(struct call *call)
{
	struct sticker_set *set;
	size_t index;

	if (!call_sticker(call, "sticker", &set, &index))
		return;
	sticker_set_delete(set, index);
	if (set->count == 0)
		sticker_sets_remove(&call->sim->sticker_sets, set);
	call_result_true(call);
}

void method_set_sticker_emoji(struct call *call)
{
	json_t *list = json_loads(parameters_text(call->parameters, "emoji_list"), 0, NULL);
	struct sticker_set *set;
	size_t index;

	if (!list) {
		call_fail(call, 400, "Bad Request: can't parse emoji list JSON array");
	} else if (call_sticker(call, "sticker", &set, &index) && check_emoji(call, list)) {
		struct sticker *sticker = &set->stickers[index];
		json_t *object = json_loads(sticker->object, 0, NULL);

		json_object_set(object, "emoji", json_array_get(list, 0));
		free(sticker->object);
		free(sticker->emoji);
		sticker->object = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
		sticker->emoji = json_dumps(list, JSON_COMPACT);
		json_decref(object);
		call_result_true(call);
	}
	json_decref(list);
}

void method_set_sticker_set_title(struct call *call)
{
	const char *title = parameters_text(call->parameters, "title");
	struct sticker_set *set;

	if (!call_set(call, &set) || !check_title(call, title))
		return;
	free(set->title);
	set->title = xstrdup(title);
	call_result_true(call);
}

void method_delete_sticker_set(struct call *call)
{
	struct sticker_set *set;

	if (!call_set(call, &set))
		return;
	sticker_sets_remove(&call->sim->sticker_sets, set);
	call_result_true(call);
}
