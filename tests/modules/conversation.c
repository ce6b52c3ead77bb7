/* conversation.c - see conversation.h. */
#include "tests/modules/conversation.h"

#include <stdarg.h>
#include <stdio.h>

void conversation_fault(struct conversation *conversation, const char *format, ...)
{
	va_list arguments;

	if (conversation->fault.text[0])
		return;
	va_start(arguments, format);
	vsnprintf(conversation->fault.text, sizeof(conversation->fault.text), format, arguments);
	va_end(arguments);
}
