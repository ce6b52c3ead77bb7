/* method_any.h - a method that is not acted out: its required parameters are checked, its answer
 * has the right type. */
#ifndef SIMULATOR_METHOD_ANY_H
#define SIMULATOR_METHOD_ANY_H

#include "simulator/call.h"

method_fn method_any;

/* The least value of a type: nothing, 0, "", [], an object with what it must have. */
void any_write(struct json *json, const struct botapi_type *type);

#endif
