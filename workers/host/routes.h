/* routes.h - the table of all routes, compiled once from those of the modules, and the search for
 * those that fit an update. */
#ifndef WORKERS_HOST_ROUTES_H
#define WORKERS_HOST_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"
#include "workers/host/row.h"
#include "workers/host/update.h"

struct routes;

/* NULL and a reason when a row is wrong: a name that Telegram rejects, data that may get too long,
 * two rows for the same command. */
struct routes *routes_compile(const struct loaded_module *modules, size_t count, struct why *why);
void routes_destroy(struct routes *routes);
/* Bit per enum update_kind. */
uint32_t routes_kinds(const struct routes *routes);
/* The row of this kind with that literal as its slug; NULL when there is none. */
const struct row *routes_find_slug(const struct routes *routes, enum route_kind kind,
				   const char *literal);

/* The rows that are tried for a service message with this field; NULL at the end. */
const struct row *const *routes_find_event(const struct routes *routes, const char *event);

/* What an update means to modules. */
struct match {
	enum route_kind kind; /* MESSAGE: TEXT() and MESSAGE(), too; END: no row by its name */
	/* In the order in which they are tried; NULL at the end. match_fit() leads to each. */
	const struct row *const *rows;
	uint32_t contents;   /* bits of enum content; of what is no message: all */
	uint32_t expected;   /* an answer that no row takes: the contents that some would */
	struct text args;    /* COMMAND: the text after its name */
	struct text unknown; /* the name of a command for this bot that it has not */
	const char *event;   /* SERVICE: its name */
	struct text slug;    /* an answer, work, or a link: as it was written */
	bool names_another;  /* a command that names a bot, and not this one */
};

/* From this one on, the first row that takes the update's contents; NULL at the end. */
const struct row *const *match_fit(const struct match *match, const struct row *const *rows);

/* `bot_username` as getMe returns it. */
void routes_match(const struct routes *routes, const struct update *update,
		  const char *bot_username, struct match *out);

/* Whether any route takes answers to questions. */
bool routes_have_steps(const struct routes *routes);
/* The rows for the answer to a question with this slug, in the place of those that routes_match()
 * found for it; none when there is no such step. */
void routes_match_step(const struct routes *routes, struct text slug, struct match *out);
/* The rows for work that was put off. */
void routes_match_work(const struct routes *routes, struct text slug, struct match *out);
/* The rows for a job, ROUTE_JOB or ROUTE_JOB_STOPPED. */
void routes_match_job(const struct routes *routes, enum route_kind kind, struct text slug,
		      struct match *out);

/* A command at the start of a text: "/name@bot args". Its end is where Telegram says (`length`, as
 * of update_command_length()) or at white space. False when there is none. */
struct command_text {
	struct text name, bot, args;
};
bool command_split(struct text text, size_t length, struct command_text *out);

#endif
