/* ctx_language.c - the language of the chat, and texts in it. */
#include "workers/host/chat_settings.h"

const char *ctx_find_locale(const struct ctx *ctx, size_t index)
{
	const struct language *language = language_at(ctx->host->languages, index);

	return language ? language_locale(language) : NULL;
}

const char *ctx_locale_name(const struct ctx *ctx, const char *locale)
{
	return language_name(language_pick(ctx->host->languages, locale));
}

/* Read when something is said: most updates make a handler look and say nothing. */
static const struct language *language_of(struct ctx *ctx)
{
	if (!ctx->language)
		ctx->language = chat_settings_language(ctx);
	return ctx->language;
}

const char *ctx_locale(struct ctx *ctx)
{
	return language_locale(language_of(ctx));
}

const char *ctx_translate(struct ctx *ctx, const char *text)
{
	return language_translate(language_of(ctx), text);
}

const char *ctx_plural(struct ctx *ctx, const char *one, const char *many, uint64_t number)
{
	return language_plural(language_of(ctx), one, many, number);
}

void ctx_speak_to(struct ctx *ctx, int64_t chat_id, const char *locale)
{
	ctx->language = chat_id ? chat_settings_language_of(ctx, chat_id, locale) : NULL;
}
