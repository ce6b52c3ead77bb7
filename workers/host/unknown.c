/* unknown.c - an answer that points to /help, once an hour for each name. */
#include "workers/host/unknown.h"

#include "workers/host/here.h"
#include "workers/host/turn.h"

#define UNKNOWN_SECONDS 3600

void ctx_answer_unknown(struct ctx *ctx)
{
	const struct host_services *services = &ctx->host->services;
	const struct chat *chat = ctx_find_here(ctx);
	struct text written = ctx->match.unknown;
	bool is_long = written.length > COMMAND_NAME_MAX;
	const char *name = arena_printf(ctx->arena, "%.*s%s",
					is_long ? COMMAND_NAME_MAX : (int)written.length,
					written.data, is_long ? "…" : "");
	const struct brief_key key = { .holder = { .scope = OF_CHAT, .id = chat ? chat->id : 0 },
				       .module = "unknown",
				       .name = name };
	struct mark mark;

	if (!chat || chat->type != CHAT_PRIVATE || !ctx_find_command(ctx, "help"))
		return;
	mark = turn_write(ctx, key.holder, key.module, key.name);
	if (!services->storage->brief_claim(services->storage_owner, &mark, &key, UNKNOWN_SECONDS))
		return;
	ctx_reply(ctx, _("I have no command /%s. /help shows what I can do."), name);
}
