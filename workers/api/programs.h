/* programs.h - other programs, run by a handler: ffmpeg and the like. */
#ifndef WORKERS_API_PROGRAMS_H
#define WORKERS_API_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/files.h"

/* .programs = PROGRAMS("ffmpeg", "ffprobe"): by name, as they are found in /usr/local/bin, /usr/bin
 * or /bin when the bot starts; our own ("korone-picture") also where the worker is, or in bin next
 * to that. "yt-dlp=KORONE_YT_DLP" is called yt-dlp, and is the file that whoever runs the bot names
 * by that setting; until they do it is not there. */
#define PROGRAMS(...) ((const char *const[]) { __VA_ARGS__, NULL })

struct program {
	const struct file *input; /* its standard input; NULL: empty */
	int64_t seconds;          /* until it is stopped, at most 600; 0: 30 */
	int64_t megabytes;        /* of memory, all its processes together, at most 4096; 0: 256 */
	bool web;                 /* it reaches the module's `.hosts`, and nothing else */
};

/* Runs a program of the module's `.programs` and waits for it; the time does not count against the
 * handler.
 *
 *     ctx_run(ctx, &(struct program) { .input = voice, .seconds = 60 },
 *             "ffmpeg -i {input} -t %d -f mp3 {output}", seconds);
 *
 * The literal is split at spaces, and by nothing else: there is no shell. A conversion is a value,
 * part of its word whatever is in it; a word that begins with one must not begin with "-", which
 * the program would take for an option: that is an error of the file. {input} is a path from which
 * the input can be read. With {output} the result is the file of that name that the program leaves,
 * or "{output}.EXTENSION"; without, it is what it writes to its standard output.
 *
 * It is in a folder of its own, the only place where it can write, and sees nothing else but
 * libraries, what the module `.reads`, and the other programs of the module, which it may start. It
 * has no network; with `.web` it has one with nothing in it but an HTTP proxy, which is in its
 * environment (http_proxy, https_proxy, all_proxy) and leads to the module's `.hosts` only, by the
 * rules of ctx_fetch() and without a key. Where the system does not let the bot make such a network
 * (user namespaces), the file has an error and the log says why. When it ends, or exceeds its
 * limits (time, memory, 64 processes, files as large as the Bot API takes), everything that it
 * started ends with it. */
const struct file *ctx_run(struct ctx *ctx, const struct program *program, const char *command, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether a program of the module is installed. */
bool ctx_has_program(const struct ctx *ctx, const char *name);

#endif
