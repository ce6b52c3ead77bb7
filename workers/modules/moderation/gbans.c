/* gbans.c - the list of whoever runs the bot: people and channels who do not stay in the groups
 * that want to follow it. */
#include "common/buffer.h"
#include "workers/modules/moderation/keep_out.h"
#include "workers/modules/moderation/reasons.h"
#include "workers/modules/moderation/words.h"

#define BAN "ban"
#define GROUPS_A_STEP 20

struct gban_options {
	bool on, quiet, trial;
};

#define FOR_ADMINS .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS

static const struct field options[] = {
	BOOLEAN_FIELD(struct gban_options, on, N_("ban whom the bot's operators ban"), FOR_ADMINS),
	BOOLEAN_FIELD(struct gban_options, quiet, N_("say nothing when that happens"), FOR_ADMINS),
	BOOLEAN_FIELD(struct gban_options, trial, N_("only tell the log what would happen"),
		      FOR_ADMINS),
	END_OF_FIELDS(struct gban_options),
};

/* --- the rule --------------------------------------------------------------------------------- */

static struct kept_out kept_out_of(struct ctx *ctx, const struct fact *ban)
{
	const struct gban_options *chosen = ctx_options(ctx);
	const char *reason = reason_find(ctx, THIS_BOT, ban->number);
	const char *list = _("list of the bot's operators");

	return (struct kept_out) { .reason = reason[0] ? ctx_printf(ctx, "%s: %s", list, reason)
						       : list,
				   .action = { .kind = ACTION_BAN },
				   .quiet = chosen->quiet,
				   .trial = chosen->trial };
}

static bool find(struct ctx *ctx, struct target target, struct kept_out *out)
{
	const struct gban_options *chosen = ctx_options(ctx);
	struct fact ban;

	if (!chosen->on || !fact_find(ctx, THIS_BOT, BAN, target_id(target), &ban))
		return false;
	*out = kept_out_of(ctx, &ban);
	return true;
}

static enum verdict keep_out(struct ctx *ctx, const struct member_change *change)
{
	return keep_out_member(ctx, change, find);
}

static enum verdict turn_away(struct ctx *ctx, const struct join_request *request)
{
	return keep_out_request(ctx, request, find);
}

static enum verdict check(struct ctx *ctx, const struct message *message)
{
	return keep_out_writer(ctx, message, find);
}

/* --- the list --------------------------------------------------------------------------------- */

struct gban_values {
	struct target target;
	const char *reason;
};

static const struct field whom_and_why[] = {
	TARGET_FIELD(struct gban_values, target, N_("who")),
	TEXT_FIELD(struct gban_values, reason, N_("why"), .optional = true),
	END_OF_FIELDS(struct gban_values),
};

static const struct field whom[] = {
	TARGET_FIELD(struct gban_values, target, N_("who")),
	END_OF_FIELDS(struct gban_values),
};

static enum verdict ban(struct ctx *ctx, const struct command *cmd)
{
	const struct gban_values *values = cmd->values;
	struct fact ban = { .person = target_id(values->target) };
	struct draft *draft = ctx_draft(ctx);

	if (values->target.user && ctx_is_operator(ctx, values->target.user))
		return ctx_reply(ctx, _("That is an operator of the bot."));
	ban.number = reason_note(ctx, THIS_BOT, values->reason);
	if (!ban.number || !fact_set(ctx, THIS_BOT, BAN, &ban) ||
	    !ctx_jobf(ctx, "gban:%lld:%d", (long long)ban.person, 0))
		return FAIL;
	draft_add(draft, _("Banned in all groups that follow the operators' list: "));
	add_target(ctx, draft, values->target);
	draft_button(draft, _("Unban"), "ungban:%lld", (long long)ban.person);
	return draft_reply(draft);
}

/* False: they were not on it, or it failed. */
static bool take_off(struct ctx *ctx, int64_t person)
{
	return fact_remove(ctx, THIS_BOT, BAN, person) &&
	       ctx_jobf(ctx, "gban:%lld:%d", (long long)person, 1);
}

static enum verdict unban(struct ctx *ctx, const struct command *cmd)
{
	const struct gban_values *values = cmd->values;

