/* option_command.c - options set by commands: /set and SETTER(), and by modules. */
#include <string.h>

#include "common/utf8.h"
#include "workers/host/access.h"
#include "workers/host/admins.h"
#include "workers/host/answer.h"
#include "workers/host/field_value.h"
#include "workers/host/kept.h"
#include "workers/host/kept_message.h"
#include "workers/host/option_copy.h"

#define CANDIDATES_MAX 8

/* --- what it is now --------------------------------------------------------------------------- */

static const char *name_of(struct ctx *ctx, const struct named_option *option)
{
	return ctx_printf(ctx, "%s.%s", option->table->module->name, option->field->member);
}

static void add_current(struct ctx *ctx, struct draft *draft, const struct named_option *option,
			const void *values)
{
	const struct field *field = option->field;

	draft_add(draft, "<b>%s</b>: %s", ctx_translate(ctx, field->name),
		  option_shown(ctx, field, values));
}

static void add_usage(struct ctx *ctx, struct draft *draft, const struct named_option *option)
{
	if (ctx->row->route->option)
		draft_add(draft, "\n\n<code>/%s …</code>", route_command(ctx, ctx->row->route));
	else
		draft_add(draft, "\n\n<code>/set %s …</code>", name_of(ctx, option));
}

static const void *read_current(struct ctx *ctx, const struct named_option *option)
{
	struct holder holder;

	if (options_holder(ctx, &holder))
		return options_read(ctx, option->table, holder);
	ctx_fail(ctx, "an option of an update that has no chat");
	return NULL;
}

/* A kept text is shown as it is. */
static enum verdict say_kept(struct ctx *ctx, const char *kept)
{
	struct draft *draft = ctx_draft(ctx);

	draft_kept(draft, kept, NULL);
	return draft_reply(draft);
}

static enum verdict show(struct ctx *ctx, const struct named_option *option)
{
	const struct field *field = option->field;
	const char *values = read_current(ctx, option);
	struct draft *draft = ctx_draft(ctx);

	if (!values)
		return FAIL;
	if (field->type == FIELD_KEPT && *field_spell(field, values + field->offset, ctx->arena))
		return say_kept(ctx, *(const char *const *)(values + field->offset));
	add_current(ctx, draft, option, values);
	draft_add(draft, ".");
	draft_expected(draft, field);
	add_usage(ctx, draft, option);
	return draft_reply(draft);
}

/* --- setting ---------------------------------------------------------------------------------- */

/* The start of what somebody wrote. */
static const char *quote(struct ctx *ctx, struct text text)
{
	return arena_strndup(ctx->arena, text.data, utf8_prefix(text.data, text.length, 64));
}

static const char *does_not_fit(struct ctx *ctx, const struct field *field, struct text text)
{
	return ctx_printf(ctx, _("“%s” does not fit here: %s."), quote(ctx, text),
			  ctx_translate(ctx, field->name));
}

static enum verdict explain(struct ctx *ctx, const struct named_option *option, struct text text)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", does_not_fit(ctx, option->field, text));
	if (option->field->type == FIELD_WORD)
		draft_add(draft, " %s", _("It is one word."));
	draft_expected(draft, option->field);
	add_usage(ctx, draft, option);
	return draft_reply(draft);
}

/* "@news" is looked up, and nobody makes the bot write where they have no say. */
static const char *resolve_chat(struct ctx *ctx, struct text *text)
{
	const char *name = arena_strndup(ctx->arena, text->data, text->length);
	const struct answer *chat;

	if (text->length < 2 || *text->data != '@')
		return NULL;
	chat = ctx_callf(ctx, "getChat", "{chat_id: %s}", name);
	if (!answer_ok(chat) || answer_integer(chat, "id") >= 0)
		return ctx_printf(ctx, _("I know no group or channel by the name “%s”."), name);
	*text = text_of(ctx_printf(ctx, "%lld", (long long)answer_integer(chat, "id")));
	return NULL;
}

