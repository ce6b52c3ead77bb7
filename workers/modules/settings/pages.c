/* pages.c - the pages of the menu: modules, options, and one option with what fits its type. */
#include <string.h>

#include "workers/modules/settings/settings.h"

#define MODULES_ON_PAGE 12
#define OPTIONS_ON_PAGE 8
#define WORDS_ON_PAGE 10
#define VALUE_SHOWN 40 /* bytes of a value on a button */

/* --- names ------------------------------------------------------------------------------------ */

/* FNV-1a (RFC 9923): buttons outlive the program, so the numbers must never change. */
int number_of(const char *name)
{
	uint32_t hash = 2166136261u;

	for (const unsigned char *at = (const unsigned char *)name; *at; at++)
		hash = (hash ^ *at) * 16777619u;
	return (int)(hash & INT32_MAX);
}

int number_of_option(struct ctx *ctx, const struct option *option)
{
	return number_of(ctx_printf(ctx, "%s.%s", option->module->name, option->field->member));
}

bool find_option(struct ctx *ctx, int number, struct option *out)
{
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		for (const struct field *field = (*at)->options; field && field->type != FIELD_END;
		     field++) {
			*out = (struct option) { *at, field };
			if (number_of_option(ctx, out) == number)
				return ctx_has_option(ctx, field);
		}
	return false;
}

static bool has_options(struct ctx *ctx, const struct module *module)
{
	for (const struct field *field = module->options; field && field->type != FIELD_END;
	     field++)
		if (ctx_has_option(ctx, field))
			return true;
	return false;
}

const struct module *find_module(struct ctx *ctx, int number)
{
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		if (number_of((*at)->name) == number)
			return has_options(ctx, *at) ? *at : NULL;
	return NULL;
}

static const char *title_of(struct ctx *ctx, const struct module *module)
{
	const char *title = module->title ? ctx_translate(ctx, module->title) : module->name;

	return module->icon ? ctx_printf(ctx, "%s %s", module->icon, title) : title;
}

/* The start of a text that is short enough for a button, in whole characters. */
static const char *shortened(struct ctx *ctx, const char *text)
{
	size_t length = strlen(text);

	if (length <= VALUE_SHOWN)
		return text;
	length = VALUE_SHOWN;
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return ctx_printf(ctx, "%.*s…", (int)length, text);
}

/* --- modules ---------------------------------------------------------------------------------- */

void add_modules(struct ctx *ctx, struct draft *draft, int page)
{
	int count = 0, first = page * MODULES_ON_PAGE;

	draft_add(draft, "<b>%s</b>", _("Settings"));
	for (const struct module *const *at = ctx_modules(ctx); *at; at++) {
		if (!has_options(ctx, *at))
			continue;
		if (count >= first && count < first + MODULES_ON_PAGE) {
			draft_button(draft, title_of(ctx, *at), MODULE_SLUG, number_of((*at)->name),
				     0);
			if ((count - first) % 2)
				draft_row(draft);
		}
		count++;
	}
	draft_row(draft);
	if (page > 0)
		draft_button(draft, _("Back"), PAGE_SLUG, page - 1);
	if (first + MODULES_ON_PAGE < count)
		draft_button(draft, _("More"), PAGE_SLUG, page + 1);
	if (!count)
		draft_add(draft, "\n\n%s", _("There is nothing to choose here."));
	if (ctx_find_chat(ctx)->type == CHAT_PRIVATE && ctx_find_command(ctx, "connect"))
		draft_add(draft, "\n\n%s", _("With /connect you choose for a group from here."));
}

static int page_of_module(struct ctx *ctx, const struct module *module)
{
	int before = 0;

	for (const struct module *const *at = ctx_modules(ctx); *at && *at != module; at++)
		before += has_options(ctx, *at);
	return before / MODULES_ON_PAGE;
}

/* --- the options of a module ------------------------------------------------------------------ */

static void add_option_button(struct ctx *ctx, struct draft *draft, const struct option *option,
			      const void *options)
{
	const char *name = ctx_translate(ctx, option->field->name);
	int number = number_of_option(ctx, option);

	if (option->field->type == FIELD_BOOLEAN)
		draft_button(
			draft,
			ctx_printf(ctx, "%s %s",
				   strcmp(option_spelled(ctx, option->field, options), "on") == 0
					   ? "✅"
					   : "❌",
				   name),
			CHANGE_SLUG, number, CHANGE_SWITCH, 0);
	else
		draft_button(draft,
			     ctx_printf(ctx, "%s: %s", name,
					shortened(ctx, option_shown(ctx, option->field, options))),
			     FIELD_SLUG, number, 0);
	draft_row(draft);
}

