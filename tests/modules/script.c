/* script.c - classifies and parses the lines of a conversation. */
#include "tests/modules/script.h"

#include <stdlib.h>
#include <string.h>

#include "tests/modules/conversation.h"
#include "tests/modules/part.h"

static bool starts_with(const char *line, const char *start)
{
	return strncmp(line, start, strlen(start)) == 0;
}

enum line_type script_line_type(const char *line)
{
	static const struct {
		const char *start;
		enum line_type type;
	} rows[] = {
		{ "#", LINE_OTHER },  { "modules:", LINE_OTHER }, { "without:", LINE_OTHER },
		{ "  |", LINE_MORE }, { "bot:", LINE_BOT },       { "bot ", LINE_BOT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (starts_with(line, rows[i].start))
			return rows[i].type;
	if (part_find_line(line))
		return LINE_TABLED;
	return line[0] ? LINE_ACTION : LINE_OTHER;
}

void script_names(struct world *world, const char *list, script_name_fn *fn, void *owner)
{
	while (*list) {
		size_t length = strcspn(list, ", ");

		if (length)
			fn(owner, arena_strndup(&world->arena, list, length));
		list += length;
		list += strspn(list, ", ");
	}
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void skip_spaces(const char **at)
{
	*at += strspn(*at, " ");
}

bool take(const char **at, const char *what)
{
	if (!starts_with(*at, what))
		return false;
	*at += strlen(what);
	skip_spaces(at);
	return true;
}

const char *take_word(struct world *world, const char **at, const char *ends)
{
	size_t length = strcspn(*at, ends);
	const char *word = arena_strndup(&world->arena, *at, length);

	*at += length;
	skip_spaces(at);
	return word;
}

const char *take_quoted(struct world *world, const char **at)
{
	const char *end = **at == '"' ? strchr(*at + 1, '"') : NULL;
	const char *text;

	if (!end)
		return NULL;
	text = arena_strndup(&world->arena, *at + 1, (size_t)(end - *at - 1));
	*at = end + 1;
	skip_spaces(at);
	return text;
}

bool take_chat(struct world *world, const char **at, struct group **out, struct why *why)
{
	const char *title = take_quoted(world, at);

	if (!title)
		return why_set(why, "a group is written in quotation marks, not as \"%s\"", *at);
	*out = world_group(world, title);
	return true;
}

struct person *take_person(struct world *world, const char **at, struct why *why)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t length = strspn(*at, allowed);

	if (!length || !strchr(" :,(", (*at)[length])) {
		why_set(why, "a person's name is of a-z, 0-9 and _; not \"%.*s\"",
			(int)strcspn(*at, " :\n"), *at);
		return NULL;
	}
	return world_person(world, take_word(world, at, " :,("));
}

bool take_duration(struct world *world, const char **at, int64_t *seconds, struct why *why)
{
	static const char units[] = "smhd";
	static const int64_t lengths[] = { 1, 60, 3600, 86400 };
	const char *word = take_word(world, at, " :,)"), *unit;
	char *end;
	long long number = strtoll(word, &end, 10);

	unit = *end ? strchr(units, *end) : NULL;
	if (end == word || number < 0 || number > 1000000 || !unit || end[1])
		return why_set(why, "a time is 90s, 10m, 2h or 3d, not \"%s\"", word);
	*seconds = number * lengths[unit - units];
	return true;
}

/* --- actions ---------------------------------------------------------------------------------- */

static bool take_word_of_action(struct conversation *conversation, const char **at,
				struct line_action *out, struct why *why)
{
	const struct word *word = part_find_word(*at);

	if (!word)
		return why_set(why, "what does \"%s\" mean?", *at);
	if (word->update && out->deed)
		return why_set(why, "one line \"%s\" and \"%s\"", out->deed->word, word->word);
	if (word->update)
		out->deed = word;
	take(at, word->word);
	return !word->take || word->take(conversation, at, out, why);
}

bool script_action(struct conversation *conversation, const char *line, struct line_action *out,
		   struct why *why)
{
	struct world *world = &conversation->world;
	const char *at = line;

	*out = (struct line_action) { .text = "" };
	out->person = take_person(world, &at, why);
	if (!out->person)
		return false;
	if (take(&at, "(")) {
		out->person->language = take_word(world, &at, ")");
		if (!take(&at, ")"))
			return why_set(why, "a language ends with \")\"");
	}
	while (*at && *at != ':')
		if (!take_word_of_action(conversation, &at, out, why))
			return false;
	out->text = *at == ':' ? at + 1 + (at[1] == ' ') : "";
	return true;
}
