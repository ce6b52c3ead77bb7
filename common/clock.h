/* clock.h - the two clocks: one for durations (it keeps counting during suspend), one for dates. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

/* CLOCK_BOOTTIME: leases, timeouts, ages. Comparable only between processes of one machine. */
uint64_t clock_boot_ms(void);
uint64_t clock_boot_us(void);
/* CLOCK_REALTIME, UTC. */
int64_t clock_utc_s(void);
uint64_t clock_utc_ns(void);

#endif
