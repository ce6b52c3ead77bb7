/* approvals.c - /approve and its like: people whom the rules of a group leave alone. */
#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define KIND "approved"
#define LISTED 100 /* by name */

static bool is_approved(struct ctx *ctx, const struct user *user)
{
	return fact_find(ctx, THIS_CHAT, KIND, user->id, NULL);
}

struct approval_values {
	const struct user *who;
};

static const struct field whom[] = {
	USER_FIELD(struct approval_values, who, N_("who")),
	END_OF_FIELDS(struct approval_values),
};

static enum verdict say(struct ctx *ctx, const char *done, const struct user *who)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "<b>%s:</b> ", done);
	add_person(ctx, draft, who);
	log_person(ctx, LOG_ACTIONS, done, who);
	return draft_reply(draft);
}

static enum verdict approve(struct ctx *ctx, const struct command *cmd)
{
	const struct approval_values *values = cmd->values;
	const struct fact fact = { .person = values->who->id, .number = 1 };

	if (!fact_set(ctx, THIS_CHAT, KIND, &fact))
		return FAIL;
	return say(ctx, _("Approved"), values->who);
}

static enum verdict unapprove(struct ctx *ctx, const struct command *cmd)
{
	const struct approval_values *values = cmd->values;

	if (!fact_remove(ctx, THIS_CHAT, KIND, values->who->id))
		return ctx_reply(ctx, _("They are not approved."));
	return say(ctx, _("No longer approved"), values->who);
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };
	uint64_t count = 0;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Approved people"));
	for (; fact_each(ctx, THIS_CHAT, KIND, &next); count++) {
		if (count >= LISTED)
			continue;
		draft_add(draft, "\n• ");
		add_person(ctx, draft, recorded_person(ctx, next.person));
	}
	if (!count)
		return ctx_reply(ctx, _("Nobody is approved here."));
	if (count > LISTED)
		draft_add(
			draft, "\n%s",
			ctx_printf(ctx,
				   ctx_plural(ctx, "and one more", "and %llu more", count - LISTED),
				   (unsigned long long)(count - LISTED)));
	draft_flags(draft, DRAFT_SILENT);
	return draft_reply(draft);
}

static enum verdict ask_to_end_all(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "%s", _("Shall nobody in this group be approved any more?"));
	draft_button(draft, _("Nobody"), "unapproveall");
	return draft_reply(draft);
}

static enum verdict end_all(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };

	while (fact_each(ctx, THIS_CHAT, KIND, &next))
		fact_remove(ctx, THIS_CHAT, KIND, next.person);
	draft_add(draft, "%s", _("Nobody is approved any more."));
	log_done(ctx, LOG_ACTIONS, _("Nobody is approved any more."), 0);
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

#define APPROVERS .group = true, .admin = RIGHT_RESTRICT_MEMBERS

static const struct route routes[] = {
	COMMAND("approve", approve, APPROVERS, .arguments = whom,
		.help = N_("let the rules leave somebody alone")),
	COMMAND("unapprove", unapprove, APPROVERS, .arguments = whom,
		.help = N_("let the rules hold for somebody again")),
	COMMAND("approved", list, APPROVERS, .help = N_("list who is approved")),
	COMMAND("unapproveall", ask_to_end_all, .group = true, .admin = RIGHT_OWNER, .rare = true,
		.help = N_("let nobody be approved")),
	BUTTON("unapproveall", end_all, .admin = RIGHT_OWNER),
	END_OF_ROUTES,
};

const struct module approvals_module = {
	.name = "approvals",
	.title = N_("Approved people"),
	.icon = "✅",
	.about = N_("Locks, block list, floods and the like leave approved people alone, as they "
		    "do administrators."),
	.routes = routes,
	.exempts = is_approved,
	.facts = FACTS(FACT(KIND, N_("approvals"), .listed = true)),
};
