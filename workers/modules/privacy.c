/* privacy.c - /privacy tells what PRIVACY.md lists (a test compares the two) and what is stored
 * now: in a private chat about this person, for administrators about their group. */
#include <string.h>

#include "workers/modules/start.h"

/* `path` is its place in the export. */
struct listed {
	const char *text, *path;
};

static const struct listed about_people[] = {
	{ N_("your id"), "user.id" },
	{ N_("your username"), "user.username" },
	{ N_("your first name"), "user.first_name" },
	{ N_("your last name"), "user.last_name" },
	{ N_("the language of your Telegram client"), "user.language_code" },
	{ N_("the registration date: when I first saw you"), "user.registered_at" },
	{ NULL, NULL },
};

static const struct listed about_groups[] = {
	{ N_("its id"), "group.id" },
	{ N_("its username"), "group.username" },
	{ N_("its title"), "group.title" },
	{ N_("its type (group or supergroup)"), "group.type" },
	{ N_("the registration date: when I first saw it"), "group.registered_at" },
	{ NULL, NULL },
};

static const struct listed about_crashes[] = {
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

/* `data` NULL: shows no values. */
static void add_list(struct ctx *ctx, struct draft *draft, const char *title,
		     const struct listed *items, const struct answer *data)
{
	draft_add(draft, "\n\n<b>%s</b>", title);
	for (; items->text; items++) {
		const char *value = data && items->path ? value_at(ctx, data, items->path) : "";

		draft_add(draft, "\n• %s", ctx_translate(ctx, items->text));
		if (value[0])
			draft_add(draft, " – <code>%s</code>", value);
	}
}

/* So many settings and entries are shown, each up to 200 bytes, and facts; /export sends all. */
#define SHOWN_MAX ((size_t)20)

static void add_more(struct ctx *ctx, struct draft *draft, size_t count)
{
	if (count <= SHOWN_MAX)
		return;
	draft_add(draft, "\n• ");
	draft_add(draft, ctx_plural(ctx, "and %zu more", "and %zu more", count - SHOWN_MAX),
		  count - SHOWN_MAX);
}

static void add_settings(struct ctx *ctx, struct draft *draft, const struct answer *data)
{
	size_t count = answer_count(data, "settings");

	if (count)
		draft_add(draft, "\n\n<b>%s</b>", _("Your settings:"));
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++)
		draft_add(draft, "\n• %s, %s – <code>%.200s</code>",
			  answer_text(data, ctx_printf(ctx, "settings.%zu.module", i)),
			  answer_text(data, ctx_printf(ctx, "settings.%zu.key", i)),
			  answer_text(data, ctx_printf(ctx, "settings.%zu.value", i)));
	add_more(ctx, draft, count);
}

/* --- facts (workers/api/facts.h) -------------------------------------------------------------- */

static const struct fact_kind *find_kind(struct ctx *ctx, const char *module, const char *name)
{
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		for (const struct fact_kind *kind = (*at)->facts; kind && kind->name; kind++)
			if (strcmp((*at)->name, module) == 0 && strcmp(kind->name, name) == 0)
				return kind;
	return NULL;
}

/* "warnings: 2, Friends, until 2026-01-31"; of a module that is not loaded by its name. */
static void add_fact(struct ctx *ctx, struct draft *draft, const struct answer *data, size_t index)
{
	const char *path = ctx_printf(ctx, "facts.%zu.", index);
	const char *module = answer_text(data, ctx_printf(ctx, "%smodule", path));
	const char *name = answer_text(data, ctx_printf(ctx, "%skind", path));
	const char *scope = answer_text(data, ctx_printf(ctx, "%sscope", path));
	const char *title = answer_text(data, ctx_printf(ctx, "%stitle", path));
	const char *until = answer_text(data, ctx_printf(ctx, "%suntil", path));
	const struct fact_kind *kind = find_kind(ctx, module, name);

	if (kind)
		draft_add(draft, "\n• %s", ctx_translate(ctx, kind->label));
	else
		draft_add(draft, "\n• %s, %s", module, name);
	if (!kind || !kind->coded)
		draft_add(draft, " – <code>%lld</code>",
			  (long long)answer_integer(data, ctx_printf(ctx, "%snumber", path)));
	if (title[0])
		draft_add(draft, ", %s", title);
	else if (strcmp(scope, "chat") == 0)
		draft_add(draft, ", %s", _("in a group"));
	else
		draft_add(draft, ", %s",
			  strcmp(scope, "list") == 0 ? _("in a list of several groups")
						     : _("everywhere"));
	if (until[0]) {
		draft_add(draft, ", ");
		draft_add(draft, _("until %.10s"), until);
	}
}

static void add_facts(struct ctx *ctx, struct draft *draft, const struct answer *data)
{
	size_t count = answer_count(data, "facts");

	if (count)
		draft_add(draft, "\n\n<b>%s</b>", _("Decided about you, or counted:"));
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++)
		add_fact(ctx, draft, data, i);
	add_more(ctx, draft, count);
}

static void add_kind(struct ctx *ctx, struct draft *draft, const struct fact_kind *kind)
{
	int64_t days = (kind->keep_s + 86399) / 86400;

	draft_add(draft, "\n• %s – ", ctx_translate(ctx, kind->label));
	if (days)
		draft_add(draft, ctx_plural(ctx, "for %lld day", "for %lld days", (size_t)days),
			  (long long)days);
	else
		draft_add(draft, "%s", _("until it is taken back"));
	if (kind->outlives_erasure)
		draft_add(draft, ", %s", _("also after /forgetme"));
}

