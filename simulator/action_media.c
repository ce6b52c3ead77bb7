#include "simulator/action_media.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/image_size.h"
#include "simulator/linked.h"
#include "simulator/seeded_random.h"
#include "simulator/sim.h"

static int64_t pick(struct sim *sim, int64_t from, int64_t to)
{
	return from + (int64_t)seeded_random_below(&sim->random, (uint64_t)(to - from + 1));
}

static void key_random_text(struct json *json, struct sim *sim, const char *key, const char *prefix,
			    size_t length)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char text[128];
	size_t at = strlen(prefix);
	uint64_t bits = 0;

	memcpy(text, prefix, at);
	for (size_t i = 0; at < length; at++, i++) {
		if (i % 10 == 0)
			bits = seeded_random_next(&sim->random);
		text[at] = letters[bits & 63];
		bits >>= 6;
	}
	json_key(json, key);
	json_text_n(json, text, length);
}

/* The fields that every file has. */
static void file_fields(struct json *json, struct sim *sim, enum media_kind kind, int64_t size)
{
	file_write(json, files_add(&sim->files, kind, NULL, size));
}

static void dimension_fields(struct json *json, int64_t width, int64_t height)
{
	json_key_int(json, "width", width);
	json_key_int(json, "height", height);
}

static void key_thumbnail(struct json *json, struct sim *sim)
{
	json_key(json, "thumbnail");
	json_object_start(json);
	file_fields(json, sim, MEDIA_THUMBNAIL, pick(sim, 4000, 20000));
	dimension_fields(json, 320, 180);
	json_object_end(json);
}

