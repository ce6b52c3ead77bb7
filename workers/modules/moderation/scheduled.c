/* scheduled.c - what is said again and again, or every day: /repeat, /daily, /scheduled,
 * /unschedule. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

#define PREFIX "said/"
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

static const struct field every_day[] = {
	TIME_FIELD(struct schedule_values, time, N_("when")),
	KEPT_FIELD(struct schedule_values, text, N_("text")),
	END_OF_FIELDS(struct schedule_values),
};

static const struct field by_number[] = {
	INTEGER_FIELD(struct schedule_values, number, N_("number"), .minimum = 1, .maximum = MOST),
	END_OF_FIELDS(struct schedule_values),
};

static const char *key_of(struct ctx *ctx, int64_t number)
{
	return ctx_printf(ctx, PREFIX "%02lld", (long long)number);
}

/* Under the lowest free number; 0: there is none, or a failure. */
static int64_t keep(struct ctx *ctx, const char *text)
{
	for (int64_t number = 1; number <= MOST; number++)
		if (!store_find(ctx, THIS_CHAT, key_of(ctx, number)))
			return store_set(ctx, THIS_CHAT, key_of(ctx, number), text) ? number : 0;
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

static enum verdict repeat(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;
	int64_t number = keep(ctx, values->text);

	if (number)
		ctx_every(ctx, values->seconds, "sayit:%d", (int)number);
	return tell(ctx, number);
}

static enum verdict daily(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;
	int64_t number = keep(ctx, values->text);

	if (number)
		ctx_daily(ctx, values->time, "sayit:%d", (int)number);
	return tell(ctx, number);
}

static enum verdict say(struct ctx *ctx, const struct work *work)
{
	const char *text = store_find(ctx, THIS_CHAT, key_of(ctx, slug_integer(ctx, 0)));
	struct draft *draft;

	(void)work;
	if (!text)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	draft = ctx_draft(ctx);
	draft_kept(draft, text, NULL);
	/* The former one goes, so that a group is not full of them. */
	draft_name(draft, 47 * 3600, "said:%d", (int)slug_integer(ctx, 0));
	return draft_reply(draft);
}

static enum verdict end(struct ctx *ctx, const struct command *cmd)
{
	const struct schedule_values *values = cmd->values;
	const char *key = key_of(ctx, values->number);

	if (!store_find(ctx, THIS_CHAT, key))
		return ctx_reply(ctx, _("Nothing has that number. /scheduled lists them."));
	ctx_cancel(ctx, "sayit:%d", (int)values->number);
	if (!store_set(ctx, THIS_CHAT, key, NULL))
		return FAIL;
	return ctx_reply(ctx, _("I say it no more."));
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *text;
	bool any = false;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("What I say by myself"));
	for (; store_each(ctx, THIS_CHAT, PREFIX, &key, &text); any = true) {
		draft_add(draft, "\n\n<b>%ld.</b> ", strtol(key + strlen(PREFIX), NULL, 10));
		draft_kept(draft, text, NULL);
	}
	return any ? draft_reply(draft) : ctx_reply(ctx, _("I say nothing by myself here."));
}

#define WRITERS .group = true, .admin = RIGHT_CHANGE_INFO

static const struct route routes[] = {
	COMMAND("repeat", repeat, WRITERS, .arguments = again_and_again,
		.help = N_("say something again and again")),
	COMMAND("daily", daily, WRITERS, .arguments = every_day,
		.help = N_("say something every day at a time")),
	COMMAND("scheduled", list, WRITERS, .help = N_("list what I say by myself")),
	COMMAND("unschedule", end, WRITERS, .arguments = by_number, .rare = true,
		.help = N_("say something no longer")),
	WORK("sayit:%d", say),
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
