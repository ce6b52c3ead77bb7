/* topics.c - /newtopic, /renametopic, /closetopic, /reopentopic and /deletetopic in forums. */
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

struct topic_values {
	const char *name;
};

static const struct field name_argument[] = {
	TEXT_FIELD(struct topic_values, name, N_("name")),
	END_OF_FIELDS(struct topic_values),
};

static const char *explain(struct ctx *ctx, const struct answer *answer)
{
	if (answer_refused(answer) && strstr(answer_error(answer), "not a forum"))
		return _("This group has no topics. Its owner switches them on in the group's "
			 "settings.");
	return explain_refusal(ctx, answer);
}

/* Bot API, createForumTopic: 1 to 128 characters. What is longer Telegram refuses by itself. */
static enum verdict tell(struct ctx *ctx, const struct answer *answer, const char *done)
{
	if (!answer_ok(answer))
		return ctx_reply(ctx, "%s", explain(ctx, answer));
	log_done(ctx, LOG_OTHER, done, ctx_topic(ctx));
	return ctx_reply(ctx, "%s", done);
}

static enum verdict create(struct ctx *ctx, const struct command *cmd)
{
	const struct topic_values *values = cmd->values;
	const char *why = check_supergroup(ctx);
	struct draft *draft = ctx_draft(ctx);
	const struct answer *made;

	if (why)
		return ctx_reply(ctx, "%s", why);
	made = ctx_callf(ctx, "createForumTopic", "{name: %s}", values->name);
	if (!answer_ok(made))
		return tell(ctx, made, "");
	log_done(ctx, LOG_OTHER, ctx_printf(ctx, "%s: %s", _("New topic"), values->name),
		 answer_integer(made, "message_thread_id"));
	draft_to(draft, cmd->chat->id, answer_integer(made, "message_thread_id"));
	draft_add(draft, _("%s made this topic."), cmd->from->first_name);
	return draft_reply(draft);
}

static enum verdict rename_topic(struct ctx *ctx, const struct command *cmd)
{
	const struct topic_values *values = cmd->values;

	if (!ctx_topic(ctx))
		return tell(ctx,
			    ctx_callf(ctx, "editGeneralForumTopic", "{name: %s}", values->name),
			    _("The topic has a new name."));
	return tell(ctx,
		    ctx_callf(ctx, "editForumTopic", "{message_thread_id: %lld, name: %s}",
			      (long long)ctx_topic(ctx), values->name),
		    _("The topic has a new name."));
}

static enum verdict close_topic(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!ctx_topic(ctx))
		return tell(ctx, ctx_callf(ctx, "closeGeneralForumTopic", "{}"),
			    _("The topic is closed."));
	return tell(ctx,
		    ctx_callf(ctx, "closeForumTopic", "{message_thread_id: %lld}",
			      (long long)ctx_topic(ctx)),
		    _("The topic is closed."));
}

static enum verdict reopen_topic(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!ctx_topic(ctx))
		return tell(ctx, ctx_callf(ctx, "reopenGeneralForumTopic", "{}"),
			    _("The topic is open again."));
	return tell(ctx,
		    ctx_callf(ctx, "reopenForumTopic", "{message_thread_id: %lld}",
			      (long long)ctx_topic(ctx)),
		    _("The topic is open again."));
}

static enum verdict ask_to_delete(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!ctx_topic(ctx))
		return ctx_reply(ctx, _("Write that in the topic that is to go."));
	draft_add(draft, "%s",
		  _("Shall this topic go, with all its messages? Nothing brings them back."));
	draft_button(draft, _("Delete the topic"), "deletetopic:%lld", (long long)ctx_topic(ctx));
	return draft_reply(draft);
}

static enum verdict delete_topic(struct ctx *ctx, const struct button *button)
{
	const struct answer *answer = ctx_callf(ctx, "deleteForumTopic",
						"{message_thread_id: %lld}",
						(long long)slug_integer(ctx, 0));

	(void)button;
	if (!answer_ok(answer))
		return ctx_alert(ctx, "%s", explain(ctx, answer));
	log_done(ctx, LOG_OTHER, _("A topic is deleted."), 0);
	return DONE;
}

#define KEEPERS .group = true, .admin = RIGHT_MANAGE_TOPICS, .bot = RIGHT_MANAGE_TOPICS

static const struct route routes[] = {
	COMMAND("newtopic", create, KEEPERS, .arguments = name_argument,
		.help = N_("make a topic")),
	COMMAND("renametopic", rename_topic, KEEPERS, .here = true, .arguments = name_argument,
		.rare = true, .help = N_("give this topic another name")),
	COMMAND("closetopic", close_topic, KEEPERS, .here = true, .rare = true,
		.help = N_("let nobody write in this topic")),
	COMMAND("reopentopic", reopen_topic, KEEPERS, .here = true, .rare = true,
		.help = N_("open this topic again")),
	COMMAND("deletetopic", ask_to_delete, .group = true, .admin = RIGHT_DELETE_MESSAGES,
		.bot = RIGHT_DELETE_MESSAGES, .here = true, .rare = true,
		.help = N_("delete this topic")),
	BUTTON("deletetopic:%lld", delete_topic, .admin = RIGHT_DELETE_MESSAGES),
	END_OF_ROUTES,
};

const struct module topics_module = {
	.name = "topics",
	.title = N_("Topics"),
	.icon = "🗂",
	.routes = routes,
};
