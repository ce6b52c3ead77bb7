#include "simulator/markup.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MARKUP_MAX 10000 /* bytes; Telegram: "reply markup is too long" */
#define CALLBACK_DATA_MAX 64

static bool check_button(struct call *call, const json_t *button)
{
	const char *text = json_string_value(json_object_get(button, "text"));
	const char *data = json_string_value(json_object_get(button, "callback_data"));

	if (!json_is_object(button))
		return call_fail(call, 400,
				 "Bad Request: can't parse inline keyboard button: "
				 "InlineKeyboardButton must be an Object");
	if (!text)
		return call_fail(call, 400,
				 "Bad Request: can't parse inline keyboard button: Can't find "
				 "field \"text\"");
	if (data && (strlen(data) > CALLBACK_DATA_MAX || !*data))
		return call_fail(call, 400, "Bad Request: BUTTON_DATA_INVALID");
	if (json_object_size(button) < 2)
		return call_fail(call, 400,
				 "Bad Request: can't parse inline keyboard button: Text buttons "
				 "are unallowed in the inline keyboard");
	return true;
}

static bool check_keyboard(struct call *call, const json_t *rows)
{
	size_t i, j;
	json_t *row, *button;

	if (!json_is_array(rows))
		return call_fail(call, 400,
				 "Bad Request: field \"inline_keyboard\" of the "
				 "InlineKeyboardMarkup must be an Array of Arrays");
	json_array_foreach(rows, i, row)
	{
		if (!json_is_array(row))
			return call_fail(call, 400,
					 "Bad Request: field \"inline_keyboard\" of the "
					 "InlineKeyboardMarkup must be an Array of Arrays");
		json_array_foreach(row, j, button)
		{
			if (!check_button(call, button))
				return false;
		}
	}
	return true;
}

bool markup_take(struct call *call, const json_t *markup, const char **out)
{
	const json_t *rows = json_object_get(markup, "inline_keyboard");
	char *dump;

	*out = NULL;
	if (!markup)
		return true;
	if (!json_is_object(markup))
		return call_fail(call, 400, "Bad Request: object expected as reply markup");
	if (rows && !check_keyboard(call, rows))
		return false;
	dump = json_dumps(markup, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (strlen(dump) > MARKUP_MAX) {
		free(dump);
		return call_fail(call, 400, "Bad Request: reply markup is too long");
	}
	if (json_array_size(rows) > 0)
		*out = arena_strdup(call->arena, dump);
	free(dump);
	return true;
}

bool send_markup(struct call *call, const char **out)
{
	const char *text = parameters_text(call->parameters, "reply_markup");
	json_t *markup;
	bool ok;

	*out = NULL;
	if (!*text)
		return true;
	markup = json_loads(text, 0, NULL);
	if (!markup)
		return call_fail(call, 400,
				 "Bad Request: can't parse reply keyboard markup JSON object");
	ok = markup_take(call, markup, out);
	json_decref(markup);
	return ok;
}
