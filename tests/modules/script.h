/* script.h - parses the lines of a conversation. The format: workers/modules/README.md. */
#ifndef TESTS_MODULES_SCRIPT_H
#define TESTS_MODULES_SCRIPT_H

#include "common/why.h"
#include "tests/modules/world.h"

enum line_type {
	LINE_OTHER,     /* empty or a comment */
	LINE_BOT,       /* what the bot should do, and continuations of it */
	LINE_MORE,      /* "  | …": continues the line before */
	LINE_OPERATORS, /* "operators: alice, bob" */
	LINE_RECORDED,  /* "recorded: alice, bob": there are rows about them */
	LINE_ADMINS,    /* "admins of "Friends": alice" */
	LINE_OUTSIDE,   /* "outside of "Friends": carla": who is not in the group */
	LINE_TELEGRAM,  /* "telegram getX: {…}": what Telegram answers from here on */
	LINE_AFTER,     /* "after 2h": that much time passes */
	LINE_ACTION,
};

enum line_type script_line_type(const char *line);
/* What follows the first ": "; "" when there is nothing. */
const char *script_value(const char *line);
/* "alice (pt-br) in "Friends" topic 7 to bob: text", "alice in "Friends" as "News" to "News":
 * text", "alice forwards: text", "alice via sed_bot: text", "alice presses: Label", "alice edits:
 * text", "alice joins "Friends"". */
MUST_CHECK bool script_action(struct world *world, const char *line, struct action *out,
			      struct why *why);
/* Seconds of "after 90s", 10m, 2h or 3d. */
int64_t script_after(const char *line);
MUST_CHECK bool script_admins(struct world *world, const char *line, struct why *why);
MUST_CHECK bool script_outside(struct world *world, const char *line, struct why *why);
/* Calls fn for each name of a comma-separated list. */
typedef void script_name_fn(void *owner, const char *name);
void script_names(struct world *world, const char *list, script_name_fn *fn, void *owner);

#endif
