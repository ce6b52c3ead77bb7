/* reports.c - /report and "@admin": members call administrators. Each of these is told as they
 * chose: in private, by a mention in the group, or not at all; and all see what one of them did. */
#include <string.h>
#include <strings.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define MOST 3 /* of one person in that time */
#define MOST_HERE 20
#define WINDOW_S 600
#define SHOWN_S (47 * 3600)
#define DEAF_S 3600
/* Of what was told, in each chat where it was: the group, and the message that it is about. */
#define NAME "report:%lld:%lld"
/* The group, the message and who wrote it: short names, or they are too long for a button. */
#define DELETE "rd:%lld:%d:%lld"
#define MUTE "rm:%lld:%d:%lld"
#define BAN "rb:%lld:%d:%lld"
#define END "rx:%lld:%d:%lld"

struct report_options {
	bool on;
	const char *own;
};

static const char *const hows[] = { "private", "mention", "off", NULL };
static const char *const how_labels[] = { N_("in private, or else by a mention"),
					  N_("by a mention in the group"), N_("not at all"), NULL };

static const struct field options[] = {
	BOOLEAN_FIELD(struct report_options, on, N_("members can call administrators"),
		      .preset = "on"),
	CHOICE_FIELD(struct report_options, own, N_("how you are told of reports in your groups"),
		     .choices = hows, .labels = how_labels, .preset = "private", .own = true),
	END_OF_FIELDS(struct report_options),
};

/* --- telling administrators ------------------------------------------------------------------- */

struct report {
	struct target by, author;
	const struct message *about;
	const char *words; /* "": none */
	long long group;
};

static void add_buttons(struct ctx *ctx, struct draft *draft, const struct report *report)
{
	int id = (int)report->about->id;
	long long author = target_id(report->author);

	draft_button(draft, _("Delete"), DELETE, report->group, id, author);
	draft_button(draft, _("Done"), END, report->group, id, author);
	draft_row(draft);
	if (report->author.user)
		draft_button(draft, _("Delete, mute for a day"), MUTE, report->group, id, author);
	draft_button(draft, _("Delete, ban"), BAN, report->group, id, author);
}

static void add_report(struct ctx *ctx, struct draft *draft, const struct report *report)
{
	draft_add(draft, _("<b>Report</b> in <b>%s</b>"), ctx_find_chat(ctx)->title);
	draft_add(draft, "\n<b>%s</b> ", _("By:"));
	add_target(ctx, draft, report->by);
	draft_add(draft, "\n<b>%s</b> ", _("About:"));
	add_target(ctx, draft, report->author);
	if (report->words[0])
		draft_add(draft, "\n<b>%s</b> %.400s", _("Reason:"), report->words);
	if (report->about->text[0])
		draft_add(draft, "\n<blockquote expandable>%.2000s</blockquote>",
			  report->about->text);
}

static bool is_deaf(struct ctx *ctx, int64_t admin_id)
{
	return brief_find(ctx, (struct holder) { .scope = OF_PERSON, .id = admin_id }, "deaf");
}

/* Telegram lets nothing through to who never wrote to the bot: that is tried once an hour. */
static bool tell_in_private(struct ctx *ctx, const struct report *report, int64_t admin_id)
{
	const char *url = ctx_message_url(ctx, report->about->id);
	const struct answer *answer;
	struct draft *draft;

	if (is_deaf(ctx, admin_id))
		return false;
	ctx_speak_to(ctx, admin_id, ctx_locale(ctx));
	draft = ctx_draft(ctx);
	draft_to(draft, admin_id, 0);
	add_report(ctx, draft, report);
	if (url[0])
		draft_link(draft, _("Show it"), url);
	add_buttons(ctx, draft, report);
	draft_row(draft);
	draft_button(draft, _("No more reports to me"), "reportstop");
	draft_name(draft, SHOWN_S, NAME, report->group, (long long)report->about->id);
	answer = draft_call(draft);
	ctx_speak_to(ctx, 0, "");
	if (answer && (answer_ok(answer) || strcmp(answer_outcome(answer), "in_doubt") == 0))
		return true;
	if (answer && answer_refused(answer))
		brief_set(ctx, (struct holder) { .scope = OF_PERSON, .id = admin_id }, "deaf", "1",
			  DEAF_S);
	return false;
}

