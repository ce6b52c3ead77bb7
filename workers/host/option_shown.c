/* option_shown.c - options by name, and their values in words for people. */
#include <string.h>
#include <strings.h>

#include "workers/host/field_value.h"
#include "workers/host/options.h"

/* --- by name ---------------------------------------------------------------------------------- */

static bool equals(struct text text, const char *other)
{
	return text.length == strlen(other) && strncasecmp(text.data, other, text.length) == 0;
}

static bool is_meant(struct text name, const struct option_table *table, const struct field *field)
{
	const char *dot = memchr(name.data, '.', name.length);
	size_t length = dot ? (size_t)(dot - name.data) : 0;

	if (!dot)
		return equals(name, field->member);
	return equals((struct text) { name.data, length }, table->module->name) &&
	       equals((struct text) { dot + 1, name.length - length - 1 }, field->member);
}

size_t options_find_named(const struct host *host, struct text name, struct named_option *out,
			  size_t most)
{
	size_t found = 0;

	for (size_t i = 0; i < host->modules_count; i++) {
		const struct option_table *table = host->modules[i].options;

		for (size_t at = 0; table && at < table->count; at++) {
			if (!is_meant(name, table, &table->fields[at]))
				continue;
			if (found < most)
				out[found] = (struct named_option) { table, &table->fields[at] };
			found++;
		}
	}
	return found;
}

/* --- values ----------------------------------------------------------------------------------- */

static const char *show_choice(struct ctx *ctx, const struct field *field, const char *value)
{
	for (size_t i = 0; field->labels && field->choices[i]; i++)
		if (strcmp(field->choices[i], value) == 0)
			return ctx_translate(ctx, field->labels[i]);
	return value;
}

static const char *show_action(struct ctx *ctx, const struct action *action)
{
	const struct action_name *name = action_names;
	const char *seconds = action->seconds ? field_spell_duration(action->seconds, ctx->arena)
					      : "";

	while (name->kind != action->kind)
		name++;
	return ctx_printf(ctx, "%s%s%s%s%s", ctx_translate(ctx, name->name), seconds[0] ? " " : "",
			  seconds, action->delete_message ? " + " : "",
			  action->delete_message ? _("delete") : "");
}

static const char *show_text(struct ctx *ctx, const char *text)
{
	return text[0] ? text : _("off");
}

const char *option_spelled(struct ctx *ctx, const struct field *field, const void *options)
{
	return field_spell(field, (const char *)options + field->offset, ctx->arena);
}

const char *option_shown(struct ctx *ctx, const struct field *field, const void *options)
{
	const void *member = (const char *)options + field->offset;
	const char *spelled = field_spell(field, member, ctx->arena);

	switch (field->type) {
	case FIELD_BOOLEAN:
		return *(const bool *)member ? _("on") : _("off");
	case FIELD_CHOICE:
		return show_choice(ctx, field, spelled);
	case FIELD_ACTION:
		return show_action(ctx, member);
	case FIELD_KEPT:
		return spelled[0] ? _("a text") : _("off");
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_INTEGER:
	case FIELD_DURATION:
	case FIELD_WORDS:
	case FIELD_CHAT:
	case FIELD_TIME:
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TARGETS:
	case FIELD_END:
		break;
	}
	return strcmp(spelled, "off") == 0 ? _("off") : show_text(ctx, spelled);
}
