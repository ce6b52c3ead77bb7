/* notes.c - texts of a group by name: /save, /get, #name, /notes. With formatting, files and
 * buttons. */
#include <ctype.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define PREFIX "note/"
#define NOTES_MAX 500
#define NAME_MAX_BYTES 40 /* as much as a link can carry */

struct note_options {
	bool private;
	bool hashes;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct note_options, private, N_("show notes in private"), .preset = "off"),
	BOOLEAN_FIELD(struct note_options, hashes, N_("#name shows a note"), .preset = "on"),
	END_OF_FIELDS(struct note_options),
};

struct note_values {
	const char *name, *text;
};

static const struct field new_note[] = {
	WORD_FIELD(struct note_values, name, N_("name")),
	KEPT_FIELD(struct note_values, text, N_("text")),
	END_OF_FIELDS(struct note_values),
};

static const struct field name_alone[] = {
	WORD_FIELD(struct note_values, name, N_("name")),
	END_OF_FIELDS(struct note_values),
};

/* Case does not matter; NULL when it is no name. */
static const char *key_of(struct ctx *ctx, const char *name)
{
	char *key;

	name += *name == '#';
	if (!*name || strlen(name) > NAME_MAX_BYTES - 12)
		return NULL;
	key = ctx_alloc(ctx, sizeof(PREFIX) + strlen(name));
	strcpy(key, PREFIX);
	for (size_t i = 0; name[i]; i++)
		key[sizeof(PREFIX) - 1 + i] = (char)tolower((unsigned char)name[i]);
	return key;
}

static enum verdict say(struct ctx *ctx, const char *kept, const struct user *to)
{
	struct draft *draft = ctx_draft(ctx);

	draft_kept(draft, kept, to);
	return draft_reply(draft);
}

/* In the group, or as a link to the private chat. */
static enum verdict show(struct ctx *ctx, const char *name, const struct user *to, bool must)
{
	const struct note_options *chosen = ctx_options(ctx);
	const char *key = key_of(ctx, name);
	const char *kept = key ? store_find(ctx, THIS_CHAT, key) : NULL;
	struct draft *draft;

	if (ctx_has_failed(ctx))
		return FAIL;
	if (!kept)
		return must ? ctx_reply(ctx, _("There is no such note. /notes lists them.")) : PASS;
	if (!chosen->private || !chat_is_group(ctx_find_chat(ctx)))
		return say(ctx, kept, to);
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", _("Read the note in our private chat."));
	draft_deep_link(draft, key + strlen(PREFIX), "note:%lld:%.28s",
			(long long)ctx_find_chat(ctx)->id, key + strlen(PREFIX));
	return draft_reply(draft);
}

static enum verdict get(struct ctx *ctx, const struct command *cmd)
{
	const struct note_values *values = cmd->values;

	return show(ctx, values->name, cmd->from, true);
}

static bool names(struct ctx *ctx, struct holder holder, struct derived *out)
{
	const char *key = NULL, *value;

	while (store_each(ctx, holder, PREFIX, &key, &value))
		derived_add(out, key + strlen(PREFIX), strlen(key) - strlen(PREFIX) + 1);
	return !ctx_has_failed(ctx);
}

/* Most words after a # are no notes: that is known without a query. */
static bool is_note(struct ctx *ctx, const char *name)
{
	size_t size;
	const char *list = ctx_derived(ctx, THIS_CHAT, "names", names, &size);

	for (size_t at = 0; list && at < size; at += strlen(list + at) + 1)
		if (strcasecmp(list + at, name) == 0)
			return true;
	return false;
}

static int count_notes(struct ctx *ctx)
{
	size_t size;
	const char *list = ctx_derived(ctx, THIS_CHAT, "names", names, &size);
	int count = 0;

	for (size_t at = 0; list && at < size; at++)
		count += list[at] == '\0';
	return count;
}

