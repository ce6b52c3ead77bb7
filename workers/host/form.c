/* form.c - asks the fields of a form in turn.
 *
 *     ctx_ask_form() -> question 1 -> … -> question N -> summary -> done()
 *                         ^  back         ^  back         back, cancel
 *
 * What was answered so far is one short-lived value of the person in this chat: a number that tells
 * this form from an earlier one, whose it is, and "member=value" for each answer, in the spelling
 * of field_value.h. Questions and buttons carry the number and the field's, so that those of an
 * earlier form do nothing, and those of an earlier question correct it. */
#include "workers/host/form.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "workers/host/access.h"
#include "workers/host/arguments.h"
#include "workers/host/brief.h"
#include "workers/host/field_value.h"
#include "workers/host/here.h"
#include "workers/host/holder.h"
#include "workers/host/kept_message.h"
#include "workers/host/options.h"

#define FORM_SECONDS 3600
#define FORM_SIZE_MAX (11u << 10) /* briefs.h: at most 12 KiB */
#define FORM_FIELDS_MAX 32
#define SEPARATOR '\x1e' /* in no value: field_read() refuses it, JSON escapes it */
#define QUESTION "form:%d:%d"
#define BUTTON_SLUG "formkey:%d:%d:%d"

enum form_key { KEY_BACK = -1, KEY_CANCEL = -2, KEY_SKIP = -3, KEY_DONE = -4 };

struct form_state {
	const struct loaded_module *module;
	const struct form *form;
	int number;         /* of this form, as in its slugs */
	size_t count;       /* of fields */
	const char **given; /* for each field, as it was given; NULL: not yet; "": left out */
};

/* --- checks ----------------------------------------------------------------------------------- */

static size_t count_fields(const struct form *form)
{
	size_t count = 0;

	while (form->fields[count].type != FIELD_END)
		count++;
	return count;
}

static bool check(const struct form *forms, const struct form *form, struct why *why)
{
	size_t count = count_fields(form);

	for (; forms < form; forms++)
		if (strcmp(forms->name, form->name) == 0)
			return why_set(why, "it is there twice");
	if (!count || count > FORM_FIELDS_MAX)
		return why_set(why, "a form has 1 to %d fields", FORM_FIELDS_MAX);
	return form->done || why_set(why, "nothing is done with it");
}

bool form_check_all(const struct module *module, struct why *why)
{
	for (const struct form *form = module->forms; form && form->name; form++)
		if (!check(module->forms, form, why)) {
			why_prefix(why, "form \"%s\"", form->name);
			return why_prefix(why, "module \"%s\"", module->name);
		}
	return true;
}

/* --- what was answered so far ----------------------------------------------------------------- */

static bool find_key(struct ctx *ctx, struct brief_key *out)
{
	const struct chat *chat = ctx_find_here(ctx);
	const struct user *user = ctx_find_user(ctx);

	if (!chat || !user || user_is_stand_in(user))
		return false;
	*out = (struct brief_key) {
		.holder = { .scope = OF_MEMBER, .id = chat->id, .person = user->id },
		.module = "forms",
		.name = "form",
	};
	return true;
}

static struct form_state *state_of(struct ctx *ctx, const struct loaded_module *module,
				   const struct form *form, int number)
{
	struct form_state *state = arena_alloc(ctx->arena, sizeof(*state));

	*state = (struct form_state) {
		.module = module, .form = form, .number = number, .count = count_fields(form)
	};
	state->given = arena_alloc(ctx->arena, state->count * sizeof(*state->given));
	memset(state->given, 0, state->count * sizeof(*state->given));
	return state;
}

