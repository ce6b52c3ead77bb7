/* call_result.c - a call whose result is needed at once, and what to say when Telegram refuses. */
#include "workers/module.h"

static enum verdict count(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_callf(ctx, "getChatMemberCount", "{}");

	(void)cmd;
	if (answer_refused(answer))
		return ctx_reply(ctx, _("Telegram does not tell me: %s"), answer_error(answer));
	if (!answer_ok(answer))
		return ctx_reply(ctx, _("Telegram does not answer. Try again later."));
	return ctx_reply(ctx, _("We are %lld."), (long long)answer_integer(answer, ""));
}

static const struct route routes[] = {
	COMMAND("count", count, .group = true),
	END_OF_ROUTES,
};

const struct module call_result_recipe = { .name = "recipe_call_result", .routes = routes };
