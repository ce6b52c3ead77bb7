/* seeded_random.h - a repeatable sequence of numbers (splitmix64): same seed, same crowd. */
#ifndef SIMULATOR_SEEDED_RANDOM_H
#define SIMULATOR_SEEDED_RANDOM_H

#include <stdint.h>

static inline uint64_t seeded_random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* From 0 to limit - 1. */
static inline uint64_t seeded_random_below(uint64_t *state, uint64_t limit)
{
	return seeded_random_next(state) % limit;
}

#endif
