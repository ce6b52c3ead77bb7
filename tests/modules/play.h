/* play.h - plays a conversation, line by line. */
#ifndef TESTS_MODULES_PLAY_H
#define TESTS_MODULES_PLAY_H

#include "common/why.h"
#include "tests/modules/conversation.h"

/* `file` is all of the conversation: its line "modules: …" says who takes part. `locale` is the
 * language of those who have chosen none. The conversation is zeroed, but for `original` and
 * `reached`. */
MUST_CHECK bool play_open(struct conversation *conversation, const char *file, const char *locale,
			  struct why *why);
void play_close(struct conversation *conversation);
/* All lines of the file; fills in `actual`. False and a reason for the first that cannot be
 * played. */
MUST_CHECK bool play_file(struct conversation *conversation, const char *file, struct why *why);
/* Lets that much time pass; work that is due by then is done. */
void play_time(struct conversation *conversation, int64_t seconds);

#endif
