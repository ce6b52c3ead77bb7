/* part_inline.c - inline queries, what the bot offers for them, and what is chosen:
 *
 *     alice asks inline: cats
 *     bot offers: Cat 1 - a cat
 *       | Cat 2 - another
 *     alice chooses: Cat 2
 *     alice presses inline: More     a button of a result, or of what it was edited to */
#include <string.h>

#include "common/log.h"
#include "tests/modules/conversation.h"
#include "tests/modules/html.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"

#define OFFERS_MAX 64

/* What the bot offered last. */
struct offers {
	struct offer {
		const char *title, *id;
	} list[OFFERS_MAX];
	size_t count;
	const char *query;
	struct {
		const char *label, *data;
	} buttons[OFFERS_MAX]; /* of all results; the last of a label counts */
	size_t buttons_count;
};

static struct offers *offers_of(struct conversation *conversation)
{
	if (!conversation->offers)
		conversation->offers = arena_alloc(&conversation->world.arena,
						   sizeof(*conversation->offers));
	return conversation->offers;
}

/* Bot API "InlineQuery". */
static json_t *asks(struct conversation *conversation, const struct line_action *action,
		    struct why *why)
{
	(void)why;
	offers_of(conversation)->query = arena_strdup(&conversation->world.arena, action->text);
	return json_pack("{s:s,s:o,s:s,s:s}", "id", "query", "from", update_person(action->person),
			 "query", action->text, "offset", action->object ? action->object : "");
}

static bool take_offset(struct conversation *conversation, const char **at,
			struct line_action *action, struct why *why)
{
	(void)why;
	action->object = take_word(&conversation->world, at, " :");
	return true;
}

static size_t find_offer(const struct offers *offers, const char *title)
{
	for (size_t i = 0; i < offers->count; i++)
		if (strcmp(offers->list[i].title, title) == 0)
			return i;
	return SIZE_MAX;
}

/* Bot API "ChosenInlineResult". */
static json_t *chooses(struct conversation *conversation, const struct line_action *action,
		       struct why *why)
{
	const struct offers *offers = offers_of(conversation);
	size_t index = conversation_choice(conversation, find_offer(offers, action->text));

	if (index < offers->count)
		return json_pack("{s:s,s:o,s:s}", "result_id", offers->list[index].id, "from",
				 update_person(action->person), "query", offers->query);
	why_set(why, "the bot has offered no \"%s\"", action->text);
	return NULL;
}

static void keep_buttons(struct conversation *conversation, const json_t *keyboard)
{
	struct offers *offers = offers_of(conversation);
	const json_t *row, *key;
	size_t i, j;

	json_array_foreach(json_object_get(keyboard, "inline_keyboard"), i, row)
		json_array_foreach(row, j, key)
	{
		if (offers->buttons_count == OFFERS_MAX)
			panic("more than %d buttons of inline results", OFFERS_MAX);
		offers->buttons[offers->buttons_count].label = arena_strdup(
			&conversation->world.arena, print_string(key, "text"));
		offers->buttons[offers->buttons_count++].data = arena_strdup(
			&conversation->world.arena, print_string(key, "callback_data"));
	}
}

/* Bot API "CallbackQuery" of a message that an inline query sent. */
static json_t *presses(struct conversation *conversation, const struct line_action *action,
		       struct why *why)
{
	const struct offers *offers = offers_of(conversation);

	for (size_t i = offers->buttons_count; i-- > 0;)
		if (strcmp(offers->buttons[i].label, action->text) == 0)
			return json_pack("{s:s,s:o,s:s,s:s,s:s}", "id", "press", "from",
					 update_person(action->person), "chat_instance", "1",
					 "inline_message_id", "inline", "data",
					 offers->buttons[i].data);
	why_set(why, "no result has a button \"%s\"", action->text);
	return NULL;
}

/* What people see of a result: its title, or its kind when it has none. */
static void print_offer(struct conversation *conversation, const json_t *result, struct buffer *out)
{
	struct offers *offers = offers_of(conversation);
	struct arena *arena = &conversation->world.arena;
	const char *title = print_string(result, "title");
	const char *description = print_string(result, "description");
	const char *shown = title[0] ? title : print_string(result, "type");

	if (offers->count == OFFERS_MAX)
		panic("more than %d results of an inline query", OFFERS_MAX);
	offers->list[offers->count++] = (struct offer) {
		.title = arena_strdup(arena, shown),
		.id = arena_strdup(arena, print_string(result, "id")),
	};
	keep_buttons(conversation, json_object_get(result, "reply_markup"));
	buffer_printf(out, "%s%s%s", shown, description[0] ? " - " : "", description);
	result = json_object_get(result, "input_message_content");
	if (print_string(result, "message_text")[0]) {
		buffer_append_text(out, ": ");
		html_append(result, "message_text", out);
	}
}

/* With what else it says: a button above, how long it is kept. */
static void print_answer(struct print *print)
{
	const json_t *results = json_object_get(print->body, "results"), *result;
	const json_t *button = json_object_get(print->body, "button");
	struct buffer text = { 0 };
	size_t i;

	offers_of(print->conversation)->count = 0;
	if (button)
		buffer_printf(&text, "[%s]%s", print_string(button, "text"),
			      json_array_size(results) ? "\n" : "");
	json_array_foreach(results, i, result)
	{
		buffer_append_text(&text, i ? "\n" : "");
		print_offer(print->conversation, result, &text);
	}
	if (buffer_unread_size(&text))
		transcript_text("bot offers", buffer_text(&text), print->out);
	else
		buffer_append_text(print->out, "bot offers nothing\n");
	buffer_finish(&text);
}

static const struct word words[] = {
	{ "asks inline", NULL, KIND_INLINE_QUERY, asks },
	{ "asks inline for more from", take_offset, KIND_INLINE_QUERY, asks },
	{ "chooses", NULL, KIND_CHOSEN_INLINE_RESULT, chooses },
	{ "presses inline", NULL, KIND_CALLBACK_QUERY, presses },
	{ 0 },
};

static const struct printed printed[] = { { "answerInlineQuery", print_answer }, { 0 } };

const struct part inline_part = { .words = words, .printed = printed };
