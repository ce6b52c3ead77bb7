/* sending.h - what every method that sends a message does: where to, as a reply to what, with which
 * buttons; then the message is composed, kept and answered. */
#ifndef SIMULATOR_SENDING_H
#define SIMULATOR_SENDING_H

#include <stdbool.h>

#include "simulator/call.h"
#include "simulator/entities.h"
#include "simulator/messages.h"

struct business_connection;

struct sending {
	struct formatted text;      /* or the caption */
	const char *content;        /* members, as `"photo":[…]`; NULL: a text message */
	enum permission permission; /* that it needs */
	const char *plural;         /* "photos": of the refusal */
	struct poll *poll;          /* handed over; NULL: none */
	const char *extra;          /* further members; NULL: none */
	/* By sending_begin(). */
	const char *markup;
	const struct message *reply;
	int64_t thread_id;
	const struct business_connection *business; /* NULL: in the bot's own name */
	const struct person *receiver;              /* of an ephemeral message; NULL: all */
	bool is_protected;
};

/* Reads the parameters that all have; false after call_fail(). `text` and `content` may be set
 * before or after. */
bool sending_begin(struct call *call, struct sending *sending);
/* Composes the message as the call's result and keeps it. Valid until MESSAGES_MAX more were sent.
 */
struct message *sending_finish(struct call *call, const struct sending *sending);
/* The caption of the parameters; false after call_fail(). */
bool sending_caption(struct call *call, struct sending *sending);
/* Puts members together in the call's arena; either may be NULL. */
const char *sending_members(struct call *call, const char *a, const char *b);
/* Whether the bot may send that to the call's chat; false after call_fail(). */
bool sending_allowed(struct call *call, enum permission permission, const char *plural);

#endif
