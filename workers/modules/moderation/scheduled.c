/* scheduled.c - what is said once, again and again, or every day: /once, /repeat, /daily,
 * /scheduled, /unschedule. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

#define PREFIX "said/"
#define WHEN "when/" /* "o" and a time (UTC), "r" and seconds, or "d" and a minute of the day */
#define MOST 20

struct schedule_values {
	int64_t seconds, time, number;
	const char *text;
};

static const struct field again_and_again[] = {
	DURATION_FIELD(struct schedule_values, seconds, N_("how often"), .minimum = 300,
		       .maximum = INT64_C(365) * 86400),
	KEPT_FIELD(struct schedule_values, text, N_("text")),
	END_OF_FIELDS(struct schedule_values),
};

static const struct field once[] = {
	DURATION_FIELD(struct schedule_values, seconds, N_("in how long"), .minimum = 60,
		       .maximum = INT64_C(365) * 86400),
	KEPT_FIELD(struct schedule_values, text, N_("text")),
	END_OF_FIELDS(struct schedule_values),
};

static const struct field every_day[] = {
	TIME_FIELD(struct schedule_values, time, N_("when")),
	KEPT_FIELD(struct schedule_values, text, N_("text")),
	END_OF_FIELDS(struct schedule_values),
};

static const struct field by_number[] = {
	INTEGER_FIELD(struct schedule_values, number, N_("number"), .minimum = 1, .maximum = MOST),
	END_OF_FIELDS(struct schedule_values),
};

static const char *key_of(struct ctx *ctx, const char *prefix, int64_t number)
{
	return ctx_printf(ctx, "%s%02lld", prefix, (long long)number);
}

static const char *find_text(struct ctx *ctx, int64_t number)
{
	return store_find(ctx, THIS_CHAT, key_of(ctx, PREFIX, number));
}

static bool set(struct ctx *ctx, int64_t number, const char *text, const char *when)
{
	return store_set(ctx, THIS_CHAT, key_of(ctx, PREFIX, number), text) &&
	       store_set(ctx, THIS_CHAT, key_of(ctx, WHEN, number), when);
}

/* Under the lowest free number; 0: there is none, or a failure. */
static int64_t keep(struct ctx *ctx, const char *text, char kind, int64_t time)
{
	const char *when = ctx_printf(ctx, "%c%lld", kind, (long long)time);

	for (int64_t number = 1; number <= MOST; number++)
		if (!find_text(ctx, number))
			return set(ctx, number, text, when) ? number : 0;
	return 0;
}

/* `number` 0: there was no room. */
static enum verdict tell(struct ctx *ctx, int64_t number)
{
	if (ctx_has_failed(ctx))
		return FAIL;
	if (!number)
		return ctx_reply(ctx, _("At most %d texts can be said by themselves."), MOST);
	return ctx_reply(ctx, _("I will say that. <code>/unschedule %lld</code> ends it."),
			 (long long)number);
}

static enum verdict say_once(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;
	int64_t number = keep(ctx, values->text, 'o', ctx_now(ctx) + values->seconds);

	if (number)
		ctx_laterf(ctx, values->seconds, "sayonce:%d", (int)number);
	return tell(ctx, number);
}

static enum verdict repeat(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;
	int64_t number = keep(ctx, values->text, 'r', values->seconds);

	if (number)
		ctx_every(ctx, values->seconds, "sayit:%d", (int)number);
	return tell(ctx, number);
}

static enum verdict daily(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;
	int64_t number = keep(ctx, values->text, 'd', values->time);

	if (number)
		ctx_daily(ctx, values->time, "sayit:%d", (int)number);
	return tell(ctx, number);
}

static enum verdict say(struct ctx *ctx, const struct work *work)
{
	const char *text = find_text(ctx, slug_integer(ctx, 0));
	struct draft *draft;

	(void)work;
	if (!text)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	draft = ctx_draft(ctx);
	draft_answers(draft, 0);
	draft_kept(draft, text, NULL);
	/* The former one goes, so that a group is not full of them. */
	draft_name(draft, 47 * 3600, "said:%d", (int)slug_integer(ctx, 0));
	return draft_reply(draft);
}

static enum verdict say_last(struct ctx *ctx, const struct work *work)
{
	int64_t number = slug_integer(ctx, 0);
	const char *text = find_text(ctx, number);
	struct draft *draft;

	(void)work;
	if (!text)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	draft = ctx_draft(ctx);
	draft_answers(draft, 0);
	draft_kept(draft, text, NULL);
	if (draft_reply(draft) != DONE)
		return FAIL;
	return set(ctx, number, NULL, NULL) ? DONE : FAIL;
}

