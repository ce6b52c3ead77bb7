/* privacy.c - /privacy tells what PRIVACY.md lists; a test compares the two. */
#include "workers/module.h"

static const char *const about_people[] = {
	N_("your id"),
	N_("your username"),
	N_("your first name"),
	N_("your last name"),
	N_("the language of your Telegram client"),
	N_("the registration date: when I first saw you"),
};

static const char *const about_groups[] = {
	N_("its id"),
	N_("its username"),
	N_("its title"),
	N_("its type (group or supergroup)"),
	N_("the registration date: when I first saw it"),
};

static const char *const about_crashes[] = {
	N_("the traceback: where in the program it happened"),
	N_("the update that caused it, which may contain a message"),
	N_("the trace id, which is the reference id that you are told"),
	N_("the technical state of the program"),
};

static void add_list(struct ctx *ctx, struct draft *draft, const char *title,
		     const char *const *items, size_t count)
{
	draft_add(draft, "\n\n<b>%s</b>", title);
	for (size_t i = 0; i < count; i++)
		draft_add(draft, "\n• %s", ctx_translate(ctx, items[i]));
}

static enum verdict privacy(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "%s", _("This is all that I keep."));
	add_list(ctx, draft, _("About you, once you did something that I saw:"), about_people,
		 sizeof(about_people) / sizeof(about_people[0]));
	add_list(ctx, draft, _("About a group that I am in:"), about_groups,
		 sizeof(about_groups) / sizeof(about_groups[0]));
	add_list(ctx, draft,
		 _("About a crash, for debugging only and not for ever, at Pydantic Logfire:"),
		 about_crashes, sizeof(about_crashes) / sizeof(about_crashes[0]));
	draft_add(draft, "\n\n%s",
		  _("Besides: settings that you or admins make, and a keyed hash of the id of "
		    "whoever objected to being recorded. A message is gone when it is answered."));
	draft_add(
		draft, "\n\n%s",
		_("To see, get or erase what I keep about you, or to object to it for good, write "
		  "to who runs this bot: they can do all of it with one command each."));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("privacy", privacy, .help = N_("what I keep, and your rights over it")),
	END_OF_ROUTES,
};

const struct module privacy_module = {
	.name = "privacy",
	.title = N_("Privacy"),
	.routes = routes,
};
