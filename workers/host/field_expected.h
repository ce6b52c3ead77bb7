/* field_expected.h - what would have fitted a field, in words for people. */
#ifndef WORKERS_HOST_FIELD_EXPECTED_H
#define WORKERS_HOST_FIELD_EXPECTED_H

#include "workers/module.h"

/* Adds " It is a whole number from 1 to 10." and the like; nothing of what takes any text. */
void field_add_expected(struct ctx *ctx, struct draft *draft, const struct field *field);

#endif