	if (take_off(ctx, target_id(values->target)))
		return ctx_reply(ctx, _("They are no longer on the operators' list."));
	return ctx_has_failed(ctx) ? FAIL
				   : ctx_reply(ctx, _("They are not on the operators' list."));
}

static enum verdict unban_by_button(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (!take_off(ctx, slug_integer(ctx, 0)))
		return ctx_has_failed(ctx)
			       ? FAIL
			       : ctx_alert(ctx, _("They are not on the operators' list."));
	draft_add(draft, "%s", _("They are no longer on the operators' list."));
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

/* In the groups that follow the list: the value is that of the option. */
static enum verdict next_groups(struct ctx *ctx, const struct job *job)
{
	const struct target target = target_of(ctx, slug_integer(ctx, 0));
	bool undo = slug_integer(ctx, 1) != 0;
	struct fact fact = { 0 };
	int64_t groups[GROUPS_A_STEP];
	size_t count = ctx_holders(ctx, OF_CHAT, "on", "on", job->cursor, groups, GROUPS_A_STEP);

	if (count == 0)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	/* What was decided since counts. */
	if (fact_find(ctx, THIS_BOT, BAN, target_id(target), &fact) == undo)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	for (size_t i = 0; i < count; i++) {
		struct kept_out kept_out;

		ctx_enter_by_rule(ctx, groups[i]);
		kept_out = kept_out_of(ctx, &fact);
		if (undo)
			ctx_undo(ctx, (struct action) { .kind = ACTION_BAN, .by_rule = true },
				 target, ACT_QUEUED);
		else
			keep_out_act(ctx, target, &kept_out);
	}
	ctx_enter(ctx, 0, RIGHT_NONE);
	job_count(ctx, "groups", (int64_t)count);
	return job_next(ctx, groups[count - 1], 0);
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	const struct reasons *reasons = reasons_load(ctx, THIS_BOT);
	struct draft *draft = ctx_draft(ctx);
	struct file *file = file_made(ctx, "gbans.csv");
	struct fact next = { 0 };
	struct buffer rows = { 0 };

	if (fact_count(ctx, THIS_BOT, BAN) == 0)
		return ctx_reply(ctx, _("Nobody is on the operators' list."));
	buffer_append_text(&rows, "user_id,reason\n");
	while (fact_each(ctx, THIS_BOT, BAN, &next)) {
		buffer_printf(&rows, "%lld,", (long long)next.person);
		reason_add_csv(&rows, reasons_find(reasons, next.number));
		buffer_append_text(&rows, "\n");
	}
	file_add_bytes(file, buffer_unread(&rows), buffer_unread_size(&rows));
	buffer_finish(&rows);
	draft_to(draft, cmd->from->id, 0);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "%s", _("The operators' list"));
	return draft_reply(draft);
}

static const struct route routes[] = {
	MESSAGE(check, .group = true, .first = 3),
	EDITED(check, .group = true, .first = 3),
	MEMBER(keep_out, .group = true, .first = 3),
	JOIN_REQUEST(turn_away, .first = 3),
	COMMAND("gban", ban, .operators = true, .arguments = whom_and_why,
		.help = N_("ban somebody in all groups that follow the operators' list")),
	COMMAND("ungban", unban, .operators = true, .arguments = whom,
		.help = N_("take that back")),
	BUTTON("ungban:%lld", unban_by_button, .operators = true),
	JOB("gban:%lld:%d", next_groups),
	COMMAND("gbanlist", list, .operators = true, .help = N_("get the operators' list of bans")),
	END_OF_ROUTES,
};

const struct module gbans_module = {
	.name = "gbans",
	.title = N_("Operators' bans"),
	.icon = "🚷",
	.about = N_(
		"A group that follows the list of whoever runs this bot bans who is on it. Whom "
		"its administrators unban, add or approve stays all the same."),
	.options = options,
	.routes = routes,
	.facts = FACTS(FACT(BAN, N_("bans by the bot's operators"), .outlives_erasure = true,
			    .listed = true),
		       FACT(LET_IN, N_("exceptions from a list of bans"))),
};
