/* transfer.c - all options of a chat at once: as a file and back, copied to other groups, those of
 * another group, and those of new groups. */
#include <stdlib.h>
#include <string.h>

#include "workers/modules/settings/settings.h"

#define COPIES_MAX 10
#define COPY_STEP "copysettings"

struct copy_values {
	const char *const *groups;
};

struct follow_values {
	const char *group;
};

static const struct field copy_arguments[] = {
	WORDS_FIELD(struct copy_values, groups, N_("groups"), .maximum = COPIES_MAX,
		    .optional = true),
	END_OF_FIELDS(struct copy_values),
};

static const struct field follow_arguments[] = {
	WORD_FIELD(struct follow_values, group, N_("group or off")),
	END_OF_FIELDS(struct follow_values),
};

static const struct field defaults_arguments[] = {
	WORD_FIELD(struct follow_values, group, N_("off"), .optional = true),
	END_OF_FIELDS(struct follow_values),
};

/* --- files ------------------------------------------------------------------------------------ */

static enum verdict send_file(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_media(draft, "document", NULL, ctx_options_file(ctx));
	draft_add(draft, "%s", _("/importsettings with this file makes the settings those again."));
	return draft_reply(draft);
}

static const struct media *document_of(const struct message *message)
{
	bool is_document = message && message->media &&
			   strcmp(message->media->kind, "document") == 0;

	return is_document ? message->media : NULL;
}

static enum verdict take_file(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);
	const struct media *media = document_of(message);
	const char *why;

	(void)cmd;
	if (!media && message)
		media = document_of(message->reply);
	if (!media)
		return ctx_reply(ctx, "%s", _("Send the file with this command, or reply to it."));
	why = ctx_read_options(ctx, ctx_file(ctx, media->file_id));
	if (why)
		return ctx_reply(ctx, "%s\n\n%s", why, _("Nothing was changed."));
	return ctx_reply(ctx, "%s", _("The settings are those of the file."));
}

/* --- other groups ----------------------------------------------------------------------------- */

/* An id, or "@name"; 0: nobody knows it. */
static int64_t find_group(struct ctx *ctx, const char *word)
{
	const struct answer *chat;

	if (word[0] != '@')
		return strtoll(word, NULL, 10);
	chat = ctx_callf(ctx, "getChat", "{chat_id: %s}", word);
	return answer_ok(chat) ? answer_integer(chat, "id") : 0;
}

static enum verdict say_copied(struct ctx *ctx, const int64_t *ids, size_t count)
{
	const char *why = ctx_copy_options(ctx, ids, count);

	if (why)
		return ctx_reply(ctx, "%s\n\n%s", why, _("Nothing was changed."));
	return ctx_reply(ctx,
			 ctx_plural(ctx, "%zu group has these settings now.",
				    "%zu groups have these settings now.", count),
			 count);
}

static enum verdict unknown(struct ctx *ctx, const char *word)
{
	return ctx_reply(ctx, _("I know no group or channel by the name “%s”."), word);
}

static enum verdict offer_groups(struct ctx *ctx)
{
	bool in_private = strcmp(answer_text(ctx_update(ctx), "message.chat.type"), "private") == 0;
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s",
		  _("Write the ids or @names of up to ten groups behind the command. In the "
		    "private chat with me, after /connect, you can choose them from a list."));
	if (in_private && chat_is_group(ctx_find_chat(ctx)))
		draft_choose_chat(draft, _("Choose a group"), RIGHT_CHANGE_INFO, COPY_STEP);
	return draft_reply(draft);
}

static enum verdict copy(struct ctx *ctx, const struct command *cmd)
{
	const struct copy_values *values = cmd->values;
	int64_t ids[COPIES_MAX];
	size_t count = 0;

	for (; values->groups[count]; count++) {
		ids[count] = find_group(ctx, values->groups[count]);
		if (ids[count] >= 0)
			return unknown(ctx, values->groups[count]);
	}
	return count ? say_copied(ctx, ids, count) : offer_groups(ctx);
}

static enum verdict copy_chosen(struct ctx *ctx, const struct service_message *message)
{
	int64_t id = answer_integer(ctx_update(ctx), "message.chat_shared.chat_id");

	(void)message;
	return say_copied(ctx, &id, 1);
}

static enum verdict follow(struct ctx *ctx, const struct command *cmd)
{
	const struct follow_values *values = cmd->values;
	bool ends = strcmp(values->group, "off") == 0;
	int64_t id = ends ? 0 : find_group(ctx, values->group);
	const char *why;

	if (!ends && id >= 0)
		return unknown(ctx, values->group);
	why = ctx_follow_options(ctx, id);
	if (why)
		return ctx_reply(ctx, "%s", why);
	return ctx_reply(ctx, "%s",
			 ends ? _("This group has settings of its own again.")
			      : _("This group has the settings of that one from now on."));
}

/* --- new groups ------------------------------------------------------------------------------- */

static enum verdict set_defaults(struct ctx *ctx, const struct command *cmd)
{
	const struct follow_values *values = cmd->values;
	bool some = strcmp(values->group, "off") != 0;
	const char *why = ctx_set_default_options(ctx, some);

	if (why)
		return ctx_reply(ctx, "%s", why);
	return ctx_reply(ctx, "%s",
			 some ? _("New groups begin with the settings of this chat.")
			      : _("New groups begin as they always did."));
}

static bool is_inside(enum member_status status)
{
	return status != MEMBER_OUTSIDE && status != MEMBER_BANNED;
}

static enum verdict begin(struct ctx *ctx, const struct member_change *change)
{
	if (!is_inside(change->before) && is_inside(change->after))
		ctx_apply_default_options(ctx);
	return PASS;
}

static const struct route routes[] = {
	COMMAND("exportsettings", send_file, .admin = RIGHT_CHANGE_INFO, .always = true,
		.help = N_("all settings of this chat as a file")),
	COMMAND("importsettings", take_file, .admin = RIGHT_CHANGE_INFO, .always = true,
		.usage = N_("<file>"), .help = N_("the settings of such a file")),
	COMMAND("copysettings", copy, .arguments = copy_arguments, .admin = RIGHT_CHANGE_INFO,
		.always = true, .help = N_("copy the settings to other groups of yours")),
	COMMAND("followsettings", follow, .arguments = follow_arguments, .admin = RIGHT_CHANGE_INFO,
		.always = true,
		.help = N_("have the settings of another group, also when they change")),
	SERVICE("chat_shared", copy_chosen, .step = COPY_STEP, .admin = RIGHT_CHANGE_INFO),
	COMMAND("op_defaults", set_defaults, .arguments = defaults_arguments, .operators = true,
		.help = N_("new groups begin with the settings of this chat")),
	OWN_MEMBER(begin),
	END_OF_ROUTES,
};

const struct module transfer_module = {
	.name = "transfer",
	.title = N_("Settings"),
	.icon = "⚙️",
	.routes = routes,
};
