/* script.c - classifies and parses the lines of a conversation. */
#include "tests/modules/script.h"

#include <stdlib.h>
#include <string.h>

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
		{ "#", LINE_OTHER },
		{ "modules:", LINE_OTHER },
		{ "  |", LINE_MORE },
		{ "bot:", LINE_BOT },
		{ "bot ", LINE_BOT },
		{ "operators:", LINE_OPERATORS },
		{ "admins of ", LINE_ADMINS },
		{ "outside of ", LINE_OUTSIDE },
		{ "telegram ", LINE_TELEGRAM },
		{ "after ", LINE_AFTER },
		{ "recorded:", LINE_RECORDED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (starts_with(line, rows[i].start))
			return rows[i].type;
	return line[0] ? LINE_ACTION : LINE_OTHER;
}

const char *script_value(const char *line)
{
	const char *colon = strstr(line, ": ");

	return colon ? colon + 2 : "";
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

/* --- actions ---------------------------------------------------------------------------------- */

static void skip_spaces(const char **at)
{
	*at += strspn(*at, " ");
}

static bool take(const char **at, const char *what)
{
	if (!starts_with(*at, what))
		return false;
	*at += strlen(what);
	skip_spaces(at);
	return true;
}

/* The text in quotation marks; NULL without any. */
static const char *take_quoted(struct world *world, const char **at)
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

static const char *take_word(struct world *world, const char **at, const char *ends)
{
	size_t length = strcspn(*at, ends);
	const char *word = arena_strndup(&world->arena, *at, length);

	*at += length;
	return word;
}

static bool take_chat(struct world *world, const char **at, struct group **out, struct why *why)
{
	const char *title = take_quoted(world, at);

	if (!title)
		return why_set(why, "a group is written in quotation marks");
	*out = world_group(world, title);
	return true;
}

static bool take_group(struct world *world, const char **at, struct action *out, struct why *why)
{
	return take_chat(world, at, &out->group, why);
}

static bool take_word_of_action(struct world *world, const char **at, struct action *out,
				struct why *why)
{
	if (take(at, "in "))
		return take_group(world, at, out, why);
	if (take(at, "topic ")) {
		out->topic = strtoll(take_word(world, at, " :"), NULL, 10);
	} else if (take(at, "to \"")) {
		(*at)--;
		return take_chat(world, at, &out->replies_to_chat, why);
	} else if (take(at, "as ")) {
		return take_chat(world, at, &out->as, why);
	} else if (take(at, "forwards")) {
		out->forwarded = true;
	} else if (take(at, "via ")) {
		out->via = take_word(world, at, " :");
	} else if (take(at, "to ")) {
		out->replies_to = world_person(world, take_word(world, at, " :"));
	} else if (take(at, "answers")) {
		out->what = ACTION_ANSWERS;
	} else if (take(at, "edits")) {
		out->what = ACTION_EDITS;
	} else if (take(at, "presses")) {
		out->what = ACTION_PRESSES;
	} else if (take(at, "joins ")) {
		out->what = ACTION_JOINS;
		return take_group(world, at, out, why);
	} else if (take(at, "leaves ")) {
		out->what = ACTION_LEAVES;
		return take_group(world, at, out, why);
	} else {
		return why_set(why, "what does \"%s\" mean?", *at);
	}
	skip_spaces(at);
	return true;
}

bool script_action(struct world *world, const char *line, struct action *out, struct why *why)
{
	const char *at = line;

	*out = (struct action) { .person = world_person(world, take_word(world, &at, " :")) };
	skip_spaces(&at);
	if (take(&at, "(")) {
		out->person->language = take_word(world, &at, ")");
		take(&at, ")");
	}
	while (*at && *at != ':')
		if (!take_word_of_action(world, &at, out, why))
			return false;
	out->text = *at == ':' ? at + 1 + (at[1] == ' ') : "";
	return true;
}

int64_t script_after(const char *line)
{
	char *unit;
	int64_t number = strtoll(line + strlen("after "), &unit, 10);

	return number * (*unit == 'd' ? 86400 : *unit == 'h' ? 3600 : *unit == 'm' ? 60 : 1);
}

static void add_admin(void *owner, const char *name)
{
	struct group *group = owner;

	if (group->administrators_count < WORLD_PEOPLE_MAX)
		group->administrators[group->administrators_count++] = name;
}

static void add_outsider(void *owner, const char *name)
{
	struct group *group = owner;

	if (group->outsiders_count < WORLD_PEOPLE_MAX)
		group->outsiders[group->outsiders_count++] = name;
}

bool script_admins(struct world *world, const char *line, struct why *why)
{
	const char *at = line + strlen("admins of ");
	struct group *group;

	if (!take_chat(world, &at, &group, why))
		return false;
	group->administrators_count = 0;
	script_names(world, script_value(at - 1), add_admin, group);
	return true;
}

bool script_outside(struct world *world, const char *line, struct why *why)
{
	const char *at = line + strlen("outside of ");
	struct group *group;

	if (!take_chat(world, &at, &group, why))
		return false;
	group->outsiders_count = 0;
	script_names(world, script_value(at - 1), add_outsider, group);
	return true;
}
