/* enter.c - checks who wants to enter a chat, and asks Telegram what it is. */
#include "workers/api/enter.h"

#include <string.h>

#include "workers/host/access.h"
#include "workers/host/answer.h"
#include "workers/host/here.h"

/* Bot API "Chat": the ids of supergroups and channels are below it. */
#define SUPERGROUPS_BELOW (-INT64_C(1000000000000))

/* --- what it is ------------------------------------------------------------------------------- */

static void ask(struct ctx *ctx, int64_t chat_id, struct call_result *out)
{
	struct json json = ctx_parameters(ctx);
	struct call call = {
		.chat_id = chat_id, .want_result = true, .own = true, .method = text_of("getChat")
	};

	json_key_int(&json, "chat_id", chat_id);
	call.body = ctx_parameters_end(ctx, &json);
	*out = (struct call_result) { .status = CALL_FAILED };
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, out);
}

/* Bot API "ChatFullInfo". */
static const struct chat *read(struct ctx *ctx, const struct call_result *result)
{
	const struct answer *answer = answer_of_call(ctx, result);
	struct chat *chat = arena_alloc(ctx->arena, sizeof(*chat));

	*chat = (struct chat) {
		.id = answer_integer(answer, "id"),
		.title = answer_text(answer, "title"),
		.username = answer_text(answer, "username"),
	};
	return chat->id < 0 && chat_type_read(text_of(answer_text(answer, "type")), &chat->type)
		       ? chat
		       : NULL;
}

static enum access look_up(struct ctx *ctx, int64_t chat_id, const struct chat **out)
{
	struct call_result result;

	ask(ctx, chat_id, &result);
	if (result.status == CALL_REFUSED && result.migrate_to_chat_id < 0)
		ask(ctx, result.migrate_to_chat_id, &result);
	if (call_is_refused(&result))
		return ACCESS_BOT_ABSENT;
	*out = result.status == CALL_OK ? read(ctx, &result) : NULL;
	return *out ? ACCESS_GRANTED : ACCESS_UNKNOWN;
}

/* --- whether they may ------------------------------------------------------------------------- */

static enum access check(struct ctx *ctx, const struct chat *chat, enum right right)
{
	const struct user *user = ctx_find_user(ctx);

	if (!user || user_is_stand_in(user))
		return ACCESS_NOT_MEMBER;
	return right == RIGHT_NONE ? access_of_member(ctx, chat, user)
				   : access_of_person(ctx, right, chat, user);
}

const char *ctx_enter(struct ctx *ctx, int64_t chat_id, enum right right)
{
	const struct chat *here = ctx_find_here(ctx), *chat = here;
	bool is_here = here && here->id == chat_id;
	enum access access = ACCESS_GRANTED;

	if (chat_id > 0 && !is_here)
		access = ACCESS_NOT_MEMBER;
	else if (chat_id && !is_here)
		access = look_up(ctx, chat_id, &chat);
	if (chat_id && access == ACCESS_GRANTED && chat->type != CHAT_PRIVATE)
		access = check(ctx, chat, right);
	if (access != ACCESS_GRANTED)
		return access_reason(ctx, access);
	here_return(ctx);
	if (chat_id && !is_here)
		ctx->entered = chat;
	return NULL;
}

void ctx_enter_by_rule(struct ctx *ctx, int64_t chat_id)
{
	const struct chat *here = ctx_find_here(ctx);
	struct chat *chat = arena_alloc(ctx->arena, sizeof(*chat));

	*chat = (struct chat) {
		.id = chat_id,
		.type = chat_id > SUPERGROUPS_BELOW ? CHAT_GROUP : CHAT_SUPERGROUP,
		.title = "",
		.username = "",
	};
	here_return(ctx);
	if (chat_id >= 0)
		ctx_fail(ctx, "no group has the id %lld", (long long)chat_id);
	else if (!here || here->id != chat_id)
		ctx->entered = chat;
}
