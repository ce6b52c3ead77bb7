/* part_message.c - messages with text: where and by whom they are written, and the bot's own. */
#include <stdlib.h>
#include <string.h>

#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"

/* --- words ------------------------------------------------------------------------------------ */

static bool in(struct conversation *conversation, const char **at, struct line_action *action,
	       struct why *why)
{
	return take_chat(&conversation->world, at, &action->group, why);
}

static bool topic(struct conversation *conversation, const char **at, struct line_action *action,
		  struct why *why)
{
	const char *word = take_word(&conversation->world, at, " :");

	action->topic = strtoll(word, NULL, 10);
	return action->topic > 0 || why_set(why, "a topic is a number, not \"%s\"", word);
}

static bool to(struct conversation *conversation, const char **at, struct line_action *action,
	       struct why *why)
{
	if (**at == '"')
		return take_chat(&conversation->world, at, &action->replies_to_chat, why);
	action->replies_to = take_person(&conversation->world, at, why);
	return action->replies_to;
}

static bool as(struct conversation *conversation, const char **at, struct line_action *action,
	       struct why *why)
{
	return take_chat(&conversation->world, at, &action->as, why);
}

static bool forwards(struct conversation *conversation, const char **at, struct line_action *action,
		     struct why *why)
{
	(void)conversation;
	(void)at;
	(void)why;
	action_set(action, "forward_origin",
		   json_pack("{s:s,s:s,s:I}", "type", "hidden_user", "sender_user_name", "Mallory",
			     "date", (json_int_t)WORLD_DATE));
	return true;
}

static bool via(struct conversation *conversation, const char **at, struct line_action *action,
		struct why *why)
{
	const char *bot = take_word(&conversation->world, at, " :");

	(void)why;
	action_set(action, "via_bot",
		   json_pack("{s:i,s:b,s:s,s:s}", "id", 4242, "is_bot", 1, "first_name", "Bot",
			     "username", bot));
	return true;
}

/* --- updates ---------------------------------------------------------------------------------- */

/* The bot's question as the message replied to. */
static json_t *answers(struct conversation *conversation, const struct line_action *action,
		       struct why *why)
{
	const struct question *question = &conversation->world.question;
	json_t *message;

	if (!question->link) {
		why_set(why, "the bot has asked nothing");
		return NULL;
	}
	message = update_message(&conversation->world, action);
	update_set_text(message, action);
	json_object_set_new(message, "reply_to_message",
			    json_pack("{s:I,s:I,s:{s:i,s:b,s:s},s:o,s:[{s:s,s:i,s:i,s:s}]}",
				      "message_id", (json_int_t)question->message_id, "date",
				      (json_int_t)world_now(&conversation->world), "from", "id",
				      WORLD_BOT_ID, "is_bot", 1, "first_name", "Bot", "chat",
				      update_chat(action), "entities", "type", "text_link",
				      "offset", 0, "length", 1, "url", question->link));
	return message;
}

static json_t *edits(struct conversation *conversation, const struct line_action *action,
		     struct why *why)
{
	json_t *message = update_message(&conversation->world, action);

	(void)why;
	update_set_text(message, action);
	json_object_set_new(message, "edit_date", json_integer(world_now(&conversation->world)));
	return message;
}

/* --- the bot's messages ----------------------------------------------------------------------- */

static void print_sent(struct print *print)
{
	print_message(print, print_take_question(print, "text") ? "asks" : "");
}

static void print_edited(struct print *print)
{
	print_message(print, "edits");
}

static void print_deleted(struct print *print)
{
	world_forget_buttons(&print->conversation->world, print_number(print->body, "chat_id"),
			     print->message_id);
	print_other(print);
}

static const struct word words[] = {
	{ "in", in, 0, NULL },
	{ "topic", topic, 0, NULL },
	{ "to", to, 0, NULL },
	{ "as", as, 0, NULL },
	{ "forwards", forwards, 0, NULL },
	{ "via", via, 0, NULL },
	{ "answers", NULL, KIND_MESSAGE, answers },
	{ "edits", NULL, KIND_EDITED_MESSAGE, edits },
	{ 0 },
};

static const struct printed printed[] = {
	{ "sendMessage", print_sent },
	{ "editMessageText", print_edited },
	{ "editMessageReplyMarkup", print_edited },
	{ "deleteMessage", print_deleted },
	{ 0 },
};

const struct part message_part = { .words = words, .printed = printed };
