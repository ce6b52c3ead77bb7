/* answer.h - what other processes answer, before it is shown: their texts may be people's, or those
 * of a process that was taken over. Everything that koronectl prints of them passes here. */
#ifndef KORONECTL_ANSWER_H
#define KORONECTL_ANSWER_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* JSON with each text made harmless for a terminal (common/clean.h), on one line but for a
 * traceback. Not within "update", which is shown as JSON by answer_print(). NULL when it is none.
 */
json_t *answer_read(const void *json, size_t size);
/* A whole document: JSON stays the same JSON. */
void answer_print(FILE *stream, const char *text, size_t size);
/* One text within a line. */
void answer_print_line(FILE *stream, const char *text);

#endif
