/* view.h - the state of all processes as text for people: 80 columns, colour on a terminal only. */
#ifndef KORONECTL_VIEW_H
#define KORONECTL_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buffer.h"

/* The answers of /status; NULL when there was none, then the reason is given. */
struct overview {
	json_t *ingress, *crashd;
	const char *ingress_fault, *crashd_fault;
};

void view_print(const struct overview *overview, bool colour, struct buffer *out);
/* Keeps the first lines of the text, and says how many are left out; `lines` is at least 2. */
void view_cut(struct buffer *text, size_t lines);
/* Whether a pool's or recorder's row says that all is well. */
bool pool_is_ready(const json_t *pool);
bool recorder_is_ready(const json_t *recorder);
bool recorder_is_active(const json_t *recorder);

#endif
