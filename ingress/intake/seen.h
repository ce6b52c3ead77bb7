/* seen.h - the update ids of the last 24 hours, as ranges. Redeliveries are recognised by
 * membership, never by "greater than", because ids may restart lower. */
#ifndef INGRESS_INTAKE_SEEN_H
#define INGRESS_INTAKE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

struct seen;

struct seen *seen_create(void);
void seen_destroy(struct seen *seen);
/* False when the id was already there. `now_s` is UTC. */
bool seen_add(struct seen *seen, int64_t update_id, int64_t now_s);
bool seen_has(const struct seen *seen, int64_t update_id);
/* Forgets what is older than 24 h. */
void seen_expire(struct seen *seen, int64_t now_s);
void seen_encode(const struct seen *seen, struct buffer *out);
/* Adds what was encoded; of damaged input, the intact part. */
void seen_decode(struct seen *seen, const void *data, size_t size);

#endif
