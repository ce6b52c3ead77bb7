/* programs.h - the programs that modules name, looked up when the bot starts. */
#ifndef WORKERS_HOST_PROGRAMS_H
#define WORKERS_HOST_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include <stdio.h>

#include "common/landlock.h"
#include "common/settings.h"

struct host;
struct module;
struct programs;
struct route;

/* Logs which are missing. `modules` ends with NULL and outlives it. */
struct programs *programs_create(const struct module *const *modules,
				 const struct settings *settings);
void programs_destroy(struct programs *programs);
/* A line for each: where it is, or what is missing. */
void programs_print(const struct programs *programs, FILE *out);
/* host_pretend_program() */
void programs_pretend(struct programs *programs, const char *name, bool installed);
/* The path of a program that the module names; NULL: it does not, or it is not installed. */
const char *programs_find(const struct programs *programs, const struct module *module,
			  const char *name);
/* Whether it is installed, for any module that names it. */
bool programs_have(const struct programs *programs, const char *name);
/* Whether the program that a row of the module needs is installed; most need none. */
bool programs_offer(const struct programs *programs, const struct module *module,
		    const struct route *route);
/* What may be executed for the module: its programs, and the interpreters of those that are
 * scripts. */
void programs_add_paths(const struct programs *programs, const struct module *module,
			struct landlock_paths *paths);

#endif
