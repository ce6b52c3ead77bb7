/* web.h - stands in for the fetcher in a conversation: its lines say what hosts answer. */
#ifndef TESTS_MODULES_WEB_H
#define TESTS_MODULES_WEB_H

#include "common/arena.h"
#include "workers/wire/fetch.h"

/* A service of the host; `owner` is the struct conversation. A URL that no line has said anything
 * about, or that the module may not reach, fails the conversation. */
void web_fetch(void *owner, const struct fetch_request *request, struct arena *arena,
	       struct fetch_answer *out);

#endif
