/* help.c - /help lists the commands that this person can use in this chat, and nothing else. */
#include "workers/module.h"

#include <string.h>

static bool is_shown(struct ctx *ctx, const struct route *route)
{
	return route->kind == ROUTE_COMMAND && route->help &&
	       ctx_admits(ctx, route, ctx_find_chat(ctx), ctx_find_user(ctx)) &&
	       !ctx_is_disabled(ctx, route);
}

static bool has_shown(struct ctx *ctx, const struct module *module)
{
	for (const struct route *route = module->routes; route->kind != ROUTE_END; route++)
		if (is_shown(ctx, route))
			return true;
	return false;
}

static void add_command(struct ctx *ctx, struct draft *draft, const struct route *route)
{
	const char *usage = route_usage(ctx, route);

	draft_add(draft, "\n/%s", route_command(ctx, route));
	if (usage[0] != '\0')
		draft_add(draft, " <code>%s</code>", usage);
	draft_add(draft, " – %s", ctx_translate(ctx, route->help));
	if (route->admin != RIGHT_NONE)
		draft_add(draft, " <i>%s</i>", _("(administrators)"));
}

/* Adjacent modules with the same title are shown as one. Returns the last title shown. */
static const char *add_module(struct ctx *ctx, struct draft *draft, const struct module *module,
			      const char *last)
{
	if (!module->title || !has_shown(ctx, module))
		return last;
	if (strcmp(module->title, last) != 0)
		draft_add(draft, "\n\n<b>%s</b>", ctx_translate(ctx, module->title));
	for (const struct route *route = module->routes; route->kind != ROUTE_END; route++)
		if (is_shown(ctx, route))
			add_command(ctx, draft, route);
	return module->title;
}

static enum verdict show_help(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);
	const char *last = "";

	draft_add(draft, "%s", _("This is what I can do here."));
	for (const struct module *const *module = ctx_modules(ctx); *module; module++)
		last = add_module(ctx, draft, *module, last);
	return draft_reply(draft);
}

static enum verdict help(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return show_help(ctx);
}

/* t.me/BOT?start=help */
static enum verdict help_by_link(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return show_help(ctx);
}

static const struct route routes[] = {
	COMMAND("help", help, .always = true, .help = N_("show what I can do")),
	LINK("help", help_by_link),
	END_OF_ROUTES,
};

const struct module help_module = {
	.name = "help",
	.title = N_("Help"),
	.routes = routes,
};
