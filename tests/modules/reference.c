/* reference.c - see reference.h. */
#include "tests/modules/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/files.h"
#include "workers/host/field_value.h"
#include "workers/module.h"
#include "workers/modules/modules.h"

#define PAGE "docs/options.md"
#define PAGE_MAX (1u << 20)

static const char head[] = "# Options\n\n"
			   "What administrators choose in each chat, with `/settings`, or `/set "
			   "OPTION VALUE`. This page is made from the\n"
			   "modules' tables: `build/tests/run-modules --update` writes it.\n";

static const char *rights[] = {
	[RIGHT_NONE] = "change the group's info",
	[RIGHT_ADMIN] = "any administrator",
	[RIGHT_OWNER] = "the owner",
	[RIGHT_CHANGE_INFO] = "change the group's info",
	[RIGHT_DELETE_MESSAGES] = "delete messages",
	[RIGHT_INVITE_USERS] = "invite users",
	[RIGHT_MANAGE_TAGS] = "manage tags",
	[RIGHT_MANAGE_TOPICS] = "manage topics",
	[RIGHT_PIN_MESSAGES] = "pin messages",
	[RIGHT_PROMOTE_MEMBERS] = "promote members",
	[RIGHT_RESTRICT_MEMBERS] = "restrict members",
};

static void add_range(const struct field *field, struct arena *arena, struct buffer *out)
{
	if (field->minimum == field->maximum)
		return;
	if (field->type == FIELD_INTEGER)
		buffer_printf(out, ", %" PRId64 " to %" PRId64, field->minimum, field->maximum);
	else
		buffer_printf(out, ", %s to %s", field_spell_duration(field->minimum, arena),
			      field_spell_duration(field->maximum, arena));
}

static void add_words(const char *const *words, struct buffer *out)
{
	for (size_t i = 0; words[i]; i++)
		buffer_printf(out, "%s`%s`", i ? " " : "", words[i]);
}

static void add_actions(const struct field *field, struct buffer *out)
{
	for (size_t i = 0; i < action_names_count; i++)
		if (!field->actions || field->actions & 1u << action_names[i].kind)
			buffer_printf(out, "`%s` ", action_names[i].name);
	buffer_append_text(out, "with a duration, with `delete`");
}

static void add_type(const struct field *field, struct buffer *out)
{
	static const char *const types[] = {
		[FIELD_WORD] = "a word",
		[FIELD_TEXT] = "a text",
		[FIELD_INTEGER] = "a number",
		[FIELD_BOOLEAN] = "`on` `off`",
		[FIELD_DURATION] = "a duration",
		[FIELD_WORDS] = "a list of words",
		[FIELD_CHAT] = "the id of a chat, or its @name",
		[FIELD_TIME] = "a time of day",
		[FIELD_KEPT] = "a text with formatting, a file and buttons",
	};

	if (field->type == FIELD_CHOICE)
		add_words(field->choices, out);
	else if (field->type == FIELD_ACTION)
		add_actions(field, out);
	else
		buffer_append_text(out, types[field->type]);
}

static void add_option(const struct module *module, const struct field *field, struct arena *arena,
		       struct buffer *out)
{
	buffer_printf(out, "| `%s.%s` | %s | ", module->name, field->member, field->name);
	add_type(field, out);
	if (field->type == FIELD_INTEGER || field->type == FIELD_DURATION)
		add_range(field, arena, out);
	if (field->may_be_off)
		buffer_append_text(out, ", or `off`");
	if (field->preset)
		buffer_printf(out, " | `%s` | ", field->preset);
	else
		buffer_printf(out, " | %s | ", field->type == FIELD_BOOLEAN ? "`off`" : "nothing");
	buffer_printf(out, "%s%s |\n",
		      field->own ? "each person, in private" : rights[field->admin],
		      field->private ? "; also in private chats" : "");
}

static void write_page(struct arena *arena, struct buffer *out)
{
	buffer_append_text(out, head);
	for (const struct module *const *at = compiled_modules; *at; at++) {
		if (!(*at)->options)
			continue;
		buffer_printf(
			out,
			"\n## %s\n\n| option | what it is | values | at first | who may set it "
			"|\n|---|---|---|---|---|\n",
			(*at)->title ? (*at)->title : (*at)->name);
		for (const struct field *field = (*at)->options; field->type != FIELD_END; field++)
			add_option(*at, field, arena, out);
	}
}

static bool write_file(const struct buffer *page, struct why *why)
{
	FILE *file = fopen(PAGE, "w");
	bool good = file && fwrite(buffer_unread(page), 1, buffer_unread_size(page), file) ==
				    buffer_unread_size(page);

	if (file)
		good = fclose(file) == 0 && good;
	return good || why_set(why, PAGE " cannot be written");
}

static bool is_as(const struct buffer *page)
{
	char *now = malloc(PAGE_MAX);
	FILE *file = fopen(PAGE, "r");
	size_t size = file && now ? fread(now, 1, PAGE_MAX, file) : 0;
	bool same = size == buffer_unread_size(page) && memcmp(now, buffer_unread(page), size) == 0;

	if (file)
		fclose(file);
	free(now);
	return same;
}

bool reference_check(bool update, struct why *why)
{
	struct arena arena = { 0 };
	struct buffer page = { 0 };
	bool good;

	write_page(&arena, &page);
	good = is_as(&page) || (update && write_file(&page, why));
	if (!good && !why->text[0])
		why_set(why, PAGE " is not what the tables say: run-modules --update writes it");
	buffer_finish(&page);
	arena_finish(&arena);
	return good;
}