int page_of(struct ctx *ctx, const struct option *option)
{
	int before = 0;

	for (const struct field *field = option->module->options; field < option->field; field++)
		before += ctx_has_option(ctx, field);
	return before / OPTIONS_ON_PAGE;
}

bool add_module(struct ctx *ctx, struct draft *draft, const struct module *module, int page)
{
	const void *options = ctx_options_in(ctx, module);
	int count = 0, first = page * OPTIONS_ON_PAGE;

	if (!options)
		return false;
	draft_add(draft, "<b>%s</b>", title_of(ctx, module));
	if (module->about)
		draft_add(draft, "\n\n%s", ctx_translate(ctx, module->about));
	for (const struct field *field = module->options; field->type != FIELD_END; field++) {
		const struct option option = { module, field };

		if (!ctx_has_option(ctx, field))
			continue;
		if (count >= first && count < first + OPTIONS_ON_PAGE)
			add_option_button(ctx, draft, &option, options);
		count++;
	}
	if (page > 0)
		draft_button(draft, _("Back"), MODULE_SLUG, number_of(module->name), page - 1);
	else
		draft_button(draft, _("Back"), PAGE_SLUG, page_of_module(ctx, module));
	if (first + OPTIONS_ON_PAGE < count)
		draft_button(draft, _("More"), MODULE_SLUG, number_of(module->name), page + 1);
	return true;
}

/* --- one option ------------------------------------------------------------------------------- */

struct page {
	struct ctx *ctx;
	struct draft *draft;
	const struct option *option;
	const void *options;
	int number;
};

static void add_change(const struct page *page, const char *label, enum change change, int argument)
{
	draft_button(page->draft, label, CHANGE_SLUG, page->number, (int)change, argument);
}

static void add_choices(const struct page *page)
{
	const struct field *field = page->option->field;
	const char *now = option_spelled(page->ctx, field, page->options);

	for (int i = 0; field->choices[i]; i++) {
		const char *label = field->labels ? ctx_translate(page->ctx, field->labels[i])
						  : field->choices[i];

		if (!ctx_offers_choice(page->ctx, field, (size_t)i))
			continue;
		add_change(page,
			   ctx_printf(page->ctx, "%s%s",
				      strcmp(now, field->choices[i]) == 0 ? "✅ " : "", label),
			   CHANGE_CHOICE, i);
		draft_row(page->draft);
	}
}

static void add_steps(const struct page *page)
{
	static const int small[] = { -10, -1, 1, 10 }, large[] = { -100, -10, 10, 100 };
	const struct field *field = page->option->field;
	const int *steps = field->maximum - field->minimum > 1000 ? large : small;

	for (int i = 0; i < 4; i++)
		add_change(page, ctx_printf(page->ctx, "%+d", steps[i]), CHANGE_STEP, steps[i]);
	draft_row(page->draft);
}

static void add_times(const struct page *page)
{
	static const struct {
		const char *label;
		int minutes;
	} steps[] = { { "−1h", -60 }, { "−15m", -15 }, { "+15m", 15 }, { "+1h", 60 } };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		add_change(page, steps[i].label, CHANGE_STEP, steps[i].minutes);
	draft_row(page->draft);
}

static void add_durations(const struct page *page)
{
	static const struct {
		const char *label;
		int seconds;
	} durations[] = { { "10s", 10 },    { "30s", 30 },    { "1m", 60 },    { "5m", 300 },
			  { "10m", 600 },   { "30m", 1800 },  { "1h", 3600 },  { "3h", 10800 },
			  { "6h", 21600 },  { "12h", 43200 }, { "1d", 86400 }, { "3d", 259200 },
			  { "1w", 604800 }, { "4w", 2419200 } };
	const struct field *field = page->option->field;
	int shown = 0;

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		int seconds = durations[i].seconds;

		if (field->minimum != field->maximum &&
		    (seconds < field->minimum || seconds > field->maximum))
			continue;
		add_change(page, durations[i].label, CHANGE_SECONDS, seconds);
		if (++shown % 5 == 0)
			draft_row(page->draft);
	}
	draft_row(page->draft);
}

