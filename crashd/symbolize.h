/* symbolize.h - names for addresses: function, file and line, with the chain of inlined calls. */
#ifndef CRASHD_SYMBOLIZE_H
#define CRASHD_SYMBOLIZE_H

#include <elfutils/libdwfl.h>

#include "common/arena.h"
#include "crashd/frame.h"
#include "crashd/image.h"
#include "crashd/unwind.h"

/* Texts and list come from the arena, or are borrowed from `dwfl` and the image. */
void symbolize(Dwfl *dwfl, const struct image *image, const struct unwind *unwind,
	       struct arena *arena, struct frames *out);

#endif
