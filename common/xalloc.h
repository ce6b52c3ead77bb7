/* xalloc.h - allocation that never fails: the process ends when memory is out. Memory is zeroed. */
#ifndef COMMON_XALLOC_H
#define COMMON_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* The part by which a block grows is not zeroed. */
void *xrealloc(void *block, size_t size);
void *xreallocarray(void *block, size_t count, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t length);
void *xmemdup(const void *bytes, size_t size);
/* Memory shared between this process and those forked from it. Untouched pages cost nothing. */
void *xshare(size_t size);
void xshare_end(void *memory, size_t size);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for `needed` elements in an array that the caller keeps with its `*capacity` (NULL and
 * 0 at first): at least twice as many as before, so that adding one by one copies each a few times
 * only. What the array gains is not zeroed. Arguments are evaluated more than once. */
#define array_reserve(array, capacity, needed)                                              \
	((needed) > *(capacity)                                                             \
		 ? (void)((array) = xgrow((array), (capacity), (needed), sizeof(*(array)))) \
		 : (void)0)
/* For array_reserve(). */
void *xgrow(void *array, size_t *capacity, size_t needed, size_t size);

/* Zeroes memory, but writes only where it is not zero: pages that were never written, as of a large
 * xcalloc(), stay without memory. */
void xzero(void *memory, size_t size);

/* Gives freed memory back to the system. */
void xtrim(void);
/* From now on freed blocks of at least this many bytes go back to the system at once. */
void xtrim_blocks(size_t size);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
