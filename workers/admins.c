/* admins.c - see admins.h. */
#include "workers/admins.h"

#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "workers/ctx.h"

#define ALL_RIGHTS UINT32_MAX

static const struct {
	enum right right;
	const char *field; /* Bot API "ChatMemberAdministrator" */
} named_rights[] = {
	{ RIGHT_CHANGE_INFO, "can_change_info" },
	{ RIGHT_DELETE_MESSAGES, "can_delete_messages" },
	{ RIGHT_INVITE_USERS, "can_invite_users" },
	{ RIGHT_PIN_MESSAGES, "can_pin_messages" },
	{ RIGHT_PROMOTE_MEMBERS, "can_promote_members" },
	{ RIGHT_RESTRICT_MEMBERS, "can_restrict_members" },
};

static struct admin_entry *entry_of(struct admin_cache *cache, int64_t chat_id, int64_t user_id)
{
	uint64_t hash = ((uint64_t)chat_id * 0x9e3779b97f4a7c15u) ^ (uint64_t)user_id;

	hash *= 0xff51afd7ed558ccdu;
	return &cache->entries[(hash >> 32) % ADMIN_CACHE_SIZE];
}

static uint32_t rights_in(const struct answer *answer)
{
	const char *status = answer_text(answer, "status");
	uint32_t rights = 1u << RIGHT_NONE;

	if (strcmp(status, "creator") == 0)
		return ALL_RIGHTS;
	if (strcmp(status, "administrator") != 0)
		return rights;
	rights |= 1u << RIGHT_ADMIN;
	for (size_t i = 0; i < COUNT_OF(named_rights); i++)
		if (answer_boolean(answer, named_rights[i].field))
			rights |= 1u << named_rights[i].right;
	return rights;
}

bool admins_rights(struct ctx *ctx, const struct chat *chat, const struct user *user,
		   uint32_t *rights)
{
	struct admin_entry *entry = entry_of(&ctx->host->admins, chat->id, user->id);
	uint64_t now = clock_boot_ms();
	const struct answer *answer;
	struct request *request;

	if (entry->chat_id == chat->id && entry->user_id == user->id && entry->until_ms > now) {
		*rights = entry->rights;
		return true;
	}
	request = ctx_request(ctx, "getChatMember");
	request_integer(request, "chat_id", chat->id);
	request_integer(request, "user_id", user->id);
	answer = ctx_call(ctx, request);
	if (!answer_ok(answer))
		return false;
	*rights = rights_in(answer);
	*entry = (struct admin_entry) { chat->id, user->id, now + ADMIN_CACHE_MS, *rights };
	return true;
}

void admins_forget(struct admin_cache *cache, int64_t chat_id, int64_t user_id)
{
	struct admin_entry *entry = entry_of(cache, chat_id, user_id);

	if (entry->chat_id == chat_id && entry->user_id == user_id)
		entry->until_ms = 0;
}
