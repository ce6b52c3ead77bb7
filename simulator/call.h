/* call.h - one call of a Bot API method: what the methods read and write. */
#ifndef SIMULATOR_CALL_H
#define SIMULATOR_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "botapi/botapi.h"
#include "common/arena.h"
#include "common/json.h"
#include "simulator/faults.h"
#include "simulator/parameters.h"
#include "simulator/world.h"

struct sim;
struct exchange;
struct method;

struct call {
	struct sim *sim;
	struct exchange *exchange;
	const struct method *method;
	const struct parameters *parameters;
	struct arena *arena;
	struct json result; /* a method writes exactly one value into it, or fails */
	const char *note;   /* "description" next to the result; NULL: none */
	bool deferred;      /* the method answers the exchange itself */
	struct fault fault; /* that hits this call */
	/* Failure. */
	int error_code; /* 0: none */
	const char *error;
	int retry_after_s;
	int64_t migrate_to;
	/* For the journal. */
	struct chat *chat;
	int64_t message_id;
	const char *said;    /* text that people see */
	const char *remarks; /* see call_check.h */
};

typedef void method_fn(struct call *call);

enum method_flags {
	METHOD_SENDS = 1 << 0, /* flood limits apply */
	METHOD_ACTED = 1 << 1, /* it changes the world, or tells of it */
};

struct method {
	const struct botapi_method *api;
	const char *name;
	method_fn *fn;
	unsigned flags;
};

/* Notes the failure and returns false. `description` is printf-like and starts as Telegram's does,
 * "Bad Request: …". */
bool call_fail(struct call *call, int error_code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The chat of chat_id, which the bot may write to (`writes`) or look at; false after call_fail().
 * As check_chat_access in the Bot API server. */
bool call_chat(struct call *call, bool writes);
/* The same for a look at its members: that needs a group that is still one. */
bool call_chat_members(struct call *call);
/* Whether the bot has the right in the call's chat, or is its creator. */
bool call_has_right(const struct call *call, enum right right);
/* The person of user_id; false after call_fail(). */
bool call_person(struct call *call, struct person **out);
void call_result_true(struct call *call);

#endif
