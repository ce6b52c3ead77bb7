/* telegram_id.h - the ids of people and groups as operators write them. */
#ifndef COMMON_TELEGRAM_ID_H
#define COMMON_TELEGRAM_ID_H

#include <stdbool.h>
#include <stdint.h>

/* A person's is positive, a group's negative (Bot API, "Chat"). False for another number, for one
 * that 64 bits do not hold, and for what strtoll(3) does not read to its end. */
bool telegram_id_parse(const char *text, bool is_group, int64_t *out);

#endif