/* --- what there is ---------------------------------------------------------------------------- */

/* False after a failure. */
static bool take_away(struct ctx *ctx, int64_t number)
{
	ctx_cancel(ctx, "sayit:%d", (int)number);
	ctx_cancel(ctx, "sayonce:%d", (int)number);
	return set(ctx, number, NULL, NULL);
}

static enum verdict end(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;

	if (!find_text(ctx, values->number))
		return ctx_reply(ctx, _("Nothing has that number. /scheduled lists them."));
	return take_away(ctx, values->number) ? ctx_reply(ctx, _("I say it no more.")) : FAIL;
}

static void add_when(struct ctx *ctx, struct draft *draft, int64_t number)
{
	const char *when = store_find(ctx, THIS_CHAT, key_of(ctx, WHEN, number));
	long long time = when && when[0] ? strtoll(when + 1, NULL, 10) : 0;

	if (!when)
		return;
	if (when[0] == 'd')
		draft_add(draft, _("every day at %02d:%02d"), (int)(time / 60), (int)(time % 60));
	else if (when[0] == 'r' && time % 3600 == 0)
		draft_add(draft,
			  ctx_plural(ctx, "every hour", "every %llu hours", (uint64_t)time / 3600),
			  (unsigned long long)time / 3600);
	else if (when[0] == 'r')
		draft_add(
			draft,
			ctx_plural(ctx, "every minute", "every %llu minutes", (uint64_t)time / 60),
			(unsigned long long)time / 60);
	else
		draft_add(draft, _("once, <tg-time unix=\"%lld\" format=\"wDT\">%s</tg-time>"),
			  time, _("later"));
}

/* Texts may have files, and are long: each is shown when somebody asks. */
static bool add_list(struct ctx *ctx, struct draft *draft)
{
	const char *key = NULL, *text;
	bool any = false;

	draft_add(draft, "<b>%s</b>", _("What I say by myself"));
	for (; store_each(ctx, THIS_CHAT, PREFIX, &key, &text); any = true) {
		int64_t number = strtoll(key + strlen(PREFIX), NULL, 10);

		draft_add(draft, "\n<b>%lld.</b> ", (long long)number);
		add_when(ctx, draft, number);
		draft_row(draft);
		draft_button(draft, ctx_printf(ctx, "👁 %lld", (long long)number), "showsaid:%d",
			     (int)number);
		draft_button(draft, ctx_printf(ctx, "🗑 %lld", (long long)number), "endsaid:%d",
			     (int)number);
	}
	return any;
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	return add_list(ctx, draft) ? draft_reply(draft)
				    : ctx_reply(ctx, _("I say nothing by myself here."));
}

static enum verdict show(struct ctx *ctx, const struct button *button)
{
	const char *text = find_text(ctx, slug_integer(ctx, 0));
	struct draft *draft = ctx_draft(ctx);

	(void)button;
	if (!text)
		return ctx_toast(ctx, _("Nothing has that number any more."));
	draft_kept(draft, text, NULL);
	return draft_reply(draft);
}

static enum verdict end_by_button(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (!take_away(ctx, slug_integer(ctx, 0)))
		return FAIL;
	if (!add_list(ctx, draft)) {
		draft = ctx_draft(ctx);
		draft_add(draft, "%s", _("I say nothing by myself here."));
	}
	return draft_edit(draft, button);
}

#define WRITERS .group = true, .admin = RIGHT_CHANGE_INFO

static const struct route routes[] = {
	COMMAND("once schedule", say_once, WRITERS, .arguments = once,
		.help = N_("say something once, later")),
	COMMAND("repeat", repeat, WRITERS, .arguments = again_and_again,
		.help = N_("say something again and again")),
	COMMAND("daily", daily, WRITERS, .arguments = every_day,
		.help = N_("say something every day at a time")),
	COMMAND("scheduled", list, WRITERS, .help = N_("list what I say by myself")),
	COMMAND("unschedule", end, WRITERS, .arguments = by_number, .rare = true,
		.help = N_("say something no longer")),
	WORK("sayit:%d", say),
	WORK("sayonce:%d", say_last),
	BUTTON("showsaid:%d", show, .admin = RIGHT_CHANGE_INFO),
	BUTTON("endsaid:%d", end_by_button, .admin = RIGHT_CHANGE_INFO),
	END_OF_ROUTES,
};

const struct module scheduled_module = {
	.name = "scheduled",
	.title = N_("By itself"),
	.icon = "⏰",
	.about = N_("Times are by the clocks of the group's time zone, which /timezone sets. The "
		    "former message goes when the next comes."),
	.routes = routes,
};
