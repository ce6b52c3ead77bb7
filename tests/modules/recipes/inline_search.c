/* inline_search.c - "@thebot ca" in any chat: what begins so, in pages, and a link to the bot. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

#define ON_PAGE 2
#define HELP "recipesearch"

static const char *const animals[] = { "camel", "cat", "caterpillar", "cow", "dog" };

static enum verdict search(struct ctx *ctx, const struct inline_query *query)
{
	long first = strtol(query->offset, NULL, 10), found = 0;

	for (size_t i = 0; i < sizeof(animals) / sizeof(animals[0]); i++) {
		if (strncmp(animals[i], query->query, strlen(query->query)) != 0)
			continue;
		if (found == first + ON_PAGE)
			ctx_inline_next(ctx, ctx_printf(ctx, "%ld", found));
		if (found >= first && found < first + ON_PAGE)
			draft_add(ctx_inline_result(ctx, animals[i], animals[i], _("an animal")),
				  _("I like the <b>%s</b>."), animals[i]);
		found++;
	}
	ctx_inline_keep(ctx, 3600, true);
	ctx_inline_button(ctx, _("Help"), HELP);
	return ctx_inline_answer(ctx);
}

static enum verdict help(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return ctx_reply(ctx, _("Write @%s and the first letters."), ctx_bot_username(ctx));
}

static const struct route routes[] = { INLINE(search), LINK(HELP, help), END_OF_ROUTES };

const struct module inline_search_recipe = { .name = "recipe_inline_search", .routes = routes };
