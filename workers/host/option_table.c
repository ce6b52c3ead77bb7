/* option_table.c - checks and presets. */
#include "workers/host/option_table.h"

#include <string.h>

#include "workers/host/field_value.h"
#include "workers/storage/storage.h"

#define OPTIONS_MAX 64

/* --- checks ----------------------------------------------------------------------------------- */

static bool holds_person(const struct field *field)
{
	return field->type == FIELD_USER || field->type == FIELD_TARGET ||
	       field->type == FIELD_TARGETS;
}

static bool can_be_off(const struct field *field)
{
	return field->type != FIELD_BOOLEAN && field->type != FIELD_CHOICE &&
	       field->type != FIELD_ACTION;
}

static bool has_labels(const struct field *field)
{
	for (size_t i = 0; field->labels && field->choices[i]; i++)
		if (!field->labels[i])
			return false;
	return true;
}

static bool check_columns(const struct field *field, struct why *why)
{
	if (holds_person(field))
		return why_set(why, "an option holds no person");
	if (field->optional || field->question)
		return why_set(why, "optional and question are no columns of options");
	if (strlen(field->member) > STORE_KEY_MAX - strlen("kept/"))
		return why_set(why, "its name is too long");
	if (field->type == FIELD_CHOICE && (!field->choices || !field->choices[0]))
		return why_set(why, "it has no choices");
	if (!has_labels(field))
		return why_set(why, "it has more choices than labels");
	if (field->may_be_off && !can_be_off(field))
		return why_set(why, "may_be_off is not for fields of this type");
	/* Else what it is where nobody chose anything could not be chosen. */
	if (!field->preset && (field->type == FIELD_CHOICE ||
			       ((field->type == FIELD_INTEGER || field->type == FIELD_DURATION) &&
				!field->may_be_off)))
		return why_set(why, "it needs a preset");
	return true;
}

static bool check_name(const struct field *fields, const struct field *field, struct why *why)
{
	for (; fields < field; fields++)
		if (strcmp(fields->member, field->member) == 0)
			return why_set(why, "it is there twice");
	return true;
}

/* A preset of a KEPT field is read when it is said. */
static bool preset(const struct field *field, struct arena *arena, char *presets, struct why *why)
{
	const struct field_reader reader = { .arena = arena };

	field_clear(field, presets + field->offset);
	if (!field->preset || field->type == FIELD_KEPT ||
	    field_read(field, text_of(field->preset), &reader, presets + field->offset))
		return true;
	return why_set(why, "its preset \"%s\" does not fit", field->preset);
}

static bool add_field(struct option_table *table, const struct field *field, struct arena *arena,
		      char *presets, struct why *why)
{
	if (table->count++ == OPTIONS_MAX)
		return why_set(why, "a module has at most %d options", OPTIONS_MAX);
	if (!check_columns(field, why) || !check_name(table->fields, field, why) ||
	    !preset(field, arena, presets, why))
		return why_prefix(why, "option \"%s\"", field->member);
	table->has_texts |= field->preset &&
			    (field->type == FIELD_TEXT || field->type == FIELD_KEPT);
	return true;
}

bool option_table_compile(const struct loaded_module *loaded, struct arena *arena,
			  const struct option_table **out, struct why *why)
{
	const struct field *field = loaded->module->options;
	struct option_table *table;
	char *presets;

	*out = NULL;
	if (!field)
		return true;
	while (field->type != FIELD_END)
		field++;
	table = arena_alloc(arena, sizeof(*table));
	presets = arena_alloc(arena, field->offset);
	*table = (struct option_table) {
		.module = loaded->module,
		.fields = loaded->module->options,
		.size = field->offset,
		.presets = presets,
		.own = &loaded->own,
	};
	for (field = table->fields; field->type != FIELD_END; field++)
		if (!add_field(table, field, arena, presets, why))
			return why_prefix(why, "module \"%s\"", loaded->module->name);
	*out = table;
	return true;
}

const struct field *option_table_find(const struct option_table *table, struct text member)
{
	for (size_t i = 0; i < table->count; i++)
		if (text_is(member, table->fields[i].member))
			return &table->fields[i];
	return NULL;
}

bool option_table_check_route(const struct option_table *table, const struct route *route,
			      struct why *why)
{
	if (!route->option)
		return true;
	if (!table || !option_table_find(table, text_of(route->option)))
		return why_set(why, "the module has no option \"%s\"", route->option);
	return (!route->arguments && route->admin == RIGHT_ADMIN) ||
	       why_set(why, "arguments and admin are a matter of the option");
}