/* True: they were told, or are to be mentioned. Who is anonymous is never mentioned. */
static bool call_one(struct ctx *ctx, const struct report *report, const struct answer *admins,
		     size_t i, struct draft *mentions)
{
	int64_t id = answer_integer(admins, ctx_printf(ctx, "%zu.user.id", i));
	const char *how = ((const struct report_options *)ctx_options_of(ctx, id))->own;

	if (answer_boolean(admins, ctx_printf(ctx, "%zu.user.is_bot", i)) || how[0] == 'o' ||
	    (report->by.user && report->by.user->id == id))
		return false;
	if (how[0] == 'p' && tell_in_private(ctx, report, id))
		return true;
	if (answer_boolean(admins, ctx_printf(ctx, "%zu.is_anonymous", i)))
		return false;
	/* Nobody sees it, and it notifies. */
	draft_add(mentions, "<a href=\"tg://user?id=%lld\">\u2060</a>", (long long)id);
	return true;
}

static void log_report(struct ctx *ctx, const struct report *report)
{
	struct draft *log = ctx_find_log(ctx, LOG_REPORTS);
	const char *url = ctx_message_url(ctx, report->about->id);

	if (!log)
		return;
	draft_add(log, "<b>%s</b> %.400s", _("Report:"), report->words);
	draft_add(log, "\n<b>%s</b> ", _("By:"));
	add_target(ctx, log, report->by);
	if (url[0])
		draft_link(log, _("Message"), url);
	draft_reply(log);
}

static bool is_first(struct ctx *ctx, const struct report *report)
{
	return brief_claim(ctx, THIS_CHAT,
			   ctx_printf(ctx, "about/%lld", (long long)report->about->id), WINDOW_S);
}

static enum verdict call_all(struct ctx *ctx, const struct report *report)
{
	const struct answer *admins = ctx_callf(ctx, "getChatAdministrators", "{}");
	struct draft *draft = ctx_draft(ctx);
	size_t called = 0;

	if (answer_refused(admins))
		return ctx_reply(ctx, _("Telegram tells me who administers this group only while I "
					"am an administrator here. Please make me one."));
	if (!answer_ok(admins))
		return ctx_reply(ctx, _("Telegram gives no answer right now. Please try again."));
	if (!is_first(ctx, report))
		return ctx_reply(ctx, _("Administrators were called to that already."));
	log_report(ctx, report);
	ctx_release_lane(ctx); /* there may be fifty to tell */
	draft_add(draft, "%s", _("Administrators are called."));
	for (size_t i = 0; i < answer_count(admins, ""); i++)
		called += call_one(ctx, report, admins, i, draft);
	if (!called)
		return ctx_reply(ctx, _("No administrator of this group wants to be called."));
	add_buttons(ctx, draft, report);
	draft_answers(draft, report->about->id);
	draft_name(draft, SHOWN_S, NAME, report->group, (long long)report->about->id);
	return draft_reply(draft);
}

/* --- calling ---------------------------------------------------------------------------------- */

/* NULL, or why nobody is called now. */
static const char *check_often(struct ctx *ctx, const struct report *report)
{
	const char *own = ctx_printf(ctx, "of/%lld", target_id(report->by));

	if (ctx_count_recent(ctx, THIS_CHAT, own, WINDOW_S) > MOST)
		return _("You have called them often enough for now.");
	if (ctx_count_recent(ctx, THIS_CHAT, "all", WINDOW_S) > MOST_HERE)
		return _("They were called often enough for now.");
	return NULL;
}

static enum verdict report(struct ctx *ctx, const char *words)
{
	const struct report_options *chosen = ctx_options(ctx);
	const struct message *message = ctx_find_message(ctx);
	struct report report = { .about = message->reply,
				 .by = message_author(message),
				 .words = words,
				 .group = (long long)message->chat->id };
	const char *why;

	if (!chosen->on)
		return PASS;
	if (!report.about)
		return ctx_reply(ctx, _("Reply to what administrators should see."));
	report.author = message_author(report.about);
	if ((!report.author.user && !report.author.channel) || ctx_is_exempt(ctx, report.about))
		return ctx_reply(
			ctx, _("That was written by an administrator, or by somebody they trust."));
	why = check_often(ctx, &report);
	if (why)
		return ctx_reply(ctx, "%s", why);
	return call_all(ctx, &report);
}

static enum verdict report_by_command(struct ctx *ctx, const struct command *cmd)
{
	return report(ctx, cmd->args);
}

