/* call_end.c - the table of call_end.h, and the way through a body. */
#include "workers/wire/call_end.h"

#include <jansson.h>

#include "common/xalloc.h"

/* Bot API 10.3: every parameter that is a moment to come, at any depth. */
static const struct call_end ends[] = {
	{ "until_date", 31 },                  /* banChatMember, restrictChatMember */
	{ "expire_date", 1 },                  /* createChatInviteLink, editChatInviteLink */
	{ "close_date", 6 },                   /* sendPoll: at least 5 s */
	{ "send_date", 301 },                  /* suggested posts: at least 5 minutes */
	{ "emoji_status_expiration_date", 1 }, /* setUserEmojiStatus */
};

const struct call_end *call_end_find(struct text name)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (text_is(name, ends[i].name))
			return &ends[i];
	return NULL;
}

static json_int_t moment(const struct call_end *end, json_int_t seconds, int64_t said_s,
			 int64_t now_s)
{
	json_int_t at_s;

	if (__builtin_add_overflow(said_s, seconds, &at_s))
		return seconds;
	return at_s < now_s + end->least_s ? now_s + end->least_s : at_s;
}

/* Whether something was changed. */
static bool set_ends(json_t *value, int64_t said_s, int64_t now_s)
{
	bool changed = false;
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
	{
		changed |= set_ends(member, said_s, now_s);
	}
	json_object_foreach(value, key, member)
	{
		const struct call_end *end = call_end_find(text_of(key));
		json_int_t seconds = json_integer_value(member);

		if (end && seconds != 0) {
			json_integer_set(member, moment(end, seconds, said_s, now_s));
			changed = true;
		} else {
			changed |= set_ends(member, said_s, now_s);
		}
	}
	return changed;
}

char *call_body_with_ends(struct text body, int64_t said_s, int64_t now_s)
{
	json_t *root = json_loadb(body.data, body.length, 0, NULL);
	char *text = set_ends(root, said_s, now_s) ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return text;
}
