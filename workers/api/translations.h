/* translations.h - texts in the language of the chat. */
#ifndef WORKERS_API_TRANSLATIONS_H
#define WORKERS_API_TRANSLATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "workers/api/verdict.h"

/* A text in the language of the chat, or of the person's client. Needs a `ctx` in scope. */
#define _(text) ctx_translate(ctx, text)
/* Marks a text for the catalogues where there is no ctx; the code that shows it translates it. */
#define N_(text) text

const char *ctx_translate(struct ctx *ctx, const char *text) __attribute__((format_arg(2)));
const char *ctx_plural(struct ctx *ctx, const char *one, const char *many, uint64_t number)
	__attribute__((format_arg(2), format_arg(3)));

/* The languages of the bot: "pt_BR" and the like, NULL past the end; and a locale's own name for
 * itself. */
const char *ctx_find_locale(const struct ctx *ctx, size_t index);
const char *ctx_locale_name(const struct ctx *ctx, const char *locale);
/* The one in which this update is answered. */
const char *ctx_locale(struct ctx *ctx);
/* What is said from here on is in the language that this chat (or person, by id) has chosen, else
 * in that locale; 0: again in that of the update. */
void ctx_speak_to(struct ctx *ctx, int64_t chat_id, const char *locale);
/* Answers this chat in that language from now on, including the rest of this update; "": again in
 * the language of each person's client. */
enum verdict ctx_choose_locale(struct ctx *ctx, const char *locale);

#endif
