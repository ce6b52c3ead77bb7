/* no_links.c - takes away what has a link in it, wherever it hides and whenever it comes; not of
 * administrators. */
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

static enum verdict let_pass(struct ctx *ctx, const struct message *message)
{
	(void)ctx;
	(void)message;
	return DONE;
}

static enum verdict take_away(struct ctx *ctx, const struct message *message)
{
	return has_link(message) ? ctx_delete(ctx, message->id) : PASS;
}

static const struct route routes[] = {
	MESSAGE(let_pass, .group = true, .admin = RIGHT_ADMIN),
	MESSAGE(take_away, .group = true, .bot = RIGHT_DELETE_MESSAGES),
	EDITED(let_pass, .group = true, .admin = RIGHT_ADMIN),
	EDITED(take_away, .group = true, .bot = RIGHT_DELETE_MESSAGES),
	END_OF_ROUTES,
};

const struct module no_links_recipe = { .name = "recipe_no_links", .routes = routes };
