/* access.c - checks the columns of a row in order: disabled, operators, kind of chat, rights of the
 * person, rights of the bot. */
#include "workers/host/access.h"

#include "workers/host/admins.h"
#include "workers/host/brief.h"
#include "workers/host/chat_settings.h"
#include "workers/host/here.h"
#include "workers/host/proof.h"

#define TOLD_SECONDS 600

static enum access access_of_anonymous(struct ctx *ctx, enum right right, const struct chat *chat,
				       const struct user *user)
{
	if (!update_is_written(&ctx->update))
		return ACCESS_NOT_WRITTEN;
	if (right == RIGHT_OWNER || !proof_is_trusted(ctx, chat, user))
		return ACCESS_ANONYMOUS;
	return ACCESS_GRANTED;
}

enum access access_of_person(struct ctx *ctx, enum right right, const struct chat *chat,
			     const struct user *user)
{
	uint32_t rights = 0;

	if (right == RIGHT_NONE || chat->type == CHAT_PRIVATE)
		return ACCESS_GRANTED;
	if (user->id == STAND_IN_ANONYMOUS_ADMIN)
		return access_of_anonymous(ctx, right, chat, user);
	switch (admins_rights(ctx, chat->id, user->id, &rights)) {
	case ADMINS_KNOWN:
		break;
	case ADMINS_HIDDEN:
		return ACCESS_HIDDEN;
	case ADMINS_UNKNOWN:
		return ACCESS_UNKNOWN;
	}
	if (!(rights & 1u << RIGHT_ADMIN))
		return right == RIGHT_OWNER ? ACCESS_NOT_OWNER : ACCESS_NOT_ADMIN;
	if (!(rights & 1u << right))
		return right == RIGHT_OWNER ? ACCESS_NOT_OWNER : ACCESS_LACKS_RIGHT;
	return update_is_written(&ctx->update) ? ACCESS_GRANTED : ACCESS_NOT_WRITTEN;
}

enum access access_of_member(struct ctx *ctx, const struct chat *chat, const struct user *user)
{
	uint32_t rights = 0;

	switch (admins_rights(ctx, chat->id, user->id, &rights)) {
	case ADMINS_KNOWN:
		return rights & 1u << RIGHT_NONE ? ACCESS_GRANTED : ACCESS_NOT_MEMBER;
	case ADMINS_HIDDEN:
		return ACCESS_HIDDEN;
	case ADMINS_UNKNOWN:
		break;
	}
	return ACCESS_UNKNOWN;
}

enum access access_of_bot(struct ctx *ctx, enum right right, const struct chat *chat)
{
	uint32_t rights = 0;

	if (right == RIGHT_NONE || chat->type == CHAT_PRIVATE)
		return ACCESS_GRANTED;
	switch (admins_rights(ctx, chat->id, ctx->host->bot.id, &rights)) {
	case ADMINS_KNOWN:
	case ADMINS_HIDDEN:
		break;
	case ADMINS_UNKNOWN:
		return ACCESS_UNKNOWN;
	}
	return rights & 1u << right ? ACCESS_GRANTED : ACCESS_BOT_LACKS_RIGHT;
}

static bool needs_chat(const struct route *route)
{
	return route->private || route->group || route->admin != RIGHT_NONE ||
	       route->bot != RIGHT_NONE;
}

static bool is_for_all(const struct route *route)
{
	return !needs_chat(route) && !route->operators;
}

/* Whether a connection to a group would help. */
static enum access wrong_chat(struct ctx *ctx, const struct route *route, const struct chat *chat)
{
	if (route->private)
		return ACCESS_ONLY_PRIVATE;
	if (chat->type == CHAT_PRIVATE && route->kind == ROUTE_COMMAND && route->admin &&
	    !route->here && ctx_find_command(ctx, "connect"))
		return ACCESS_NOT_CONNECTED;
	return ACCESS_ONLY_GROUP;
}

enum access access_check(struct ctx *ctx, const struct row *row)
{
	const struct route *route = row->route;
	/* What a menu of a group leads to in the private chat is for its administrators, too. */
	enum right right = ctx->connected && !route->admin ? RIGHT_ADMIN : route->admin;
	const struct chat *chat;
	const struct user *user;
	enum access access;

	if (!ctx_offers(ctx, row->module, route) ||
	    chat_settings_disabled(ctx, ctx_find_here(ctx), route))
		return ACCESS_SILENT;
	if (is_for_all(route) && !right)
		return ACCESS_GRANTED;
	chat = ctx_find_chat(ctx);
	user = ctx_find_user(ctx);
	if (route->operators && !(user && ctx_is_operator_id(ctx, user->id)))
		return ACCESS_SILENT;
	if (route->operators && !ctx_is_operator(ctx, user))
		return ACCESS_NOT_WRITTEN;
	if (!needs_chat(route) && !right)
		return ACCESS_GRANTED;
	if (!chat || (right != RIGHT_NONE && !user))
		return ACCESS_SILENT;
	if (!ctx_admits(ctx, route, chat, user))
		return wrong_chat(ctx, route, chat);
	access = access_of_person(ctx, right, chat, user);
	return access == ACCESS_GRANTED ? access_of_bot(ctx, route->bot, chat) : access;
}

