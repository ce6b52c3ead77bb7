#include "simulator/transcript.h"

#include <stdio.h>

#include "simulator/sim.h"

#define SHOWN_MAX 300 /* bytes of a text */

static const char *name_of(const struct sim *sim, const struct person *person)
{
	return person == sim->world.bot ? "bot" : person->first_name;
}

/* One line, without control characters that could reach a terminal. */
static void print_text(const char *text)
{
	size_t length = 0;

	for (; *text && (length < SHOWN_MAX || ((unsigned char)*text & 0xc0) == 0x80); text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n')
			fputs(" / ", stdout);
		else if (c >= 0x20 && c != 0x7f)
			putchar(c);
		length++;
	}
	if (*text)
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
