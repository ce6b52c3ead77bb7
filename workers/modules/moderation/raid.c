/* raid.c - many who join at once: for a while nobody gets in, by hand or by itself. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define UNTIL "until"
#define JOINS_WINDOW_S 60

struct raid_options {
	int64_t joins, seconds;
	struct action action;
	bool trial;
};

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS

static const struct field options[] = {
	INTEGER_FIELD(struct raid_options, joins, N_("joins in a minute that are a raid"),
		      .minimum = 3, .maximum = 1000, .preset = "off", .may_be_off = true,
		      FOR_ADMINS),
	DURATION_FIELD(struct raid_options, seconds, N_("how long nobody gets in then"),
		       .minimum = 60, .maximum = 7 * 86400, .preset = "1h", FOR_ADMINS),
	ACTION_FIELD(struct raid_options, action, N_("what happens to who joins then"),
		     .actions = 1u << ACTION_MUTE | 1u << ACTION_KICK | 1u << ACTION_BAN,
		     .preset = "ban 1h", FOR_ADMINS),
	BOOLEAN_FIELD(struct raid_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", FOR_ADMINS),
	END_OF_FIELDS(struct raid_options),
};

static int64_t until_s(struct ctx *ctx)
{
	const char *until = store_find(ctx, THIS_CHAT, UNTIL);

	return until ? strtoll(until, NULL, 10) : 0;
}

static bool is_on(struct ctx *ctx)
{
	return until_s(ctx) > ctx_now(ctx);
}

/* Administrators are told in the log channel too. */
static struct draft *draft_telling(struct ctx *ctx, const char *what)
{
	struct draft *log = ctx_find_log(ctx, LOG_MEMBERS), *draft = ctx_draft(ctx);

	if (log) {
		draft_add(log, "%s", what);
		draft_reply(log);
	}
	draft_add(draft, "%s", what);
	if (is_on(ctx))
		draft_button(draft, _("Let people in again"), "raidover");
	return draft;
}

static enum verdict tell(struct ctx *ctx, const char *what)
{
	return draft_reply(draft_telling(ctx, what));
}

static bool begin(struct ctx *ctx, int64_t seconds)
{
	if (!store_set(ctx, THIS_CHAT, UNTIL,
		       ctx_printf(ctx, "%lld", (long long)ctx_now(ctx) + (long long)seconds)))
		return false;
	return ctx_laterf(ctx, seconds, "raidends") == DONE;
}

static bool end(struct ctx *ctx)
{
	ctx_cancel(ctx, "raidends");
	return store_set(ctx, THIS_CHAT, UNTIL, NULL);
}

/* More are not counted. */
static bool are_too_many(int64_t joins, int64_t limit)
{
	return joins > limit || joins == COUNT_RECENT_MAX;
}

/* --- who joins -------------------------------------------------------------------------------- */

static enum verdict keep_out(struct ctx *ctx, const struct member_change *change, bool trial)
{
	const struct raid_options *chosen = ctx_options(ctx);
	struct action action = chosen->action;

	action.by_rule = true;
	action.dry_run = trial;
	ctx_act(ctx, action, (struct target) { .user = change->member }, ACT_QUEUED, _("raid"));
	return trial ? PASS : DONE;
}

/* Whom an administrator adds is no raid, nor who is approved. */
static bool is_watched(struct ctx *ctx, const struct member_change *change)
{
	return change->before == MEMBER_OUTSIDE &&
	       (change->after == MEMBER_PLAIN || change->after == MEMBER_RESTRICTED) &&
	       change->by->id == change->member->id && !change->member->is_bot &&
	       !ctx_is_exempt_user(ctx, change->member);
}

/* A raid begins with this one. */
static enum verdict beat_off(struct ctx *ctx, const struct member_change *change)
{
	const struct raid_options *chosen = ctx_options(ctx);
	struct draft *draft;

	if (chosen->trial)
		return keep_out(ctx, change, true);
	if (!begin(ctx, chosen->seconds))
		return FAIL;
	/* By its name it is said once, whatever is killed meanwhile. */
	draft = draft_telling(ctx, _("Many join at once. For now nobody gets in."));
	draft_name(draft, 3600, "raid");
	if (draft_reply(draft) != DONE)
		return FAIL;
	return keep_out(ctx, change, false);
}

static enum verdict watch(struct ctx *ctx, const struct member_change *change)
{
	const struct raid_options *chosen = ctx_options(ctx);
	bool on = is_on(ctx);

	if ((!on && !chosen->joins) || !is_watched(ctx, change))
		return PASS;
	if (on)
		return keep_out(ctx, change, false);
	return are_too_many(ctx_count_recent(ctx, THIS_CHAT, "joins", JOINS_WINDOW_S),
			    chosen->joins)
		       ? beat_off(ctx, change)
		       : PASS;
}

/* --- by hand ---------------------------------------------------------------------------------- */

struct raid_values {
	int64_t seconds;
};

static const struct field how_long[] = {
	DURATION_FIELD(struct raid_values, seconds, N_("how long, or off"), .optional = true,
		       .may_be_off = true, .minimum = 60, .maximum = 7 * 86400, .preset = "1h"),
	END_OF_FIELDS(struct raid_values),
};

static enum verdict switch_it(struct ctx *ctx, const struct command *cmd)
{
	const struct raid_values *values = cmd->values;

	if (!values->seconds)
		return end(ctx) ? tell(ctx, _("People get in again.")) : FAIL;
	return begin(ctx, values->seconds) ? tell(ctx, _("For now nobody gets in.")) : FAIL;
}

static enum verdict end_by_button(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (!end(ctx))
		return FAIL;
	draft_add(draft, "%s", _("People get in again."));
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

static enum verdict end_by_time(struct ctx *ctx, const struct work *work)
{
	(void)work;
	if (!until_s(ctx))
		return DONE;
	return end(ctx) ? tell(ctx, _("People get in again.")) : FAIL;
}

static const struct route routes[] = {
	MEMBER(watch, .group = true, .first = 2),
	COMMAND("antiraid raidmode", switch_it, .group = true, FOR_ADMINS,
		.bot = RIGHT_RESTRICT_MEMBERS, .arguments = how_long,
		.help = N_("let nobody in for a while")),
	BUTTON("raidover", end_by_button, FOR_ADMINS),
	WORK("raidends", end_by_time),
	END_OF_ROUTES,
};

const struct module raid_module = {
	.name = "raid",
	.title = N_("Raids"),
	.icon = "🚨",
	.about = N_("Example: ten joins in a minute, by /set raid.joins 10. Whom you add or "
		    "approve gets in even then; /antiraid begins and ends it by hand."),
	.options = options,
	.routes = routes,
};
