/* keyboard.h - what is below a message: inline buttons, or a keyboard in the place of the person's
 * own; and how Telegram opens an answer to it (Bot API, "reply_markup"). */
#ifndef WORKERS_HOST_KEYBOARD_H
#define WORKERS_HOST_KEYBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/json.h"
#include "workers/host/button.h"
#include "workers/host/place.h"

/* What Telegram takes of one message. */
#define KEYBOARD_INLINE_MAX 100
#define KEYBOARD_REPLY_MAX 300

enum key_use { KEY_INLINE = 1, KEY_REPLY = 2, KEY_ANYWHERE = 3 };

struct key {
	const char *label;
	const char *field; /* of the button: "url", "callback_data", …; NULL: only its label */
	/* The field's value: a text, or JSON, or the slug of a BUTTON() that gets a seal. */
	const char *text;
	struct text json, slug;
	bool asker;               /* the slug is for one person only */
	bool private;             /* Telegram shows it in private chats only */
	const char *style, *icon; /* NULL: none */
	enum key_use use;
	size_t row;
	struct key *next;
};

struct keyboard {
	struct arena *arena;
	struct key *keys, **keys_end, *last;
	size_t row;
	/* A question: opens an answer to the message. */
	bool force_reply;
	bool remove; /* the keyboard that an earlier message showed */
	bool once, persistent;
	const char *placeholder; /* in the empty field; NULL: none */
	const char *fault;       /* NULL: none */
};

void keyboard_init(struct keyboard *keyboard, struct arena *arena);
struct key *keyboard_add(struct keyboard *keyboard, const char *label, enum key_use use,
			 const char *field);
/* Whether anything at all is to be written. */
bool keyboard_is_empty(const struct keyboard *keyboard);
/* NULL, or why Telegram would not take it; `edits`: below a message that is there. */
const char *keyboard_fault(const struct keyboard *keyboard, bool edits);
/* NULL, or why not there. Of another chat it is not known whether it is a channel. */
const char *keyboard_fault_at(struct keyboard *keyboard, struct ctx *ctx, const struct place *to);
/* Writes "reply_markup", unless it is empty. */
void keyboard_write(const struct keyboard *keyboard, struct ctx *ctx, const struct place *to,
		    struct json *json);

#endif
