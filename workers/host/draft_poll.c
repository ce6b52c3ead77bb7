/* draft_poll.c - texts within Telegram's limits, and nothing but custom emoji in them. */
#include "workers/host/draft_poll.h"

#include <string.h>

#include "workers/host/markup_parts.h"

/* "Currently, only custom emoji entities are allowed" (sendPoll, InputPollOption). */
static const char *text_fault(struct markup *text, const char *what, size_t units_max,
			      struct arena *arena)
{
	if (!markup_end(text, false))
		return arena_printf(arena, "a poll: its %s: %s", what, text->fault);
	if (text->units > units_max)
		return arena_printf(arena, "a poll: its %s has %zu characters; Telegram takes %zu",
				    what, text->units, units_max);
	for (size_t i = 0; i < text->entities_count; i++)
		if (strcmp(text->entities[i].type, "custom_emoji") != 0)
			return arena_printf(arena, "a poll: its %s is %s", what,
					    text->entities[i].type);
	return NULL;
}

const char *draft_poll_fault(struct draft_poll *poll, struct arena *arena)
{
	const char *fault;

	if (!poll->has_question)
		return "a poll: an option without a question";
	if (poll->count < 1 || poll->count > POLL_OPTIONS_MAX)
		return arena_printf(arena, "a poll: %zu options; Telegram takes 1 to %d",
				    poll->count, POLL_OPTIONS_MAX);
	fault = text_fault(&poll->question, "question", POLL_QUESTION_UNITS, arena);
	for (size_t i = 0; !fault && i < poll->count; i++)
		fault = text_fault(&poll->options[i], "option", POLL_OPTION_UNITS, arena);
	return fault;
}

static struct markup_part whole(const struct markup *text)
{
	return (struct markup_part) { .size = text->size, .units = text->units };
}

void draft_poll_write(const struct draft_poll *poll, struct json *json)
{
	struct markup_part part = whole(&poll->question);

	markup_write_part(&poll->question, &part, "question", json);
	json_key(json, "options");
	json_array_start(json);
	for (size_t i = 0; i < poll->count; i++) {
		part = whole(&poll->options[i]);
		json_object_start(json);
		/* Unlike those of messages, its entities are "text_entities". */
		markup_write_part_as(&poll->options[i], &part, "text", "text_entities", json);
		json_object_end(json);
	}
	json_array_end(json);
}
