/* options.c - from the settings of a chat to the structs of modules. */
#include "workers/host/options.h"

#include <string.h>

#include "workers/host/chat_settings.h"
#include "workers/host/field_value.h"
#include "workers/host/holder.h"
#include "workers/host/kept.h"
#include "workers/host/turn.h"

/* A struct that was filled for the current update. */
struct option_values {
	const struct option_table *table;
	struct holder holder;
	const void *values;
	struct option_values *next;
};

/* What a KEPT member points to: `text`. */
struct kept_option {
	struct holder holder;
	const struct option_table *table;
	const struct field *field;
	bool is_preset;
	struct kept_option *next;
	char text[sizeof(KEPT_SET)];
};

struct filling_options {
	struct ctx *ctx;
	const struct option_table *table;
	struct holder holder;
	char *values; /* NULL: still the presets */
};

/* --- one value -------------------------------------------------------------------------------- */

static const char *refer_to_kept(struct filling_options *filling, const struct field *field,
				 bool is_preset)
{
	struct ctx *ctx = filling->ctx;
	struct kept_option *option = arena_alloc(ctx->arena, sizeof(*option));

	*option = (struct kept_option) {
		.holder = filling->holder,
		.table = filling->table,
		.field = field,
		.is_preset = is_preset,
		.next = ctx->kept_options,
		.text = KEPT_SET,
	};
	ctx->kept_options = option;
	return option->text;
}

static void fill_preset(struct filling_options *filling, const struct field *field)
{
	void *member = filling->values + field->offset;

	if (field->type == FIELD_KEPT && field->preset)
		*(const char **)member = refer_to_kept(filling, field, true);
	else if (field->type == FIELD_TEXT && field->preset)
		*(const char **)member = ctx_translate(filling->ctx, field->preset);
	else
		memcpy(member, filling->table->presets + field->offset, field_size(field));
}

static void fill_value(struct filling_options *filling, const struct field *field,
		       const char *value)
{
	const struct field_reader reader = { .arena = filling->ctx->arena };
	void *member = filling->values + field->offset;

	if (field->type == FIELD_KEPT)
		*(const char **)member = strcmp(value, KEPT_SET) == 0
						 ? refer_to_kept(filling, field, false)
						 : "";
	else if (!field_read(field, text_of(value), &reader, member))
		fill_preset(filling, field); /* a later version takes less */
}

/* --- all of a module -------------------------------------------------------------------------- */

static void need_copy(struct filling_options *filling)
{
	const struct option_table *table = filling->table;

	if (filling->values)
		return;
	filling->values = arena_memdup(filling->ctx->arena, table->presets, table->size);
	for (size_t i = 0; table->has_texts && i < table->count; i++)
		fill_preset(filling, &table->fields[i]);
}

static void take_stored(void *owner, const char *module, const char *key, const char *value)
{
	struct filling_options *filling = owner;
	const struct field *field = option_table_find(filling->table, text_of(key));

	(void)module;
	if (!field)
		return;
	need_copy(filling);
	fill_value(filling, field, value);
}

/* What was there before the writes that a handler which runs again has yet to come to. */
static void take_before(void *owner, const char *key, const char *value)
{
	struct filling_options *filling = owner;
	const struct field *field = option_table_find(filling->table, text_of(key));

	if (!field)
		return;
	need_copy(filling);
	if (value)
		fill_value(filling, field, value);
	else
		fill_preset(filling, field);
}

static const void *remember(struct ctx *ctx, const struct option_table *table, struct holder holder,
			    const void *values)
{
	struct option_values *row = arena_alloc(ctx->arena, sizeof(*row));

	*row = (struct option_values) { table, holder, values, ctx->option_values };
	ctx->option_values = row;
	return values;
}

/* The presets themselves, unless they depend on the language. */
static const void *end_filling(struct filling_options *filling)
{
	if (filling->table->has_texts)
		need_copy(filling);
	return filling->values ? filling->values : filling->table->presets;
}

const void *options_read(struct ctx *ctx, const struct option_table *table, struct holder holder)
{
	struct filling_options filling = { .ctx = ctx, .table = table, .holder = holder };
	const char *module = table->module->name;
	struct why why;

	for (const struct option_values *row = ctx->option_values; row; row = row->next)
		if (row->table == table && holder_equal(row->holder, holder))
			return row->values;
	if (!chat_settings_each_of(ctx, holder, module, take_stored, &filling, &why) ||
	    !turn_each_before(ctx, holder, module, take_before, &filling, &why)) {
		ctx_fail_reading(ctx, &why);
		return NULL;
	}
	return remember(ctx, table, holder, end_filling(&filling));
}

static const void *presets_of(struct ctx *ctx, const struct option_table *table)
{
	struct filling_options filling = { .ctx = ctx, .table = table };

	return end_filling(&filling);
}

bool options_holder(struct ctx *ctx, struct holder *out)
{
	const struct chat *chat = ctx_find_chat(ctx);

	if (chat)
		*out = holder_of_chat(chat);
	return chat != NULL;
}

static const void *read_or_presets(struct ctx *ctx, struct holder holder)
{
	const struct option_table *table = ctx->row->options;
	const void *values;

	if (!table) {
		ctx_fail(ctx, "the module has no options");
		return NULL;
	}
	values = holder.id ? options_read(ctx, table, holder) : NULL;
	return values ? values : presets_of(ctx, table);
}

const void *ctx_options(struct ctx *ctx)
{
	struct holder holder = { 0 };

	options_holder(ctx, &holder);
	return read_or_presets(ctx, holder);
}

const void *ctx_options_of(struct ctx *ctx, int64_t chat_id)
{
	struct holder holder = { .scope = chat_id > 0 ? OF_PERSON : OF_CHAT, .id = chat_id };

	return read_or_presets(ctx, holder);
}

bool options_find(struct ctx *ctx, struct holder holder, const struct option_table *table,
		  const struct field *field, const char **value, struct why *why)
{
	return chat_settings_find(ctx, holder, table->module->name, field->member, value, why);
}

/* --- kept texts ------------------------------------------------------------------------------- */

static const char *kept_preset(struct ctx *ctx, const struct field *field)
{
	const struct message message = { .text = ctx_translate(ctx, field->preset) };

	return kept_make(&message, 0, strlen(message.text), ctx->arena);
}

const char *options_find_kept(struct ctx *ctx, const char *kept, struct why *why)
{
	const struct kept_option *option = ctx->kept_options;
	const char *value = NULL;

	while (option && option->text != kept)
		option = option->next;
	if (!option)
		return kept;
	if (option->is_preset)
		return kept_preset(ctx, option->field);
	if (!chat_settings_entry(ctx, option->holder, option->table->module->name,
				 arena_printf(ctx->arena, KEPT_ENTRY, option->field->member),
				 &value, why))
		return NULL;
	if (!value)
		why_set(why, "the text of the option \"%s\" is gone", option->field->member);
	return value;
}
