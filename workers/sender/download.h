/* download.h - a file of Telegram on its way into a descriptor of a child: asked for with getFile,
 * then fetched over HTTP, or copied from the disk of a local Bot API server.
 *
 * A call CALL_DOWNLOAD becomes a getFile with one of these beside it. The URL and a local server's
 * path have the token in them: neither leaves this process, nor an error that quotes one. */
#ifndef WORKERS_SENDER_DOWNLOAD_H
#define WORKERS_SENDER_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/loop.h"
#include "common/why.h"
#include "workers/sender/telegram.h"
#include "workers/wire/answer.h"
#include "workers/wire/call.h"

struct download;

/* What all of a sender's have in common. */
struct downloads {
	struct loop *loop;
	struct telegram *telegram;
	const char *directory; /* of a local server's files; "": none is known */
	int64_t size_max;      /* bytes of a file */
	/* A copy is over: as telegram_events.after(). */
	void *owner;
	void (*after)(void *owner, void *tag, const struct telegram_answer *answer);
};

/* Makes a getFile of a CALL_DOWNLOAD and takes its descriptor, which is the first of `files`. NULL
 * and a reason: it has none that can be written. */
struct download *download_create(const struct downloads *downloads, struct call *call,
				 struct call_file *files, struct why *why);
/* Also NULL. */
void download_destroy(struct download *download);

/* True: it is fetched now, and what became of it is told with `tag`. False: getFile comes first, or
 * it is none (NULL). */
bool download_begin(struct download *download, void *tag);
/* The answer to getFile, or the end of the transfer. The result is {"name": …}; a refusal has 410
 * (it is gone) or 413 (too large). */
enum call_outcome download_read(struct download *download, const struct telegram_answer *answer,
				struct arena *arena, struct call_result *out);
/* After OUTCOME_OK: whether it is still to be fetched, with download_begin(). */
bool download_goes_on(const struct download *download);

#endif
