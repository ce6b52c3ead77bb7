/* apology.c - what people are told about an update that failed. */
#include "workers/host/apology.h"

#include <string.h>

#include "workers/host/here.h"
#include "workers/host/press.h"
#include "workers/host/turn.h"

#define APOLOGY_SECONDS 3600

/* Operators try failures in their own chats. */
static bool may_tell(struct ctx *ctx, const struct chat *chat, const char *kind)
{
	const struct host_services *services = &ctx->host->services;
	const struct brief_key key = { .holder = { .scope = OF_CHAT, .id = chat->id },
				       .module = "apology",
				       .name = arena_strndup(ctx->arena, kind,
							     strnlen(kind, STORE_KEY_MAX)) };
	struct mark mark;

	if (chat->type == CHAT_PRIVATE && ctx_is_operator_id(ctx, chat->id))
		return true;
	mark = turn_write(ctx, key.holder, key.module, key.name);
	return services->storage->brief_claim(services->storage_owner, &mark, &key,
					      APOLOGY_SECONDS);
}

/* Who asks to join a group is not in it: they are told in private, which Telegram allows for a
 * while (Bot API, "ChatJoinRequest"). */
static const struct chat *find_chat_to_tell(struct ctx *ctx)
{
	struct chat *private;

	/* Nobody did anything that could be answered, and it would be said in the name of an
	 * account. */
	if (ctx->update.kind == KIND_DELETED_BUSINESS_MESSAGES)
		return NULL;
	if (ctx->update.kind != KIND_CHAT_JOIN_REQUEST || !ctx->update.user_chat_id)
		return ctx_find_here(ctx);
	private = arena_alloc(ctx->arena, sizeof(*private));
	*private = (struct chat) {
		.id = ctx->update.user_chat_id, .type = CHAT_PRIVATE, .title = "", .username = ""
	};
	ctx->chat = private;
	ctx->chat_was_read = true;
	return private;
}

void ctx_apologize(struct ctx *ctx, const char *kind)
{
	const struct chat *chat = find_chat_to_tell(ctx);
	bool in_channel = !chat || chat->type == CHAT_CHANNEL;
	char reference[TRACE_ID_HEX];

	here_return(ctx);
	trace_id_hex(&ctx->item->trace, reference);
	ctx->calls_count = 0;
	ctx->query_answered = ctx->query_called;
	if (!in_channel && may_tell(ctx, chat, kind))
		ctx_reply(ctx,
			  _("Something went wrong here, and it has been reported.\n"
			    "Reference: <code>%s</code>"),
			  reference);
	else if (ctx_press_waits(ctx))
		ctx_alert(ctx,
			  _("Something went wrong here, and it has been reported.\n"
			    "Reference: <code>%s</code>"),
			  reference);
}
