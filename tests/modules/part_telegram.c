/* part_telegram.c - the lines that say what Telegram answers. */
#include <string.h>

#include "botapi/botapi.h"
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/telegram.h"

/* "of bob": a call about this person; "to bob", "to "Friends"": one in this chat. */
static bool take_whom(struct world *world, const char **at, struct told_answer *answer,
		      struct why *why)
{
	bool about = take(at, "of ");
	struct person *person = NULL;
	struct group *group = NULL;

	if (!about && !take(at, "to "))
		return true;
	if (!about && **at == '"') {
		if (!take_chat(world, at, &group, why))
			return false;
		answer->chat_id = group->id;
		return true;
	}
	person = take_person(world, at, why);
	if (!person)
		return false;
	*(about ? &answer->user_id : &answer->chat_id) = person->id;
	return true;
}

/* "getChat: {…}", "banChatMember of bob: refuses TEXT" */
static bool tell(struct conversation *conversation, const char *rest, struct why *why)
{
	struct world *world = &conversation->world;
	struct told_answer answer = { .method = take_word(world, &rest, " :") };

	if (!botapi_find_method(answer.method, strlen(answer.method)))
		return why_set(why, "the Bot API has no method \"%s\"", answer.method);
	/* "of bob" and "to "Friends"", in either order. */
	for (int i = 0; i < 2; i++)
		if (!take_whom(world, &rest, &answer, why))
			return false;
	if (!take(&rest, ":") || !rest[0])
		return why_set(why, "after the method comes \": \" and the answer");
	answer.answer = arena_strdup(&world->arena, rest);
	telegram_tell(conversation, &answer);
	return true;
}

static const struct line lines[] = { { "telegram ", tell }, { 0 } };

const struct part telegram_part = { .lines = lines };
