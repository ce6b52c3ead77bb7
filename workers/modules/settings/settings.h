/* settings.h - the menu of options: pages.c shows them, changes.c changes them, settings.c has the
 * routes. A field is called by a number that is made from its name, so that a button which was
 * shown by an earlier program means the same option or none. */
#ifndef WORKERS_MODULES_SETTINGS_SETTINGS_H
#define WORKERS_MODULES_SETTINGS_SETTINGS_H

#include "workers/module.h"

#define PAGE_SLUG "set:%d"           /* of modules */
#define MODULE_SLUG "setof:%d:%d"    /* a module and a page of its options */
#define FIELD_SLUG "setone:%d:%d"    /* an option and a page of its words */
#define CHANGE_SLUG "setto:%d:%d:%d" /* an option, what is done with it, and a number for that */
#define ASK_SLUG "setask:%d"         /* an option whose value is asked for */
#define ANSWER_SLUG "setanswer:%d"

/* The number of CHANGE_SLUG that follows. */
enum change {
	CHANGE_SWITCH,   /* a boolean; from the page of its module */
	CHANGE_CHOICE,   /* which one */
	CHANGE_STEP,     /* by how much */
	CHANGE_SECONDS,  /* of a duration or an action */
	CHANGE_ACTION,   /* enum action_kind */
	CHANGE_DELETION, /* of the message, as well */
	CHANGE_WORD,     /* the number of a word that goes */
	CHANGE_OFF,
	CHANGE_RESET,
	CHANGE_SHOW, /* a kept text is said; nothing changes */
};

struct option {
	const struct module *module;
	const struct field *field;
};

/* Made from a name, and positive. */
int number_of(const char *name);
int number_of_option(struct ctx *ctx, const struct option *option);
/* False: no loaded module has it, or the chat in hand does not. */
bool find_option(struct ctx *ctx, int number, struct option *out);
const struct module *find_module(struct ctx *ctx, int number);

/* On which page of its module it is. */
int page_of(struct ctx *ctx, const struct option *option);
/* Pages; false after a failure. */
void add_modules(struct ctx *ctx, struct draft *draft, int page);
bool add_module(struct ctx *ctx, struct draft *draft, const struct module *module, int page);
bool add_option(struct ctx *ctx, struct draft *draft, const struct option *option, int page);

/* What a button does; NULL, or why not, for people. */
const char *change_option(struct ctx *ctx, const struct option *option, enum change change,
			  int argument);
/* What was answered. */
const char *answer_option(struct ctx *ctx, const struct option *option,
			  const struct message *message);

#endif
