/* page_answer.h - answers to a browser. */
#ifndef SIMULATOR_PAGE_ANSWER_H
#define SIMULATOR_PAGE_ANSWER_H

#include "common/buffer.h"
#include "common/web/page.h"
#include "common/web/server.h"

/* The buffer has JSON, and is finished. */
void page_answer_json(struct exchange *exchange, int status, struct buffer *out);
/* {"error": reason} */
void page_refuse(struct exchange *exchange, int status, const char *reason);

#endif
