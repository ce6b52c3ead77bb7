/* conversation.h - a golden conversation while it is played: the modules with a host of their own,
 * the world around them, and the file as it would be written now.
 *
 * What lines and calls there are is in tables, by subject, one file (part_*.c) each: part.h. */
#ifndef TESTS_MODULES_CONVERSATION_H
#define TESTS_MODULES_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/kind.h"
#include "common/piece.h"
#include "common/settings.h"
#include "common/why.h"
#include "tests/modules/fake_storage.h"
#include "tests/modules/world.h"
#include "workers/host/host.h"

struct reached;

#define WAITING_MAX 16
#define MODULES_MAX 256
#define CHOICES_MAX 256

/* What a handler put off: waiting.h. */
struct waiting {
	struct line_action action; /* that caused it */
	enum update_kind kind;
	int64_t update_id;
	struct text body;
	struct piece piece;
	uint64_t due_ms;
	bool done;
};

struct conversation {
	struct world world;
	struct settings settings;
	const struct module *const *modules; /* those that take part; NULL at the end */
	const struct module *named[MODULES_MAX];
	struct host *host;
	struct fake_storage *memory;
	struct storage storage; /* its functions: crash.h */
	/* The state of parts: each makes its own when it is first needed, in the arena of the world
	 * and known to itself alone. */
	struct telegram *telegram;
	struct said_names *said;
	struct offers *offers;
	struct held_files *files;
	struct told_programs *programs;
	struct told_web *web;
	const struct line_action *action; /* being played */
	struct reached *reached;          /* routes; NULL: nobody wants to know */
	bool again; /* the call in hand was made, and shown, before its handler was left: crash.h */
	/* The same conversation in English, when this one is in another language. NULL: this is
	 * it. */
	const struct conversation *original;
	size_t hostile; /* how whatever is fetched is answered: hostile.h; 0: as the file says */
	bool may_fail;  /* then: a handler fails in the file itself */
	size_t choices[CHOICES_MAX]; /* see conversation_choice() */
	size_t choices_count;
	struct buffer ends;   /* a byte for each item: whether a handler failed */
	struct buffer actual; /* the file as it would be written now */
	uint64_t count;       /* of actions */
	uint64_t now_ms;
	struct waiting waiting[WAITING_MAX];
	size_t waiting_count;
	/* The first thing that no conversation may do, such as a call that Telegram does not have;
	 * "": none. It fails the file, also with --update. */
	struct why fault;
	struct why failed_at; /* where the last handler that failed did so; "": none did */
};

/* Somebody chooses a thing that the bot showed, such as a button, by its label. In another language
 * the label is another: what the choice with this number was in English is returned there. `index`
 * is among all such things, SIZE_MAX: there is none. */
size_t conversation_choice(struct conversation *conversation, size_t index);
/* The button or key with the action's text as its label that was shown last where the action is, or
 * last before it was gone; NULL: none. */
const struct shown_button *conversation_find_button(struct conversation *conversation,
						    const struct line_action *action, bool gone);
/* Notes a fault, unless there is one already. */
void conversation_fault(struct conversation *conversation, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
