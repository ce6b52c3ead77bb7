/* random.h - random numbers and ids, from getrandom(2). If the kernel fails, it is a panic. */
#ifndef COMMON_RANDOM_H
#define COMMON_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "common/trace.h"

void random_bytes(void *out, size_t size);
/* Never 0. */
uint64_t random_u64(void);
struct trace_id trace_id_make(void);

#endif
