/* page_stream.h - the server-sent events of a page (HTML Standard, 9.2): everything at first, then
 * what changes, of one chat in full and of the others a line each. A page that is slow gets less
 * often more at once; one that has missed something is told to begin anew. */
#ifndef SIMULATOR_PAGE_STREAM_H
#define SIMULATOR_PAGE_STREAM_H

#include <stdint.h>

#include "common/web/server.h"

struct sim;
struct page_streams;

#define PAGE_STREAMS_MAX 8 /* the next one is refused with 503 */

struct page_streams *page_streams_create(struct sim *sim);
void page_streams_destroy(struct page_streams *streams);
/* `chat_id` 0: of no chat. */
void page_stream_open(struct sim *sim, struct exchange *exchange, int64_t chat_id);

#endif
