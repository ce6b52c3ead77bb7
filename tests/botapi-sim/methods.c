#include "tests/botapi-sim/methods.h"

#include <stdlib.h>
#include <strings.h>

/* In alphabetical order, for bsearch; Telegram takes names in any case. */
const struct method methods[] = {
	{ "answerInlineQuery", method_answer_inline_query, 0 },
	{ "answerPreCheckoutQuery", method_answer_query, 0 },
	{ "answerShippingQuery", method_answer_query, 0 },
	{ "deleteMyCommands", method_delete_my_commands, 0 },
	{ "getMe", method_get_me, 0 },
	{ "getMyCommands", method_get_my_commands, 0 },
	{ "getUpdates", poll_get_updates, 0 },
	{ "sendMessage", method_send_message, METHOD_SENDS },
	{ "setMyCommands", method_set_my_commands, 0 },
};
const size_t methods_count = sizeof(methods) / sizeof(methods[0]);

const struct method *method_find(const char *name, size_t length)
{
	size_t low = 0;
	size_t high = methods_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncasecmp(name, methods[middle].name, length);

		if (order == 0 && methods[middle].name[length] != '\0')
			order = -1;
		if (order == 0)
			return &methods[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
