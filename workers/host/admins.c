/* admins.c - a hash table in shared memory: rights by chat and person, each entry with a time. */
#include "workers/host/admins.h"

#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "workers/host/ctx.h"

#define ALL_RIGHTS 0xffffu
#define IS_MEMBER 0x8000u /* beside the rights: in the group */
#define ENTRIES 8192u
#define GROUPS 1024u

/* An entry: chat, person, time and rights, and a checksum of these with the group's number. */
enum entry_word { ENTRY_CHAT, ENTRY_USER, ENTRY_RIGHTS, ENTRY_CHECK, ENTRY_WORDS };

struct admin_cache {
	_Atomic uint64_t
		groups[GROUPS]; /* numbers; a new one invalidates all entries of the group */
	_Atomic uint64_t entries[ENTRIES][ENTRY_WORDS];
};

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

struct admin_cache *admins_create(void)
{
	return xshare(sizeof(struct admin_cache));
}

void admins_destroy(struct admin_cache *cache)
{
	xshare_end(cache, sizeof(*cache));
}

/* --- entries ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;

	hash = (hash ^ hash >> 32 ^ b) * 0xc4ceb9fe1a85ec53u;
	return hash ^ hash >> 29;
}

static _Atomic uint64_t *group_of(struct admin_cache *cache, int64_t chat_id)
{
	return &cache->groups[mix((uint64_t)chat_id, 0) % GROUPS];
}

static _Atomic uint64_t *entry_of(struct admin_cache *cache, int64_t chat_id, int64_t user_id)
{
	return cache->entries[mix((uint64_t)chat_id, (uint64_t)user_id) % ENTRIES];
}

static uint64_t check_of(const uint64_t *words, uint64_t group)
{
	return mix(mix(words[ENTRY_CHAT], words[ENTRY_USER]), mix(words[ENTRY_RIGHTS], group));
}

static bool find_entry(struct admin_cache *cache, int64_t chat_id, int64_t user_id,
		       uint32_t *rights)
{
	_Atomic uint64_t *entry = entry_of(cache, chat_id, user_id);
	uint64_t words[ENTRY_WORDS];

	for (size_t i = 0; i < ENTRY_WORDS; i++)
		words[i] = atomic_load(&entry[i]);
	if (words[ENTRY_CHAT] != (uint64_t)chat_id || words[ENTRY_USER] != (uint64_t)user_id ||
	    words[ENTRY_RIGHTS] >> 16 <= clock_boot_ms() ||
	    words[ENTRY_CHECK] != check_of(words, atomic_load(group_of(cache, chat_id))))
		return false;
	*rights = words[ENTRY_RIGHTS] & ALL_RIGHTS;
	return true;
}

/* `group` is the group's number from before Telegram was asked. */
static void put_entry(struct admin_cache *cache, int64_t chat_id, int64_t user_id, uint32_t rights,
		      uint64_t group)
{
	_Atomic uint64_t *entry = entry_of(cache, chat_id, user_id);
	uint64_t words[ENTRY_WORDS] = {
		[ENTRY_CHAT] = (uint64_t)chat_id,
		[ENTRY_USER] = (uint64_t)user_id,
		[ENTRY_RIGHTS] = (clock_boot_ms() + ADMIN_CACHE_MS) << 16 | rights,
	};

	words[ENTRY_CHECK] = check_of(words, group);
	for (size_t i = 0; i < ENTRY_WORDS; i++)
		atomic_store(&entry[i], words[i]);
}

/* --- Telegram's answers ----------------------------------------------------------------------- */

static uint32_t rights_in(const struct answer *answer)
{
	const char *status = answer_text(answer, "status");
	uint32_t rights = 1u << RIGHT_NONE;

	if (strcmp(status, "creator") == 0)
		return ALL_RIGHTS;
	if (strcmp(status, "member") == 0 ||
	    (strcmp(status, "restricted") == 0 && answer_boolean(answer, "is_member")))
		rights |= IS_MEMBER;
	if (strcmp(status, "administrator") != 0)
		return rights;
	rights |= IS_MEMBER | 1u << RIGHT_ADMIN;
	for (size_t i = 0; i < COUNT_OF(named_rights); i++)
		if (answer_boolean(answer, named_rights[i].field))
			rights |= 1u << named_rights[i].right;
	return rights;
}

