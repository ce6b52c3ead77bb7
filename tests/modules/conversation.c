/* conversation.c - see conversation.h. */
#include "tests/modules/conversation.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"

void conversation_fault(struct conversation *conversation, const char *format, ...)
{
	va_list arguments;

	if (conversation->fault.text[0])
		return;
	va_start(arguments, format);
	vsnprintf(conversation->fault.text, sizeof(conversation->fault.text), format, arguments);
	va_end(arguments);
}

size_t conversation_choice(struct conversation *conversation, size_t index)
{
	size_t choice = conversation->choices_count++;

	if (choice == CHOICES_MAX)
		panic("more than %d choices in a conversation", CHOICES_MAX);
	if (conversation->original)
		return conversation->original->choices[choice];
	return conversation->choices[choice] = index;
}

const struct shown_button *conversation_find_button(struct conversation *conversation,
						    const struct line_action *action, bool gone)
{
	const struct world *world = &conversation->world;
	int64_t chat_id = action->group ? action->group->id : action->person->id;
	const struct shown_button *button = world_find_button(world, chat_id, action->text, gone);
	size_t index = conversation_choice(conversation,
					   button ? (size_t)(button - world->buttons) : SIZE_MAX);

	return index < world->buttons_count ? &world->buttons[index] : NULL;
}
