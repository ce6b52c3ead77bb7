/* zygote.h - the symbolizer: a process that keeps the files of programs open and read, and forks a
 * child for each capture, with limits on time and memory. What a malformed capture or ELF file does
 * to libdw happens there. It is started by exec with an empty environment: it never has crashd's
 * token, sockets or reports. It opens no file but the kept programs and the system's debug
 * information, and makes only the system calls that this work needs: no connection, no signal. */
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

#define ZYGOTE_FILES_MAX 240 /* with one packet, below the kernel's 253 */

/* With two descriptors: the encoded capture to read, a file to write the encoded frames to. Then
 * one for each ELF file of the capture's image that could be opened: the symbolizer opens none. */
struct zygote_request {
	uint32_t capture_size;
	uint32_t file_count;
	uint8_t files[ZYGOTE_FILES_MAX]; /* which of the image (image_read()) each of them is */
};

struct zygote_answer {
	int32_t wait_status; /* of the process that wrote the frames */
	uint32_t walls;      /* around both; bits of enum wall */
};

/* Call it first in main(): if helper.c started this program as the symbolizer, it does not
 * return. */
void zygote_run_if_wanted(int argc, char **argv);

/* The work of the forked process: appends the encoded frames. `dwfl` is NULL when libdwfl could not
 * start. */
void zygote_trace(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		  struct arena *arena, struct buffer *out);

#endif