const char *option_refuse_chat(struct ctx *ctx, const char *value)
{
	const struct chat *here = ctx_find_chat(ctx);
	const struct user *user = ctx_find_user(ctx);
	int64_t id = 0;
	uint32_t rights = 0;

	if (!field_read_digits(text_of(value), &id) || (here && here->id == id))
		return NULL;
	if (user && admins_rights(ctx, id, user->id, &rights) == ADMINS_KNOWN &&
	    rights & 1u << RIGHT_ADMIN)
		return NULL;
	return _("I do not see that you administer that chat. I have to be in it, too.");
}

static enum verdict write(struct ctx *ctx, const struct named_option *option, const char *value,
			  const char *kept)
{
	struct option_write write = {
		.table = option->table, .field = option->field, .value = value, .kept = kept
	};
	struct draft *draft = ctx_draft(ctx);
	const char *why = option->field->type == FIELD_CHAT && value
				  ? option_refuse_chat(ctx, value)
				  : NULL;
	const void *values;

	if (why)
		return ctx_reply(ctx, "%s", why);
	if (!options_holder(ctx, &write.holder))
		return ctx_fail(ctx, "an option of an update that has no chat");
	why = options_write(ctx, &write, 1);
	if (ctx->failure.reason)
		return FAIL;
	if (why)
		return ctx_reply(ctx, "%s", why);
	if (kept)
		return ctx_reply(ctx, "%s", _("I will say that."));
	values = read_current(ctx, option);
	if (!values)
		return FAIL;
	add_current(ctx, draft, option, values);
	return draft_reply(draft);
}

static enum verdict set_kept(struct ctx *ctx, const struct named_option *option, struct text text)
{
	const char *fault = NULL, *kept;

	if (option->field->may_be_off && text.length &&
	    field_first_word(text).length == text.length &&
	    field_is_off(text, ctx->host->languages))
		return write(ctx, option, "off", NULL);
	kept = message_keep_given(ctx, text, &fault);
	if (kept)
		return write(ctx, option, KEPT_SET, kept);
	return fault ? ctx_reply(ctx, "%s", ctx_translate(ctx, fault)) : show(ctx, option);
}

/* `text` is what follows in the message. */
static enum verdict set(struct ctx *ctx, const struct named_option *option, struct text text)
{
	const char *why = ctx_option_refusal(ctx, option->field), *value;

	if (why)
		return ctx_reply(ctx, "%s", why);
	if (option->field->type == FIELD_KEPT)
		return set_kept(ctx, option, text);
	if (!text.length)
		return show(ctx, option);
	if (option->field->type == FIELD_CHAT) {
		why = resolve_chat(ctx, &text);
		if (why)
			return ctx_reply(ctx, "%s", why);
	}
	if (!option_parse(ctx, option->field, text, &value))
		return explain(ctx, option, text);
	return write(ctx, option, value, NULL);
}

/* --- which one -------------------------------------------------------------------------------- */

static bool require_named(struct ctx *ctx, struct text name, struct named_option *out)
{
	struct named_option options[CANDIDATES_MAX];
	size_t count = options_find_named(ctx->host, name, options, CANDIDATES_MAX);
	struct draft *draft;

	*out = options[0];
	if (count == 1)
		return true;
	draft = ctx_draft(ctx);
	if (count == 0)
		draft_add(draft, _("I have no option “%s”."), quote(ctx, name));
	else
		draft_add(draft, "%s", _("Which of these?"));
	for (size_t i = 0; i < count && i < CANDIDATES_MAX; i++)
		draft_add(draft, "\n<code>%s</code>", name_of(ctx, &options[i]));
	draft_reply(draft);
	return false;
}

enum verdict ctx_run_set(struct ctx *ctx, const struct command *cmd)
{
	struct text rest = ctx->match.args;
	struct text name = field_first_word(rest);
	struct named_option option;

	if (!name.length)
		return ctx_reply(ctx, _("This needs: %s."), _("option"));
	if (!require_named(ctx, name, &option))
		return DONE;
	(void)cmd;
	field_skip(&rest, name.length);
	return set(ctx, &option, rest);
}

