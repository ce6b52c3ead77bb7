/* row.h - a row of a module's table, as it is compiled. */
#ifndef WORKERS_HOST_ROW_H
#define WORKERS_HOST_ROW_H

#include <stdint.h>

#include "workers/host/link.h"
#include "workers/host/slug.h"
#include "workers/module.h"

#define COMMAND_NAME_MAX 32 /* Bot API "BotCommand" */
#define STEP_SLUG_MAX 64
#define WORK_SLUG_MAX 1024

struct option_table;

struct row {
	const struct module *module;
	void *state; /* of the module */
	const struct route *route;
	const char *name;                   /* COMMAND: its first name */
	struct slug *slug;                  /* BUTTON, LINK, WORK, and rows with a step */
	char hint[LINK_HINT_SIZE];          /* LINK */
	const struct option_table *options; /* of the module; NULL: it has none */
	bool is_hosts;                      /* the host's own (own.h) */
	uint32_t contents; /* bits of enum content that the update may have; kinds without: all */
};

/* A loaded module, and what its open() returned. */
struct loaded_module {
	const struct module *module;
	void *state;
	const struct option_table *options; /* NULL: it has none */
	struct row own; /* in whose name the host calls it outside of its routes */
	bool is_hosts;  /* the host's own (own.h) */
};

#endif
