/* lane_key.h - lane keys: a lane keeps the updates of one chat (or person, etc.: enum lane_rule) in
 * order. */
#ifndef INGRESS_UPDATE_LANE_KEY_H
#define INGRESS_UPDATE_LANE_KEY_H

#include <stdint.h>

#include "common/kind.h"

uint64_t lane_key(enum lane_rule rule, int64_t id);
uint64_t lane_of_chat(int64_t chat_id);

#endif
