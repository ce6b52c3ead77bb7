/* script.h - reads the lines of a conversation. The format: workers/modules/README.md. */
#ifndef TESTS_MODULES_SCRIPT_H
#define TESTS_MODULES_SCRIPT_H

#include "common/why.h"
#include "tests/modules/world.h"

struct conversation;

enum line_type {
	LINE_OTHER,  /* empty, a comment, or "modules: …" */
	LINE_BOT,    /* what the bot should do */
	LINE_MORE,   /* "  | …": continues the line before */
	LINE_TABLED, /* of a part's table of lines */
	LINE_ACTION, /* what a person does */
};

enum line_type script_line_type(const char *line);
/* "alice (pt-br) in "Friends" topic 7 to bob: text". What it fills in is for action_finish(), also
 * on failure. */
MUST_CHECK bool script_action(struct conversation *conversation, const char *line,
			      struct line_action *out, struct why *why);
/* Calls fn for each name of a list with commas. */
typedef void script_name_fn(void *owner, const char *name);
void script_names(struct world *world, const char *list, script_name_fn *fn, void *owner);

/* For the words of parts: each takes something off the line and the spaces after it. */
bool take(const char **at, const char *what); /* false: it is not there */
/* Up to any of `ends`. */
const char *take_word(struct world *world, const char **at, const char *ends);
/* The text in quotation marks; NULL without any. */
const char *take_quoted(struct world *world, const char **at);
/* A group or channel: its title in quotation marks. */
MUST_CHECK bool take_chat(struct world *world, const char **at, struct group **out,
			  struct why *why);
/* A person: a lower-case name; NULL and a reason for anything else. */
struct person *take_person(struct world *world, const char **at, struct why *why);
/* 90s, 10m, 2h or 3d: seconds. */
MUST_CHECK bool take_duration(struct world *world, const char **at, int64_t *seconds,
			      struct why *why);

#endif
