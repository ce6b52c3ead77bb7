/* reports.c - /report and "@admin": members call administrators. */
#include <string.h>
#include <strings.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define MOST 3 /* of one person in that time */
#define WINDOW_S 600

struct report_options {
	bool on;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct report_options, on, N_("members can call administrators"),
		      .preset = "on"),
	END_OF_FIELDS(struct report_options),
};

/* Mentions that nobody sees, and that notify. */
static void add_calls(struct ctx *ctx, struct draft *draft)
{
	const struct answer *admins = ctx_callf(ctx, "getChatAdministrators", "{}");

	for (size_t i = 0; answer_ok(admins) && i < answer_count(admins, ""); i++)
		if (!answer_boolean(admins, ctx_printf(ctx, "%zu.user.is_bot", i)) &&
		    !answer_boolean(admins, ctx_printf(ctx, "%zu.is_anonymous", i)))
			draft_add(draft, "<a href=\"tg://user?id=%lld\">\u2060</a>",
				  (long long)answer_integer(admins,
							    ctx_printf(ctx, "%zu.user.id", i)));
}

static void add_buttons(struct ctx *ctx, struct draft *draft, const struct message *about)
{
	struct target author = message_author(about);
	long long id = author.user ? (long long)author.user->id : (long long)author.channel->id;

	draft_button(draft, _("Delete"), "reportdelete:%lld", (long long)about->id);
	draft_button(draft, _("Mute for a day"), "reportact:%.1s:%lld", "m", id);
	draft_button(draft, _("Ban"), "reportact:%.1s:%lld", "b", id);
	draft_row(draft);
	draft_button(draft, _("Done"), "reportdone");
}

static enum verdict report(struct ctx *ctx, const struct user *by, const char *words)
{
	const struct report_options *chosen = ctx_options(ctx);
	const struct message *about = ctx_find_message(ctx)->reply;
	struct draft *log, *draft;

	if (!chosen->on)
		return PASS;
	if (!about)
		return ctx_reply(ctx, _("Reply to what administrators should see."));
	if (ctx_is_exempt(ctx, about))
		return ctx_reply(
			ctx, _("That was written by an administrator, or by somebody they trust."));
	if (ctx_count_recent(ctx, THIS_MEMBER, "report", WINDOW_S) > MOST)
		return ctx_reply(ctx, _("You have called them often enough for now."));
	log = ctx_find_log(ctx, LOG_REPORTS);
	if (log) {
		draft_add(log, "<b>%s</b> %.400s", _("Report:"), words);
		add_doer(ctx, log, by);
		if (ctx_message_url(ctx, about->id)[0])
			draft_link(log, _("Message"), ctx_message_url(ctx, about->id));
		draft_reply(log);
	}
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", _("Administrators are called."));
	add_calls(ctx, draft);
	add_buttons(ctx, draft, about);
	draft_answers(draft, about->id);
	return draft_reply(draft);
}

static enum verdict report_by_command(struct ctx *ctx, const struct command *cmd)
{
	return report(ctx, cmd->from, cmd->args);
}

/* "@admin" or "@admins", at the beginning of what is written. */
static enum verdict report_by_name(struct ctx *ctx, const struct text_message *message)
{
	static const char *const names[] = { "@admins", "@admin" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (strncasecmp(message->text, names[i], length) == 0 &&
		    (!message->text[length] || message->text[length] == ' ') &&
		    ctx_find_message(ctx)->reply)
			return report(ctx, message->from, message->text + length);
	}
	return PASS;
}

/* What was done, and by whom, in the place of the call. */
static enum verdict tell(struct ctx *ctx, const struct button *button, const char *done)
{
	struct draft *draft = ctx_draft(ctx);

	if (done)
		draft_add(draft, "%s", done);
	else
		draft_acts(draft);
	add_doer(ctx, draft, button->from);
	return draft_edit(draft, button);
}

static enum verdict delete_it(struct ctx *ctx, const struct button *button)
{
	ctx_delete(ctx, slug_integer(ctx, 0));
	return tell(ctx, button, _("The message is deleted."));
}

static enum verdict act_on_it(struct ctx *ctx, const struct button *button)
{
	bool mutes = slug_text(ctx, 0)[0] == 'm';
	const struct action action = { .kind = mutes ? ACTION_MUTE : ACTION_BAN,
				       .seconds = mutes ? 86400 : 0 };
	const char *why = ctx_act(ctx, action, target_of(ctx, slug_integer(ctx, 1)), ACT_NOW,
				  _("a report"));

	return why ? ctx_alert(ctx, "%s", why) : tell(ctx, button, NULL);
}

static enum verdict end(struct ctx *ctx, const struct button *button)
{
	return tell(ctx, button, _("An administrator has looked at it."));
}

static const struct route routes[] = {
	COMMAND("report", report_by_command, .group = true,
		.help = N_("call administrators to the message that you reply to")),
	TEXT(report_by_name, .group = true),
	BUTTON("reportdelete:%lld", delete_it, .admin = RIGHT_DELETE_MESSAGES),
	BUTTON("reportact:%.1s:%lld", act_on_it, .admin = RIGHT_RESTRICT_MEMBERS),
	BUTTON("reportdone", end, .admin = RIGHT_ADMIN),
	END_OF_ROUTES,
};

const struct module reports_module = {
	.name = "reports",
	.title = N_("Reports"),
	.icon = "📣",
	.options = options,
	.routes = routes,
};
