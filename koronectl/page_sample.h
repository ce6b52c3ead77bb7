/* page_sample.h - what `koronectl page` shows: numbers and states of all processes, as they report
 * them, and nothing that could name a person: no ids, no lanes, no texts of people, no addresses of
 * stores. */
#ifndef KORONECTL_PAGE_SAMPLE_H
#define KORONECTL_PAGE_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>

#include "common/settings.h"

/* What one sample must know of those before. */
struct page_memory;

struct page_memory *page_memory_create(void);
void page_memory_destroy(struct page_memory *memory);

/* Asks ingress, crashd and, if there is one, the simulator at `simulator_url` (NULL: none). The
 * caller owns the object; "children" is not in it, see page_sample_children(). */
json_t *page_sample(const struct settings *settings, const char *simulator_url,
		    struct page_memory *memory);
/* Of the pool by this place in the last sample's list: an array, which the caller owns; NULL when
 * there is no such pool. */
json_t *page_sample_children(const struct page_memory *memory, size_t place);

/* --- for unit tests --------------------------------------------------------------------------- */

/* The numbers, booleans and short words of `from` whose names are in `names` (NULL at the end). */
json_t *page_pick(const json_t *from, const char *const names[]);
/* {"written", "answered", "waiting", "lost", "twice"} of the simulator's statistics: lost is what
 * nobody has any more, neither the simulator's queue nor ingress. */
json_t *page_crowd(const json_t *statistics, const json_t *ingress);

#endif
