/* warnings.c - /warn and its like: warnings that end, and what happens to whoever has too many.
 * Other modules warn with ACTION_WARN. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define KIND "warning"
#define REASON_PREFIX "reason/"
#define REASONS_MAX 20
#define AT_ONCE_S 60 /* in which a second warning for the same message is the same */

struct warning_options {
	int64_t limit;
	struct action action;
	int64_t expiry;
};

static const struct field options[] = {
	INTEGER_FIELD(struct warning_options, limit, N_("warnings until something happens"),
		      .minimum = 1, .maximum = 20, .preset = "3", .admin = RIGHT_RESTRICT_MEMBERS),
	ACTION_FIELD(struct warning_options, action, N_("what happens then"), .preset = "ban",
		     .actions = 1u << ACTION_RESTRICT | 1u << ACTION_MUTE | 1u << ACTION_KICK |
				1u << ACTION_BAN,
		     .admin = RIGHT_RESTRICT_MEMBERS),
	DURATION_FIELD(struct warning_options, expiry, N_("how long a warning counts"),
		       .minimum = 3600, .maximum = INT64_C(365) * 86400, .preset = "30d",
		       .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_FIELDS(struct warning_options),
};

/* --- what a warning is ------------------------------------------------------------------------ */

static const char *count_words(struct ctx *ctx, const struct fact *warning)
{
	const struct warning_options *chosen = ctx_options(ctx);

	return ctx_printf(ctx, _("%lld of %lld"), (long long)warning->number,
			  (long long)chosen->limit);
}

/* Does what is due, and forgets the warnings that led to it. */
static void end_patience(struct ctx *ctx, struct target target, const char *reason,
			 const char **said)
{
	const struct warning_options *chosen = ctx_options(ctx);
	struct action action = chosen->action;
	const char *why;

	action.by_rule = true;
	why = ctx_act(ctx, action, target, ACT_NOW, reason);
	if (why)
		*said = ctx_printf(ctx, "%s. %s", *said, why);
	else
		fact_remove(ctx, THIS_CHAT, KIND, target.user->id);
}

static const char *add_warning(struct ctx *ctx, struct target target, const char *reason,
			       const char **said)
{
	const struct warning_options *chosen = ctx_options(ctx);
	struct fact warning;

	if (!target.user)
		return _("A channel cannot be warned. Ban it, or delete what it writes.");
	if (!fact_add_for(ctx, THIS_CHAT, KIND, target.user->id, 1, chosen->expiry, &warning))
		return _("I cannot note that right now. Please try again.");
	*said = count_words(ctx, &warning);
	if (warning.number >= chosen->limit)
		end_patience(ctx, target, reason, said);
	return NULL;
}

static const char *take_warning_back(struct ctx *ctx, struct target target, const char **said)
{
	const struct warning_options *chosen = ctx_options(ctx);
	struct fact warning = { 0 };

	if (!target.user || !fact_find(ctx, THIS_CHAT, KIND, target.user->id, NULL))
		return _("They have no warning.");
	if (!fact_add_for(ctx, THIS_CHAT, KIND, target.user->id, -1, chosen->expiry, &warning))
		return _("I cannot note that right now. Please try again.");
	*said = count_words(ctx, &warning);
	return NULL;
}

static const struct warnings warnings = { add_warning, take_warning_back };

/* --- by hand ---------------------------------------------------------------------------------- */

struct warn_values {
	struct target target;
	const char *reason;
};

static const struct field whom_and_why[] = {
	TARGET_FIELD(struct warn_values, target, N_("who")),
	TEXT_FIELD(struct warn_values, reason, N_("why, or the number of a reason"),
		   .optional = true),
	END_OF_FIELDS(struct warn_values),
};

static const struct field whom[] = {
	TARGET_FIELD(struct warn_values, target, N_("who")),
	END_OF_FIELDS(struct warn_values),
};

/* "2" is the second reason of the group's own list. */
static const char *reason_of(struct ctx *ctx, const char *words)
{
	char *rest;
	long number = strtol(words, &rest, 10);
	const char *reason;

	if (*rest || number < 1 || number > REASONS_MAX)
		return words;
	reason = store_find(ctx, THIS_CHAT, ctx_printf(ctx, REASON_PREFIX "%02ld", number));
	return reason ? reason : words;
}

/* Two administrators who see the same message warn once. */
static bool is_first(struct ctx *ctx)
{
	const struct message *replied = ctx_find_message(ctx)->reply;

	return !replied ||
	       brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "warned/%lld", (long long)replied->id),
			   AT_ONCE_S);
}

static enum verdict say_acts(struct ctx *ctx, const char *why)
{
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_acts(draft);
	return draft_reply(draft);
}

