/* welcome.c - what is said to who joins and of who leaves. */
#include "workers/modules/moderation/welcome.h"

#include "workers/modules/moderation/words.h"

#define CLAIM_S 600

extern const struct module welcome_module;

struct welcome_options {
	bool on;
	const char *welcome;
	bool goodbyes;
	const char *goodbye;
	bool clean;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct welcome_options, on, N_("welcome who joins"), .preset = "off"),
	KEPT_FIELD(struct welcome_options, welcome, N_("the welcome"),
		   .preset = N_("Welcome to {chat}, {mention}!")),
	BOOLEAN_FIELD(struct welcome_options, goodbyes, N_("say goodbye to who leaves"),
		      .preset = "off"),
	KEPT_FIELD(struct welcome_options, goodbye, N_("the goodbye"),
		   .preset = N_("Goodbye, {first}.")),
	BOOLEAN_FIELD(struct welcome_options, clean, N_("take the former welcome away"),
		      .preset = "on"),
	END_OF_FIELDS(struct welcome_options),
};

static enum verdict say(struct ctx *ctx, const struct user *member, const char *kept, bool named)
{
	struct draft *draft = ctx_draft(ctx);

	draft_fill(draft, "rules", _("the rules"),
		   ctx_deep_link(ctx, "rules:%lld", (long long)ctx_find_chat(ctx)->id));
	draft_kept(draft, kept, member);
	if (named)
		draft_name(draft, 47 * 3600, "welcome");
	return draft_reply(draft);
}

/* Once per join, however it came about. */
static enum verdict greet(struct ctx *ctx, const struct user *member)
{
	const struct welcome_options *chosen = ctx_options(ctx);

	if (!chosen->on ||
	    !brief_claim(ctx, THIS_CHAT, ctx_printf(ctx, "greeted/%lld", (long long)member->id),
			 CLAIM_S))
		return PASS;
	return say(ctx, member, chosen->welcome, chosen->clean);
}

enum verdict welcome_now(struct ctx *ctx, int64_t person)
{
	if (!is_loaded(ctx, &welcome_module))
		return DONE;
	return ctx_laterf(ctx, 0, "welcome:%lld", (long long)person);
}

static enum verdict greet_later(struct ctx *ctx, const struct work *work)
{
	const struct user *member = target_of(ctx, slug_integer(ctx, 0)).user;

	if (work->from && member->id == work->from->id)
		member = work->from;
	return greet(ctx, member) == FAIL ? FAIL : DONE;
}

static bool is_in(enum member_status status)
{
	return status != MEMBER_OUTSIDE && status != MEMBER_BANNED;
}

static enum verdict follow(struct ctx *ctx, const struct member_change *change)
{
	const struct welcome_options *chosen = ctx_options(ctx);

	if (change->member->is_bot)
		return PASS;
	if (!is_in(change->before) && is_in(change->after))
		return greet(ctx, change->member) == FAIL ? FAIL : PASS;
	/* Whoever is banned gets no goodbye. */
	if (chosen->goodbyes && is_in(change->before) && change->after == MEMBER_OUTSIDE)
		return say(ctx, change->member, chosen->goodbye, false) == FAIL ? FAIL : PASS;
	return PASS;
}

static const struct route routes[] = {
	MEMBER(follow, .group = true),
	WORK("welcome:%lld", greet_later),
	SETTER("setwelcome", "welcome", .group = true,
	       .help = N_("write what is said to who joins")),
	SETTER("setgoodbye", "goodbye", .group = true,
	       .help = N_("write what is said of who leaves")),
	END_OF_ROUTES,
};

const struct module welcome_module = {
	.name = "welcome",
	.title = N_("Welcome"),
	.icon = "👋",
	.about = N_(
		"In the text {first}, {fullname}, {mention}, {username}, {id}, {chat} and "
		"{count} are filled in, and {rules} is a "
		"link to the rules. A picture is kept, too, and [Site](buttonurl://example.org) "
		"becomes a button below, with :same at the end beside the one before. Telegram "
		"tells me who joins only while I am an "
		"administrator."),
	.options = options,
	.routes = routes,
};