/* Telegram knows nobody of this id in the group: somebody may write there who is not in it. */
static bool is_about_nobody(const char *error)
{
	static const char *const words[] = { "user not found", "member not found",
					     "PARTICIPANT_ID_INVALID", "USER_NOT_PARTICIPANT",
					     "USER_ID_INVALID" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strstr(error, words[i]))
			return true;
	return false;
}

static enum admins_answer find_rights(struct ctx *ctx, int64_t chat_id, int64_t user_id,
				      uint32_t *rights)
{
	struct admin_cache *cache = ctx->host->admins;
	uint64_t group = atomic_load(group_of(cache, chat_id));
	const struct answer *answer;
	struct request *request;

	if (find_entry(cache, chat_id, user_id, rights))
		return ADMINS_KNOWN;
	request = ctx_request(ctx, "getChatMember");
	request_integer(request, "chat_id", chat_id);
	request_integer(request, "user_id", user_id);
	answer = ctx_call(ctx, request);
	if (answer_refused(answer) && !is_about_nobody(answer_error(answer)))
		return ADMINS_HIDDEN;
	if (!answer_ok(answer) && !answer_refused(answer))
		return ADMINS_UNKNOWN;
	*rights = rights_in(answer);
	put_entry(cache, chat_id, user_id, *rights, group);
	return ADMINS_KNOWN;
}

enum admins_answer admins_rights(struct ctx *ctx, int64_t chat_id, int64_t user_id,
				 uint32_t *rights)
{
	uint32_t found = 0;
	enum admins_answer answer = find_rights(ctx, chat_id, user_id, &found);

	if (answer == ADMINS_KNOWN)
		*rights = found & ~IS_MEMBER;
	return answer;
}

bool admins_is_member(struct ctx *ctx, int64_t chat_id, int64_t user_id)
{
	uint32_t rights = 0;

	return find_rights(ctx, chat_id, user_id, &rights) == ADMINS_KNOWN && rights & IS_MEMBER;
}

static bool is_true(struct cursor member, const char *field)
{
	struct cursor value = cursor_find(member, field);

	return cursor_type(&value) == PACK_BOOL && cursor_bool(&value);
}

void admins_learn(struct admin_cache *cache, int64_t chat_id, int64_t user_id, struct cursor member)
{
	struct cursor word = cursor_find(member, "status");
	struct text status = { "", 0 };
	uint32_t rights = 1u << RIGHT_NONE;

	if (cursor_type(&word) == PACK_TEXT)
		status = cursor_text(&word);
	if (text_is(status, "creator"))
		rights = ALL_RIGHTS;
	if (text_is(status, "administrator"))
		rights |= 1u << RIGHT_ADMIN;
	if (text_is(status, "administrator") || text_is(status, "member") ||
	    (text_is(status, "restricted") && is_true(member, "is_member")))
		rights |= IS_MEMBER;
	for (size_t i = 0; i < COUNT_OF(named_rights); i++)
		if (text_is(status, "administrator") && is_true(member, named_rights[i].field))
			rights |= 1u << named_rights[i].right;
	/* An answer that is under way may be from before the change: it must not be stored after
	 * it. */
	admins_forget(cache, chat_id);
	put_entry(cache, chat_id, user_id, rights, atomic_load(group_of(cache, chat_id)));
}

void admins_forget(struct admin_cache *cache, int64_t chat_id)
{
	atomic_fetch_add(group_of(cache, chat_id), 1);
}

void ctx_forget_admins(struct ctx *ctx)
{
	const struct chat *chat = ctx_find_chat(ctx);

	if (chat)
		admins_forget(ctx->host->admins, chat->id);
}
