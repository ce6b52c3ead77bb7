/* zygote.h - the symbolizer: a process that keeps the files of programs open and read, and forks a
 * child for each capture, with limits on time and memory. What a malformed capture or ELF file does
 * to libdw happens there. It is started by exec with an empty environment: it never has crashd's
 * token, sockets or reports. */
#ifndef CRASHD_ZYGOTE_H
#define CRASHD_ZYGOTE_H

#include <stdint.h>

#include <elfutils/libdwfl.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/capture.h"
#include "crashd/image.h"

#define ZYGOTE_OPTION "--symbolizer" /* followed by the directory of kept symbols; internal */
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

/* Call it first in main(): if helper.c started this program as the symbolizer, it does not
 * return. */
void zygote_run_if_wanted(int argc, char **argv);

/* The work of the forked process: appends the encoded frames. `dwfl` is NULL when libdwfl could not
 * start. */
void zygote_trace(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		  struct arena *arena, struct buffer *out);

#endif
