/* rules.c - the rules of a group as an administrator wrote them; a button says them in private. */
#include "workers/modules/moderation/rules.h"

#include "workers/modules/moderation/words.h"

struct rules_options {
	const char *rules;
	bool private;
};

extern const struct module rules_module;

const char *rules_of_group(struct ctx *ctx)
{
	const struct rules_options *chosen = is_loaded(ctx, &rules_module)
						     ? ctx_options_in(ctx, &rules_module)
						     : NULL;

	return chosen ? chosen->rules : "";
}

static const struct field options[] = {
	KEPT_FIELD(struct rules_options, rules, N_("the rules")),
	BOOLEAN_FIELD(struct rules_options, private, N_("say the rules in private"),
		      .preset = "off"),
	END_OF_FIELDS(struct rules_options),
};

static enum verdict say(struct ctx *ctx, const struct rules_options *of, const struct user *to)
{
	struct draft *draft = ctx_draft(ctx);

	if (!of->rules[0])
		return ctx_reply(ctx, _("This group has no rules. Administrators write them with "
					"/setrules."));
	draft_kept(draft, of->rules, to);
	return draft_reply(draft);
}

static enum verdict answer(struct ctx *ctx, const struct command *cmd)
{
	const struct rules_options *chosen = ctx_options(ctx);
	struct draft *draft;

	if (!chosen->private || !chosen->rules[0])
		return say(ctx, chosen, cmd->from);
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", _("Read the rules in our private chat."));
	draft_deep_link(draft, _("The rules"), "rules:%lld", (long long)cmd->chat->id);
	return draft_reply(draft);
}

/* For members alone. */
static enum verdict follow(struct ctx *ctx, const struct link *link)
{
	int64_t chat_id = slug_integer(ctx, 0);
	const char *why = ctx_enter(ctx, chat_id, RIGHT_NONE);

	return why ? ctx_reply(ctx, "%s", why) : say(ctx, ctx_options(ctx), link->from);
}

static const struct route routes[] = {
	SETTER("setrules", "rules", .group = true, .help = N_("write the rules of this group")),
	COMMAND("rules", answer, .group = true, .help = N_("read the rules of this group")),
	LINK("rules:%lld", follow),
	END_OF_ROUTES,
};

const struct module rules_module = {
	.name = "rules",
	.title = N_("Rules"),
	.icon = "📜",
	.about = N_("A text may have formatting, a picture and buttons: "
		    "[Site](buttonurl://example.org), with :same at the end beside the one "
		    "before. {first}, {mention} and {chat} are filled in."),
	.options = options,
	.routes = routes,
};