/* Where people can read why: the bot's own message, which stays when the command is deleted; 0:
 * nowhere. */
static void note_message(struct ctx *ctx, const struct user *who, int64_t message_id)
{
	struct fact warning;

	if (!who || ctx_find_message(ctx)->chat->id != ctx_find_chat(ctx)->id ||
	    !fact_find(ctx, THIS_CHAT, KIND, who->id, &warning))
		return;
	warning.message_id = ctx_message_url(ctx, message_id)[0] ? message_id : 0;
	fact_set(ctx, THIS_CHAT, KIND, &warning);
}

static enum verdict say_warning(struct ctx *ctx, const struct command *cmd, const char *why)
{
	const struct warn_values *values = cmd->values;
	struct draft *draft = ctx_draft(ctx);
	const struct answer *said;

	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_acts(draft);
	said = draft_call(draft);
	if (!said)
		return FAIL;
	if (answer_ok(said))
		note_message(ctx, values->target.user, answer_integer(said, "message_id"));
	return DONE;
}

static const char *warn_somebody(struct ctx *ctx, const struct command *cmd, bool deletes)
{
	const struct warn_values *values = cmd->values;
	const struct action action = { .kind = ACTION_WARN, .delete_message = deletes };

	if (!is_first(ctx))
		return _("Another administrator has just warned them for that.");
	return ctx_act(ctx, action, values->target, ACT_NOW, reason_of(ctx, values->reason));
}

static enum verdict warn(struct ctx *ctx, const struct command *cmd)
{
	return say_warning(ctx, cmd, warn_somebody(ctx, cmd, false));
}

/* That has to go at once, and so nothing is waited for: the command says why. */
static enum verdict warn_and_delete(struct ctx *ctx, const struct command *cmd)
{
	return say_acts(ctx, warn_somebody(ctx, cmd, true));
}

static enum verdict warn_silently(struct ctx *ctx, const struct command *cmd)
{
	const char *why = warn_somebody(ctx, cmd, false);
	struct draft *draft = ctx_draft(ctx);

	ctx_delete(ctx, cmd->message_id);
	if (!why) {
		note_message(ctx, ((const struct warn_values *)cmd->values)->target.user, 0);
		return DONE;
	}
	draft_add(draft, "%s", why);
	draft_flags(draft, DRAFT_ONLY_FOR_THEM);
	return draft_reply(draft);
}

static enum verdict unwarn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;

	return say_acts(ctx, ctx_undo(ctx, (struct action) { .kind = ACTION_WARN }, values->target,
				      ACT_NOW));
}

static enum verdict reset(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;

	if (!values->target.user || !fact_remove(ctx, THIS_CHAT, KIND, values->target.user->id))
		return ctx_reply(ctx, _("They have no warning."));
	log_person(ctx, LOG_ACTIONS, _("All warnings taken back"), values->target.user);
	return ctx_reply(ctx, _("All their warnings are taken back."));
}

/* --- what there is ---------------------------------------------------------------------------- */

struct whose_values {
	const struct user *who;
};

static const struct field maybe_whose[] = {
	USER_FIELD(struct whose_values, who, N_("who"), .optional = true),
	END_OF_FIELDS(struct whose_values),
};

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	const struct whose_values *values = cmd->values;
	const struct user *who = values && values->who ? values->who : cmd->from;
	struct draft *draft = ctx_draft(ctx);
	struct fact warning;

	if (!fact_find(ctx, THIS_CHAT, KIND, who->id, &warning))
		return ctx_reply(ctx, who->id == cmd->from->id ? _("You have no warning.")
							       : _("They have no warning."));
	add_person(ctx, draft, who);
	draft_add(draft, ": %s", count_words(ctx, &warning));
	if (warning.until_s)
		draft_add(draft, "\n<b>%s</b> <tg-time unix=\"%lld\" format=\"D\">%lld</tg-time>",
			  _("Until:"), (long long)warning.until_s, (long long)warning.until_s);
	if (warning.message_id && cmd->chat->type == CHAT_SUPERGROUP)
		draft_link(draft, _("Why"), ctx_message_url(ctx, warning.message_id));
	return draft_reply(draft);
}

static enum verdict ask_to_reset_all(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "%s", _("Shall I take all warnings of everybody in this group back?"));
	draft_button(draft, _("Take all back"), "unwarnall");
	return draft_reply(draft);
}

static enum verdict reset_all(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };
	uint64_t count = 0;

	while (fact_each(ctx, THIS_CHAT, KIND, &next))
		count += fact_remove(ctx, THIS_CHAT, KIND, next.person);
	draft_add(draft,
		  ctx_plural(ctx, "The warnings of one person are taken back.",
			     "The warnings of %llu people are taken back.", count),
		  (unsigned long long)count);
	add_doer(ctx, draft, button->from);
	log_done(ctx, LOG_ACTIONS, _("All warnings of everybody taken back"), 0);
	return draft_edit(draft, button);
}