/* False: it is too long, or Redis is away. */
static bool save(struct ctx *ctx, const struct form_state *state)
{
	const char *text = arena_printf(ctx->arena, "%d%c%s%c%s", state->number, SEPARATOR,
					state->module->module->name, SEPARATOR, state->form->name);
	struct brief_key key;

	for (size_t i = 0; i < state->count; i++)
		if (state->given[i])
			text = arena_printf(ctx->arena, "%s%c%s=%s", text, SEPARATOR,
					    state->form->fields[i].member, state->given[i]);
	return strlen(text) <= FORM_SIZE_MAX && find_key(ctx, &key) &&
	       brief_set_at(ctx, &key, text, FORM_SECONDS);
}

static bool forget(struct ctx *ctx)
{
	struct brief_key key;

	return find_key(ctx, &key) && brief_set_at(ctx, &key, NULL, FORM_SECONDS);
}

static const struct loaded_module *find_module(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->modules_count; i++)
		if (name && strcmp(host->modules[i].module->name, name) == 0)
			return &host->modules[i];
	return NULL;
}

static const struct form *find_form(const struct module *module, const char *name)
{
	for (const struct form *form = module->forms; form && form->name; form++)
		if (name && strcmp(form->name, name) == 0)
			return form;
	return NULL;
}

static void take_given(struct form_state *state, char *pair)
{
	char *value = strchr(pair, '=');

	if (!value)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < state->count; i++)
		if (strcmp(state->form->fields[i].member, pair) == 0)
			state->given[i] = value;
}

/* NULL: there is none, or another one. */
static struct form_state *load(struct ctx *ctx, int number)
{
	const char separator[] = { SEPARATOR, '\0' };
	const struct loaded_module *module;
	const struct form *form;
	struct form_state *state;
	struct brief_key key;
	const char *found = find_key(ctx, &key) ? brief_find_at(ctx, &key) : NULL;
	char *rest = found ? arena_strdup(ctx->arena, found) : NULL;
	const char *first = rest ? strsep(&rest, separator) : NULL;

	if (!first || strtol(first, NULL, 10) != number)
		return NULL;
	module = find_module(ctx->host, strsep(&rest, separator));
	form = module ? find_form(module->module, strsep(&rest, separator)) : NULL;
	if (!form)
		return NULL;
	state = state_of(ctx, module, form, number);
	for (char *pair; (pair = strsep(&rest, separator));)
		take_given(state, pair);
	return state;
}

/* --- values ----------------------------------------------------------------------------------- */

static struct target target_at(const struct field *field, const void *member)
{
	if (field->type == FIELD_TARGET)
		return *(const struct target *)member;
	return (struct target) { .user = *(const struct user *const *)member };
}

/* As it is kept until the form is done: of a person only the id. */
static const char *spell(struct ctx *ctx, const struct field *field, const void *member)
{
	struct target target;

	if (field->type != FIELD_USER && field->type != FIELD_TARGET)
		return field_spell(field, member, ctx->arena);
	target = target_at(field, member);
	return arena_printf(ctx->arena, "%" PRId64,
			    target.channel ? target.channel->id : target.user->id);
}

static bool fill(struct ctx *ctx, const struct field *field, const char *given, void *member)
{
	const struct field_reader reader = { .arena = ctx->arena };
	struct target target;

	if (field->type == FIELD_KEPT)
		return *(const char **)member = given, true;
	if (field->type != FIELD_USER && field->type != FIELD_TARGET)
		return field_read(field, text_of(given), &reader, member);
	target = target_of(ctx, strtoll(given, NULL, 10));
	if (field->type == FIELD_TARGET)
		*(struct target *)member = target;
	else
		*(const struct user **)member = target.user;
	return true;
}

