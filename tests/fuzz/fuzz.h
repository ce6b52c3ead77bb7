/* fuzz.h - shared by the targets of tests/fuzz. Each is one file with one LLVMFuzzerTestOneInput();
 * tests/fuzz.mk builds it with libFuzzer and the sanitizers. A target that finds nothing wrong
 * returns 0; a broken promise aborts. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Something that the code under test guarantees. */
#define PROMISE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

#endif