static void add_actions(const struct page *page)
{
	const struct field *field = page->option->field;
	const struct action *now = (const void *)((const char *)page->options + field->offset);

	for (enum action_kind kind = ACTION_NONE; action_word(kind)[0]; kind++)
		if (!field->actions || field->actions & 1u << kind)
			add_change(page,
				   ctx_printf(page->ctx, "%s%s", kind == now->kind ? "✅ " : "",
					      ctx_translate(page->ctx, action_word(kind))),
				   CHANGE_ACTION, (int)kind);
	draft_row(page->draft);
	if (action_lasts(now->kind)) {
		add_durations(page);
		add_change(page, ctx_translate(page->ctx, N_("for good")), CHANGE_SECONDS, 0);
		draft_row(page->draft);
	}
	if (now->kind > ACTION_DELETE) {
		add_change(page,
			   ctx_printf(page->ctx, "%s %s", now->delete_message ? "✅" : "❌",
				      ctx_translate(page->ctx, N_("delete the message"))),
			   CHANGE_DELETION, 0);
		draft_row(page->draft);
	}
}

static void add_words(const struct page *page, int at)
{
	struct ctx *ctx = page->ctx;
	const char *const *words = *(
		const char *const *const *)(const void *)((const char *)page->options +
							  page->option->field->offset);
	int count = 0, first = at * WORDS_ON_PAGE;

	for (; words[count]; count++)
		if (count >= first && count < first + WORDS_ON_PAGE) {
			add_change(page, ctx_printf(ctx, "✖ %s", words[count]), CHANGE_WORD,
				   number_of(words[count]));
			if (count % 2)
				draft_row(page->draft);
		}
	draft_row(page->draft);
	if (at > 0)
		draft_button(page->draft, "◀", FIELD_SLUG, page->number, at - 1);
	if (first + WORDS_ON_PAGE < count)
		draft_button(page->draft, "▶", FIELD_SLUG, page->number, at + 1);
	draft_row(page->draft);
}

/* What fits without writing anything. */
static void add_values(const struct page *page, int at)
{
	switch (page->option->field->type) {
	case FIELD_CHOICE:
		add_choices(page);
		return;
	case FIELD_INTEGER:
		add_steps(page);
		return;
	case FIELD_TIME:
		add_times(page);
		return;
	case FIELD_DURATION:
		add_durations(page);
		return;
	case FIELD_ACTION:
		add_actions(page);
		return;
	case FIELD_WORDS:
		add_words(page, at);
		return;
	case FIELD_BOOLEAN:
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_CHAT:
	case FIELD_KEPT:
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TARGETS:
	case FIELD_END:
		return;
	}
}

static void add_writing(const struct page *page)
{
	struct ctx *ctx = page->ctx;
	const struct field *field = page->option->field;
	bool is_empty = !option_spelled(ctx, field, page->options)[0];

	if (field->type == FIELD_KEPT && !is_empty)
		add_change(page, _("Show"), CHANGE_SHOW, 0);
	if (field->type != FIELD_CHOICE && field->type != FIELD_BOOLEAN)
		draft_button(page->draft, field->type == FIELD_WORDS ? _("Add") : _("Write"),
			     ASK_SLUG, page->number);
	if (field->may_be_off)
		add_change(page, _("Off"), CHANGE_OFF, 0);
	if (ctx_option_is_chosen(ctx, page->option->module, field))
		add_change(page, _("Reset"), CHANGE_RESET, 0);
	draft_row(page->draft);
}

bool add_option(struct ctx *ctx, struct draft *draft, const struct option *option, int at)
{
	const struct page page = {
		.ctx = ctx,
		.draft = draft,
		.option = option,
		.options = ctx_options_in(ctx, option->module),
		.number = number_of_option(ctx, option),
	};

	if (!page.options)
		return false;
	draft_add(draft, "<b>%s</b>\n\n%s: <b>%s</b>.", title_of(ctx, option->module),
		  ctx_translate(ctx, option->field->name),
		  option_shown(ctx, option->field, page.options));
	draft_expected(draft, option->field);
	add_values(&page, at);
	add_writing(&page);
	draft_button(draft, _("Back"), MODULE_SLUG, number_of(option->module->name),
		     page_of(ctx, option));
	return true;
}
