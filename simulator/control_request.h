/* control_request.h - a request of a test to steer the simulator: its fields and its answer. */
#ifndef SIMULATOR_CONTROL_REQUEST_H
#define SIMULATOR_CONTROL_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "simulator/parameters.h"
#include "simulator/world.h"

struct sim;
struct exchange;

struct control_request {
	struct sim *sim;
	struct exchange *exchange;
	const char *name;               /* of the control */
	const struct parameters *query; /* of the URL */
	const json_t *in;               /* the body, an object; {} when there was none */
	json_t *out;                    /* the answer, an object at first */
	const char *refusal;            /* why it is refused; NULL: it is not */
	bool deferred;                  /* answers the exchange itself */
};

typedef void control_fn(struct control_request *request);

/* Fields of the body; the fallback when they are missing. */
const char *control_text(const struct control_request *request, const char *name,
			 const char *fallback);
int64_t control_int(const struct control_request *request, const char *name, int64_t fallback);
bool control_bool(const struct control_request *request, const char *name, bool fallback);
/* The person or chat of a field; NULL and a refusal when there is none. */
struct person *control_find_person(struct control_request *request, const char *name);
struct chat *control_find_chat(struct control_request *request, const char *name);
void control_set_int(struct control_request *request, const char *name, int64_t value);

#endif