/* --- reasons ---------------------------------------------------------------------------------- */

static enum verdict list_reasons(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *reason;
	bool any = false;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Reasons"));
	for (; store_each(ctx, THIS_CHAT, REASON_PREFIX, &key, &reason); any = true)
		draft_add(draft, "\n%ld. %s", strtol(key + strlen(REASON_PREFIX), NULL, 10),
			  reason);
	if (!any)
		return ctx_reply(ctx, _("This group has no list of reasons. "
					"/addwarnreason adds the first."));
	return draft_reply(draft);
}

struct reason_values {
	int64_t number;
	const char *reason;
};

static const struct field new_reason[] = {
	TEXT_FIELD(struct reason_values, reason, N_("reason")),
	END_OF_FIELDS(struct reason_values),
};

static const struct field reason_number[] = {
	INTEGER_FIELD(struct reason_values, number, N_("number"), .minimum = 1,
		      .maximum = REASONS_MAX),
	END_OF_FIELDS(struct reason_values),
};

/* Under the lowest free number. */
static enum verdict add_reason(struct ctx *ctx, const struct command *cmd)
{
	const struct reason_values *values = cmd->values;

	if (strlen(values->reason) > 400)
		return ctx_reply(ctx, _("That is too long for a reason."));
	for (int number = 1; number <= REASONS_MAX; number++) {
		const char *key = ctx_printf(ctx, REASON_PREFIX "%02d", number);

		if (store_find(ctx, THIS_CHAT, key))
			continue;
		if (!store_set(ctx, THIS_CHAT, key, values->reason))
			return FAIL;
		return ctx_reply(ctx, _("<code>/warn %d</code> means this reason."), number);
	}
	return ctx_reply(ctx, _("A group has at most %d reasons."), REASONS_MAX);
}

static enum verdict remove_reason(struct ctx *ctx, const struct command *cmd)
{
	const struct reason_values *values = cmd->values;
	const char *key = ctx_printf(ctx, REASON_PREFIX "%02lld", (long long)values->number);

	if (!store_find(ctx, THIS_CHAT, key))
		return ctx_reply(ctx, _("There is no reason of that number."));
	if (!store_set(ctx, THIS_CHAT, key, NULL))
		return FAIL;
	return ctx_reply(ctx, _("The reason is gone."));
}

#define WARNERS .group = true, .admin = RIGHT_RESTRICT_MEMBERS

static const struct route routes[] = {
	COMMAND("warn", warn, WARNERS, .arguments = whom_and_why, .help = N_("warn somebody")),
	COMMAND("dwarn", warn_and_delete, WARNERS, .arguments = whom_and_why),
	COMMAND("swarn", warn_silently, WARNERS, .arguments = whom_and_why),
	COMMAND("unwarn rmwarn", unwarn, WARNERS, .arguments = whom,
		.help = N_("take somebody's last warning back")),
	COMMAND("resetwarns", reset, WARNERS, .arguments = whom,
		.help = N_("take all of somebody's warnings back")),
	COMMAND("resetallwarns", ask_to_reset_all, .group = true, .admin = RIGHT_OWNER,
		.rare = true, .help = N_("take everybody's warnings back")),
	BUTTON("unwarnall", reset_all, .admin = RIGHT_OWNER),
	COMMAND("warns warnings", show, .group = true, .admin = RIGHT_ADMIN,
		.arguments = maybe_whose, .help = N_("how many warnings somebody has, and why")),
	COMMAND("warns warnings", show, .group = true,
		.help = N_("how many warnings you have, and why")),
	COMMAND("warnreasons", list_reasons, .group = true,
		.help = N_("the reasons for which one is warned here")),
	COMMAND("addwarnreason", add_reason, WARNERS, .arguments = new_reason, .rare = true,
		.help = N_("add a reason")),
	COMMAND("delwarnreason", remove_reason, WARNERS, .arguments = reason_number, .rare = true,
		.help = N_("remove a reason")),
	END_OF_ROUTES,
};

/* Erasure leaves warnings: else it would be the way out of them. */
const struct module warnings_module = {
	.name = "warnings",
	.title = N_("Warnings"),
	.icon = "⚠️",
	.about = N_("Reply to somebody. /dwarn deletes the message as well, /swarn says nothing. "
		    "/warn 2 gives the second of "
		    "the group's own reasons."),
	.options = options,
	.routes = routes,
	.warnings = &warnings,
	.facts = FACTS(FACT(KIND, N_("warnings"), .keep_s = INT64_C(365) * 86400,
			    .outlives_erasure = true, .listed = true)),
};
