/* hostile.h - hosts that answer what nobody expects, in a conversation: with --hostile-answers each
 * one that has a "fetch" line is played as often as there are kinds of such answers, and whatever
 * is fetched is answered in that way. No handler may fail, say what Telegram does not take, or end
 * its process, unless one fails in the file itself. */
#ifndef TESTS_MODULES_HOSTILE_H
#define TESTS_MODULES_HOSTILE_H

#include <stddef.h>

#include "common/arena.h"
#include "workers/wire/fetch.h"

/* The kinds have numbers from 1 on. */
size_t hostile_count(void);
const char *hostile_name(size_t kind);
/* In place of what the file says that the host answers. */
void hostile_answer(size_t kind, const struct fetch_answer *told, struct arena *arena,
		    struct fetch_answer *out);

#endif
