/* examples_options.c - an option of each type, and what follows when one changes. */
#include "workers/module.h"

struct every_option {
	bool greets;
	int64_t messages, window_s, begins, log;
	const char *style, *prefix, *motto, *welcome, *farewell;
	const char *const *words;
	struct action action;
};

static const char *const styles[] = { "short", "long", NULL };
static const char *const style_labels[] = { N_("short"), N_("long") };

/* Schedules follow options. */
static enum verdict note_change(struct ctx *ctx)
{
	const struct every_option *options = ctx_options(ctx);

	return store_set(ctx, THIS_CHAT, "changed",
			 ctx_printf(ctx, "%d, %lld", options->greets, (long long)options->begins))
		       ? DONE
		       : FAIL;
}

#define KINDS                                                                              \
	(1u << ACTION_NONE | 1u << ACTION_DELETE | 1u << ACTION_MUTE | 1u << ACTION_KICK | \
	 1u << ACTION_BAN)

static const struct field options[] = {
	BOOLEAN_FIELD(struct every_option, greets, "greeting", .preset = "on",
		      .changed = note_change),
	INTEGER_FIELD(struct every_option, messages, "messages", .minimum = 2, .maximum = 100,
		      .preset = "8", .may_be_off = true, .admin = RIGHT_RESTRICT_MEMBERS),
	DURATION_FIELD(struct every_option, window_s, "within", .minimum = 5, .maximum = 3600,
		       .preset = "10s"),
	CHOICE_FIELD(struct every_option, style, "style", .choices = styles, .labels = style_labels,
		     .preset = "short", .private = true),
	WORD_FIELD(struct every_option, prefix, "prefix", .preset = "!"),
	TEXT_FIELD(struct every_option, motto, "motto", .may_be_off = true),
	KEPT_FIELD(struct every_option, welcome, "welcome", .preset = "Hello, {first}!",
		   .may_be_off = true),
	KEPT_FIELD(struct every_option, farewell, "farewell"),
	WORDS_FIELD(struct every_option, words, "words", .maximum = 5, .may_be_off = true),
	ACTION_FIELD(struct every_option, action, "what happens", .preset = "mute 2h",
		     .actions = KINDS),
	CHAT_FIELD(struct every_option, log, "log", .may_be_off = true),
	TIME_FIELD(struct every_option, begins, "begins", .may_be_off = true,
		   .changed = note_change),
	END_OF_FIELDS(struct every_option),
};

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	const struct every_option *values = ctx_options(ctx);
	const char *changed = store_find(ctx, THIS_CHAT, "changed");
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "greets %d, messages %lld in %lld s, style %s, prefix %s, motto “%s”, ",
		  values->greets, (long long)values->messages, (long long)values->window_s,
		  values->style, values->prefix, values->motto);
	draft_add(draft, "action %d for %lld s, delete %d, log %lld, begins %lld, words",
		  values->action.kind, (long long)values->action.seconds,
		  values->action.delete_message, (long long)values->log, (long long)values->begins);
	for (const char *const *word = values->words; *word; word++)
		draft_add(draft, " %s", *word);
	draft_add(draft, ", changed: %s", changed ? changed : "never");
	return draft_reply(draft);
}

static enum verdict say(struct ctx *ctx, const struct command *cmd)
{
	const struct every_option *values = ctx_options(ctx);
	struct draft *draft = ctx_draft(ctx);

	if (!values->welcome[0])
		return ctx_reply(ctx, "No welcome.");
	draft_kept(draft, values->welcome, cmd->from);
	return draft_reply(draft);
}

/* By the module itself, in its own words. */
static enum verdict prefer(struct ctx *ctx, const struct command *cmd)
{
	const char *why = ctx_set_option(ctx, "prefix", cmd->args[0] ? cmd->args : NULL);
	const struct every_option *values = ctx_options(ctx);

	return why ? ctx_reply(ctx, "%s", why) : ctx_reply(ctx, "Now %s.", values->prefix);
}

static enum verdict keep(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);
	const char *why;

	(void)cmd;
	why = ctx_set_option(ctx, "farewell", message_keep(ctx, message));
	return ctx_reply(ctx, "%s", why ? why : "Kept.");
}

static const struct route routes[] = {
	COMMAND("optshow", show),
	COMMAND("optwelcome", say),
	COMMAND("optprefix", prefer, .group = true),
	COMMAND("optkeep", keep, .group = true),
	SETTER("setmessages", "messages"),
	SETTER("setwelcome", "welcome"),
	END_OF_ROUTES,
};

const struct module options_example = {
	.name = "example_options",
	.routes = routes,
	.options = options,
};
