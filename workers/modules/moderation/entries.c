/* entries.c - a matcher of a chat's entries, and texts that are searched with it. */
#include "workers/modules/moderation/entries.h"

#include <string.h>

#include "common/buffer.h"

void *entries_open(const struct settings *settings, struct why *why)
{
	(void)settings, (void)why;
	return folding_create();
}

void entries_close(void *folding)
{
	folding_destroy(folding);
}

bool entries_build(struct ctx *ctx, struct holder holder, const char *prefix, struct derived *out)
{
	struct matcher_build build = { .folding = ctx_state(ctx) };
	struct buffer bytes = { 0 };
	const char *key = NULL, *value;

	while (store_each(ctx, holder, prefix, &key, &value))
		matcher_add(&build, key + strlen(prefix));
	matcher_finish(&build, &bytes);
	derived_add(out, buffer_unread(&bytes), buffer_unread_size(&bytes));
	buffer_finish(&bytes);
	return !ctx_has_failed(ctx);
}

bool entries_find(struct ctx *ctx, const void *matcher, size_t size, const char *text,
		  struct match *out)
{
	size_t length = strlen(text);
	struct folded folded = {
		.characters = ctx_alloc(ctx, (length + 1) * sizeof(uint16_t)),
		.words = ctx_alloc(ctx, (length + 1) * sizeof(struct folded_word)),
	};

	fold_text(ctx_state(ctx), text, length, &folded);
	return matcher_find(ctx_state(ctx), matcher, size, &folded, out);
}
