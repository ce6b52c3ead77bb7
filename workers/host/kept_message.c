/* kept_message.c - a command is not kept with its name. */
#include "workers/host/kept_message.h"

#include <string.h>

#include "workers/host/kept.h"
#include "workers/host/written_buttons.h"

/* What the bot itself said has real buttons. */
static const char *keep(struct ctx *ctx, const struct message *message, size_t start, size_t size)
{
	if (!message->from || message->from->id != ctx->host->bot.id)
		message = written_buttons_take(message, start, &size, ctx->arena);
	return kept_make(message, start, size, ctx->arena);
}

/* The handler's copy of the text ends at a NUL. */
const char *message_keep_part(struct ctx *ctx, struct text part)
{
	const struct message *message = ctx_find_message(ctx);
	const struct message_view *view = &ctx->update.message;
	struct text text = view->text.data ? view->text : view->caption;
	size_t start = part.length ? (size_t)(part.data - text.data) : 0;

	if (!message || start + part.length > strlen(message->text))
		return "";
	return keep(ctx, message, start, part.length);
}

const char *message_keep(struct ctx *ctx, const struct message *message)
{
	if (ctx->match.kind == ROUTE_COMMAND && message == ctx_find_message(ctx))
		return message_keep_part(ctx, ctx->match.args);
	return keep(ctx, message, 0, strlen(message->text));
}

const char *message_keep_fault(const struct message *message)
{
	if (strstr(message->text, "](buttonurl:") && strlen(message->text) < KEPT_SIZE_MAX / 2)
		return N_("There must be a text above the buttons.");
	return message->text[0] || message->media
		       ? N_("That is too long for me to keep.")
		       : N_("I can keep texts and files, and nothing else.");
}

const char *message_keep_given(struct ctx *ctx, struct text part, const char **fault)
{
	const struct message *message = ctx_find_message(ctx);
	bool is_here = part.length || (message && message->media);
	const char *kept;

	if (!message || (!is_here && !message->reply))
		return NULL;
	kept = is_here ? message_keep_part(ctx, part) : message_keep(ctx, message->reply);
	if (kept[0])
		return kept;
	*fault = message_keep_fault(is_here ? message : message->reply);
	return NULL;
}
