/* control_steer.h - the control requests, by subject; control.c has the table. */
#ifndef SIMULATOR_CONTROL_STEER_H
#define SIMULATOR_CONTROL_STEER_H

#include <jansson.h>
#include <stdbool.h>

#include "simulator/args.h"
#include "simulator/world.h"

struct sim;
struct exchange;

struct control {
	struct sim *sim;
	struct exchange *exchange;
	const struct args *query; /* of the URL */
	const json_t *in;         /* the body, an object; {} when there was none */
	json_t *out;              /* the answer, an object at first */
	const char *fault;        /* why it is refused; NULL: it is not */
	bool deferred;            /* answers the exchange itself */
};

typedef void control_fn(struct control *control);

/* control_people.c: what people do */
control_fn control_say;
control_fn control_press;
control_fn control_do;
control_fn control_person;
control_fn control_chat;
control_fn control_member;
control_fn control_block;
control_fn control_migrate;
control_fn control_people;
control_fn control_chats;
/* control_bot.c: what the bot gets and did */
control_fn control_update;
control_fn control_sent;
control_fn control_statistics;
control_fn control_reset;
control_fn control_missing;
control_fn control_message;
control_fn control_faults;
control_fn control_revoke;
control_fn control_limits;
control_fn control_delay;
control_fn control_crowd;
control_fn control_clock;
control_fn control_ids;

/* Fields of the body; the fallback when they are missing. */
const char *control_text(const struct control *control, const char *name, const char *fallback);
int64_t control_int(const struct control *control, const char *name, int64_t fallback);
bool control_bool(const struct control *control, const char *name, bool fallback);
/* Numbers and texts, as a name of a person or chat may be either; NULL when it is missing. The
 * buffer takes digits. */
const char *control_name(const struct control *control, const char *name, char digits[32]);
/* The person or chat of a field; NULL and a fault when there is none. */
struct person *control_find_person(struct control *control, const char *name);
struct chat *control_find_chat(struct control *control, const char *name);
void control_set_int(struct control *control, const char *name, int64_t value);

#endif
