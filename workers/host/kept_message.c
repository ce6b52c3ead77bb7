/* kept_message.c - a command is not kept with its name. */
#include "workers/host/kept_message.h"

#include <string.h>

#include "workers/host/kept.h"

/* The handler's copy of the text ends at a NUL. */
const char *message_keep_part(struct ctx *ctx, struct text part)
{
	const struct message *message = ctx_find_message(ctx);
	const struct message_view *view = &ctx->update.message;
	struct text text = view->text.data ? view->text : view->caption;
	size_t start = part.length ? (size_t)(part.data - text.data) : 0;

	if (!message || start + part.length > strlen(message->text))
		return "";
	return kept_make(message, start, part.length, ctx->arena);
}

const char *message_keep(struct ctx *ctx, const struct message *message)
{
	if (ctx->match.kind == ROUTE_COMMAND && message == ctx_find_message(ctx))
		return message_keep_part(ctx, ctx->match.args);
	return kept_make(message, 0, strlen(message->text), ctx->arena);
}
