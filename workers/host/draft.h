/* draft.h - a message in the making (workers/api/drafts.h): what draft*.c share. */
#ifndef WORKERS_HOST_DRAFT_H
#define WORKERS_HOST_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/host/ctx.h"
#include "workers/host/draft_media.h"
#include "workers/host/draft_poll.h"
#include "workers/host/keyboard.h"
#include "workers/host/markup.h"
#include "workers/host/markup_parts.h"
#include "workers/host/place.h"

struct filling;

struct draft {
	struct ctx *ctx;
	struct markup markup;
	struct keyboard keyboard;
	struct draft_media media;
	struct draft_poll *poll; /* NULL: none */
	const char *content;     /* the method of draft_content(); NULL: none */
	struct text more;        /* members of JSON: its parameters, and those of draft_with() */
	bool has_end;            /* a literal gives an end (call_end.h) as a duration */
	bool elsewhere;          /* draft_to() */
	int64_t chat_id, topic;
	bool answers_other; /* draft_answers() */
	int64_t answers;
	const char *quote;              /* NULL: none */
	struct text question;           /* the slug of its step; nil: none */
	unsigned flags;                 /* enum draft_flag */
	const char *preview;            /* URL; NULL: no preview */
	const char *effect;             /* NULL: none */
	const struct filling *fillings; /* draft_fill() */
	const char *name;               /* of what it says; NULL: none */
	int64_t name_s;
	bool bulk;         /* it goes after all answers */
	const char *fault; /* the first one; NULL: none */
};

/* Whose it is. */
struct ctx *draft_ctx(const struct draft *draft);
/* The first fault stays. */
void draft_fail(struct draft *draft, const char *fault);
/* FAIL, and the handler has failed, when something is wrong with what it holds; `edits`: it is to
 * change a message that is there. */
enum verdict draft_check(struct draft *draft, bool edits);
/* Says of which group it is, when the person is connected to one (enter.h). */
void draft_sign(struct draft *draft);
/* Whether there is media, or a poll. */
bool draft_has_content(const struct draft *draft);

/* Parameters of the method that most methods that send have, but for where. */
void draft_write_flags(const struct draft *draft, const char *method, const struct place *to,
		       struct json *json);
/* "link_preview_options", for texts. */
void draft_write_preview(const struct draft *draft, struct json *json);

#endif
