/* no_links.c - takes away what has a link in it, wherever the link hides; not of administrators. */
#include "workers/module.h"

#include <string.h>

static bool has_link(const struct message *message)
{
	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "url") == 0 ||
		    strcmp(message->entities[i].type, "text_link") == 0)
			return true;
	return message->links_count > 0;
}

static enum verdict let_pass(struct ctx *ctx, const struct text_message *text)
{
	(void)ctx;
	(void)text;
	return DONE;
}

static enum verdict take_away(struct ctx *ctx, const struct text_message *text)
{
	if (!has_link(ctx_find_message(ctx)))
		return PASS;
	return ctx_queuef(ctx, "deleteMessage", "{message_id: %lld}", (long long)text->message_id);
}

static const struct route routes[] = {
	TEXT(let_pass, .group = true, .admin = RIGHT_ADMIN),
	TEXT(take_away, .group = true, .bot = RIGHT_DELETE_MESSAGES),
	END_OF_ROUTES,
};

const struct module no_links_recipe = { .name = "recipe_no_links", .routes = routes };
