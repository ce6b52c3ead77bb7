/* help.c - /help: the modules as buttons, and a page for each with what it is for, its commands and
 * where they work. Modules with the same title have one page. */
#include <stdlib.h>
#include <string.h>

#include "workers/modules/start.h"

#define TITLES_MAX 200
#define TITLES_ON_PAGE 20
#define BUTTONS_IN_ROW 2

/* Whose commands a section of a page has. */
enum section { SECTION_ALL, SECTION_PRIVATE, SECTION_GROUPS, SECTION_ADMINS, SECTION_OPERATORS };

struct title {
	const struct module *module; /* the first with this title */
	const char *text;            /* in the language of the chat */
};

static bool is_shown(struct ctx *ctx, const struct module *module, const struct route *route)
{
	return route->kind == ROUTE_COMMAND && route->help && ctx_offers(ctx, module, route) &&
	       !ctx_is_disabled(ctx, route) &&
	       (!route->operators || ctx_is_operator(ctx, ctx_find_user(ctx)));
}

static enum section section_of(const struct route *route)
{
	if (route->operators)
		return SECTION_OPERATORS;
	if (route->admin != RIGHT_NONE)
		return SECTION_ADMINS;
	if (route->private)
		return SECTION_PRIVATE;
	return route->group ? SECTION_GROUPS : SECTION_ALL;
}

static bool has_same_title(const struct module *module, const struct module *other)
{
	return module->title && other->title && strcmp(module->title, other->title) == 0;
}

/* Whether there is anything to say about it to this person. */
static bool has_page(struct ctx *ctx, const struct module *module)
{
	if (module->title && module->about)
		return true;
	for (const struct route *route = module->routes; route->kind != ROUTE_END; route++)
		if (is_shown(ctx, module, route))
			return module->title != NULL;
	return false;
}

static int by_text(const void *left, const void *right)
{
	return strcasecmp(((const struct title *)left)->text, ((const struct title *)right)->text);
}

static size_t list_titles(struct ctx *ctx, struct title titles[TITLES_MAX])
{
	size_t count = 0;

	for (const struct module *const *at = ctx_modules(ctx); *at && count < TITLES_MAX; at++) {
		bool known = false;

		for (size_t i = 0; i < count; i++)
			known = known || has_same_title(titles[i].module, *at);
		if (!known && has_page(ctx, *at))
			titles[count++] = (struct title) { *at, ctx_translate(ctx, (*at)->title) };
	}
	if (count > 0)
		qsort(titles, count, sizeof(titles[0]), by_text);
	return count;
}

static const char *label_of(struct ctx *ctx, const struct title *title)
{
	return title->module->icon ? ctx_printf(ctx, "%s %s", title->module->icon, title->text)
				   : title->text;
}

/* Pages of buttons, when there are many. */
static void add_turns(struct ctx *ctx, struct draft *draft, int page, size_t count)
{
	if (page > 0)
		draft_button(draft, _("Back"), "help:%d", page - 1);
	if ((size_t)(page + 1) * TITLES_ON_PAGE < count)
		draft_button(draft, _("More"), "help:%d", page + 1);
}

static void add_menu(struct ctx *ctx, struct draft *draft, int page)
{
	struct title titles[TITLES_MAX];
	size_t count = list_titles(ctx, titles), first = (size_t)page * TITLES_ON_PAGE;

	draft_add(draft, _("<b>What I can do</b>\n\nChoose what you want to know about. Of what "
			   "follows a command, <code>&lt;this&gt;</code> is needed and "
			   "<code>[this]</code> is not."));
	for (size_t i = first; i < count && i < first + TITLES_ON_PAGE; i++) {
		if (i > first && (i - first) % BUTTONS_IN_ROW == 0)
			draft_row(draft);
		draft_button(draft, label_of(ctx, &titles[i]), "helpof:%.31s:%d",
			     titles[i].module->name, page);
	}
	draft_row(draft);
	add_turns(ctx, draft, page, count);
	start_add_way_back(ctx, draft);
}

static void add_command(struct ctx *ctx, struct draft *draft, const struct route *route)
{
	const char *usage = route_usage(ctx, route);

	draft_add(draft, "\n/%s", route_command(ctx, route));
	if (usage[0] != '\0')
		draft_add(draft, " <code>%s</code>", usage);
	draft_add(draft, " – %s", ctx_translate(ctx, route->help));
}

/* A heading above what is not for everybody. */
static void add_heading(struct draft *draft, enum section section, const char *heading)
{
	draft_add(draft, section == SECTION_ALL ? "\n%s" : "\n\n<b>%s</b>", heading);
}

static void add_section(struct ctx *ctx, struct draft *draft, const struct module *of,
			enum section section, const char *heading)
{
	bool begun = false;

	for (const struct module *const *at = ctx_modules(ctx); *at; at++) {
		if (!has_same_title(*at, of))
			continue;
		for (const struct route *route = (*at)->routes; route->kind != ROUTE_END; route++) {
			if (!is_shown(ctx, *at, route) || section_of(route) != section)
				continue;
			if (!begun)
				add_heading(draft, section, heading);
			begun = true;
			add_command(ctx, draft, route);
		}
	}
}

static void add_page(struct ctx *ctx, struct draft *draft, const struct module *module)
{
	const struct title title = { module, ctx_translate(ctx, module->title) };

	draft_add(draft, "<b>%s</b>", label_of(ctx, &title));
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		if (has_same_title(*at, module) && (*at)->about)
			draft_add(draft, "\n\n%s", ctx_translate(ctx, (*at)->about));
	add_section(ctx, draft, module, SECTION_ALL, "");
	add_section(ctx, draft, module, SECTION_PRIVATE, _("In a private chat with me"));
	add_section(ctx, draft, module, SECTION_GROUPS, _("In groups"));
	add_section(ctx, draft, module, SECTION_ADMINS, _("For administrators"));
	add_section(ctx, draft, module, SECTION_OPERATORS, _("For those who run me"));
}

static enum verdict show_menu(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	add_menu(ctx, draft, 0);
	/* Nobody else needs to read it. */
	if (chat_is_group(ctx_find_chat(ctx)) && !user_is_stand_in(ctx_find_user(ctx)))
		draft_flags(draft, DRAFT_ONLY_FOR_THEM);
	return draft_reply(draft);
}

static enum verdict help(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return show_menu(ctx);
}

/* t.me/BOT?start=help */
static enum verdict help_by_link(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return show_menu(ctx);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	add_menu(ctx, draft, (int)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static enum verdict open_page(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	const struct module *const *at = ctx_modules(ctx);

	while (*at && strcmp((*at)->name, slug_text(ctx, 0)) != 0)
		at++;
	if (*at)
		add_page(ctx, draft, *at);
	else /* of another version, or no longer loaded */
		add_menu(ctx, draft, 0);
	if (*at)
		draft_button(draft, _("Back"), "help:%d", (int)slug_integer(ctx, 1));
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("help", help, .always = true, .help = N_("show what I can do")),
	LINK("help", help_by_link),
	BUTTON("help:%d", turn, .asker = true),
	BUTTON("helpof:%.31s:%d", open_page, .asker = true),
	END_OF_ROUTES,
};

const struct module help_module = {
	.name = "help",
	.title = N_("Help"),
	.icon = "💡",
	.routes = routes,
};
