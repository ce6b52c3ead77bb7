/* manual.h - writes a man page (man(7)) from the tables that --help prints as well. */
#ifndef COMMON_MANUAL_H
#define COMMON_MANUAL_H

#include <stdio.h>

#include "common/settings.h"

/* 1: user commands; 8: daemons. */
enum manual_section { MANUAL_COMMANDS = 1, MANUAL_DAEMONS = 8 };

/* The head, NAME and SYNOPSIS. `summary` is one sentence, `synopsis` what follows the name. */
void manual_begin(FILE *out, const char *name, enum manual_section section, const char *summary,
		  const char *synopsis);
void manual_heading(FILE *out, const char *heading);
/* A paragraph; lines that begin with a space or contain two in a row are kept as they are. */
void manual_text(FILE *out, const char *text);
/* The same, as a further paragraph of the preceding item. */
void manual_more(FILE *out, const char *text);
/* A term and its meaning. */
void manual_item(FILE *out, const char *term, const char *text);
/* A heading and one item for each setting that the program reads. */
void manual_settings(FILE *out, enum program_id program);

#endif
