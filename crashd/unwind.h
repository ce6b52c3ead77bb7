/* unwind.h - walks the captured stack with libdwfl: addresses only, innermost first. x86-64. */
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

/* `dwfl` is attached to the capture, and can be no second time. Fills `out`. Where the unwinder is
 * lost, what looks like return addresses on the rest of the stack follows as guesses. Nothing
 * fails: garbage gives few frames. */
void unwind_walk(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		 struct unwind *out);

#endif
