#include "simulator/transcript.h"

#include <stdio.h>
#include <string.h>

#include "common/clean.h"
#include "simulator/sim.h"

#define SHOWN_MAX 300 /* bytes of a text */

static const char *name_of(const struct sim *sim, const struct person *person)
{
	return person == sim->world.bot ? "bot" : person->first_name;
}

/* One line, cut at SHOWN_MAX bytes or a little after. */
static void print_text(const char *text)
{
	size_t size = strlen(text), shown = size < SHOWN_MAX ? size : SHOWN_MAX;
	struct buffer line = { 0 };

	while (shown < size && ((unsigned char)text[shown] & 0xc0) == 0x80)
		shown++;
	for (size_t at = 0; at < shown; at++) {
		size_t length = strcspn(text + at, "\n");

		length = length < shown - at ? length : shown - at;
		clean_append(&line, text + at, length, CLEAN_LINE);
		at += length;
		if (at < shown)
			buffer_append_text(&line, " / ");
	}
	fwrite(buffer_unread(&line), 1, buffer_unread_size(&line), stdout);
	buffer_finish(&line);
	if (shown < size)
		fputs("…", stdout);
}

static void print_place(const struct chat *chat)
{
	print_text(chat->person ? "private" : chat->title);
	fputs(" | ", stdout);
}

void transcript_message(const struct sim *sim, const struct chat *chat, const struct person *person,
			const char *text)
{
	if (!sim->options.show || !text)
		return;
	print_place(chat);
	print_text(name_of(sim, person));
	if (chat->person && person == sim->world.bot) {
		fputs(" to ", stdout);
		print_text(chat->person->first_name);
	}
	fputs(": ", stdout);
	print_text(text);
	putchar('\n');
}

void transcript_action(const struct sim *sim, const struct chat *chat, const struct person *person,
		       const char *what)
{
	if (!sim->options.show)
		return;
	print_place(chat);
	print_text(name_of(sim, person));
	putchar(' ');
	puts(what);
}
