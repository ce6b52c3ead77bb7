/* zygote.h - the symbolizer: a process that keeps the files of programs open and read, and forks
 * one of its own for each capture, with limits on time and memory. What a broken capture or ELF
 * file does to libdw happens there. It was started by exec with an empty environment: it never had
 * a token, a socket or a report of crashd's. */
#ifndef CRASHD_ZYGOTE_H
#define CRASHD_ZYGOTE_H

#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/capture.h"
#include "crashd/image.h"

#define ZYGOTE_OPTION "--symbolizer" /* DIRECTORY: where kept symbols are; internal */
#define ZYGOTE_FD 3                  /* a SOCK_SEQPACKET pair with crashd */
#define ZYGOTE_CPU_S 2
#define ZYGOTE_MEMORY (512u << 20)
#define ZYGOTE_ANSWER_MAX (4u << 20)

/* With two descriptors: the encoded capture to read, a file to write the encoded frames to. */
struct zygote_request {
	uint32_t capture_size;
};

struct zygote_answer {
	int32_t wait_status; /* of the process that wrote the frames */
};

/* To be asked first of all in main(): whether helper.c started this program to be the symbolizer.
 * If so it does not return. */
void zygote_run_if_wanted(int argc, char **argv);

/* What the forked process does: appends the encoded frames. `dwfl` is NULL when libdwfl could not
 * start. */
void zygote_trace(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		  struct arena *arena, struct buffer *out);

#endif
