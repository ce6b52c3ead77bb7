/* elsewhere.c - reports something to another chat, with a button that works there. */
#include "workers/module.h"

#define STAFF -1001234567890
#define CLOSE "recipereport:%lld"

static enum verdict report(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;
	struct draft *draft = ctx_draft(ctx);

	if (!reply)
		return ctx_reply(ctx, _("Reply to what you want to report."));
	draft_to(draft, STAFF, 0);
	draft_flags(draft, DRAFT_SILENT);
	draft_add(draft, _("<b>%s</b> reports message %lld in %s: %s"), cmd->from->first_name,
		  (long long)reply->id, cmd->chat->title, cmd->args);
	draft_button(draft, _("Close"), CLOSE, (long long)reply->id);
	draft_reply(draft);
	return ctx_reply(ctx, _("It is reported."));
}

static enum verdict close_report(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("Report about message %lld, closed by <b>%s</b>."),
		  (long long)slug_integer(ctx, 0), button->from->first_name);
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("report", report, .group = true),
	BUTTON(CLOSE, close_report),
	END_OF_ROUTES,
};

const struct module elsewhere_recipe = { .name = "recipe_elsewhere", .routes = routes };
