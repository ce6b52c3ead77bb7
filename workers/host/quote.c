/* quote.c - finds the quote in a message, and copies the formatting that it has there. */
#include "workers/host/quote.h"

#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#define QUOTE_UNITS_MAX 1024

/* NULL for a message that the update does not contain. */
static const struct message *find_message(struct ctx *ctx, int64_t id)
{
	const struct message *message = ctx_find_message(ctx);

	if (message && message->id == id)
		return message;
	return message && message->reply && message->reply->id == id ? message->reply : NULL;
}

/* Those that Telegram keeps in quotes (Bot API, "TextQuote"). */
static bool is_kept(const char *type)
{
	static const char *const kept[] = { "bold",    "italic",       "underline", "strikethrough",
					    "spoiler", "custom_emoji", "date_time" };

	for (size_t i = 0; i < COUNT_OF(kept); i++)
		if (strcmp(type, kept[i]) == 0)
			return true;
	return false;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What of the entity is in `size` bytes at `quoted`, which begin `start` bytes into the text. */
static void write_entity(const struct message_entity *entity, const char *quoted, size_t start,
			 size_t size, struct json *json)
{
	size_t from = larger(entity->start, start);
	size_t to = smaller(entity->start + entity->size, start + size);

	if (from >= to || !is_kept(entity->type))
		return;
	json_object_start(json);
	json_key_text(json, "type", entity->type);
	json_key_int(json, "offset", (int64_t)utf8_units(quoted, from - start));
	json_key_int(json, "length", (int64_t)utf8_units(quoted + from - start, to - from));
	if (strcmp(entity->type, "custom_emoji") == 0)
		json_key_text(json, "custom_emoji_id", entity->value);
	if (strcmp(entity->type, "date_time") == 0) {
		json_key_int(json, "unix_time", entity->unix_s);
		json_key_text(json, "date_time_format", entity->value);
	}
	json_object_end(json);
}

static void write_text(const char *quote, size_t size, struct json *json)
{
	json_key(json, "quote");
	json_text_n(json, quote, size);
}

static void write_found(const struct message *message, const char *quote, size_t size,
			struct json *json)
{
	const char *at = memmem(message->text, strlen(message->text), quote, size);
	size_t start;

	if (!at)
		return;
	start = (size_t)(at - message->text);
	write_text(quote, size, json);
	json_key(json, "quote_entities");
	json_array_start(json);
	for (size_t i = 0; i < message->entities_count; i++)
		write_entity(&message->entities[i], at, start, size, json);
	json_array_end(json);
	json_key_int(json, "quote_position", (int64_t)utf8_units(message->text, start));
}

void quote_write(struct ctx *ctx, int64_t message_id, const char *quote, struct json *json)
{
	size_t size = utf8_prefix(quote, strlen(quote), QUOTE_UNITS_MAX);
	const struct message *message = find_message(ctx, message_id);

	if (size == 0)
		return;
	if (message)
		write_found(message, quote, size, json);
	else
		write_text(quote, size, json);
}
