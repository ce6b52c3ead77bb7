/* part_fields.c - any other field of what is written, as Telegram has it:
 *
 *     alice with {"media_group_id": "7"}: text
 *     alice to bob whose {"text": "so bad"}: text       of the message that is replied to */
#include <jansson.h>

#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"

static bool take_object(const char **at, json_t **out, struct why *why)
{
	json_error_t error;
	json_t *object = json_loads(*at, JSON_DISABLE_EOF_CHECK, &error);

	if (!json_is_object(object)) {
		json_decref(object);
		return why_set(why, "after \"with\" and \"whose\" comes an object of JSON: %s",
			       error.text);
	}
	*at += error.position;
	take(at, " ");
	*out = object;
	return true;
}

static bool with(struct conversation *conversation, const char **at, struct line_action *action,
		 struct why *why)
{
	const char *name;
	json_t *object, *value;

	(void)conversation;
	if (!take_object(at, &object, why))
		return false;
	json_object_foreach(object, name, value) action_set(action, name, json_incref(value));
	json_decref(object);
	return true;
}

static bool whose(struct conversation *conversation, const char **at, struct line_action *action,
		  struct why *why)
{
	(void)conversation;
	if (action->replied_fields)
		return why_set(why, "\"whose\" comes once");
	return take_object(at, &action->replied_fields, why);
}

static const struct word words[] = {
	{ "with", with, 0, NULL },
	{ "whose", whose, 0, NULL },
	{ 0 },
};

const struct part fields_part = { .words = words };
