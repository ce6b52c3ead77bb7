/* routes.h - the table of all routes, compiled once from those of the modules, and the search for
 * those that fit an update. */
#ifndef WORKERS_HOST_ROUTES_H
#define WORKERS_HOST_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"
#include "workers/host/format.h"
#include "workers/host/update.h"
#include "workers/module.h"

#define COMMAND_NAME_MAX 32 /* Bot API "BotCommand" */
#define STEP_NAME_MAX 32

struct row {
	const struct module *module;
	void *state; /* of the module */
	const struct route *route;
	const char *name;     /* COMMAND: its first name */
	struct format format; /* BUTTON: its data */
};

struct routes;

/* A loaded module, and what its open() returned. */
struct loaded_module {
	const struct module *module;
	void *state;
};

/* NULL and a reason when a row is wrong: a name that Telegram rejects, data that may get too long,
 * two rows for the same command. */
struct routes *routes_compile(const struct loaded_module *modules, size_t count, struct why *why);
void routes_destroy(struct routes *routes);
/* Bit per enum update_kind. */
uint32_t routes_kinds(const struct routes *routes);
/* The row of a button; NULL when `data` is not the literal of a BUTTON() route. */
const struct row *routes_find_button(const struct routes *routes, const char *data);

/* What an update means to modules. */
struct match {
	enum route_kind kind;          /* ROUTE_END: only ANY() fits */
	const struct row *const *rows; /* in the order in which they are tried; NULL at the end */
	struct text args;              /* COMMAND: the text after its name */
	struct text unknown;           /* the name of a command for this bot that it has not */
	const char *event;             /* SERVICE: its name */
	bool names_another;            /* a command that names a bot, and not this one */
};

/* `bot_username` as getMe returns it. */
void routes_match(const struct routes *routes, const struct update *update,
		  const char *bot_username, struct match *out);

/* Whether any route takes answers to questions. */
bool routes_have_steps(const struct routes *routes);
/* The rows for the answer to a question; empty when there is no such step. */
void routes_match_step(const struct routes *routes, struct text step, struct match *out);
/* The rows for work that was put off. */
void routes_match_work(const struct routes *routes, struct text name, struct match *out);

/* A command at the start of a text: "/name@bot args". Its end is where Telegram says (`length`, as
 * of update_command_length()) or at white space. False when there is none. */
struct command_text {
	struct text name, bot, args;
};
bool command_split(struct text text, size_t length, struct command_text *out);

#endif
