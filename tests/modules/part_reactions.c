/* part_reactions.c - reactions to the message before, of a person or counted; votes in a poll:
 *
 *     alice in "Friends" reacts: 👍
 *     alice in "Friends" reacts instead of 👍: 🎉
 *     alice in "Friends" reacts instead of 👍
 *     alice in "News" is one of 3 who react: 👍
 *     alice votes: 0 2 */
#include <stdlib.h>

#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/updates.h"

static json_t *reactions(const char *emoji)
{
	if (!emoji || !emoji[0])
		return json_array();
	return json_pack("[{s:s,s:s}]", "type", "emoji", "emoji", emoji);
}

static bool take_former(struct conversation *conversation, const char **at,
			struct line_action *action, struct why *why)
{
	(void)why;
	action->object = take_word(&conversation->world, at, " :");
	return true;
}

static json_t *place(struct conversation *conversation, const struct line_action *action)
{
	const struct world *world = &conversation->world;

	return json_pack("{s:o,s:I,s:I}", "chat", update_chat(action), "message_id",
			 (json_int_t)world->last_message_id, "date", (json_int_t)world_now(world));
}

/* Bot API "MessageReactionUpdated". */
static json_t *reacts(struct conversation *conversation, const struct line_action *action,
		      struct why *why)
{
	json_t *object = place(conversation, action);

	(void)why;
	json_object_set_new(object, "user", update_person(action->person));
	json_object_set_new(object, "old_reaction", reactions(action->object));
	json_object_set_new(object, "new_reaction", reactions(action->text));
	return object;
}

static bool take_count(struct conversation *conversation, const char **at,
		       struct line_action *action, struct why *why)
{
	action->object = take_word(&conversation->world, at, " :");
	return take(at, "who react") || why_set(why, "\"is one of 3 who react\"");
}

/* Bot API "MessageReactionCountUpdated". */
static json_t *reacts_unnamed(struct conversation *conversation, const struct line_action *action,
			      struct why *why)
{
	json_t *object = place(conversation, action);

	(void)why;
	json_object_set_new(object, "reactions",
			    json_pack("[{s:{s:s,s:s},s:i}]", "type", "type", "emoji", "emoji",
				      action->text, "total_count", atoi(action->object)));
	return object;
}

/* Bot API "PollAnswer", of the poll that was shown last. */
static json_t *votes(struct conversation *conversation, const struct line_action *action,
		     struct why *why)
{
	json_t *options = json_array(), *object;
	const char *at = action->text;

	(void)conversation;
	(void)why;
	while (*at)
		json_array_append_new(
			options,
			json_integer(strtol(take_word(&conversation->world, &at, " "), NULL, 10)));
	object = json_pack("{s:s,s:o,s:o}", "poll_id", "poll", "user",
			   update_person(action->person), "option_ids", options);
	json_object_set_new(object, "option_persistent_ids", json_array());
	return object;
}

static const struct word words[] = {
	{ "reacts", NULL, KIND_MESSAGE_REACTION, reacts },
	{ "reacts instead of", take_former, KIND_MESSAGE_REACTION, reacts },
	{ "is one of", take_count, KIND_MESSAGE_REACTION_COUNT, reacts_unnamed },
	{ "votes", NULL, KIND_POLL_ANSWER, votes },
	{ 0 },
};

const struct part reactions_part = { .words = words };