/* What the loaded modules may keep. */
static void add_kinds(struct ctx *ctx, struct draft *draft)
{
	bool has_any = false;

	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		for (const struct fact_kind *kind = (*at)->facts; kind && kind->name; kind++) {
			if (!has_any)
				draft_add(draft, "\n\n<b>%s</b>",
					  _("What may be decided about people in groups, or "
					    "counted:"));
			has_any = true;
			add_kind(ctx, draft, kind);
		}
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Members can read this: the settings themselves are for administrators, who get them by
 * /export. */
static void count_settings(struct ctx *ctx, struct draft *draft, const struct answer *data)
{
	size_t count = answer_count(data, "settings");

	if (!count)
		return;
	draft_add(draft, "\n• ");
	draft_add(draft,
		  ctx_plural(ctx, "%zu setting of its administrators",
			     "%zu settings of its administrators", count),
		  count);
}

static void add_state(struct ctx *ctx, struct draft *draft, const struct answer *data,
		      enum subject subject)
{
	static const struct {
		const char *id, *stored, *objected, *nothing, *decided;
	} states[] = {
		[SUBJECT_PERSON] = { "user.id",
				     N_("Next to each item is what is stored about you now."),
				     N_("You objected: I record nothing about you. /rememberme "
					"takes that back."),
				     N_("Nothing is stored about you now."),
				     N_("You objected: I record nothing about you but what was "
					"decided about you, below. /rememberme takes that back.") },
		[SUBJECT_GROUP] = { "group.id",
				    N_("Next to each item is what is stored about this group now."),
				    N_("Its administrators objected: I record nothing about this "
				       "group. /rememberme takes that back."),
				    N_("Nothing is stored about this group now."), NULL },
	};
	bool is_decided = subject == SUBJECT_PERSON && answer_count(data, "facts") > 0;
	const char *text = states[subject].nothing;

	if (answer_integer(data, states[subject].id))
		text = states[subject].stored;
	else if (ctx_has_objected(ctx, subject))
		text = is_decided ? states[subject].decided : states[subject].objected;
	else if (is_decided)
		text = states[subject].stored;
	draft_add(draft, " %s", ctx_translate(ctx, text));
}

static void add_buttons(struct ctx *ctx, struct draft *draft)
{
	draft_button(draft, _("Send me all of it"), "rights_export");
	draft_button(draft, _("Erase it"), "rights_forget");
}

/* Without the module rights there is no such command. */
static const char *way_of_people(struct ctx *ctx, bool private)
{
	if (!ctx_find_command(ctx, "forgetme"))
		return _("To get or erase what I keep about you, or to object to it permanently, "
			 "write to whoever runs this bot.");
	if (private)
		return _("/export sends you what I keep about you, /forgetme erases it "
			 "permanently, /rememberme takes that back.");
	return _("To see, get or erase what I keep about you, write /privacy to me in a private "
		 "chat.");
}

/* `about_person` and `about_group`: what is stored now; NULL: shows no values. */
static struct draft *write_page(struct ctx *ctx, const struct answer *about_person,
				const struct answer *about_group)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", _("This is all that I keep."));
	if (about_person)
		add_state(ctx, draft, about_person, SUBJECT_PERSON);
	if (about_group)
		add_state(ctx, draft, about_group, SUBJECT_GROUP);
	add_list(ctx, draft, _("About you, once you did something that I saw:"), about_people,
		 about_person);
	if (about_person) {
		add_settings(ctx, draft, about_person);
		add_facts(ctx, draft, about_person);
	}
	add_list(ctx, draft, _("About a group that I am in:"), about_groups, about_group);
	if (about_group)
		count_settings(ctx, draft, about_group);
	add_kinds(ctx, draft);
	add_list(ctx, draft,
		 _("About a crash, for debugging only and not forever, at Pydantic Logfire:"),
		 about_crashes, NULL);
	draft_add(draft, "\n\n%s",
		  _("Also: settings that you or admins make, and a keyed hash of the id of "
		    "whoever objected to being recorded. A message is gone when it is answered."));
	return draft;
}

static struct draft *write_page_for_people(struct ctx *ctx)
{
	bool private = ctx_find_chat(ctx)->type == CHAT_PRIVATE;
	const struct answer *data = private ? ctx_find_data(ctx, SUBJECT_PERSON) : NULL;
	struct draft *draft = write_page(ctx, data, NULL);

	draft_add(draft, "\n\n%s", way_of_people(ctx, private));
	if (private && ctx_find_command(ctx, "forgetme"))
		add_buttons(ctx, draft);
	return draft;
}

static enum verdict privacy(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return draft_reply(write_page_for_people(ctx));
}

static enum verdict open_privacy(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = write_page_for_people(ctx);

	start_add_way_back(ctx, draft);
	return draft_edit(draft, button);
}

static enum verdict privacy_of_group(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *data = ctx_find_data(ctx, SUBJECT_GROUP);
	struct draft *draft;

	(void)cmd;
	if (!data)
		return FAIL;
	draft = write_page(ctx, NULL, data);
	draft_add(draft, "\n\n%s", way_of_people(ctx, false));
	if (ctx_find_command(ctx, "forgetme")) {
		draft_add(draft, "\n\n%s",
			  _("For administrators: /export sends you what I keep about this group, "
			    "/forgetme erases it permanently, /rememberme takes that back."));
		add_buttons(ctx, draft);
	}
	return draft_reply(draft);
}

/* Members who are not administrators get to the second row. */
static const struct route routes[] = {
	COMMAND("privacy", privacy_of_group, .group = true, .admin = RIGHT_ADMIN, .always = true),
	COMMAND("privacy", privacy, .always = true,
		.help = N_("what I keep, and your rights over it")),
	BUTTON("privacy", open_privacy),
	END_OF_ROUTES,
};

const struct module privacy_module = {
	.name = "privacy",
	.title = N_("Privacy"),
	.icon = "🕵",
	.routes = routes,
};
