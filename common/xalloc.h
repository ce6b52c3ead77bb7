/* xalloc.h - allocation that never fails: the process ends when memory is out. Memory is zeroed. */
#ifndef COMMON_XALLOC_H
#define COMMON_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* What a growing block gains is not zeroed. */
void *xrealloc(void *block, size_t size);
void *xreallocarray(void *block, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);
void *xmemdup(const void *bytes, size_t size);
/* Memory that this process shares with those that are forked from it. Pages that nobody touches
 * cost nothing. */
void *xshare(size_t size);
void xshare_end(void *memory, size_t size);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
