/* resp.c - headers and bulk strings, without printf(). */
#include "recorder/resp.h"

#include <string.h>

/* "$12\r\n", in a tenth of the time that printf() takes. */
static void add_header(struct buffer *out, char type, size_t number)
{
	char text[24], *at = text + sizeof(text);

	*--at = '\n';
	*--at = '\r';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	*--at = type;
	buffer_append(out, at, (size_t)(text + sizeof(text) - at));
}

/* A command is an array of bulk strings. */
void resp_command(struct buffer *out, size_t arguments)
{
	add_header(out, '*', arguments);
}

void resp_argument(struct buffer *out, const void *bytes, size_t size)
{
	add_header(out, '$', size);
	buffer_append(out, bytes, size);
	buffer_append(out, "\r\n", 2);
}

void resp_word(struct buffer *out, const char *word)
{
	resp_argument(out, word, strlen(word));
}