static enum verdict look(struct ctx *ctx, const struct text_message *message)
{
	const struct note_options *chosen;
	const char *name;

	if (message->text[0] != '#')
		return PASS;
	ctx_only_look(ctx);
	chosen = ctx_options(ctx);
	if (!chosen->hashes)
		return PASS;
	name = ctx_printf(ctx, "%.*s", (int)strcspn(message->text + 1, " \n\t"), message->text + 1);
	return is_note(ctx, name) ? show(ctx, name, message->from, false) : PASS;
}

static enum verdict follow(struct ctx *ctx, const struct link *link)
{
	int64_t chat_id = slug_integer(ctx, 0);
	const char *why = ctx_enter(ctx, chat_id, RIGHT_NONE), *key, *kept;

	if (why)
		return ctx_reply(ctx, "%s", why);
	key = key_of(ctx, slug_text(ctx, 1));
	kept = key ? store_find(ctx, THIS_CHAT, key) : NULL;
	if (!kept)
		return ctx_reply(ctx, _("There is no such note. /notes lists them."));
	return say(ctx, kept, link->from);
}

static enum verdict save(struct ctx *ctx, const struct command *cmd)
{
	const struct note_values *values = cmd->values;
	const char *key = key_of(ctx, values->name);

	if (!key)
		return ctx_reply(ctx, _("A name has at most %d letters."), NAME_MAX_BYTES - 12);
	if (!is_note(ctx, key + strlen(PREFIX)) && count_notes(ctx) >= NOTES_MAX)
		return ctx_reply(ctx, _("A group has at most %d notes."), NOTES_MAX);
	if (!store_set(ctx, THIS_CHAT, key, values->text))
		return FAIL;
	log_done(ctx, LOG_SETTINGS, ctx_printf(ctx, "%s: #%s", _("Note"), key + strlen(PREFIX)), 0);
	return ctx_reply(ctx, _("<code>#%s</code> shows this note."), key + strlen(PREFIX));
}

static enum verdict clear(struct ctx *ctx, const struct command *cmd)
{
	const struct note_values *values = cmd->values;
	const char *key = key_of(ctx, values->name);

	if (!key || !store_find(ctx, THIS_CHAT, key))
		return ctx_reply(ctx, _("There is no such note. /notes lists them."));
	if (!store_set(ctx, THIS_CHAT, key, NULL))
		return FAIL;
	log_done(ctx, LOG_SETTINGS,
		 ctx_printf(ctx, "%s: #%s", _("Note removed"), key + strlen(PREFIX)), 0);
	return ctx_reply(ctx, _("The note is gone."));
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *value;
	bool any = false;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Notes"));
	for (; store_each(ctx, THIS_CHAT, PREFIX, &key, &value); any = true)
		draft_add(draft, "\n• <code>#%s</code>", key + strlen(PREFIX));
	return any ? draft_reply(draft) : ctx_reply(ctx, _("There are no notes here."));
}

#define WRITERS .admin = RIGHT_CHANGE_INFO

static const struct route routes[] = {
	COMMAND("save addnote", save, WRITERS, .arguments = new_note,
		.help = N_("keep a note: a text, or what you reply to")),
	COMMAND("get note", get, .arguments = name_alone, .help = N_("show a note")),
	COMMAND("notes saved", list, .help = N_("list the notes")),
	COMMAND("clear delnote", clear, WRITERS, .arguments = name_alone,
		.help = N_("remove a note")),
	TEXT(look),
	LINK("note:%lld:%.28s", follow),
	END_OF_ROUTES,
};

const struct module notes_module = {
	.name = "notes",
	.title = N_("Notes"),
	.icon = "🗒",
	.about = N_("A text may have formatting, a picture and buttons: "
		    "[Site](buttonurl://example.org), with :same at the end beside the one "
		    "before. {first}, {mention} and {chat} are filled in."),
	.options = options,
	.routes = routes,
};
