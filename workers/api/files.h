/* files.h - files that a handler makes, gets and sends. */
#ifndef WORKERS_API_FILES_H
#define WORKERS_API_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "workers/api/verdict.h"

/* A file of the current update: a small one in memory, any other on disk, in a place that only the
 * pool has; it is gone when the handler has returned and what it sends was sent. At most 100 of an
 * update, each of at most what Telegram takes: 50 MB, or 2,000 MB with a local Bot API server.
 *
 * What goes wrong stays in the file: file_error() says it, and whatever uses the file then fails as
 * ctx_fail() does. So a file that was only made here needs no check. */
struct file;

/* An empty file, to be filled and sent; `name` is what people see: "list.csv". */
struct file *file_made(struct ctx *ctx, const char *name);
/* Appends plain text: nothing in it is markup. */
void file_add(struct file *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
void file_add_bytes(struct file *file, const void *bytes, size_t size);

/* One that is on disk already, to be sent or read as it is: a plain file that the module's `.reads`
 * name. It is not copied, so it must not change until the update is done. */
const struct file *file_opened(struct ctx *ctx, const char *name, const char *path);

/* The file of a message, by its file_id, from Telegram: up to 20 MB, or 2,000 MB with a local Bot
 * API server. Waits for it; the time does not count against the handler. Its name is Telegram's. */
const struct file *ctx_file(struct ctx *ctx, const char *file_id);

/* "", or why there is no such file, for people, in the language of the chat: too large, gone, … */
const char *file_error(const struct file *file);
const char *file_name(const struct file *file);
/* Gives it another one, by which people see it, and Telegram what it is: "film.mp4". */
void file_rename(const struct file *file, const char *name);
int64_t file_size(const struct file *file); /* bytes */
/* All of it, and a NUL behind it; a large one is mapped, not read, so that it costs no memory. ""
 * when there is an error. */
const void *file_bytes(const struct file *file);
struct answer; /* calls.h */
/* JSON that a program left, of at most 1 MiB, by the same paths as the result of a call.
 * answer_ok(): it is JSON; else answer_error() says, for people, what went wrong. */
const struct answer *file_json(struct ctx *ctx, const struct file *file);
/* What stands for the file as the value of a parameter, "attach://…": for the %s of a call. In a
 * parameter that takes an id or a URL of a file, or in `media` of an InputMedia. */
const char *file_part(struct ctx *ctx, const struct file *file);

#endif
