/* fuzz_html.c - pages, and what is looked for in them: up to the first NUL arguments with spaces
 * between them, then the page. */
#include <stdlib.h>
#include <string.h>

#include "html/find.h"
#include "tests/fuzz/fuzz.h"

static void check_lines(struct buffer *out)
{
	const char *text = buffer_text(out);
	size_t lines = 0;

	for (; *text; text++) {
		PROMISE((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t');
		lines += *text == '\n';
	}
	PROMISE(lines <= FIND_LINES_MAX && buffer_unread_size(out) <= FIND_BYTES_MAX + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\0', size);
	struct wanted_row wanted[WANTED_ROWS_MAX];
	struct buffer out = { 0 };
	struct why why = { "" };
	char *arguments, *rest, *argument;
	size_t count = 0;

	if (!end)
		return 0;
	rest = arguments = strdup((const char *)data);
	while (count < WANTED_ROWS_MAX && (argument = strsep(&rest, " "))) {
		if (wanted_read(argument, &wanted[count], &why))
			count++;
		else
			PROMISE(why.text[0]);
	}
	html_find((const char *)end + 1, (size_t)(data + size - end - 1), wanted, count, &out);
	check_lines(&out);
	buffer_finish(&out);
	free(arguments);
	return 0;
}
