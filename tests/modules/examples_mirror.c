/* examples_mirror.c - shows every update that it sees: how conversations make them. */
#include "workers/module.h"

#define SHOWN_TO 42

static enum verdict show(struct ctx *ctx, const struct any_update *update)
{
	struct draft *draft = ctx_draft(ctx);

	(void)update;
	draft_add(draft, "%s", answer_json(ctx, ctx_update(ctx), ""));
	draft_to(draft, SHOWN_TO, 0);
	return draft_reply(draft);
}

static const struct route mirror_routes[] = {
	ANY(show),
	END_OF_ROUTES,
};

const struct module mirror_example = { .name = "mirror", .routes = mirror_routes };
