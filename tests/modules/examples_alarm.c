/* examples_alarm.c - work that repeats, and that is replaced or cancelled. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

#define ONCE "alarmonce:%.32s"
#define EVERY "alarmevery:%.32s"
#define DAILY "alarmdaily:%.32s"

struct alarm_values {
	int64_t number;
	const char *name;
};

static const struct field alarm_arguments[] = {
	INTEGER_FIELD(struct alarm_values, number, "number"),
	TEXT_FIELD(struct alarm_values, name, "name"),
	END_OF_FIELDS(struct alarm_values),
};

static enum verdict once(struct ctx *ctx, const struct command *cmd)
{
	const struct alarm_values *values = cmd->values;

	return ctx_laterf(ctx, values->number, ONCE, values->name);
}

static enum verdict every(struct ctx *ctx, const struct command *cmd)
{
	const struct alarm_values *values = cmd->values;

	return ctx_every(ctx, values->number, EVERY, values->name);
}

static enum verdict daily(struct ctx *ctx, const struct command *cmd)
{
	const struct alarm_values *values = cmd->values;

	return ctx_daily(ctx, values->number, DAILY, values->name);
}

/* Puts off more than one piece of work, and has one of them replaced. */
static enum verdict both(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	ctx_laterf(ctx, 60, ONCE, "first");
	ctx_laterf(ctx, 120, ONCE, "second");
	return ctx_laterf(ctx, 30, ONCE, "first");
}

static enum verdict stop(struct ctx *ctx, const struct command *cmd)
{
	ctx_cancel(ctx, ONCE, cmd->args);
	ctx_cancel(ctx, EVERY, cmd->args);
	ctx_cancel(ctx, DAILY, cmd->args);
	return ctx_reply(ctx, "Quiet.");
}

static enum verdict put_off_and_fail(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	ctx_laterf(ctx, 1, ONCE, "never");
	return ctx_fail(ctx, "on purpose");
}

static enum verdict ring(struct ctx *ctx, const struct work *work)
{
	const char *name = slug_text(ctx, 0);

	if (strcmp(name, "broken") == 0)
		return ctx_fail(ctx, "this alarm is broken");
	if (strcmp(name, "last") == 0)
		ctx_cancel(ctx, EVERY, "last");
	return ctx_reply(ctx, "%s: ring! (for %s)", name,
			 work->from ? work->from->first_name : "nobody");
}

static const struct route routes[] = {
	COMMAND("ringonce", once, .arguments = alarm_arguments),
	COMMAND("ringevery", every, .arguments = alarm_arguments),
	COMMAND("ringdaily", daily, .arguments = alarm_arguments),
	COMMAND("ringboth", both),
	COMMAND("ringstop", stop),
	COMMAND("ringfailing", put_off_and_fail),
	WORK(ONCE, ring),
	WORK(EVERY, ring),
	WORK(DAILY, ring),
	END_OF_ROUTES,
};

const struct module alarm_example = { .name = "alarm", .routes = routes };
