/* page.h - the playground: chats with the bot in a browser. Serves the files of page/ and what they
 * ask for; what people do there are the controls of control.h. */
#ifndef SIMULATOR_PAGE_H
#define SIMULATOR_PAGE_H

#include <stdbool.h>

#include "common/web/server.h"

struct sim;

/* "/" and all below "/page/". */
bool page_has(const char *path);
void page_handle(struct sim *sim, struct exchange *exchange, const struct http_request *http,
		 const char *path);

#endif
