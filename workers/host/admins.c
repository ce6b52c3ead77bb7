/* admins.c - asks rights.h, then Telegram; translates between its rights and those of modules. */
#include "workers/host/admins.h"

#include "common/xalloc.h"
#include "workers/host/ctx.h"

static const enum member_right needed[] = {
	[RIGHT_ADMIN] = MEMBER_ADMIN,
	[RIGHT_OWNER] = MEMBER_OWNER,
	[RIGHT_CHANGE_INFO] = MEMBER_CHANGE_INFO,
	[RIGHT_DELETE_MESSAGES] = MEMBER_DELETE_MESSAGES,
	[RIGHT_INVITE_USERS] = MEMBER_INVITE_USERS,
	[RIGHT_MANAGE_TAGS] = MEMBER_MANAGE_TAGS,
	[RIGHT_MANAGE_TOPICS] = MEMBER_MANAGE_TOPICS,
	[RIGHT_PIN_MESSAGES] = MEMBER_PIN_MESSAGES,
	[RIGHT_POST_MESSAGES] = MEMBER_POST_MESSAGES,
	[RIGHT_PROMOTE_MEMBERS] = MEMBER_PROMOTE_MEMBERS,
	[RIGHT_RESTRICT_MEMBERS] = MEMBER_RESTRICT_MEMBERS,
};

static uint32_t translate(uint32_t member_bits)
{
	uint32_t rights = member_bits & 1u << MEMBER_PRESENT ? 1u << RIGHT_NONE : 0;

	for (size_t right = RIGHT_ADMIN; right < COUNT_OF(needed); right++)
		if (member_bits & 1u << needed[right])
			rights |= 1u << right;
	return rights;
}

static void call_telegram(struct ctx *ctx, int64_t chat_id, int64_t user_id, const char *method,
			  struct call_result *result)
{
	struct json json = ctx_parameters(ctx);
	struct call call = {
		.chat_id = chat_id, .want_result = true, .own = true, .method = text_of(method)
	};

	*result = (struct call_result) { .status = CALL_FAILED };
	json_key_int(&json, "chat_id", chat_id);
	if (user_id)
		json_key_int(&json, "user_id", user_id);
	call.body = ctx_parameters_end(ctx, &json);
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, result);
}

static enum admins_answer ask(struct ctx *ctx, int64_t chat_id, int64_t user_id,
			      uint32_t *member_bits)
{
	struct call_result result;

	call_telegram(ctx, chat_id, user_id, "getChatMember", &result);
	if (rights_in_result(&result, member_bits))
		return ADMINS_KNOWN;
	return call_is_refused(&result) ? ADMINS_HIDDEN : ADMINS_UNKNOWN;
}

bool admins_lack(struct ctx *ctx, int64_t chat_id, const struct user *user)
{
	const struct rights *rights = ctx->host->rights;
	struct call_result result;

	if (user->is_bot)
		return false;
	if (rights_find_listed(rights, chat_id, user->id) == RIGHTS_NO_LIST)
		call_telegram(ctx, chat_id, 0, "getChatAdministrators", &result);
	return rights_find_listed(rights, chat_id, user->id) == RIGHTS_NOT_LISTED;
}

/* --- what the update tells -------------------------------------------------------------------- */

static bool find_in_change(struct ctx *ctx, int64_t user_id, uint32_t *member_bits)
{
	struct member_change change;

	if (ctx->update.kind != KIND_CHAT_MEMBER ||
	    !update_read_members(&ctx->update, ctx->arena, &change) || change.member->id != user_id)
		return false;
	if (change.after != MEMBER_PLAIN && change.after != MEMBER_RESTRICTED)
		return false;
	*member_bits = 1u << MEMBER_PRESENT;
	return true;
}

/* Whoever writes is there; unless they comment on a channel's post, and then it does no harm. */
static bool find_writer(struct ctx *ctx, int64_t chat_id, int64_t user_id, uint32_t *member_bits)
{
	const struct message *message = ctx->update.kind == KIND_MESSAGE ||
							ctx->update.kind == KIND_EDITED_MESSAGE
						? ctx_find_message(ctx)
						: NULL;

	if (!message || !message->from || message->sender_chat || message->from->is_bot ||
	    message->from->id != user_id ||
	    rights_find_listed(ctx->host->rights, chat_id, user_id) != RIGHTS_NOT_LISTED)
		return false;
	*member_bits = 1u << MEMBER_PRESENT;
	return true;
}

/* A call for each who joins or writes would be too slow in a raid: their group is handled one
 * update at a time. */
static bool find_told(struct ctx *ctx, int64_t chat_id, int64_t user_id, uint32_t *member_bits)
{
	const struct chat *chat = update_find_chat(&ctx->update, ctx->arena);

	return chat && chat->id == chat_id &&
	       (find_in_change(ctx, user_id, member_bits) ||
		find_writer(ctx, chat_id, user_id, member_bits));
}

static enum admins_answer find_rights(struct ctx *ctx, int64_t chat_id, int64_t user_id,
				      uint32_t *member_bits)
{
	if (rights_find(ctx->host->rights, chat_id, user_id, member_bits) ||
	    find_told(ctx, chat_id, user_id, member_bits))
		return ADMINS_KNOWN;
	return ask(ctx, chat_id, user_id, member_bits);
}

enum admins_answer admins_rights(struct ctx *ctx, int64_t chat_id, int64_t user_id,
				 uint32_t *rights)
{
	uint32_t member_bits = 0;
	enum admins_answer answer = find_rights(ctx, chat_id, user_id, &member_bits);

	if (answer == ADMINS_KNOWN)
		*rights = translate(member_bits);
	return answer;
}

bool admins_is_member(struct ctx *ctx, int64_t chat_id, int64_t user_id)
{
	uint32_t member_bits = 0;

	return find_rights(ctx, chat_id, user_id, &member_bits) == ADMINS_KNOWN &&
	       member_bits & 1u << MEMBER_PRESENT;
}

/* Only administrators write in the name of their group; the other stand-ins are nobody's. */
unsigned ctx_rights(struct ctx *ctx, int64_t user_id)
{
	const struct chat *chat = ctx_find_chat(ctx);
	uint32_t rights = 0;

	if (!chat || chat->type == CHAT_PRIVATE || user_id == STAND_IN_CHANNEL ||
	    user_id == STAND_IN_TELEGRAM)
		return 0;
	if (user_id == STAND_IN_ANONYMOUS_ADMIN)
		return 1u << RIGHT_ADMIN;
	if (admins_rights(ctx, chat->id, user_id, &rights) != ADMINS_KNOWN)
		return 0;
	return rights & 1u << RIGHT_ADMIN ? rights & ~(1u << RIGHT_NONE) : 0;
}

/* Waits for the sender: the next update of this chat finds nothing that is outdated. */
void ctx_forget_admins(struct ctx *ctx)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct call call = { .want_result = true,
			     .own = true,
			     .method = text_of(CALL_FORGET_RIGHTS) };
	struct call_result result;

	if (!chat)
		return;
	call.chat_id = chat->id;
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, &result);
}
