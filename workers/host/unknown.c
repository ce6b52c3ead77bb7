/* unknown.c - an answer that points to /help, once an hour for each name. */
#include "workers/host/unknown.h"

#define UNKNOWN_SECONDS 3600

void ctx_answer_unknown(struct ctx *ctx)
{
	const struct host_services *services = &ctx->host->services;
	const struct chat *chat = ctx_find_chat(ctx);
	struct text written = ctx->match.unknown;
	bool is_long = written.length > COMMAND_NAME_MAX;
	const char *name = arena_printf(ctx->arena, "%.*s%s",
					is_long ? COMMAND_NAME_MAX : (int)written.length,
					written.data, is_long ? "…" : "");
	const struct ephemeral_key key = { .module = "unknown",
					   .name = name,
					   .chat_id = chat ? chat->id : 0 };

	if (!chat || chat->type != CHAT_PRIVATE || !ctx_find_command(ctx, "help") ||
	    !services->storage->ephemeral_claim(services->storage_owner, &key, UNKNOWN_SECONDS))
		return;
	ctx_reply(ctx, _("I have no command /%s. /help shows what I can do."), name);
}