static bool ends_word(char c)
{
	return c == '\0' || strchr(" \n\t.,:;!?", c);
}

/* "@admin" or "@admins" as a word of the text. */
static bool names_administrators(const char *text)
{
	static const char name[] = "@admin";

	for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@')) {
		const char *end = at + strlen(name);

		if (strncasecmp(at, name, strlen(name)) != 0 || (at > text && !ends_word(at[-1])))
			continue;
		if (ends_word(*end) || ((*end | 0x20) == 's' && ends_word(end[1])))
			return true;
	}
	return false;
}

static enum verdict report_by_name(struct ctx *ctx, const struct text_message *message)
{
	if (!names_administrators(message->text) || !ctx_find_message(ctx)->reply)
		return PASS;
	/* The name alone is no reason. */
	return report(ctx, strpbrk(message->text, " \n") ? message->text : "");
}

/* --- what administrators do ------------------------------------------------------------------- */

static struct target author_of(struct ctx *ctx)
{
	struct target author = target_of(ctx, slug_integer(ctx, 2));

	if (author.user)
		author.user = recorded_person(ctx, author.user->id);
	return author;
}

/* A group that became a supergroup since has other messages under the same ids. */
static bool has_moved(struct ctx *ctx)
{
	return ctx_find_chat(ctx)->id != slug_integer(ctx, 0);
}

/* `done` NULL: what ctx_act() did. */
static void add_outcome(struct ctx *ctx, struct draft *draft, const struct button *button,
			const char *done)
{
	if (done)
		draft_add(draft, "%s", ctx_translate(ctx, done));
	else
		draft_acts(draft);
	add_doer(ctx, draft, button->from);
}

static void tell_in(struct ctx *ctx, int64_t chat_id, const struct button *button, const char *done)
{
	struct draft *draft;

	if (chat_id == button->chat->id)
		return;
	ctx_speak_to(ctx, chat_id, ctx_locale(ctx));
	draft = ctx_draft(ctx);
	draft_to(draft, chat_id, 0);
	add_outcome(ctx, draft, button, done);
	draft_edit_named(draft, NAME, (long long)slug_integer(ctx, 0),
			 (long long)slug_integer(ctx, 1));
	ctx_speak_to(ctx, 0, "");
}

/* In the place of the call, wherever it was told. */
static enum verdict tell(struct ctx *ctx, const struct button *button, const char *done)
{
	const struct answer *admins = ctx_callf(ctx, "getChatAdministrators", "{}");
	struct draft *draft;

	tell_in(ctx, slug_integer(ctx, 0), button, done);
	for (size_t i = 0; answer_ok(admins) && i < answer_count(admins, ""); i++)
		if (!answer_boolean(admins, ctx_printf(ctx, "%zu.user.is_bot", i)))
			tell_in(ctx, answer_integer(admins, ctx_printf(ctx, "%zu.user.id", i)),
				button, done);
	draft = ctx_draft(ctx);
	add_outcome(ctx, draft, button, done);
	return draft_edit(draft, button);
}

static const char *enter(struct ctx *ctx, enum right right)
{
	return ctx_enter(ctx, slug_integer(ctx, 0), right);
}

static void log_deletion(struct ctx *ctx, const struct button *button)
{
	struct draft *log = ctx_find_log(ctx, LOG_ACTIONS);

	if (!log)
		return;
	draft_add(log, "<b>%s:</b> ", _("Message deleted"));
	add_target(ctx, log, author_of(ctx));
	draft_add(log, "\n<b>%s</b> %s", _("Reason:"), _("a report"));
	add_doer(ctx, log, button->from);
	draft_reply(log);
}

static enum verdict delete_it(struct ctx *ctx, const struct button *button)
{
	const char *why = enter(ctx, RIGHT_DELETE_MESSAGES);
	const struct answer *answer;

	if (!why && has_moved(ctx))
		why = _("This group has become a supergroup since: I cannot reach that message.");
	if (why)
		return ctx_alert(ctx, "%s", why);
	answer = ctx_callf(ctx, "deleteMessage", "{message_id: %lld}",
			   (long long)slug_integer(ctx, 1));
	if (!answer_ok(answer))
		return ctx_alert(ctx, "%s", explain_refusal(ctx, answer));
	log_deletion(ctx, button);
	return tell(ctx, button, N_("The message is deleted."));
}

