/* notes.c - many texts of a chat, each with a name: kept, shown, listed, forgotten. */
#include <string.h>

#include "workers/module.h"

struct note_values {
	const char *name, *text;
};

static const struct field note_arguments[] = {
	WORD_FIELD(struct note_values, name, N_("name")),
	TEXT_FIELD(struct note_values, text, N_("text"), .optional = true),
	END_OF_FIELDS(struct note_values),
};

static enum verdict note(struct ctx *ctx, const struct command *cmd)
{
	const struct note_values *values = cmd->values;
	const char *key = ctx_printf(ctx, "note/%.50s", values->name);
	const char *text = store_find(ctx, THIS_CHAT, key);

	if (!values->text[0])
		return ctx_reply(ctx, "%s", text ? text : _("There is no such note."));
	if (!store_set(ctx, THIS_CHAT, key, values->text))
		return FAIL;
	return ctx_reply(ctx, _("I will remember that."));
}

static enum verdict list_notes(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *value;

	(void)cmd;
	draft_add(draft, _("<b>Notes</b>"));
	while (store_each(ctx, THIS_CHAT, "note/", &key, &value))
		draft_add(draft, "\n• %s", key + strlen("note/"));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("note", note, .arguments = note_arguments),
	COMMAND("notes", list_notes),
	END_OF_ROUTES,
};

const struct module notes_recipe = { .name = "recipe_notes", .routes = routes };