enum access access_join(enum access first, enum access second)
{
	if (first == ACCESS_ONLY_PRIVATE && second == ACCESS_NOT_ADMIN)
		return ACCESS_ADMIN_OR_PRIVATE;
	if (first == ACCESS_GRANTED)
		return second;
	/* A person in the right kind of chat for this row need not hear where the other one
	 * works. */
	if (second != ACCESS_SILENT &&
	    (first == ACCESS_ONLY_PRIVATE || first == ACCESS_ONLY_GROUP ||
	     first == ACCESS_NOT_CONNECTED))
		return second;
	return first;
}

static const char *explanation(enum access access)
{
	switch (access) {
	case ACCESS_GRANTED:
	case ACCESS_SILENT:
		break;
	case ACCESS_ONLY_PRIVATE:
		return N_("This works in a private chat with me only.");
	case ACCESS_ONLY_GROUP:
		return N_("This works in groups only.");
	case ACCESS_NOT_CONNECTED:
		return N_("This works in groups only. /connect lets you do it from here.");
	case ACCESS_NOT_MEMBER:
		return N_("You are not in that group.");
	case ACCESS_BOT_ABSENT:
		return N_("I am not in that group, or not any more.");
	case ACCESS_ANONYMOUS:
		return N_("I cannot see who an anonymous administrator is. Please write as "
			  "yourself.");
	case ACCESS_ADMIN_OR_PRIVATE:
		return N_("Here that is for administrators and about the group. About yourself, "
			  "write to me in a private chat.");
	case ACCESS_NOT_ADMIN:
		return N_("Only administrators of this group can do that.");
	case ACCESS_LACKS_RIGHT:
		return N_("You are an administrator, but without the right that this needs.");
	case ACCESS_NOT_OWNER:
		return N_("Only the owner of this group can do that.");
	case ACCESS_BOT_LACKS_RIGHT:
		return N_("I need to be an administrator here, with the right that this needs.");
	case ACCESS_NOT_WRITTEN:
		return N_(
			"I do that only when you write it yourself: not when it is forwarded, and "
			"not through another bot.");
	case ACCESS_HIDDEN:
		return N_("Telegram tells me who administers this group only while I am an "
			  "administrator here. Please make me one.");
	case ACCESS_UNKNOWN:
		return N_("Telegram does not tell me right now whether you may do that. Please try "
			  "again.");
	}
	return NULL;
}

const char *access_reason(struct ctx *ctx, enum access access)
{
	const char *text = explanation(access);

	return text ? ctx_translate(ctx, text) : NULL;
}

/* What somebody lacks, whom others need not hear of it. */
static bool is_about_person(enum access access)
{
	return access == ACCESS_NOT_ADMIN || access == ACCESS_LACKS_RIGHT ||
	       access == ACCESS_NOT_OWNER;
}

/* As its row spells it; guards look at it, too. */
static const char *name_of_command(const struct ctx *ctx)
{
	const struct row *const *row = ctx->match.rows;

	while (*row && (*row)->route->kind != ROUTE_COMMAND)
		row++;
	return *row ? (*row)->route->match : "";
}

/* Whether they were told so of this command in the last minutes. */
static bool is_first(struct ctx *ctx, const struct chat *chat, const struct user *user)
{
	const struct brief_key key = {
		.holder = { .scope = OF_MEMBER, .id = chat->id, .person = user->id },
		.module = "korone",
		.name = arena_printf(ctx->arena, "refused/%.64s", name_of_command(ctx)),
	};

	return brief_claim_at(ctx, &key, TOLD_SECONDS);
}

/* In a group only they see it, once. */
static bool explain_quietly(struct ctx *ctx, enum access access, const char *text)
{
	const struct chat *here = ctx_find_here(ctx);
	const struct user *user = ctx_find_user(ctx);
	struct draft *draft;

	if (ctx->match.kind != ROUTE_COMMAND || !is_about_person(access) || !here || !user ||
	    !chat_is_group(here) || user_is_stand_in(user))
		return false;
	if (!is_first(ctx, here, user))
		return true;
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", text);
	draft_flags(draft, DRAFT_ONLY_FOR_THEM);
	draft_reply(draft);
	return true;
}

void access_explain(struct ctx *ctx, enum access access)
{
	const char *text = access_reason(ctx, access);

	if (!text || explain_quietly(ctx, access, text))
		return;
	if (ctx->match.kind == ROUTE_BUTTON)
		ctx_alert(ctx, "%s", text);
	else if (ctx->match.kind == ROUTE_COMMAND || ctx->match.kind == ROUTE_LINK)
		ctx_reply(ctx, "%s", text);
}
