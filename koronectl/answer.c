/* answer.c - every text of an answer goes through clean.h. */
#include "koronectl/answer.h"

#include <string.h>

#include "common/clean.h"

static void clean_texts(json_t *value, enum clean_lines lines)
{
	struct buffer clean = { 0 };
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach(value, key, member)
	{
		if (strcmp(key, "update") != 0)
			clean_texts(member,
				    strcmp(key, "traceback") == 0 ? CLEAN_LINES : CLEAN_LINE);
	}
	json_array_foreach(value, i, member)
	{
		clean_texts(member, CLEAN_LINE);
	}
	if (!json_is_string(value))
		return;
	clean_append(&clean, json_string_value(value), json_string_length(value), lines);
	json_string_setn(value, buffer_text(&clean), buffer_unread_size(&clean));
	buffer_finish(&clean);
}

json_t *answer_read(const void *json, size_t size)
{
	json_t *answer = json_loadb(json, size, 0, NULL);

	clean_texts(answer, CLEAN_LINE);
	return answer;
}

static void print(FILE *stream, const char *text, size_t size, enum clean_lines lines)
{
	struct buffer clean = { 0 };

	clean_append(&clean, text, size, lines);
	fwrite(buffer_unread(&clean), 1, buffer_unread_size(&clean), stream);
	buffer_finish(&clean);
}

void answer_print(FILE *stream, const char *text, size_t size)
{
	print(stream, text, size, CLEAN_LINES);
}

void answer_print_line(FILE *stream, const char *text)
{
	print(stream, text, strlen(text), CLEAN_LINE);
}
