/* slugs.h - literals with values: what a handler was called with. */
#ifndef WORKERS_API_SLUGS_H
#define WORKERS_API_SLUGS_H

#include <stddef.h>
#include <stdint.h>

struct ctx;

/* A slug is a literal with values, "captcha:%lld:%.16s": a name, unique in all modules among its
 * kind of route, and behind its first colon values with a character between two of them: %d, %lld,
 * or %.Ns for a text of at most N bytes. The same literal is given to the row and to the function
 * that makes a button (draft_button()), a deep link (draft_deep_link()), a question
 * (draft_question()) or work that is put off (ctx_laterf()), so that the compiler checks the
 * values. A literal whose values could get too long for its use is refused when the program starts.
 * A text that is over its limit, or that contains the character that ends it, fails the handler
 * that gives it. Nobody can forge or change a slug, nor use a button or a question in another chat;
 * but none is a secret: people's programs can show the values. */

/* The values of the button, the link, the answer or the work that is handled; the index counts them
 * from 0. An index of no value, or of one of the other type, fails the handler and returns 0 or "".
 */
int64_t slug_integer(struct ctx *ctx, size_t index);
const char *slug_text(struct ctx *ctx, size_t index);

#endif
