/* option_table.h - the options of a module (workers/api/options.h), checked when the program
 * starts, with the struct of their presets. */
#ifndef WORKERS_HOST_OPTION_TABLE_H
#define WORKERS_HOST_OPTION_TABLE_H

#include "common/arena.h"
#include "common/why.h"
#include "workers/host/language.h"
#include "workers/host/row.h"

struct option_table {
	const struct module *module;
	const struct field *fields;
	size_t count;
	size_t size;           /* of the struct */
	const char *presets;   /* the struct of presets; of KEPT fields "" */
	bool has_texts;        /* some presets are texts of the chat's language */
	const struct row *own; /* loaded_module */
};

/* In the arena; *out is NULL for a module without options. False and a reason: a field that is no
 * option, two of a name, a preset that does not fit, and the like. */
MUST_CHECK bool option_table_compile(const struct loaded_module *loaded, struct arena *arena,
				     const struct option_table **out, struct why *why);
/* NULL: there is none. */
const struct field *option_table_find(const struct option_table *table, struct text member);
/* Checks a SETTER() row of this module. */
MUST_CHECK bool option_table_check_route(const struct option_table *table,
					 const struct route *route, struct why *why);

#endif
