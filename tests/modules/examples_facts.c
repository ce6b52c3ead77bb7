/* examples_facts.c - facts about people: of a group, the bot and a list, with and without an end,
 * each in a handler that would be wrong if it did something twice. */
#include "workers/module.h"

#define EVERYWHERE ((struct holder) { .scope = OF_LIST, .id = 5 })

struct who_values {
	const struct user *who;
	int64_t number, seconds;
};

static const struct field who_arguments[] = {
	USER_FIELD(struct who_values, who, "who"),
	END_OF_FIELDS(struct who_values),
};

static const struct field points_arguments[] = {
	USER_FIELD(struct who_values, who, "who"),
	INTEGER_FIELD(struct who_values, number, "points"),
	END_OF_FIELDS(struct who_values),
};

static const struct field out_arguments[] = {
	USER_FIELD(struct who_values, who, "who"),
	DURATION_FIELD(struct who_values, seconds, "how long", .optional = true),
	END_OF_FIELDS(struct who_values),
};

/* Twice in one handler, and what it finds in between. */
static enum verdict give(struct ctx *ctx, const struct command *cmd)
{
	const struct who_values *values = cmd->values;
	struct fact before = { 0 }, once, twice;

	fact_find(ctx, THIS_CHAT, "points", values->who->id, &before);
	if (!fact_add(ctx, THIS_CHAT, "points", values->who->id, values->number, &once) ||
	    !fact_add(ctx, THIS_CHAT, "points", values->who->id, 1, &twice))
		return FAIL;
	return ctx_reply(ctx, "%lld, %lld, %lld by message %lld", (long long)before.number,
			 (long long)once.number, (long long)twice.number,
			 (long long)twice.message_id);
}

static enum verdict points(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };

	(void)cmd;
	draft_add(draft, "Points:");
	while (fact_each(ctx, THIS_CHAT, "points", &next))
		draft_add(draft, " %lld has %lld", (long long)next.person, (long long)next.number);
	return draft_reply(draft);
}

/* Goes over all of them while it takes them. */
static enum verdict clear(struct ctx *ctx, const struct command *cmd)
{
	struct fact next = { 0 };
	int cleared = 0;

	(void)cmd;
	while (fact_each(ctx, THIS_CHAT, "points", &next))
		cleared += fact_remove(ctx, THIS_CHAT, "points", next.person);
	return ctx_reply(ctx, "%d are cleared.", cleared);
}

/* In all groups; for good, or for a while. */
static enum verdict out(struct ctx *ctx, const struct command *cmd)
{
	const struct who_values *values = cmd->values;
	const struct fact fact = { .person = values->who->id,
				   .number = 3,
				   .until_s = values->seconds ? ctx_now(ctx) + values->seconds : 0,
				   .message_id = cmd->message_id };

	if (!fact_set(ctx, EVERYWHERE, "out", &fact) || !fact_set(ctx, THIS_BOT, "noted", &fact))
		return FAIL;
	return ctx_reply(ctx, "Out.");
}

static enum verdict in(struct ctx *ctx, const struct command *cmd)
{
	const struct who_values *values = cmd->values;
	bool was_out = fact_remove(ctx, EVERYWHERE, "out", values->who->id);

	return ctx_reply(ctx, "%s", was_out ? "In again." : "Nobody is out.");
}

/* At every message: costs nothing for somebody who has no fact. */
static enum verdict watch(struct ctx *ctx, const struct text_message *message)
{
	struct fact fact;

	if (!fact_find(ctx, EVERYWHERE, "out", message->from->id, &fact))
		return PASS;
	return ctx_reply(ctx, "You are out, for reason %lld.", (long long)fact.number);
}

const struct module facts_example = {
	.name = "facts",
	.routes =
		(const struct route[]) {
			COMMAND("give", give, .arguments = points_arguments),
			COMMAND("points", points),
			COMMAND("clear", clear),
			COMMAND("out", out, .arguments = out_arguments),
			COMMAND("in", in, .arguments = who_arguments),
			TEXT(watch),
			END_OF_ROUTES,
		},
	.facts = FACTS(FACT("points", "points", .keep_s = 7 * 86400, .listed = true),
		       FACT("out", "out of all groups", .outlives_erasure = true),
		       FACT("noted", "noted", .keep_s = 3600)),
};
