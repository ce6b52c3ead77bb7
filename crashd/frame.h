/* frame.h - a trace as the helper found it: a list of frames, innermost first, with its
 * encoding. */
#ifndef CRASHD_FRAME_H
#define CRASHD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/pack.h"
#include "common/why.h"

#define FRAMES_MAX 1024

enum frame_trust {
	FRAME_CRASH,  /* the instruction that failed */
	FRAME_CALLER, /* found by the unwinder */
	FRAME_GUESS,  /* a word on the stack that looks like a return address */
	FRAME_BAD,    /* the program counter did not point to code */
	FRAME_GAP,    /* between the innermost and the outermost part of the stack that were kept */
};

/* Texts are nil when unknown. */
struct frame {
	uint64_t pc;
	enum frame_trust trust;
	bool is_inlined; /* into the next frame */
	bool is_ours;    /* code of the program itself, not of a library */
	struct text function;
	struct text file;
	uint32_t line;        /* 0: unknown */
	struct text module;   /* name of the ELF file, without directory */
	uint64_t offset;      /* offset of pc in the module */
	struct text build_id; /* of the module, hex */
};

struct frames {
	struct frame *list;
	size_t count;
	struct text note; /* what went wrong, "" when nothing */
};

void frames_encode(const struct frames *frames, struct buffer *out);
/* Texts borrow from `data`; the list comes from the arena. */
MUST_CHECK bool frames_decode(const void *data, size_t size, struct arena *arena,
			      struct frames *out, struct why *why);

/* The frame that a report is named after: the innermost of our own code that is not a guess and not
 * part of panic(); NULL when there is none. */
const struct frame *frames_place(const struct frames *frames);

#endif
