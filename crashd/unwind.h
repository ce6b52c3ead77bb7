/* unwind.h - walks the captured stack with libdwfl: addresses only, innermost first. For a
 * machine that is not known, nothing. */
#ifndef CRASHD_UNWIND_H
#define CRASHD_UNWIND_H

#include <elfutils/libdwfl.h>

#include "common/capture.h"
#include "crashd/frame.h"
#include "crashd/image.h"

struct unwound {
	uint64_t pc;
	enum frame_trust trust;
};

struct unwind {
	struct unwound list[FRAMES_MAX];
	size_t count;
};

/* Attaches `dwfl` to the capture, which can be done only once. Fills `out`. Where the unwinder is
 * lost, words on the rest of the stack that look like return addresses follow as guesses. Nothing
 * fails: garbage gives few frames. */
void unwind_walk(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		 struct unwind *out);

#endif