enum verdict ctx_run_reset(struct ctx *ctx, const struct command *cmd)
{
	struct text name = field_first_word(ctx->match.args);
	struct named_option option;
	const char *why;

	(void)cmd;
	if (!name.length)
		return ctx_reply(ctx, _("This needs: %s."), _("option"));
	if (!require_named(ctx, name, &option))
		return DONE;
	why = ctx_option_refusal(ctx, option.field);
	return why ? ctx_reply(ctx, "%s", why) : write(ctx, &option, NULL, NULL);
}

enum verdict ctx_run_setter(struct ctx *ctx, const struct command *cmd)
{
	const struct option_table *table = ctx->row->options;
	struct named_option option = { table,
				       option_table_find(table, text_of(ctx->row->route->option)) };

	(void)cmd;
	return set(ctx, &option, ctx->match.args);
}

/* --- by a module ------------------------------------------------------------------------------ */

/* False: it does not fit. */
static bool take_value(struct ctx *ctx, const char *value, struct option_write *write)
{
	struct kept kept;
	struct why why;

	if (!value || write->field->type != FIELD_KEPT)
		return !value || option_parse(ctx, write->field, text_of(value), &write->value);
	if (write->field->may_be_off && strcmp(value, "off") == 0) {
		write->value = "off";
		return true;
	}
	write->value = KEPT_SET;
	write->kept = value;
	return kept_read(value, ctx->arena, &kept, &why);
}

const char *ctx_set_option(struct ctx *ctx, const char *member, const char *value)
{
	struct option_write write = { .table = ctx->row->options };
	const char *why;

	if (write.table)
		write.field = option_table_find(write.table, text_of(member));
	if (!write.field || !options_holder(ctx, &write.holder)) {
		ctx_fail(ctx, "the module has no option \"%s\" here", member);
		return _("Something went wrong here, and it has been reported.");
	}
	if (!take_value(ctx, value, &write))
		return does_not_fit(ctx, write.field, text_of(value));
	why = options_following(ctx, write.holder);
	return why ? why : options_write(ctx, &write, 1);
}

/* --- of any module ---------------------------------------------------------------------------- */

static const struct option_table *table_of(const struct ctx *ctx, const struct module *module)
{
	for (size_t i = 0; i < ctx->host->modules_count; i++)
		if (ctx->host->modules[i].module == module)
			return ctx->host->modules[i].options;
	return NULL;
}

const void *ctx_options_in(struct ctx *ctx, const struct module *module)
{
	const struct named_option option = { .table = table_of(ctx, module) };

	if (option.table)
		return read_current(ctx, &option);
	ctx_fail(ctx, "the module \"%s\" has no options", module->name);
	return NULL;
}

bool ctx_has_option(struct ctx *ctx, const struct field *field)
{
	const struct chat *chat = ctx_find_chat(ctx);

	if (!chat)
		return false;
	return chat->type == CHAT_PRIVATE ? field->private || field->own : !field->own;
}

bool ctx_option_is_chosen(struct ctx *ctx, const struct module *module, const struct field *field)
{
	const char *value = NULL;
	struct holder holder;
	struct why why;

	if (!options_holder(ctx, &holder))
		return false;
	if (!options_find(ctx, holder, table_of(ctx, module), field, &value, &why))
		ctx_fail(ctx, "%s", why.text);
	return value != NULL;
}

const char *ctx_choose_option(struct ctx *ctx, const struct module *module,
			      const struct field *field, const char *value)
{
	struct option_write write = { .table = table_of(ctx, module), .field = field };
	const char *why = ctx_option_refusal(ctx, field);
	struct text text = text_of(value);

	if (!why && value && field->type == FIELD_CHAT)
		why = resolve_chat(ctx, &text);
	if (why || !write.table || !options_holder(ctx, &write.holder))
		return why ? why : access_reason(ctx, ACCESS_ONLY_GROUP);
	if (!take_value(ctx, value ? text.data : NULL, &write))
		return does_not_fit(ctx, field, text);
	if (field->type == FIELD_CHAT && write.value)
		why = option_refuse_chat(ctx, write.value);
	return why ? why : options_write(ctx, &write, 1);
}
