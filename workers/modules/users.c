/* users.c - who is who: /id, /info, and who administers a group: /adminlist (or /staff),
 * /admincache. */
#include "workers/module.h"

#include <string.h>

#include "common/utf8.h"

struct who_values {
	const struct user *who;
};

static const struct field who_arguments[] = {
	USER_FIELD(struct who_values, who, N_("person"), .optional = true, .shown = true),
	END_OF_FIELDS(struct who_values),
};

static void add_id(struct draft *draft, const char *label, int64_t id)
{
	draft_add(draft, "%s: <code>%lld</code>\n", label, (long long)id);
}

/* --- /id -------------------------------------------------------------------------------------- */

static const char *label_of(struct ctx *ctx, const struct user *user)
{
	if (user_is_stand_in(user))
		return _("An account of Telegram's, no person");
	return user->first_name[0] ? user->first_name : _("This person");
}

/* What was written in the name of a chat is the chat's. This chat is shown anyway. */
static void add_author(struct draft *draft, const char *label, const struct user *user,
		       const struct chat *here)
{
	const struct chat *other = user->stands_for;

	if (!other)
		add_id(draft, label, user->id);
	else if (other->id != here->id)
		add_id(draft, other->title, other->id);
}

static enum verdict show_ids(struct ctx *ctx, const struct command *cmd)
{
	const struct who_values *values = cmd->values;
	struct draft *draft = ctx_draft(ctx);

	add_author(draft, _("You"), cmd->from, cmd->chat);
	if (chat_is_group(cmd->chat))
		add_id(draft, _("This chat"), cmd->chat->id);
	if (ctx_topic(ctx) != 0)
		add_id(draft, _("This topic"), ctx_topic(ctx));
	if (values->who)
		add_author(draft, label_of(ctx, values->who), values->who, cmd->chat);
	return draft_reply(draft);
}

/* --- /info ------------------------------------------------------------------------------------ */

/* Somebody known only by a number may be recorded with a name. */
static const struct user *recorded_user(struct ctx *ctx, const struct user *user)
{
	const struct user *recorded = user->first_name[0] ? NULL : ctx_find_recorded(ctx, user->id);

	return recorded ? recorded : user;
}

static void add_line(struct draft *draft, const char *label, const char *value)
{
	if (value[0])
		draft_add(draft, "<b>%s</b>: %s\n", label, value);
}

static void add_username(struct ctx *ctx, struct draft *draft, const char *username)
{
	if (username[0])
		draft_add(draft, "<b>%s</b>: @%s\n", _("Username"), username);
}

static const char *standing(struct ctx *ctx, const struct chat *chat, const struct user *user)
{
	const char *status = answer_text(ctx_callf(ctx, "getChatMember",
						   "{chat_id: %lld, user_id: %lld}",
						   (long long)chat->id, (long long)user->id),
					 "status");

	if (strcmp(status, "creator") == 0)
		return _("owner");
	if (strcmp(status, "administrator") == 0)
		return _("administrator");
	return strcmp(status, "member") == 0 ? _("member") : "";
}

static enum verdict show_chat(struct ctx *ctx, const struct chat *chat)
{
	struct draft *draft = ctx_draft(ctx);

	add_id(draft, _("Id"), chat->id);
	add_line(draft, _("Title"), chat->title);
	add_username(ctx, draft, chat->username);
	draft_add(draft, "<i>%s</i>",
		  chat_is_group(chat)
			  ? _("It was written in the name of this group. I cannot see by whom.")
			  : _("It was written in the name of this channel. I cannot see by whom."));
	return draft_reply(draft);
}

static enum verdict show_person(struct ctx *ctx, const struct chat *chat, const struct user *user)
{
	struct draft *draft = ctx_draft(ctx);

	add_id(draft, _("Id"), user->id);
	add_line(draft, _("First name"), user->first_name);
	add_line(draft, _("Last name"), user->last_name);
	add_username(ctx, draft, user->username);
	if (chat_is_group(chat))
		add_line(draft, _("In this group"), standing(ctx, chat, user));
	draft_add(draft, "<a href=\"tg://user?id=%lld\">%s</a>", (long long)user->id, _("Profile"));
	return draft_reply(draft);
}

