/* part_media.c - messages with media. Its file id is the name that is written, or else the word:
 *
 *     alice sends photo: look
 *     alice sends document notes.pdf (2 MB): for you
 *     alice sends voice (30 KB, 12s)
 *     alice sends dice 6
 *     alice answers with a photo: here
 *     alice to bob whose message has a photo: /keep */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/modules/conversation.h"
#include "tests/modules/media.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"

struct medium {
	const char *name; /* of the file; NULL: not written */
	int64_t size, seconds;
};

/* "200 KB" */
static bool take_size(struct world *world, const char **at, int64_t *size, struct why *why)
{
	static const struct {
		const char *unit;
		int64_t bytes;
	} units[] = { { "B", 1 }, { "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 } };
	int64_t number = strtoll(take_word(world, at, " ,):"), NULL, 10);
	const char *unit = take_word(world, at, " ,):");

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].unit, unit) == 0) {
			*size = number * units[i].bytes;
			return true;
		}
	return why_set(why, "a size is 200 KB or 2 MB, not \"%s\"", unit);
}

/* "cat.jpg (200 KB, 12s)", all of it optional */
static bool take_medium(struct world *world, const char **at, struct medium *out, struct why *why)
{
	*out = (struct medium) { .size = 1000 };
	if (!strchr("(:", **at) && !part_find_word(*at))
		out->name = take_word(world, at, " (:");
	if (!take(at, "("))
		return true;
	if (!take_size(world, at, &out->size, why))
		return false;
	if (take(at, ",") && !take_duration(world, at, &out->seconds, why))
		return false;
	return take(at, ")") || why_set(why, "a size ends with \")\"");
}

static json_t *file(const struct medium *medium, const char *kind)
{
	const char *id = medium->name ? medium->name : kind;

	return json_pack("{s:s,s:s,s:I}", "file_id", id, "file_unique_id", id, "file_size",
			 (json_int_t)medium->size);
}

/* --- kinds ------------------------------------------------------------------------------------ */

/* A small one and the one that counts. */
static json_t *photo(const struct medium *medium)
{
	json_t *large = file(medium, "photo");

	json_object_update_new(large, json_pack("{s:i,s:i}", "width", 1280, "height", 960));
	return json_pack("[{s:s,s:s,s:i,s:i},o]", "file_id", "small", "file_unique_id", "small",
			 "width", 90, "height", 67, large);
}

static json_t *named(json_t *object, const struct medium *medium)
{
	if (medium->name)
		json_object_set_new(object, "file_name", json_string(medium->name));
	return object;
}

static json_t *timed(json_t *object, const struct medium *medium)
{
	json_object_set_new(object, "duration", json_integer(medium->seconds));
	return object;
}

static json_t *pictured(json_t *object, int width, int height)
{
	json_object_update_new(object, json_pack("{s:i,s:i}", "width", width, "height", height));
	return object;
}

static json_t *document(const struct medium *medium)
{
	return named(file(medium, "document"), medium);
}

static json_t *video(const struct medium *medium)
{
	return named(pictured(timed(file(medium, "video"), medium), 640, 480), medium);
}

static json_t *animation(const struct medium *medium)
{
	return named(pictured(timed(file(medium, "animation"), medium), 320, 240), medium);
}

static json_t *audio(const struct medium *medium)
{
	return named(timed(file(medium, "audio"), medium), medium);
}

static json_t *voice(const struct medium *medium)
{
	return timed(file(medium, "voice"), medium);
}

static json_t *video_note(const struct medium *medium)
{
	json_t *object = timed(file(medium, "video_note"), medium);

	json_object_set_new(object, "length", json_integer(240));
	return object;
}

static json_t *sticker(const struct medium *medium)
{
	json_t *object = pictured(file(medium, "sticker"), 512, 512);

	json_object_update_new(object, json_pack("{s:s,s:b,s:b,s:s}", "type", "regular",
						 "is_animated", 0, "is_video", 0, "emoji", "👍"));
	return object;
}

/* Without a file, and what is written after it is part of it. */
static json_t *dice(const struct medium *medium)
{
	return json_pack("{s:s,s:i}", "emoji", "🎲", "value", medium->name ? atoi(medium->name) : 1);
}

static json_t *location(const struct medium *medium)
{
	(void)medium;
	return json_pack("{s:f,s:f}", "latitude", 48.25, "longitude", 16.5);
}

static json_t *contact(const struct medium *medium)
{
	return json_pack("{s:s,s:s}", "phone_number", "4915112345678", "first_name",
			 medium->name ? medium->name : "Carl");
}

static const struct kind_of_media {
	const char *name;
	json_t *(*make)(const struct medium *medium);
} media[] = {
	{ "photo", photo },           { "document", document }, { "video", video },
	{ "animation", animation },   { "audio", audio },       { "voice", voice },
	{ "video_note", video_note }, { "sticker", sticker },   { "dice", dice },
	{ "location", location },     { "contact", contact },
};

json_t *media_value(const char *kind, const char *file_id)
{
	const struct medium medium = { .name = file_id, .size = 1000 };

	for (size_t i = 0; i < sizeof(media) / sizeof(media[0]); i++)
		if (strcmp(media[i].name, kind) == 0)
			return media[i].make(&medium);
	return NULL;
}

/* --- words ------------------------------------------------------------------------------------ */

static bool take_media(struct conversation *conversation, const char **at, json_t **fields,
		       struct why *why)
{
	const char *name = take_word(&conversation->world, at, " (:");
	struct medium medium;

	for (size_t i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
		if (strcmp(media[i].name, name) != 0)
			continue;
		if (!take_medium(&conversation->world, at, &medium, why))
			return false;
		*fields = json_pack("{s:o}", name, media[i].make(&medium));
		return true;
	}
	return why_set(why, "there is no kind of media \"%s\"", name);
}

static bool sends(struct conversation *conversation, const char **at, struct line_action *action,
		  struct why *why)
{
	json_t *fields = NULL, *value;
	const char *key;

	if (!take_media(conversation, at, &fields, why))
		return false;
	json_object_foreach(fields, key, value) action_set(action, key, json_incref(value));
	json_decref(fields);
	action->captioned = true;
	return true;
}

static bool whose(struct conversation *conversation, const char **at, struct line_action *action,
		  struct why *why)
{
	if (action->replied_fields)
		return why_set(why, "\"whose\" comes once");
	return take_media(conversation, at, &action->replied_fields, why);
}

static const struct word words[] = {
	{ "sends", sends, 0, NULL },
	{ "with a", sends, 0, NULL },
	{ "whose message has a", whose, 0, NULL },
	{ 0 },
};

const struct part media_part = { .words = words };
