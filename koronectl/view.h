/* view.h - the state of all processes as text: 80 columns, colour only on a terminal. */
#ifndef KORONECTL_VIEW_H
#define KORONECTL_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buffer.h"

/* The answers of /status; NULL when there was none, with the reason in the fault. */
struct overview {
	json_t *ingress, *crashd;
	const char *ingress_fault, *crashd_fault;
};

void view_print(const struct overview *overview, bool colour, struct buffer *out);
/* Keeps the first lines of the text and adds how many are omitted; `lines` is at least 2. */
void view_cut(struct buffer *text, size_t lines);
/* Whether a pool's or recorder's row shows it ready. */
bool pool_is_ready(const json_t *pool);
bool recorder_is_ready(const json_t *recorder);
bool recorder_is_active(const json_t *recorder);

#endif