static enum verdict show_info(struct ctx *ctx, const struct command *cmd)
{
	const struct who_values *values = cmd->values;
	const struct user *user = values->who ? values->who : cmd->from;

	if (user->stands_for)
		return show_chat(ctx, user->stands_for);
	if (user_is_stand_in(user))
		return ctx_reply(ctx,
				 _("<code>%lld</code> is no person. Telegram shows this "
				   "account for what is written in the name of a channel, "
				   "of a group or of Telegram itself."),
				 (long long)user->id);
	return show_person(ctx, cmd->chat, recorded_user(ctx, user));
}

/* --- administrators --------------------------------------------------------------------------- */

/* A deleted account has no name, and some names consist of characters that have no shape. */
static const char *name_of_admin(struct ctx *ctx, const struct answer *answer, size_t i)
{
	const char *name = answer_text(answer, ctx_printf(ctx, "%zu.user.first_name", i));
	const char *username = answer_text(answer, ctx_printf(ctx, "%zu.user.username", i));
	long long id = answer_integer(answer, ctx_printf(ctx, "%zu.user.id", i));

	if (!utf8_is_blank(name))
		return name;
	if (username[0] != '\0')
		return ctx_printf(ctx, "@%s", username);
	return name[0] != '\0' ? ctx_printf(ctx, "%lld", id)
			       : ctx_printf(ctx, "%s (%lld)", _("Deleted account"), id);
}

static bool is_owner(struct ctx *ctx, const struct answer *answer, size_t i)
{
	return strcmp(answer_text(answer, ctx_printf(ctx, "%zu.status", i)), "creator") == 0;
}

/* With what stands beside the name in the group. */
static void add_admin(struct ctx *ctx, struct draft *draft, const struct answer *answer, size_t i)
{
	long long id = answer_integer(answer, ctx_printf(ctx, "%zu.user.id", i));
	const char *title = answer_text(answer, ctx_printf(ctx, "%zu.custom_title", i));

	if (answer_boolean(answer, ctx_printf(ctx, "%zu.is_anonymous", i)))
		return;
	draft_add(draft, "\n• <a href=\"tg://user?id=%lld\">%s</a>", id,
		  name_of_admin(ctx, answer, i));
	if (answer_boolean(answer, ctx_printf(ctx, "%zu.user.is_bot", i)))
		draft_add(draft, " 🤖");
	if (is_owner(ctx, answer, i))
		draft_add(draft, " – %s", _("owner"));
	if (title[0])
		draft_add(draft, ", <i>%s</i>", title);
}

/* The owner first. Nobody is disturbed by being listed. */
static enum verdict list_admins(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_callf(ctx, "getChatAdministrators", "{}");
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (answer_refused(answer))
		return ctx_reply(ctx, _("Telegram tells me who administers this group only while I "
					"am an administrator here. Please make me one."));
	if (!answer_ok(answer))
		return ctx_reply(ctx, _("Telegram does not tell me that right now."));
	draft_add(draft, "<b>%s</b>", _("Administrators"));
	for (int owners = 1; owners >= 0; owners--)
		for (size_t i = 0; i < answer_count(answer, ""); i++)
			if (is_owner(ctx, answer, i) == owners)
				add_admin(ctx, draft, answer, i);
	draft_flags(draft, DRAFT_SILENT);
	return draft_reply(draft);
}

static enum verdict forget_admins(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	ctx_forget_admins(ctx);
	return ctx_reply(ctx, _("I will ask Telegram again who administers this group."));
}

static const struct route routes[] = {
	COMMAND("id", show_ids, .arguments = who_arguments,
		.help = N_("show your id, and those of the chat, the topic and who you reply to")),
	COMMAND("info", show_info, .arguments = who_arguments, .help = N_("show who somebody is")),
	COMMAND("adminlist admins staff", list_admins, .group = true,
		.help = N_("list who administers this group")),
	COMMAND("admincache", forget_admins, .group = true, .admin = RIGHT_ADMIN,
		.help = N_("forget what I know about who administers this group")),
	END_OF_ROUTES,
};

const struct module users_module = {
	.name = "users",
	.title = N_("People"),
	.icon = "👥",
	.routes = routes,
};
