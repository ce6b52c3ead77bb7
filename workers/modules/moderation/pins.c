/* pins.c - /pin, /unpin, /unpinall and /pinned; and posts of the group's channel, which Telegram
 * pins by itself. */
#include "workers/module.h"
#include "workers/modules/moderation/words.h"

struct pin_options {
	bool channel;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct pin_options, channel, N_("posts of the group's channel stay pinned"),
		      .preset = "on"),
	END_OF_FIELDS(struct pin_options),
};

struct pin_values {
	const char *how;
};

static const char *const hows[] = { "silent", "loud", NULL };
static const char *const how_labels[] = { N_("silent"), N_("loud"), NULL };

static const struct field pin_arguments[] = {
	CHOICE_FIELD(struct pin_values, how, N_("silent or loud"), .choices = hows,
		     .labels = how_labels, .preset = "silent", .optional = true),
	END_OF_FIELDS(struct pin_values),
};

static const struct message *find_replied(struct ctx *ctx)
{
	return ctx_find_message(ctx)->reply;
}

static enum verdict pin(struct ctx *ctx, const struct command *cmd)
{
	const struct pin_values *values = cmd->values;
	const struct message *replied = find_replied(ctx);
	const struct answer *answer;
	struct draft *draft;

	if (!replied)
		return ctx_reply(ctx, _("Reply to the message that is to be pinned."));
	answer = ctx_callf(ctx, "pinChatMessage", "{message_id: %lld, disable_notification: %d}",
			   (long long)replied->id, values->how[0] == 's');
	if (!answer_ok(answer))
		return ctx_reply(ctx, "%s", explain_refusal(ctx, answer));
	log_done(ctx, LOG_OTHER, _("Pinned"), replied->id);
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", _("It is pinned."));
	draft_button(draft, _("Unpin"), "unpin:%lld", (long long)replied->id);
	return draft_reply(draft);
}

/* Without a reply the one that was pinned last. */
static const struct answer *unpin_message(struct ctx *ctx, int64_t message_id)
{
	if (!message_id)
		return ctx_callf(ctx, "unpinChatMessage", "{}");
	return ctx_callf(ctx, "unpinChatMessage", "{message_id: %lld}", (long long)message_id);
}

static enum verdict unpin(struct ctx *ctx, const struct command *cmd)
{
	const struct message *replied = find_replied(ctx);
	const struct answer *answer = unpin_message(ctx, replied ? replied->id : 0);

	(void)cmd;
	if (!answer_ok(answer))
		return ctx_reply(ctx, "%s", explain_refusal(ctx, answer));
	log_done(ctx, LOG_OTHER, _("Unpinned"), replied ? replied->id : 0);
	return ctx_reply(ctx, "%s", _("It is no longer pinned."));
}

static enum verdict unpin_this(struct ctx *ctx, const struct button *button)
{
	const struct answer *answer = unpin_message(ctx, slug_integer(ctx, 0));
	struct draft *draft = ctx_draft(ctx);

	if (!answer_ok(answer))
		return ctx_alert(ctx, "%s", explain_refusal(ctx, answer));
	log_done(ctx, LOG_OTHER, _("Unpinned"), slug_integer(ctx, 0));
	draft_add(draft, "%s", _("It is no longer pinned."));
	return draft_edit(draft, button);
}

/* In a forum those of the topic. */
static enum verdict ask_to_unpin_all(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "%s",
		  ctx_topic(ctx) ? _("Shall nothing be pinned in this topic any more?")
				 : _("Shall nothing be pinned in this group any more?"));
	draft_button(draft, _("Unpin all"), "unpinall:%lld", (long long)ctx_topic(ctx));
	return draft_reply(draft);
}

static enum verdict unpin_all(struct ctx *ctx, const struct button *button)
{
	long long topic = slug_integer(ctx, 0);
	const struct answer *answer = topic ? ctx_callf(ctx, "unpinAllForumTopicMessages",
							"{message_thread_id: %lld}", topic)
					    : ctx_callf(ctx, "unpinAllChatMessages", "{}");
	struct draft *draft = ctx_draft(ctx);

	if (!answer_ok(answer))
		return ctx_alert(ctx, "%s", explain_refusal(ctx, answer));
	log_done(ctx, LOG_OTHER, _("Nothing is pinned any more."), 0);
	draft_add(draft, "%s", _("Nothing is pinned any more."));
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

static enum verdict show_pinned(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *about = ctx_callf(ctx, "getChat", "{}");
	int64_t id = answer_integer(about, "pinned_message.message_id");
	struct draft *draft = ctx_draft(ctx);

	if (!answer_ok(about))
		return ctx_reply(ctx, "%s", explain_refusal(ctx, about));
	if (!id)
		return ctx_reply(ctx, _("Nothing is pinned here."));
	draft_add(draft, "%s", _("This was pinned last."));
	if (cmd->chat->type == CHAT_SUPERGROUP)
		draft_link(draft, _("Show it"), ctx_message_url(ctx, id));
	else
		draft_answers(draft, id);
	return draft_reply(draft);
}

/* Telegram pins each post of the channel that it brings into the group. */
static enum verdict leave_unpinned(struct ctx *ctx, const struct message *message)
{
	if (message->automatic && !((const struct pin_options *)ctx_options(ctx))->channel)
		ctx_queuef(ctx, "unpinChatMessage", "{message_id: %lld}", (long long)message->id);
	return PASS;
}

#define PINNERS .group = true, .admin = RIGHT_PIN_MESSAGES, .bot = RIGHT_PIN_MESSAGES

static const struct route routes[] = {
	COMMAND("pin", pin, PINNERS, .here = true, .arguments = pin_arguments,
		.help = N_("pin the message that you reply to")),
	COMMAND("unpin", unpin, PINNERS, .here = true,
		.help = N_("unpin the message that you reply to, or the last one")),
	BUTTON("unpin:%lld", unpin_this, PINNERS),
	COMMAND("unpinall", ask_to_unpin_all, PINNERS, .help = N_("unpin everything")),
	BUTTON("unpinall:%lld", unpin_all, PINNERS),
	COMMAND("pinned", show_pinned, .group = true, .help = N_("show what was pinned last")),
	MESSAGE(leave_unpinned, .group = true),
	END_OF_ROUTES,
};

const struct module pins_module = {
	.name = "pins",
	.title = N_("Pins"),
	.icon = "📌",
	.options = options,
	.routes = routes,
};
