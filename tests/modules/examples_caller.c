/* examples_caller.c - calls as literals: everything that a literal can hold. */
#include "workers/module.h"

struct ban_values {
	const struct user *who;
	int64_t seconds;
	bool forget;
};

static const struct field ban_arguments[] = {
	USER_FIELD(struct ban_values, who, "who"),
	DURATION_FIELD(struct ban_values, seconds, "how long", .optional = true),
	BOOLEAN_FIELD(struct ban_values, forget, "forget", .optional = true),
	END_OF_FIELDS(struct ban_values),
};

/* A number, a duration, and a number that the Bot API takes as a boolean. */
static enum verdict ban(struct ctx *ctx, const struct command *cmd)
{
	const struct ban_values *values = cmd->values;

	return ctx_queuef(ctx, "banChatMember",
			  "{user_id: %lld, until_date: %lld, revoke_messages: %d}",
			  (long long)values->who->id, (long long)values->seconds, values->forget);
}

/* An array of any length; a text that may be missing. */
static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	struct list *options = ctx_list(ctx, "sendPoll", "options");
	const char *hint = cmd->args[0] ? cmd->args : NULL;

	for (int i = 1; i <= 3; i++)
		list_addf(options, "{text: %s}", ctx_printf(ctx, "%d", i));
	return ctx_queuef(ctx, "sendPoll",
			  "{question: '100%% or \"less\"?', options: %s, is_anonymous: %d, "
			  "description: %s, close_date: 3600}",
			  list_json(options), 0, hint);
}

/* What somebody wrote is one string, whatever it looks like. */
static enum verdict tag(struct ctx *ctx, const struct command *cmd)
{
	return ctx_queuef(ctx, "setChatMemberTag", "{user_id: %lld, tag: %s}",
			  (long long)cmd->from->id, cmd->args);
}

/* Wrong at its first run, whoever wrote it. */
static enum verdict slip(struct ctx *ctx, const struct command *cmd)
{
	return ctx_queuef(ctx, "setChatMemberTag", "{user_id: %lld, tag: '%s'}",
			  (long long)cmd->from->id, cmd->args);
}

static const struct route routes[] = {
	COMMAND("ban", ban, .arguments = ban_arguments, .group = true),
	COMMAND("vote", ask),
	COMMAND("tag", tag, .group = true),
	COMMAND("slip", slip),
	END_OF_ROUTES,
};

extern const struct module caller_example;
const struct module caller_example = { .name = "caller", .routes = routes };
