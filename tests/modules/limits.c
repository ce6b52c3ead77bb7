/* limits.c - a table of fields, wherever in a call they are: the Bot API uses a name for one thing
 * in most methods, and where it does not, the method is in the row. */
#include "tests/modules/limits.h"

#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

enum measure {
	UNITS, /* UTF-16, as Telegram counts characters */
	CUT,   /* the same, and the host cuts what is longer */
	BYTES,
	ITEMS, /* of an array */
};

/* https://core.telegram.org/bots/api, the descriptions of these fields. */
static const struct limit {
	const char *method; /* "": any */
	const char *field;
	enum measure measure;
	size_t most;
} limits[] = {
	{ "answerCallbackQuery", "text", CUT, 200 },
	{ "setChatAdministratorCustomTitle", "custom_title", UNITS, 16 },
	{ "setChatTitle", "title", UNITS, 128 },
	{ "setChatDescription", "description", UNITS, 255 },
	{ "setMyCommands", "description", UNITS, 256 },
	{ "setMyCommands", "command", UNITS, 32 },
	{ "setMyCommands", "commands", ITEMS, 100 },
	{ "setMyDescription", "description", UNITS, 512 },
	{ "setMyShortDescription", "short_description", UNITS, 120 },
	{ "setMyName", "name", UNITS, 64 },
	{ "sendInvoice", "title", UNITS, 32 },
	{ "sendInvoice", "description", UNITS, 255 },
	{ "sendInvoice", "payload", BYTES, 128 },
	{ "createInvoiceLink", "title", UNITS, 32 },
	{ "createInvoiceLink", "description", UNITS, 255 },
	{ "createInvoiceLink", "payload", BYTES, 128 },
	{ "createForumTopic", "name", UNITS, 128 },
	{ "editForumTopic", "name", UNITS, 128 },
	{ "createChatInviteLink", "name", UNITS, 32 },
	{ "editChatInviteLink", "name", UNITS, 32 },
	{ "sendPoll", "question", UNITS, 300 },
	{ "sendPoll", "options", ITEMS, 12 },
	{ "sendPoll", "text", UNITS, 100 },
	{ "sendPoll", "explanation", UNITS, 200 },
	{ "answerInlineQuery", "results", ITEMS, 50 },
	{ "answerInlineQuery", "id", BYTES, 64 },
	{ "answerInlineQuery", "next_offset", BYTES, 64 },
	{ "answerInlineQuery", "start_parameter", BYTES, 64 },
	{ "sendMediaGroup", "media", ITEMS, 10 },
	{ "deleteMessages", "message_ids", ITEMS, 100 },
	{ "answerInlineQuery", "message_text", UNITS, 4096 },
	{ "", "text", UNITS, 4096 },
	{ "sendPoll", "description", UNITS, 1024 },
	{ "", "caption", UNITS, 1024 },
	{ "", "callback_data", BYTES, 64 },
	{ "", "input_field_placeholder", UNITS, 64 },
};

static const struct limit *find_limit(const char *method, const char *field)
{
	for (size_t i = 0; i < COUNT_OF(limits); i++)
		if (strcmp(limits[i].field, field) == 0 &&
		    (!limits[i].method[0] || strcmp(limits[i].method, method) == 0))
			return &limits[i];
	return NULL;
}

static bool check_length(const struct limit *limit, const json_t *value, struct why *why)
{
	static const char *const names[] = {
		[UNITS] = "characters",
		[CUT] = "characters",
		[BYTES] = "bytes",
		[ITEMS] = "elements",
	};
	const char *text = json_string_value(value);
	size_t size = 0;

	if (limit->measure == ITEMS)
		size = json_array_size(value);
	else if (text)
		size = limit->measure == BYTES ? strlen(text) : utf8_units(text, strlen(text));
	if (limit->measure == CUT && size == limit->most)
		return why_set(why, "%s: was cut at %zu %s", limit->field, size,
			       names[limit->measure]);
	return size <= limit->most ||
	       why_set(why, "%s: has %zu %s, Telegram takes %zu", limit->field, size,
		       names[limit->measure], limit->most);
}

static bool check_value(const char *method, const json_t *value, struct why *why)
{
	const char *key;
	const json_t *field;
	size_t i;

	json_object_foreach((json_t *)value, key, field)
	{
		const struct limit *limit = find_limit(method, key);

		if ((limit && !check_length(limit, field, why)) || !check_value(method, field, why))
			return false;
	}
	json_array_foreach(value, i, field)
	{
		if (!check_value(method, field, why))
			return false;
	}
	return true;
}

bool limits_check(const char *method, const json_t *parameters, struct why *why)
{
	return check_value(method, parameters, why) || why_prefix(why, "%s", method);
}
