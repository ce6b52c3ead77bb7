/* exempt.c - whom the rules of a group leave alone. */
#include "workers/host/admins.h"
#include "workers/host/ctx.h"

static const struct loaded_module *find_keeper(const struct host *host)
{
	for (size_t i = 0; i < host->modules_count; i++)
		if (host->modules[i].module->exempts)
			return &host->modules[i];
	return NULL;
}

/* As if that module's handler ran. */
static bool ask_keeper(struct ctx *ctx, const struct user *user)
{
	const struct loaded_module *keeper = find_keeper(ctx->host);
	const struct row *caller = ctx->row;
	bool exempt;

	if (!keeper)
		return false;
	ctx->row = &keeper->own;
	exempt = keeper->module->exempts(ctx, user);
	ctx->row = caller;
	return exempt;
}

bool ctx_is_exempt(struct ctx *ctx, const struct message *message)
{
	const struct chat *writer = message->sender_chat;
	const struct user *user = message->from;

	/* The group itself, and posts of its channel. */
	if (message->automatic || (writer && writer->id == message->chat->id))
		return true;
	if (writer || !user || user_is_stand_in(user))
		return false;
	return ctx_is_exempt_user(ctx, user);
}

static bool is_administrator(struct ctx *ctx, const struct user *user)
{
	const struct chat *chat = ctx_find_chat(ctx);

	return !(chat && admins_lack(ctx, chat->id, user)) && ctx_rights(ctx, user->id);
}

bool ctx_is_exempt_user(struct ctx *ctx, const struct user *user)
{
	return user->id == ctx->host->bot.id || is_administrator(ctx, user) ||
	       ask_keeper(ctx, user);
}
