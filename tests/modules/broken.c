/* broken.c - a module that does what no module may; tests/modules/must-fail plays it. */
#include <stdlib.h>

#include "tests/modules/examples.h"
#include "workers/module.h"

static enum verdict call_unknown(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_queuef(ctx, "sendMesage", "{}");
}

static enum verdict call_without(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_queuef(ctx, "sendPhoto", "{}");
}

static enum verdict call_with(struct ctx *ctx, const struct command *cmd)
{
	return ctx_queuef(ctx, "deleteMessage", "{message_id: %lld, massage_id: 1}",
			  (long long)cmd->message_id);
}

static enum verdict say_much(struct ctx *ctx, const struct command *cmd)
{
	char *text = ctx_alloc(ctx, 4098);

	for (int i = 0; i < 4097; i++)
		text[i] = 'a';
	return ctx_queuef(ctx, "sendMessage", "{chat_id: %lld, text: %s}", (long long)cmd->chat->id,
			  text);
}

static enum verdict crash(struct ctx *ctx, const struct command *cmd)
{
	(void)ctx;
	(void)cmd;
	abort();
}

static enum verdict show_button(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Press it.");
	draft_button(draft, cmd->args, "broken");
	return draft_reply(draft);
}

static enum verdict replace_button(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Pressed.");
	return draft_edit(draft, button);
}

static enum verdict trust(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_reply(ctx, "%s",
			 answer_text(ctx_fetch_json(ctx, 0, "https://api.example.org/"), "title"));
}

static const struct route broken_routes[] = {
	COMMAND("unknown", call_unknown),
	COMMAND("without", call_without),
	COMMAND("with", call_with),
	COMMAND("much", say_much),
	COMMAND("crash", crash),
	COMMAND("button", show_button),
	COMMAND("trust", trust),
	BUTTON("broken", replace_button),
	END_OF_ROUTES,
};

static const struct module broken_module = { .name = "broken",
					     .routes = broken_routes,
					     .hosts = HOSTS(HOST("api.example.org")) };

const struct module *const broken_modules[] = { &broken_module, NULL };