/* The struct of all answers; NULL: not of one that an older program took. */
static const char *fill_all(struct ctx *ctx, const struct form_state *state)
{
	char *values = arena_alloc(ctx->arena, state->form->fields[state->count].offset);

	for (size_t i = 0; i < state->count; i++) {
		const struct field *field = &state->form->fields[i];
		const char *given = state->given[i];

		arguments_set_default(ctx, field, values);
		if (given && given[0] && !fill(ctx, field, given, values + field->offset))
			return NULL;
	}
	return values;
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool is_large(const struct field *field)
{
	return field->type == FIELD_CHOICE && field->labels;
}

static void add_choice(struct ctx *ctx, const struct form_state *state, struct draft *draft,
		       size_t at, int choice, const char *label)
{
	draft_button(draft, ctx_translate(ctx, label), BUTTON_SLUG, state->number, (int)at, choice);
	if (is_large(&state->form->fields[at]))
		draft_row(draft);
}

/* What is chosen is written by pressing a button. */
static void add_choices(struct ctx *ctx, const struct form_state *state, struct draft *draft,
			size_t at)
{
	const struct field *field = &state->form->fields[at];

	if (field->type == FIELD_BOOLEAN) {
		add_choice(ctx, state, draft, at, 1, N_("Yes"));
		add_choice(ctx, state, draft, at, 0, N_("No"));
	}
	for (int i = 0; field->type == FIELD_CHOICE && field->choices[i]; i++)
		if (ctx_offers_choice(ctx, field, (size_t)i))
			add_choice(ctx, state, draft, at, i,
				   field->labels ? field->labels[i] : field->choices[i]);
	for (size_t i = 0; field->type == FIELD_ACTION && i < action_names_count; i++)
		if (!field->actions || field->actions & 1u << action_names[i].kind)
			add_choice(ctx, state, draft, at, (int)i, action_names[i].name);
	draft_row(draft);
}

static void add_keys(struct ctx *ctx, const struct form_state *state, struct draft *draft,
		     size_t at)
{
	if (at > 0)
		draft_button(draft, _("Back"), BUTTON_SLUG, state->number, (int)at, KEY_BACK);
	if (at < state->count && state->form->fields[at].optional)
		draft_button(draft, _("Skip"), BUTTON_SLUG, state->number, (int)at, KEY_SKIP);
	draft_button(draft, _("Cancel"), BUTTON_SLUG, state->number, (int)at, KEY_CANCEL);
}

/* It takes the place of the question before it. */
static enum verdict say(const struct form_state *state, struct draft *draft)
{
	draft_name(draft, FORM_SECONDS, "form:%d", state->number);
	return draft_reply(draft);
}

/* The answer replies to the question, so that no reply says who or what is meant. */
static void add_expected(struct ctx *ctx, struct draft *draft, const struct field *field)
{
	if (field->type == FIELD_USER || field->type == FIELD_TARGET)
		draft_add(draft, " %s",
			  _("It is a person: an id, the username of somebody I have seen, or a "
			    "mention."));
	else if (field->type == FIELD_KEPT)
		draft_add(draft, " %s", _("It is a text or a file."));
	else
		draft_expected(draft, field);
}

/* `fault`: why the answer before was none; NULL: it was one. */
static enum verdict ask(struct ctx *ctx, const struct form_state *state, size_t at,
			const char *fault)
{
	const struct field *field = &state->form->fields[at];
	const char *question = field->question ? field->question : field->name;
	const struct chat *here = ctx_find_here(ctx);
	struct draft *draft = ctx_draft(ctx);

	if (fault)
		draft_add(draft, "%s\n\n", fault);
	draft_add(draft, "<b>%s</b> (%zu/%zu)", ctx_translate(ctx, question), at + 1, state->count);
	add_expected(ctx, draft, field);
	if (here && here->type != CHAT_PRIVATE)
		draft_add(draft, "\n<i>%s</i>", _("Please reply to this message."));
	add_choices(ctx, state, draft, at);
	add_keys(ctx, state, draft, at);
	draft_question(draft, QUESTION, state->number, (int)at);
	return say(state, draft);
}

static const char *shown(struct ctx *ctx, const struct field *field, const char *values)
{
	struct target target;

	if (field->type != FIELD_USER && field->type != FIELD_TARGET)
		return option_shown(ctx, field, values);
	target = target_at(field, values + field->offset);
	if (target.channel)
		return target.channel->title[0]
			       ? target.channel->title
			       : ctx_printf(ctx, "%lld", (long long)target.channel->id);
	if (!target.user)
		return "";
	return target.user->first_name[0] ? target.user->first_name
					  : ctx_printf(ctx, "%lld", (long long)target.user->id);
}

static enum verdict tell_closed(struct ctx *ctx)
{
	return ctx_reply(ctx, "%s", _("That question is no longer open. Please start again."));
}

static struct draft *write_summary(struct ctx *ctx, const struct form_state *state,
				   const char *values)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "<b>%s</b>\n", ctx_translate(ctx, state->form->title));
	for (size_t i = 0; i < state->count; i++) {
		const struct field *field = &state->form->fields[i];

		if (state->given[i] && state->given[i][0])
			draft_add(draft, "\n%s: <b>%s</b>", ctx_translate(ctx, field->name),
				  shown(ctx, field, values));
	}
	return draft;
}

