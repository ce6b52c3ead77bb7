/* log_limit.h - lines that somebody else can cause, as often as he likes: a few, then one every ten
 * seconds that says how many were left out. */
#ifndef COMMON_LOG_LIMIT_H
#define COMMON_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_LIMIT_MS 10000u
#define LOG_LIMIT_LINES 10u /* per LOG_LIMIT_MS, before lines are left out */

/* Zeroed is ready. */
struct log_limit {
	uint64_t since_ms;
	unsigned lines;
	uint64_t left_out;
};

/* Whether a line may be written now. If so, *left_out is how many were not since the last one. */
bool log_limit_pass(struct log_limit *limit, uint64_t now_ms, uint64_t *left_out);

#endif
