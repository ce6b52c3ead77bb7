/* privacy.c - /privacy tells what PRIVACY.md lists (a test compares the two) and, in a private
 * chat, what of it is stored about this person now. */
#include "workers/module.h"

/* `path` is where export has it. */
struct item {
	const char *text, *path;
};

static const struct item about_people[] = {
	{ N_("your id"), "user.id" },
	{ N_("your username"), "user.username" },
	{ N_("your first name"), "user.first_name" },
	{ N_("your last name"), "user.last_name" },
	{ N_("the language of your Telegram client"), "user.language_code" },
	{ N_("the registration date: when I first saw you"), "user.registered_at" },
	{ NULL, NULL },
};

static const struct item about_groups[] = {
	{ N_("its id"), NULL },
	{ N_("its username"), NULL },
	{ N_("its title"), NULL },
	{ N_("its type (group or supergroup)"), NULL },
	{ N_("the registration date: when I first saw it"), NULL },
	{ NULL, NULL },
};

static const struct item about_crashes[] = {
	{ N_("the traceback: where in the program it happened"), NULL },
	{ N_("the update that caused it, which may contain a message"), NULL },
	{ N_("the trace id, which is the reference id that you are told"), NULL },
	{ N_("the technical state of the program"), NULL },
	{ NULL, NULL },
};

static const char *value_at(struct ctx *ctx, const struct answer *data, const char *path)
{
	int64_t number = answer_integer(data, path);

	return number ? ctx_printf(ctx, "%lld", (long long)number) : answer_text(data, path);
}

/* `data` NULL: nothing is shown of it. */
static void add_list(struct ctx *ctx, struct draft *draft, const char *title,
		     const struct item *items, const struct answer *data)
{
	draft_add(draft, "\n\n<b>%s</b>", title);
	for (; items->text; items++) {
		const char *value = data && items->path ? value_at(ctx, data, items->path) : "";

		draft_add(draft, "\n• %s", ctx_translate(ctx, items->text));
		if (value[0])
			draft_add(draft, " – <code>%s</code>", value);
	}
}

static void add_settings(struct ctx *ctx, struct draft *draft, const struct answer *data)
{
	size_t count = answer_count(data, "settings");

	if (count)
		draft_add(draft, "\n\n<b>%s</b>", _("Your settings:"));
	for (size_t i = 0; i < count; i++)
		draft_add(draft, "\n• %s, %s – <code>%s</code>",
			  answer_text(data, ctx_printf(ctx, "settings.%zu.module", i)),
			  answer_text(data, ctx_printf(ctx, "settings.%zu.key", i)),
			  answer_text(data, ctx_printf(ctx, "settings.%zu.value", i)));
}

static void add_state(struct ctx *ctx, struct draft *draft, const struct answer *data)
{
	if (answer_integer(data, "user.id"))
		draft_add(draft, " %s", _("What is stored about you now stands beside it."));
	else if (ctx_has_objected(ctx))
		draft_add(draft, " %s",
			  _("You objected: I record nothing about you. /rememberme takes that "
			    "back."));
	else
		draft_add(draft, " %s", _("Nothing is stored about you now."));
}

/* The module rights may be switched off. */
static void add_rights(struct ctx *ctx, struct draft *draft, bool private)
{
	const char *way = _("To see, get or erase what I keep about you, write /privacy to me in a "
			    "private chat.");

	if (!ctx_find_command(ctx, "forgetme")) {
		way = _("To get or erase what I keep about you, or to object to it for good, write "
			"to who runs this bot.");
	} else if (private) {
		draft_button(draft, _("Send me all of it"), "rights_export");
		draft_button(draft, _("Erase it"), "rights_forget");
		way = _("/export sends you what I keep about you, /forgetme erases it for good, "
			"/rememberme takes that back.");
	}
	draft_add(draft, "\n\n%s", way);
}

static enum verdict privacy(struct ctx *ctx, const struct command *cmd)
{
	bool private = cmd->chat->type == CHAT_PRIVATE;
	const struct answer *data = private ? ctx_find_own_data(ctx) : NULL;
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", _("This is all that I keep."));
	if (data)
		add_state(ctx, draft, data);
	add_list(ctx, draft, _("About you, once you did something that I saw:"), about_people,
		 data);
	if (data)
		add_settings(ctx, draft, data);
	add_list(ctx, draft, _("About a group that I am in:"), about_groups, NULL);
	add_list(ctx, draft,
		 _("About a crash, for debugging only and not for ever, at Pydantic Logfire:"),
		 about_crashes, NULL);
	draft_add(draft, "\n\n%s",
		  _("Besides: settings that you or admins make, and a keyed hash of the id of "
		    "whoever objected to being recorded. A message is gone when it is answered."));
	add_rights(ctx, draft, private);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("privacy", privacy, .always = true,
		.help = N_("what I keep, and your rights over it")),
	END_OF_ROUTES,
};

const struct module privacy_module = {
	.name = "privacy",
	.title = N_("Privacy"),
	.routes = routes,
};
