/* parameters.h - the parameters of a method call, from the query string, a urlencoded form,
 * multipart form data or a JSON object: names and texts, as Telegram's server sees them. A JSON
 * value that is not a string keeps its JSON text. */
#ifndef SIMULATOR_PARAMETERS_H
#define SIMULATOR_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/why.h"
#include "common/web/http.h"

#define PARAMETERS_MAX 100

struct parameter {
	struct text name;
	struct text value;     /* terminated by a NUL that is not counted */
	struct text file_name; /* of an uploaded file; nil for a plain parameter */
	struct text file_type;
};

struct parameters {
	struct parameter items[PARAMETERS_MAX];
	size_t count;
};

/* Everything decoded lives in the arena; an uploaded file's value borrows from the request. */
MUST_CHECK bool parameters_parse(const struct http_request *request, struct arena *arena,
				 struct parameters *out, struct why *why);

/* The last one of that name; NULL when there is none. */
const struct parameter *parameters_find(const struct parameters *parameters, const char *name);
/* "" when there is none. */
const char *parameters_text(const struct parameters *parameters, const char *name);
/* As Telegram reads integers: anything but an int32 is the fallback; then clamped. */
int64_t parameters_int(const struct parameters *parameters, const char *name, int64_t fallback,
		       int64_t minimum, int64_t maximum);
int64_t parameters_id(const struct parameters *parameters,
		      const char *name); /* 0 if it is not a number */
bool parameters_bool(const struct parameters *parameters,
		     const char *name); /* "true", "yes", "1" */

#endif