static void write_photo(struct json *json, struct sim *sim)
{
	static const int widths[] = { 90, 320, 800, 1280 };

	json_key(json, "photo");
	json_array_start(json);
	for (size_t i = 0; i < COUNT_OF(widths); i++) {
		json_object_start(json);
		file_fields(json, sim, MEDIA_PHOTO, (int64_t)widths[i] * pick(sim, 10, 120));
		dimension_fields(json, widths[i], widths[i] * 9 / 16);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_sticker(struct json *json, struct sim *sim)
{
	json_key(json, "sticker");
	json_object_start(json);
	dimension_fields(json, 512, 512);
	ascii_key_text(json, "emoji", "😂");
	json_key_text(json, "set_name", "HotCherry");
	json_key_bool(json, "is_animated", true);
	json_key_bool(json, "is_video", false);
	json_key_text(json, "type", "regular");
	key_thumbnail(json, sim);
	file_fields(json, sim, MEDIA_STICKER, pick(sim, 10000, 60000));
	json_object_end(json);
}

static void write_sticker_format(struct json *json, const struct stored_file *file)
{
	enum image_format format = image_of(file->bytes, (size_t)file->size).format;

	ascii_key_text(json, "emoji", "😂");
	json_key_bool(json, "is_animated", format == IMAGE_TGS);
	json_key_bool(json, "is_video", format == IMAGE_WEBM);
	json_key_text(json, "type", "regular");
}

static void write_video(struct json *json, struct sim *sim)
{
	json_key(json, "video");
	json_object_start(json);
	json_key_int(json, "duration", pick(sim, 2, 600));
	dimension_fields(json, 1280, 720);
	json_key_text(json, "file_name", "VID_20261123_154455.mp4");
	json_key_text(json, "mime_type", "video/mp4");
	key_thumbnail(json, sim);
	file_fields(json, sim, MEDIA_VIDEO, pick(sim, 1000000, 50000000));
	json_object_end(json);
}

static void write_animation(struct json *json, struct sim *sim)
{
	json_key(json, "animation");
	json_object_start(json);
	json_key_text(json, "file_name", "giphy.mp4");
	json_key_text(json, "mime_type", "video/mp4");
	json_key_int(json, "duration", pick(sim, 1, 10));
	dimension_fields(json, 480, 270);
	key_thumbnail(json, sim);
	file_fields(json, sim, MEDIA_ANIMATION, pick(sim, 50000, 900000));
	json_object_end(json);
}

static void write_voice(struct json *json, struct sim *sim)
{
	json_key(json, "voice");
	json_object_start(json);
	json_key_int(json, "duration", pick(sim, 1, 120));
	json_key_text(json, "mime_type", "audio/ogg");
	file_fields(json, sim, MEDIA_VOICE, pick(sim, 5000, 400000));
	json_object_end(json);
}

static void write_video_note(struct json *json, struct sim *sim)
{
	json_key(json, "video_note");
	json_object_start(json);
	json_key_int(json, "duration", pick(sim, 1, 60));
	json_key_int(json, "length", 384);
	key_thumbnail(json, sim);
	file_fields(json, sim, MEDIA_VIDEO_NOTE, pick(sim, 100000, 4000000));
	json_object_end(json);
}

static void write_audio(struct json *json, struct sim *sim)
{
	json_key(json, "audio");
	json_object_start(json);
	json_key_int(json, "duration", pick(sim, 60, 400));
	ascii_key_text(json, "file_name", "Кино - Группа крови.mp3");
	json_key_text(json, "mime_type", "audio/mpeg");
	ascii_key_text(json, "title", "Группа крови");
	ascii_key_text(json, "performer", "Кино");
	file_fields(json, sim, MEDIA_AUDIO, pick(sim, 1000000, 9000000));
	json_object_end(json);
}

static void write_document(struct json *json, struct sim *sim)
{
	json_key(json, "document");
	json_object_start(json);
	ascii_key_text(json, "file_name", "Übersicht 2026.pdf");
	json_key_text(json, "mime_type", "application/pdf");
	key_thumbnail(json, sim);
	file_fields(json, sim, MEDIA_DOCUMENT, pick(sim, 20000, 9000000));
	json_object_end(json);
}

static void place_fields(struct json *json, struct sim *sim)
{
	json_key(json, "latitude");
	json_double(json, (double)pick(sim, -8999, 8999) / 100);
	json_key(json, "longitude");
	json_double(json, (double)pick(sim, -17999, 17999) / 100);
}

static void write_location(struct json *json, struct sim *sim)
{
	json_key(json, "location");
	json_object_start(json);
	place_fields(json, sim);
	json_object_end(json);
}

static void write_venue(struct json *json, struct sim *sim)
{
	json_key(json, "venue");
	json_object_start(json);
	json_key(json, "location");
	json_object_start(json);
	place_fields(json, sim);
	json_object_end(json);
	ascii_key_text(json, "title", "Café Größenwahn");
	ascii_key_text(json, "address", "Amalienstraße 87");
	json_object_end(json);
	write_location(json, sim);
}

static void write_contact(struct json *json, struct sim *sim)
{
	const struct world *world = &sim->world;
	const struct person
		*person = world->people[seeded_random_below(&sim->random, world->people_count)];

	json_key(json, "contact");
	json_object_start(json);
	json_key_text(json, "phone_number", "+12025550143");
	ascii_key_text(json, "first_name", person->first_name);
	json_key_int(json, "user_id", person->id);
	json_object_end(json);
}

static void write_poll(struct json *json, struct sim *sim)
{
	static const char *const options[] = { "Ja", "Nein", "Vielleicht – später" };

	json_key(json, "poll");
	json_object_start(json);
	key_random_text(json, sim, "id", "5", 19);
	ascii_key_text(json, "question", "Treffen wir uns am Samstag?");
	json_key(json, "options");
	json_array_start(json);
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		const char id[] = { (char)('0' + i), '\0' };

		json_object_start(json);
		json_key_text(json, "persistent_id", id);
		ascii_key_text(json, "text", options[i]);
		json_key_int(json, "voter_count", 0);
		json_object_end(json);
	}
	json_array_end(json);
	json_key_int(json, "total_voter_count", 0);
	json_key_bool(json, "is_closed", false);
	json_key_bool(json, "is_anonymous", true);
	json_key_text(json, "type", "regular");
	json_key_bool(json, "allows_multiple_answers", false);
	json_key_bool(json, "allows_revoting", false);
	json_key_bool(json, "members_only", false);
	json_object_end(json);
}

static void write_dice(struct json *json, struct sim *sim)
{
	json_key(json, "dice");
	json_object_start(json);
	ascii_key_text(json, "emoji", "🎲");
	json_key_int(json, "value", pick(sim, 1, 6));
	json_object_end(json);
}

static const struct {
	const char *kind;
	void (*write)(struct json *json, struct sim *sim);
	bool has_caption;
} media[] = {
	{ "photo", write_photo, true },        { "sticker", write_sticker, false },
	{ "video", write_video, true },        { "animation", write_animation, true },
	{ "voice", write_voice, true },        { "video_note", write_video_note, false },
	{ "audio", write_audio, true },        { "document", write_document, true },
	{ "location", write_location, false }, { "venue", write_venue, false },
	{ "contact", write_contact, false },   { "poll", write_poll, false },
	{ "dice", write_dice, false },
};

static void write_caption(struct json *json, struct sim *sim, const char *caption)
{
	struct formatted formatted;

	entities_plain(caption, strlen(caption), &sim->action_arena, &formatted);
	entities_detect(&formatted, &sim->action_arena);
	compose_text(json, &formatted, "caption");
}

/* What the page uploaded, in place of what is made up. */
static void write_uploaded(struct json *json, const struct action *action, const char *kind)
{
	const struct stored_file *file = action->file;
	bool is_photo = file->kind == MEDIA_PHOTO;
	bool has_name = file->kind == MEDIA_DOCUMENT || file->kind == MEDIA_AUDIO ||
			file->kind == MEDIA_VIDEO || file->kind == MEDIA_ANIMATION;

	json_key(json, kind);
	if (is_photo)
		json_array_start(json);
	json_object_start(json);
	file_write(json, file);
	if (file->kind == MEDIA_VIDEO_NOTE)
		json_key_int(json, "length", 384);
	else if (file->width > 0 || file->kind == MEDIA_VIDEO || file->kind == MEDIA_ANIMATION)
		dimension_fields(json, file->width ? file->width : 1280,
				 file->height ? file->height : 720);
	else if (file->kind == MEDIA_STICKER)
		dimension_fields(json, 512, 512);
	if (file->kind == MEDIA_STICKER)
		write_sticker_format(json, file);
	if (!is_photo && file->kind != MEDIA_STICKER && file->kind != MEDIA_DOCUMENT)
		json_key_int(json, "duration", file->seconds ? file->seconds : 1);
	if (action->file_name && has_name)
		ascii_key_text(json, "file_name", action->file_name);
	if (!is_photo && file->kind != MEDIA_STICKER && file->kind != MEDIA_VIDEO_NOTE)
		json_key_text(json, "mime_type",
			      file->mime ? file->mime : media_kinds[file->kind].mime);
	json_object_end(json);
	if (is_photo)
		json_array_end(json);
}

/* A sticker of a set, as the set has it. False: it is of none. */
static bool write_again(struct json *json, const struct sim *sim, const struct stored_file *file)
{
	static const char start[] = "\"sticker\":";
	const char *content = file_content(&sim->files, file);

	if (file->kind != MEDIA_STICKER || !content ||
	    strncmp(content, start, sizeof(start) - 1) != 0)
		return false;
	json_key(json, "sticker");
	json_raw(json, content + sizeof(start) - 1, strlen(content) - sizeof(start) + 1);
	return true;
}

/* Returns what it wrote, for the message and to send the files again. */
static char *write_media(struct sim *sim, const struct action *action, struct json *json,
			 size_t which)
{
	uint64_t first = sim->files.last + 1;
	size_t start, size;
	char *content;

	start = buffer_unread_size(&sim->scratch) + 1; /* behind the comma */
	if (!action->file)
		media[which].write(json, sim);
	else if (!write_again(json, sim, action->file))
		write_uploaded(json, action, media[which].kind);
	size = buffer_unread_size(&sim->scratch) - start;
	content = xmalloc(size + 1); /* zeroed */
	memcpy(content, buffer_unread(&sim->scratch) + start, size);
	if (action->file)
		file_set_content(action->file, content, size);
	else if (sim->files.last >= first)
		files_set_content(&sim->files, first, content, size);
	return content;
}

const char *action_media_kind(size_t index)
{
	return index < COUNT_OF(media) ? media[index].kind : NULL;
}

struct action_result action_send_media(struct sim *sim, const struct action *action,
				       const char *kind)
{
	struct draft draft = action_draft(sim, action);
	struct action_result result;
	struct message *message;
	struct json json;
	size_t which = 0;
	char *content;

	while (which < COUNT_OF(media) && strcmp(media[which].kind, kind) != 0)
		which++;
	if (which == COUNT_OF(media) ||
	    (action->file && strcmp(media_kinds[action->file->kind].name, kind) != 0))
		return action_impossible();
	draft.message_id = chat_next_message_id(&sim->world, action->chat);
	json = action_json(sim);
	compose_message_start(&json, &draft);
	content = write_media(sim, action, &json, which);
	if (!draft.extra) /* which is in it */
		arena_reset(&sim->action_arena);
	if (action->caption && media[which].has_caption)
		write_caption(&json, sim, action->caption);
	compose_message_end(&json, NULL);
	result = action_queue_message(sim, action, &draft,
				      media[which].has_caption ? action->caption : NULL, -1);
	message = messages_find(&sim->messages, action->chat, draft.message_id);
	if (message)
		message->content = content;
	else
		free(content);
	linked_forward(sim, action->chat, draft.message_id);
	return result;
}
