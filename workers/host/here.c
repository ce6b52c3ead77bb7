/* here.c - see here.h. */
#include "workers/host/here.h"

const struct chat *ctx_find_here(struct ctx *ctx)
{
	if (!ctx->chat_was_read) {
		ctx->chat = update_find_chat(&ctx->update, ctx->arena);
		ctx->chat_was_read = true;
	}
	return ctx->chat;
}

const struct chat *ctx_find_chat(struct ctx *ctx)
{
	return ctx->entered ? ctx->entered : ctx_find_here(ctx);
}

const struct chat *ctx_find_said(struct ctx *ctx)
{
	return ctx->connected ? ctx_find_here(ctx) : ctx_find_chat(ctx);
}

void here_return(struct ctx *ctx)
{
	ctx->entered = NULL;
	ctx->connected = false;
}
