/* rights.c - what people may do with what is kept about them: /export gets it, /forgetme erases it
 * and objects, /rememberme takes the objection back. privacy.c shows the same as buttons. */
#include "workers/module.h"

#include <string.h>

static enum verdict send_export(struct ctx *ctx)
{
	const struct answer *data = ctx_find_own_data(ctx);
	const char *json;

	if (!data)
		return FAIL;
	json = answer_json(ctx, data, "");
	return ctx_reply_document(ctx, "about-you.json", "application/json", json, strlen(json),
				  "%s", _("All that I keep about you."));
}

static void write_question(struct ctx *ctx, struct draft *draft)
{
	draft_add(draft, "%s",
		  _("I will erase all that I keep about you, with your settings, and never record "
		    "you again: of you only a keyed hash of your id stays, by which I know that. "
		    "Shall I?"));
	draft_button(draft, _("Yes, erase it"), "rights_erase");
	draft_button(draft, _("No"), "rights_keep");
}

static enum verdict export(struct ctx *ctx, const struct command *cmd) {
	(void)cmd; return send_export(ctx);
}

static enum verdict press_export(struct ctx *ctx, const struct button *button)
{
	(void)button;
	return send_export(ctx);
}

static enum verdict forget_me(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	write_question(ctx, draft);
	return draft_reply(draft);
}

static enum verdict press_forget(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	(void)button;
	write_question(ctx, draft);
	return draft_reply(draft);
}

static enum verdict erase(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (ctx_forget_person(ctx) != DONE)
		return FAIL;
	draft_add(draft, "%s",
		  _("It is erased, and I record nothing about you from now on. /rememberme takes "
		    "that back."));
	return draft_edit(draft, button);
}

static enum verdict keep(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", _("All stays as it is."));
	return draft_edit(draft, button);
}

static enum verdict remember_me(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!ctx_has_objected(ctx))
		return ctx_reply(ctx, _("You did not object to being recorded."));
	if (ctx_remember_person(ctx) != DONE)
		return FAIL;
	return ctx_reply(ctx, _("I will record you again when you next do something that I see."));
}

static const struct route routes[] = {
	COMMAND("export", export, .private = true, .help = N_("get all that I keep about you")),
	COMMAND("forgetme", forget_me, .private = true,
		.help = N_("erase what I keep about you, and object to being recorded")),
	COMMAND("rememberme", remember_me, .private = true, .help = N_("take that objection back")),
	BUTTON("rights_export", press_export, .private = true),
	BUTTON("rights_forget", press_forget, .private = true),
	BUTTON("rights_erase", erase, .private = true),
	BUTTON("rights_keep", keep, .private = true),
	END_OF_ROUTES,
};

const struct module rights_module = {
	.name = "rights",
	.title = N_("Your data"),
	.routes = routes,
};