/* The message goes as well, if whoever pressed may delete it. */
static enum verdict act(struct ctx *ctx, const struct button *button, struct action action)
{
	const char *why = enter(ctx, RIGHT_RESTRICT_MEMBERS);

	if (!why)
		why = ctx_act(ctx, action, author_of(ctx), ACT_NOW, _("a report"));
	if (why)
		return ctx_alert(ctx, "%s", why);
	/* Not ctx_delete(), which would take the one with the button if that has the same id. */
	if (!has_moved(ctx) && ctx_rights(ctx, button->from->id) & 1u << RIGHT_DELETE_MESSAGES)
		ctx_queuef(ctx, "deleteMessage", "{message_id: %lld}",
			   (long long)slug_integer(ctx, 1));
	return tell(ctx, button, NULL);
}

static enum verdict mute(struct ctx *ctx, const struct button *button)
{
	return act(ctx, button, (struct action) { .kind = ACTION_MUTE, .seconds = 86400 });
}

static enum verdict ban(struct ctx *ctx, const struct button *button)
{
	return act(ctx, button, (struct action) { .kind = ACTION_BAN });
}

static enum verdict end(struct ctx *ctx, const struct button *button)
{
	const char *why = enter(ctx, RIGHT_ADMIN);

	return why ? ctx_alert(ctx, "%s", why)
		   : tell(ctx, button, N_("An administrator has looked at it."));
}

/* --- their own setting ------------------------------------------------------------------------ */

struct own_values {
	const char *how;
};

static const struct field maybe_how[] = {
	CHOICE_FIELD(struct own_values, how, N_("how"), .choices = hows, .labels = how_labels,
		     .optional = true),
	END_OF_FIELDS(struct own_values),
};

static void add_hows(struct ctx *ctx, struct draft *draft)
{
	const struct report_options *chosen = ctx_options(ctx);

	draft_add(draft, "%s",
		  _("How I tell you when members call the administrators of your "
		    "groups:"));
	for (size_t i = 0; hows[i]; i++) {
		draft_button(draft,
			     ctx_printf(ctx, "%s%s", strcmp(hows[i], chosen->own) == 0 ? "✅ " : "",
					ctx_translate(ctx, how_labels[i])),
			     "reports:%.8s", hows[i]);
		draft_row(draft);
	}
}

static enum verdict show_own(struct ctx *ctx, const struct command *cmd)
{
	const struct own_values *values = cmd->values;
	const char *why = values->how[0] ? ctx_set_option(ctx, "own", values->how) : NULL;
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_reply(ctx, "%s", why);
	add_hows(ctx, draft);
	return draft_reply(draft);
}

static enum verdict choose_own(struct ctx *ctx, const struct button *button)
{
	const char *why = ctx_set_option(ctx, "own", slug_text(ctx, 0));
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_alert(ctx, "%s", why);
	add_hows(ctx, draft);
	return draft_edit(draft, button);
}

static enum verdict stop_telling(struct ctx *ctx, const struct button *button)
{
	const char *why = ctx_set_option(ctx, "own", "off");

	(void)button;
	return ctx_alert(ctx, "%s",
			 why ? why
			     : _("I tell you of no more reports. /reports in this chat changes "
				 "that."));
}

static const struct route routes[] = {
	COMMAND("report", report_by_command, .group = true,
		.help = N_("call administrators to the message that you reply to")),
	TEXT(report_by_name, .group = true),
	COMMAND("reports", show_own, .private = true, .arguments = maybe_how,
		.help = N_("how you are told of reports in the groups that you administer")),
	SETTER("reports", "on", .group = true, .rare = true,
	       .help = N_("whether members can call you here")),
	BUTTON("reports:%.8s", choose_own),
	BUTTON("reportstop", stop_telling),
	BUTTON(DELETE, delete_it, .admin = RIGHT_DELETE_MESSAGES),
	BUTTON(MUTE, mute, .admin = RIGHT_RESTRICT_MEMBERS),
	BUTTON(BAN, ban, .admin = RIGHT_RESTRICT_MEMBERS),
	BUTTON(END, end, .admin = RIGHT_ADMIN),
	END_OF_ROUTES,
};

const struct module reports_module = {
	.name = "reports",
	.title = N_("Reports"),
	.icon = "📣",
	.about = N_("“@admin” in an answer is the same as /report. Each administrator chooses with "
		    "/reports in our private chat how to be told: in private, by a mention, or "
		    "not at all."),
	.options = options,
	.routes = routes,
};
