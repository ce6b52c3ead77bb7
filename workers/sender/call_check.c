/* call_check.c - the method, the parameters and the parts of a form. Parameters as handlers
 * write them are read without a tree (body.h); of the rest jansson makes one. */
#include "workers/sender/call_check.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "common/xalloc.h"
#include "workers/sender/body.h"

#define METHOD_LENGTH_MAX 63u
#define FIELD_LENGTH_MAX 63u
#define FILE_NAME_MAX 255u
/* Fifty inline results have a tenth of it. Read as JSON, nonsense can take forty times its size. */
#define BODY_SIZE_MAX (1u << 20)

/* Bot API, "Getting updates", "Using a local Bot API server" and "Managed bots". */
static const char *const own_methods[] = {
	"getUpdates", "setWebhook", "deleteWebhook",      "getWebhookInfo",
	"logOut",     "close",      "getManagedBotToken", "replaceManagedBotToken",
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Anything else could end the path of the URL. */
static bool is_method(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!is_letter(name.data[i]))
			return false;
	return name.length > 0 && name.length <= METHOD_LENGTH_MAX;
}

static bool check_method(struct text name, struct why *why)
{
	if (!is_method(name))
		return why_set(why, "malformed method");
	for (size_t i = 0; i < COUNT_OF(own_methods); i++)
		if (name.length == strlen(own_methods[i]) &&
		    !strncasecmp(name.data, own_methods[i], name.length))
			return why_set(why, "%s is not for handlers", own_methods[i]);
	return true;
}

static bool is_field(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!is_letter(name.data[i]) && name.data[i] != '_' &&
		    !(name.data[i] >= '0' && name.data[i] <= '9'))
			return false;
	return name.length <= FIELD_LENGTH_MAX;
}

/* What the two ways to read parameters find in them. */
struct reading {
	bool has_chat, has_part; /* a parameter has the name of a file's part */
	int64_t chat_id;         /* 0: none, or one that is named */
};

static struct reading read_plain(const struct body *parameters, const struct call *call)
{
	const struct json_slice *chat = body_find(parameters, text_of("chat_id"));
	struct reading out = { .has_chat = chat != NULL, .chat_id = chat ? body_id(*chat) : 0 };

	for (size_t i = 0; i < call->files_count; i++)
		out.has_part |= body_find(parameters, call->files[i].part) != NULL;
	return out;
}

static bool has_name(const json_t *parameters, struct text name)
{
	char key[FIELD_LENGTH_MAX + 1] = "";

	if (is_field(name))
		memcpy(key, name.data, name.length);
	return *key && json_object_get(parameters, key);
}

static struct reading read_tree(const json_t *parameters, const struct call *call)
{
	const json_t *chat = json_object_get(parameters, "chat_id");
	struct reading out = { .has_chat = chat != NULL };

	out.chat_id = json_is_integer(chat) ? json_integer_value(chat)
					    : call_chat_of_text(json_string_value(chat));
	for (size_t i = 0; i < call->files_count; i++)
		out.has_part |= has_name(parameters, call->files[i].part);
	return out;
}

/* Of two parameters of one name Telegram takes the first, jansson the last. */
static bool read_parameters(const struct call *call, struct reading *out)
{
	struct body plain;
	json_t *tree;
	bool ok;

	*out = (struct reading) { 0 };
	if (!call->body.data)
		return true;
	if (body_read(call->body, &plain)) {
		*out = read_plain(&plain, call);
		return true;
	}
	tree = json_loadb(call->body.data, call->body.length, JSON_REJECT_DUPLICATES, NULL);
	ok = json_is_object(tree);
	if (ok)
		*out = read_tree(tree, call);
	json_decref(tree);
	return ok;
}

/* It becomes part of a line, after which another could name a parameter. */
static bool is_file_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if ((unsigned char)name.data[i] < ' ')
			return false;
	return name.length <= FILE_NAME_MAX;
}

static bool check_files(const struct call *call, const struct reading *reading, struct why *why)
{
	bool has_chat = false;

	for (size_t i = 0; i < call->files_count; i++) {
		if (!is_field(call->files[i].part))
			return why_set(why, "malformed part of a form");
		if (!is_file_name(call->files[i].name))
			return why_set(why, "malformed name of a file");
		has_chat |= text_is(call->files[i].part, "chat_id");
	}
	if (has_chat || reading->has_part)
		return why_set(why, "a file in the place of another parameter");
	return true;
}

bool call_check(const struct call *call, struct why *why)
{
	struct reading reading;

	if (!check_method(call->method, why))
		return false;
	if (call->body.length > BODY_SIZE_MAX)
		return why_set(why, "over 1 MiB of parameters");
	if (!read_parameters(call, &reading))
		return why_set(why, "malformed parameters");
	if (reading.has_chat && reading.chat_id != call->chat_id)
		return why_set(why, "chat_id is not the chat of the call");
	return check_files(call, &reading, why);
}