static enum verdict summarize(struct ctx *ctx, const struct form_state *state)
{
	const char *values = fill_all(ctx, state);
	struct draft *draft;

	if (!values)
		return tell_closed(ctx);
	draft = write_summary(ctx, state, values);
	draft_button(draft, _("Done"), BUTTON_SLUG, state->number, (int)state->count, KEY_DONE);
	draft_row(draft);
	add_keys(ctx, state, draft, state->count);
	return say(state, draft);
}

/* The first that has no answer. */
static enum verdict go_on(struct ctx *ctx, const struct form_state *state)
{
	size_t at = 0;

	if (!save(ctx, state))
		return ctx_reply(ctx, "%s",
				 _("I cannot note that right now: it is too long, or my memory is "
				   "away. Please try again."));
	while (at < state->count && state->given[at])
		at++;
	return at < state->count ? ask(ctx, state, at, NULL) : summarize(ctx, state);
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *refusal(struct ctx *ctx, const struct form *form)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct user *user = ctx_find_user(ctx);

	return chat && user ? access_reason(ctx, access_of_person(ctx, form->admin, chat, user))
			    : NULL;
}

/* The text as it is kept; NULL and why not. */
static const char *read_answer(struct ctx *ctx, const struct form_state *state, size_t at,
			       const struct message *message, const char **fault)
{
	const struct field *field = &state->form->fields[at];
	char *values = arena_alloc(ctx->arena, state->form->fields[state->count].offset);

	if (field->type == FIELD_KEPT) {
		const char *kept = message_keep(ctx, message);

		*fault = ctx_translate(ctx, message_keep_fault(message));
		return kept[0] ? kept : NULL;
	}
	if (arguments_take_answer(ctx, field, values, fault))
		return spell(ctx, field, values + field->offset);
	if (!*fault)
		*fault = ctx_printf(ctx, _("“%s” does not fit here: %s."),
				    ctx_printf(ctx, "%.64s", message->text),
				    ctx_translate(ctx, field->name));
	return NULL;
}

enum verdict ctx_run_form_answer(struct ctx *ctx, const struct message *message)
{
	struct form_state *state = load(ctx, (int)slug_integer(ctx, 0));
	size_t at = (size_t)slug_integer(ctx, 1);
	const char *fault = NULL, *given;

	if (!state || at >= state->count)
		return tell_closed(ctx);
	fault = refusal(ctx, state->form);
	if (fault)
		return ctx_reply(ctx, "%s", fault);
	given = read_answer(ctx, state, at, message, &fault);
	if (!given)
		return ask(ctx, state, at, fault);
	state->given[at] = given;
	return go_on(ctx, state);
}

/* --- buttons ---------------------------------------------------------------------------------- */

static const char *chosen(const struct field *field, int64_t choice)
{
	if (choice < 0)
		return NULL;
	if (field->type == FIELD_BOOLEAN)
		return choice ? "on" : "off";
	if (field->type == FIELD_ACTION)
		return (size_t)choice < action_names_count ? action_names[choice].name : NULL;
	for (int64_t i = 0; field->type == FIELD_CHOICE && field->choices[i]; i++)
		if (i == choice)
			return field->choices[i];
	return NULL;
}

