/* disabling.c - administrators switch commands off and on in their group. A command is stored by
 * its first name, whichever name is typed; the host checks that before it runs one. */
#include "workers/module.h"

struct command_values {
	const char *name;
};

static const struct field command_arguments[] = {
	WORD_FIELD(struct command_values, name, N_("command")),
	END_OF_FIELDS(struct command_values),
};

/* NULL, after telling the person, when there is nothing to switch. */
static const struct route *find_switch(struct ctx *ctx, const struct command *cmd)
{
	const struct command_values *values = cmd->values;
	const struct route *route = ctx_find_command(ctx, values->name);

	if (route && route_is_disableable(route))
		return route;
	if (route && !route->operators)
		ctx_reply(ctx, _("/%s is always on."), route_command(ctx, route));
	else
		ctx_reply(ctx, _("I have no command “%s”."), values->name);
	return NULL;
}

static void log_switch(struct ctx *ctx, const struct user *by, const char *text,
		       const struct route *route)
{
	struct draft *draft = ctx_find_log(ctx, LOG_SETTINGS);

	if (!draft)
		return;
	draft_add(draft, "<b>%s:</b> /%s\n<b>%s</b> %s", text, route_command(ctx, route), _("By:"),
		  by->first_name);
	draft_reply(draft);
}

static enum verdict disable(struct ctx *ctx, const struct command *cmd)
{
	const struct route *route = find_switch(ctx, cmd);

	if (!route)
		return DONE;
	if (ctx_is_disabled(ctx, route))
		return ctx_reply(ctx, _("/%s is off already."), route_command(ctx, route));
	if (ctx_disable(ctx, route, true) != DONE)
		return FAIL;
	log_switch(ctx, cmd->from, _("Switched off"), route);
	return ctx_reply(ctx, _("/%s is off in this group from now on."),
			 route_command(ctx, route));
}

static enum verdict enable(struct ctx *ctx, const struct command *cmd)
{
	const struct route *route = find_switch(ctx, cmd);

	if (!route)
		return DONE;
	if (!ctx_is_disabled(ctx, route))
		return ctx_reply(ctx, _("/%s is on already."), route_command(ctx, route));
	if (ctx_disable(ctx, route, false) != DONE)
		return FAIL;
	log_switch(ctx, cmd->from, _("Switched on"), route);
	return ctx_reply(ctx, _("/%s is on again."), route_command(ctx, route));
}

/* A command with several rows is switched by one of them. */
static bool is_switch(struct ctx *ctx, const struct route *route)
{
	return route_is_disableable(route) &&
	       ctx_find_command(ctx, route_command(ctx, route)) == route;
}

/* Returns how many. */
static size_t add_commands(struct ctx *ctx, struct draft *draft, bool only_disabled)
{
	size_t count = 0;

	for (const struct module *const *module = ctx_modules(ctx); *module; module++)
		for (const struct route *route = (*module)->routes; route->kind != ROUTE_END;
		     route++)
			if (is_switch(ctx, route) &&
			    (!only_disabled || ctx_is_disabled(ctx, route))) {
				draft_add(draft, "\n/%s", route_command(ctx, route));
				count++;
			}
	return count;
}

/* One that is switched off here; NULL: there is none. */
static const struct route *find_disabled(struct ctx *ctx)
{
	for (const struct module *const *module = ctx_modules(ctx); *module; module++)
		for (const struct route *route = (*module)->routes; route->kind != ROUTE_END;
		     route++)
			if (is_switch(ctx, route) && ctx_is_disabled(ctx, route))
				return route;
	return NULL;
}

static enum verdict ask_to_enable_all(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!find_disabled(ctx))
		return ctx_reply(ctx, _("Every command is on in this group."));
	draft_add(draft, _("Switch every command on again that is off in this group?"));
	add_commands(ctx, draft, true);
	draft_button(draft, _("Switch them on"), "enableall");
	draft_button(draft, _("Leave it"), "enablenone");
	return draft_reply(draft);
}

static enum verdict enable_all(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	for (const struct route *route = find_disabled(ctx); route; route = find_disabled(ctx)) {
		if (ctx_disable(ctx, route, false) != DONE)
			return FAIL;
		log_switch(ctx, button->from, _("Switched on"), route);
	}
	draft_add(draft, _("Every command is on in this group."));
	return draft_edit(draft, button);
}

static enum verdict enable_none(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("Nothing is changed."));
	return draft_edit(draft, button);
}

static enum verdict list_disabled(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Off in this group"));
	if (add_commands(ctx, draft, true) == 0)
		return ctx_reply(ctx, _("Every command is on in this group."));
	return draft_reply(draft);
}

static enum verdict list_all(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Administrators can switch off"));
	add_commands(ctx, draft, false);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("disable", disable, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.arguments = command_arguments, .help = N_("switch a command off here")),
	COMMAND("enable", enable, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.arguments = command_arguments, .help = N_("switch a command on again")),
	COMMAND("enableall", ask_to_enable_all, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.rare = true, .help = N_("switch every command on again")),
	BUTTON("enableall", enable_all, .admin = RIGHT_ADMIN, .asker = true),
	BUTTON("enablenone", enable_none, .admin = RIGHT_ADMIN, .asker = true),
	COMMAND("disabled", list_disabled, .group = true, .always = true,
		.help = N_("list what is switched off here")),
	COMMAND("disableable", list_all, .group = true, .always = true,
		.help = N_("list what can be switched off")),
	END_OF_ROUTES,
};

const struct module disabling_module = {
	.name = "disabling",
	.title = N_("Switching commands off"),
	.icon = "🚫",
	.routes = routes,
};
