/* question.c - a question whose answer comes with what it is about. */
#include "workers/module.h"

#define COMMENT "recipecomment:%lld"

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!reply)
		return ctx_reply(ctx, _("Reply to what you have to say something about."));
	draft_add(draft, _("What do you think of it?"));
	draft_question(draft, COMMENT, (long long)reply->id);
	return draft_reply(draft);
}

static enum verdict take(struct ctx *ctx, const struct text_message *message)
{
	return ctx_reply(ctx, _("About message %lld <b>%s</b> says: %s"),
			 (long long)slug_integer(ctx, 0), message->from->first_name, message->text);
}

static const struct route routes[] = {
	COMMAND("comment", ask),
	TEXT(take, .step = COMMENT),
	END_OF_ROUTES,
};

const struct module question_recipe = { .name = "recipe_question", .routes = routes };
