/* page_answer.h - answers to a browser. */
#ifndef SIMULATOR_PAGE_ANSWER_H
#define SIMULATOR_PAGE_ANSWER_H

#include "common/buffer.h"
#include "simulator/server.h"

/* Lines of the header of whatever a browser gets from here. */
#define PAGE_HEADERS                                                                               \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"                      \
	"Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n" \
	"X-Frame-Options: DENY\r\nCache-Control: no-store\r\n"

/* The buffer has JSON, and is finished. */
void page_answer_json(struct exchange *exchange, int status, struct buffer *out);
/* {"error": reason} */
void page_refuse(struct exchange *exchange, int status, const char *reason);

#endif
