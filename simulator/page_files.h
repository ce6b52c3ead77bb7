/* page_files.h - files of people and of the bot, to and from a page. Nothing that a browser could
 * run is shown: a picture, video or sound is what its first bytes say, all else is saved. */
#ifndef SIMULATOR_PAGE_FILES_H
#define SIMULATOR_PAGE_FILES_H

#include "simulator/parameters.h"
#include "common/web/server.h"

struct sim;

/* The type of what may be shown in place; NULL: only to be saved. */
const char *page_file_type(const void *bytes, size_t size);
/* "id": the file's id. */
void page_answer_file(struct sim *sim, struct exchange *exchange, const struct parameters *query);
/* "kind" and the bytes: answers {"file_id"}, to be sent with `do`. */
void page_take_upload(struct sim *sim, struct exchange *exchange, const struct parameters *query,
		      struct text body);

#endif
