/* examples_asker.c - asks Telegram, to show what a conversation can make it answer. */
#include "workers/module.h"

struct asker_values {
	const struct user *who;
};

static const struct field asker_arguments[] = {
	USER_FIELD(struct asker_values, who, "who"),
	END_OF_FIELDS(struct asker_values),
};

static enum verdict show(struct ctx *ctx, const char *what, const struct answer *answer)
{
	if (answer_ok(answer))
		return ctx_reply(ctx, "%s: %s", what, answer_json(ctx, answer, ""));
	return ctx_reply(ctx, answer_refused(answer) ? "%s: refused, %s" : "%s: failed, %s", what,
			 answer_error(answer));
}

/* The host asks the same of whoever says this, and of the bot. */
static enum verdict ask_status(struct ctx *ctx, const struct command *cmd)
{
	const struct asker_values *values = cmd->values;

	return show(ctx, "getChatMember",
		    ctx_callf(ctx, "getChatMember", "{user_id: %lld}", (long long)values->who->id));
}

static enum verdict send(struct ctx *ctx, const struct command *cmd)
{
	const struct asker_values *values = cmd->values;

	return show(ctx, "sendMessage",
		    ctx_callf(ctx, "sendMessage", "{chat_id: %lld, text: 'Psst.'}",
			      (long long)values->who->id));
}

static enum verdict ban_all(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	for (long long id = 1002; id <= 1004; id++)
		show(ctx, "banChatMember", ctx_callf(ctx, "banChatMember", "{user_id: %lld}", id));
	return DONE;
}

static const struct route asker_routes[] = {
	COMMAND("status", ask_status, .arguments = asker_arguments, .group = true,
		.admin = RIGHT_RESTRICT_MEMBERS, .bot = RIGHT_RESTRICT_MEMBERS),
	COMMAND("whisper", send, .arguments = asker_arguments),
	COMMAND("banall", ban_all),
	END_OF_ROUTES,
};

const struct module asker_example = { .name = "asker", .routes = asker_routes };
