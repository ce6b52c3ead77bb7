/* operators.c - what operators ask the running bot: /op_cmds which commands are for them, /event
 * shows the update as received, /stats what is stored, /op_modules which modules there are and
 * which hosts they reach. */
#include "workers/module.h"

#include <string.h>

#define SHOWN_MAX 3500 /* longer ones come as a file */

static enum verdict show_event(struct ctx *ctx, const struct command *cmd)
{
	const char *json = answer_json(ctx, ctx_update(ctx), "");
	struct draft *draft = ctx_draft(ctx);
	struct file *file;

	(void)cmd;
	if (strlen(json) <= SHOWN_MAX)
		return ctx_reply(ctx, "<pre>%s</pre>", json);
	file = file_made(ctx, "update.json");
	file_add(file, "%s", json);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "%s", _("The update"));
	return draft_reply(draft);
}

static void add_number(struct draft *draft, const char *label, int64_t number)
{
	if (number >= 0)
		draft_add(draft, "\n%s: <b>%lld</b>", label, (long long)number);
}

static size_t count_modules(const struct ctx *ctx)
{
	size_t count = 0;

	while (ctx_modules(ctx)[count])
		count++;
	return count;
}

static enum verdict show_statistics(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct recorded_counts counts;

	(void)cmd;
	if (ctx_count(ctx, &counts) != DONE)
		return FAIL;
	draft_add(draft, "@%s", ctx_bot_username(ctx));
	add_number(draft, _("People"), counts.people);
	add_number(draft, _("New people in 48 hours"), counts.new_people);
	add_number(draft, _("Groups"), counts.groups);
	add_number(draft, _("New groups in 48 hours"), counts.new_groups);
	add_number(draft, _("Bytes in the database"), counts.database_bytes);
	add_number(draft, _("Keys in Redis"), counts.redis_keys);
	add_number(draft, _("Modules"), (int64_t)count_modules(ctx));
	return draft_reply(draft);
}

static void add_host(struct draft *draft, const struct web_host *host)
{
	if (host->key)
		draft_add(draft, "\n  %s (<code>%s</code>)", host->name, host->key);
	else
		draft_add(draft, "\n  %s", host->name);
}

static enum verdict show_modules(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "%s", _("Modules, and the hosts that they may reach:"));
	for (const struct module *const *at = ctx_modules(ctx); *at; at++) {
		draft_add(draft, "\n<b>%s</b>", (*at)->name);
		for (const struct web_host *host = (*at)->hosts; host && host->name; host++)
			add_host(draft, host);
	}
	return draft_reply(draft);
}

static void add_commands(struct ctx *ctx, struct draft *draft, const struct module *module)
{
	bool begun = false;

	for (const struct route *route = module->routes; route->kind != ROUTE_END; route++) {
		if (route->kind != ROUTE_COMMAND || !route->operators)
			continue;
		if (!begun)
			draft_add(draft, "\n<b>%s</b>", module->name);
		begun = true;
		draft_add(draft, "\n/%s", route_command(ctx, route));
		if (route_usage(ctx, route)[0])
			draft_add(draft, " <code>%s</code>", route_usage(ctx, route));
		if (route->help)
			draft_add(draft, " – %s", ctx_translate(ctx, route->help));
	}
}

/* Also those that are in no help. */
static enum verdict show_commands(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "%s", _("Commands for operators:"));
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		add_commands(ctx, draft, *at);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("op_cmds", show_commands, .operators = true,
		.help = N_("show the commands for operators")),
	COMMAND("event", show_event, .operators = true, .usage = N_("[text]"),
		.help = N_("show this update as it came")),
	COMMAND("stats", show_statistics, .operators = true, .help = N_("show what is stored")),
	COMMAND("op_modules", show_modules, .operators = true,
		.help = N_("show the modules and which hosts they reach")),
	END_OF_ROUTES,
};

const struct module operators_module = {
	.name = "operators",
	.title = N_("Operators"),
	.icon = "🛠",
	.routes = routes,
};
