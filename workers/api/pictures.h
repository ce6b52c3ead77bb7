/* pictures.h - pictures, which our program korone-picture makes: `.programs =
 * PROGRAMS("korone-picture")`. It is only there where its libraries are; ctx_has_program() tells.
 *
 *     ctx_run(ctx, &(struct program) { .input = photo, .megabytes = PICTURE_MEGABYTES },
 *             "korone-picture sticker {input} {output}.webp");
 *
 * `korone-picture --help` has its operations: sticker, thumbnail, collage, captcha, card. The
 * ending of the output says what it is: .webp, .png or .jpg. What is drawn of several parts takes a
 * sheet of them as its input:
 *
 *     struct file *sheet = file_made(ctx, "sheet");
 *
 *     sheet_text(sheet, "tile", "");
 *     sheet_file(sheet, "picture", cover);
 *     sheet_text(sheet, "line", album);
 *     picture = ctx_run(ctx, &(struct program) { .input = sheet, .megabytes = PICTURE_MEGABYTES },
 *                       "korone-picture collage {input} {output}.jpg"); */
#ifndef WORKERS_API_PICTURES_H
#define WORKERS_API_PICTURES_H

#include "workers/api/programs.h"

/* Of memory, that the largest picture takes which it reads: 40 million pixels, twice. */
#define PICTURE_MEGABYTES 512

/* A part of a sheet: a name of a-z and plain text, of which 512 bytes are drawn, in any script. */
void sheet_text(struct file *sheet, const char *name, const char *text);
/* A PNG, JPEG or WebP. One that has an error is left out; what cannot be read is drawn as none. */
void sheet_file(struct file *sheet, const char *name, const struct file *picture);

#endif
