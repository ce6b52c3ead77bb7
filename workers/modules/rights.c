/* rights.c - what people may do with the data about them, and administrators with the data about
 * their group: /export returns it, /forgetme erases it and objects, /rememberme withdraws the
 * objection. In a private chat it is about the person, in a group about the group. privacy.c shows
 * the same as buttons. */
#include "workers/module.h"

static const struct {
	const char *file, *caption, *question, *erased, *no_objection, *remembered;
} texts[] = {
	[SUBJECT_PERSON] = {
		.file = "about-you.json",
		.caption = N_("All that I keep about you."),
		.question = N_("I will erase all that I keep about you, with your settings, and "
			       "never record you again: only a keyed hash of your id stays, so "
			       "that I remember this. Shall I?"),
		.erased = N_("It is erased, and I record nothing about you from now on. "
			     "/rememberme takes that back."),
		.no_objection = N_("You did not object to being recorded."),
		.remembered = N_("I will record you again when you next do something that I see."),
	},
	[SUBJECT_GROUP] = {
		.file = "about-the-group.json",
		.caption = N_("All that I keep about this group."),
		.question = N_("I will erase all that I keep about this group, with its settings, "
			       "and never record it again: only a keyed hash of its id stays, so "
			       "that I remember this. What I keep about you is erased in a private "
			       "chat with me. Shall I?"),
		.erased = N_("It is erased, and I record nothing about this group from now on. "
			     "/rememberme takes that back."),
		.no_objection = N_("Nobody objected to the recording of this group."),
		.remembered = N_("I will record this group again when I next see something happen "
				 "in it."),
	},
};

static enum subject subject_of(const struct chat *chat)
{
	return chat_is_group(chat) ? SUBJECT_GROUP : SUBJECT_PERSON;
}

/* Settings of a group may be for its administrators only. */
static enum verdict send_privately(struct ctx *ctx, const struct chat *chat,
				   const struct user *admin, struct draft *file)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(file, "%s: %s", chat->title, ctx_translate(ctx, texts[SUBJECT_GROUP].caption));
	draft_to(file, admin->id, 0);
	if (draft_reply(file) != DONE)
		return FAIL;
	draft_add(draft, "%s",
		  _("I sent it to you in our private chat. If nothing arrived, start that chat, "
		    "because I may not write first, and ask here again."));
	draft_link(draft, _("Our private chat"),
		   ctx_printf(ctx, "https://t.me/%s", ctx_bot_username(ctx)));
	return draft_reply(draft);
}

static enum verdict send_export(struct ctx *ctx, const struct chat *chat, const struct user *from)
{
	enum subject subject = subject_of(chat);
	const struct answer *data = ctx_find_data(ctx, subject);
	struct draft *draft = ctx_draft(ctx);
	struct file *file;

	if (!data)
		return FAIL;
	file = file_made(ctx, texts[subject].file);
	file_add(file, "%s", answer_json(ctx, data, ""));
	draft_media(draft, "document", NULL, file);
	if (subject == SUBJECT_GROUP)
		return send_privately(ctx, chat, from, draft);
	draft_add(draft, "%s", ctx_translate(ctx, texts[subject].caption));
	return draft_reply(draft);
}

/* Else erasure would be the way out of a ban. */
static void add_what_stays(struct ctx *ctx, struct draft *draft)
{
	const char *comma = "";

	for (const struct module *const *module = ctx_modules(ctx); *module; module++)
		for (const struct fact_kind *kind = (*module)->facts; kind && kind->name; kind++) {
			if (!kind->outlives_erasure)
				continue;
			if (!comma[0])
				draft_add(draft, "\n\n%s ",
					  _("What groups decided about you stays:"));
			draft_add(draft, "%s%s", comma, ctx_translate(ctx, kind->label));
			comma = ", ";
		}
}

static enum verdict ask(struct ctx *ctx, const struct chat *chat)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", ctx_translate(ctx, texts[subject_of(chat)].question));
	if (subject_of(chat) == SUBJECT_PERSON)
		add_what_stays(ctx, draft);
	draft_button(draft, _("Yes, erase it"), "rights_erase");
	draft_button(draft, _("No"), "rights_keep");
	return draft_reply(draft);
}

static enum verdict export_data(struct ctx *ctx, const struct command *cmd)
{
	return send_export(ctx, cmd->chat, cmd->from);
}

static enum verdict press_export(struct ctx *ctx, const struct button *button)
{
	return send_export(ctx, button->chat, button->from);
}

static enum verdict forget(struct ctx *ctx, const struct command *cmd)
{
	return ask(ctx, cmd->chat);
}

static enum verdict press_forget(struct ctx *ctx, const struct button *button)
{
	return ask(ctx, button->chat);
}

static enum verdict erase(struct ctx *ctx, const struct button *button)
{
	enum subject subject = subject_of(button->chat);
	struct draft *draft = ctx_draft(ctx);

	if (ctx_forget(ctx, subject) != DONE)
		return FAIL;
	draft_add(draft, "%s", ctx_translate(ctx, texts[subject].erased));
	return draft_edit(draft, button);
}

static enum verdict keep(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", _("Nothing is changed."));
	return draft_edit(draft, button);
}

static enum verdict remember(struct ctx *ctx, const struct command *cmd)
{
	enum subject subject = subject_of(cmd->chat);

	if (!ctx_has_objected(ctx, subject))
		return ctx_reply(ctx, "%s", ctx_translate(ctx, texts[subject].no_objection));
	if (ctx_remember(ctx, subject) != DONE)
		return FAIL;
	return ctx_reply(ctx, "%s", ctx_translate(ctx, texts[subject].remembered));
}

/* In a private chat .admin admits everybody. */
static const struct route routes[] = {
	COMMAND("export", export_data, .private = true,
		.help = N_("get all that I keep about you")),
	COMMAND("export", export_data, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.help = N_("get all that I keep about this group")),
	COMMAND("forgetme", forget, .private = true,
		.help = N_("erase what I keep about you, and object to being recorded")),
	COMMAND("forgetme", forget, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.help = N_("erase what I keep about this group, and object to its recording")),
	COMMAND("rememberme", remember, .private = true, .help = N_("take that objection back")),
	COMMAND("rememberme", remember, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.help = N_("take that objection back")),
	BUTTON("rights_export", press_export, .admin = RIGHT_ADMIN),
	BUTTON("rights_forget", press_forget, .admin = RIGHT_ADMIN),
	BUTTON("rights_erase", erase, .admin = RIGHT_ADMIN),
	BUTTON("rights_keep", keep, .admin = RIGHT_ADMIN),
	END_OF_ROUTES,
};

const struct module rights_module = {
	.name = "rights",
	.title = N_("Stored data"),
	.icon = "🗄",
	.routes = routes,
};
