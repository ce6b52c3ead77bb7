/* call_check.c - one pass over the method, the parameters and what surrounds an upload. */
#include "workers/sender/call_check.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "common/xalloc.h"

#define METHOD_LENGTH_MAX 63u
#define FIELD_LENGTH_MAX 63u
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

static int64_t chat_in(const json_t *value)
{
	return json_is_integer(value) ? json_integer_value(value)
				      : call_chat_of_text(json_string_value(value));
}

static bool check_chat(const struct call *call, const json_t *parameters, struct why *why)
{
	const json_t *chat = json_object_get(parameters, "chat_id");

	if (!chat || chat_in(chat) == call->chat_id)
		return true;
	return why_set(why, "chat_id is not the chat of the call");
}

static bool is_field(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!is_letter(name.data[i]) && name.data[i] != '_' &&
		    !(name.data[i] >= '0' && name.data[i] <= '9'))
			return false;
	return name.length <= FIELD_LENGTH_MAX;
}

/* The media type becomes a line of a part's head, in which a line more could name a parameter. */
static bool check_upload(const struct call *call, const json_t *parameters, struct why *why)
{
	char field[FIELD_LENGTH_MAX + 1];

	if (!call->file.data)
		return true;
	if (!is_field(call->file_field))
		return why_set(why, "malformed name of a file's field");
	for (size_t i = 0; i < call->file_type.length; i++)
		if (call->file_type.data[i] < ' ' || call->file_type.data[i] > '~')
			return why_set(why, "malformed media type of a file");
	memcpy(field, call->file_field.data, call->file_field.length);
	field[call->file_field.length] = '\0';
	if (strcmp(field, "chat_id") == 0 || json_object_get(parameters, field))
		return why_set(why, "a file in the place of another parameter");
	return true;
}

bool call_check(const struct call *call, struct why *why)
{
	json_t *parameters;
	bool ok;

	if (!check_method(call->method, why))
		return false;
	if (call->body.length > BODY_SIZE_MAX)
		return why_set(why, "over 1 MiB of parameters");
	/* Of two parameters of one name Telegram takes the first, jansson the last. */
	parameters = call->body.data ? json_loadb(call->body.data, call->body.length,
						  JSON_REJECT_DUPLICATES, NULL)
				     : json_object();
	if (!json_is_object(parameters))
		ok = why_set(why, "malformed parameters");
	else
		ok = check_chat(call, parameters, why) && check_upload(call, parameters, why);
	json_decref(parameters);
	return ok;
}