/* The state goes last: who is not told that it is done can press again. */
static enum verdict finish(struct ctx *ctx, const struct form_state *state,
			   const struct button *button)
{
	const char *values = fill_all(ctx, state);
	const struct row *row = ctx->row;
	const struct slug_values *slug_values = ctx->slug_values;
	enum verdict verdict;

	for (size_t i = 0; i < state->count; i++)
		if (!state->given[i])
			return go_on(ctx, state);
	if (!values)
		return tell_closed(ctx);
	draft_edit(write_summary(ctx, state, values), button);
	ctx->row = &state->module->own;
	ctx->slug_values = NULL;
	verdict = state->form->done(ctx, values);
	ctx->row = row;
	ctx->slug_values = slug_values;
	if (verdict == FAIL || ctx->failure.reason)
		return FAIL;
	forget(ctx);
	return verdict;
}

static enum verdict cancel(struct ctx *ctx, const struct form_state *state)
{
	if (!forget(ctx))
		return ctx_reply(ctx, "%s", _("I cannot note that right now. Please try again."));
	ctx_unsay(ctx, "form:%d", state->number);
	return ctx_reply(ctx, "%s", _("I am no longer waiting for an answer from you."));
}

static enum verdict run_key(struct ctx *ctx, struct form_state *state, const struct button *button)
{
	const size_t at = (size_t)slug_integer(ctx, 1);
	const int64_t key = slug_integer(ctx, 2);
	const struct field *field = at < state->count ? &state->form->fields[at] : NULL;
	const char *given = field ? chosen(field, key) : NULL;

	if (key == KEY_CANCEL)
		return cancel(ctx, state);
	if (key == KEY_DONE)
		return finish(ctx, state, button);
	if (key == KEY_BACK && at > 0 && at <= state->count) {
		state->given[at - 1] = NULL;
		return go_on(ctx, state);
	}
	if (key == KEY_SKIP && field && field->optional)
		given = "";
	if (!given)
		return tell_closed(ctx);
	state->given[at] = given;
	return go_on(ctx, state);
}

enum verdict ctx_run_form_button(struct ctx *ctx, const struct button *button)
{
	struct form_state *state = load(ctx, (int)slug_integer(ctx, 0));
	const char *why = state ? refusal(ctx, state->form) : NULL;

	if (!state)
		return ctx_toast(ctx, "%s",
				 _("That question is no longer open. Please start again."));
	if (why)
		return ctx_alert(ctx, "%s", why);
	return run_key(ctx, state, button);
}

/* In the name of the module that has the steps, as all that follow: names of messages are a
 * module's own. */
static enum verdict begin(struct ctx *ctx, const struct form_state *state)
{
	const struct loaded_module *forms = find_module(ctx->host, "forms");
	const struct row *row = ctx->row;
	enum verdict verdict;

	if (!forms)
		return ctx_fail(ctx, "the module \"forms\" is not loaded");
	ctx->row = &forms->own;
	verdict = go_on(ctx, state);
	ctx->row = row;
	return verdict;
}

enum verdict ctx_ask_form(struct ctx *ctx, const char *name)
{
	const struct form *form = find_form(ctx->row->module, name);
	const struct loaded_module *module = find_module(ctx->host, ctx->row->module->name);
	struct brief_key key;
	const char *why;

	if (!form)
		return ctx_fail(ctx, "the module has no form \"%s\"", name);
	if (!find_key(ctx, &key))
		return ctx_reply(ctx, "%s", access_reason(ctx, ACCESS_ANONYMOUS));
	why = refusal(ctx, form);
	if (why)
		return ctx_reply(ctx, "%s", why);
	return begin(ctx, state_of(ctx, module, form, (int)ctx_random(ctx, INT32_MAX)));
}
