/* rights.c - a hash table in a sealed memfd: rights by chat and person, each entry with its end. */
#include "workers/wire/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "common/clock.h"
#include "common/xalloc.h"

#define ENTRIES 8192u
#define GROUPS 1024u
#define BITS_MASK 0xffffu
#define FILTER_WORDS 16u /* 1,024 bits: of 50 administrators, one of 100 others seems to be one */

_Static_assert(MEMBER_RIGHT_COUNT <= 16, "rights take 16 bits of an entry");

/* An entry: chat, person, time and rights, and a checksum of these with the group's number. */
enum entry_word { ENTRY_CHAT, ENTRY_USER, ENTRY_RIGHTS, ENTRY_CHECK, ENTRY_WORDS };

/* Who administers a chat, as a filter (Bloom's, with two bits of each): one of a chat that shares
 * the place of another takes it over. */
enum list_word {
	LIST_CHAT,
	LIST_UNTIL,
	LIST_CHECK,
	LIST_FILTER,
	LIST_WORDS = LIST_FILTER + FILTER_WORDS
};

struct table {
	/* numbers; a new one invalidates all entries of the group */
	_Atomic uint64_t groups[GROUPS];
	_Atomic uint64_t entries[ENTRIES][ENTRY_WORDS];
	_Atomic uint64_t lists[GROUPS][LIST_WORDS];
};

struct rights {
	const struct table *read;
	struct table *write; /* NULL once sealed */
};

static const char *const fields[MEMBER_RIGHT_COUNT] = {
#define MEMBER_FIELD(id, field) [MEMBER_##id] = field,
	MEMBER_RIGHTS(MEMBER_FIELD)
#undef MEMBER_FIELD
};

/* --- memory ----------------------------------------------------------------------------------- */

static void unmap(const struct table *table)
{
	if (table)
		munmap((void *)(uintptr_t)table, sizeof(*table));
}

static const struct table *map(int fd, int protection)
{
	void *table = mmap(NULL, sizeof(struct table), protection, MAP_SHARED, fd, 0);

	return table == MAP_FAILED ? NULL : table;
}

/* The one writable mapping is made first: F_SEAL_FUTURE_WRITE refuses all others, also to processes
 * that get hold of the file, and what is mapped for reading can never be made writable. */
struct rights *rights_create(struct why *why)
{
	const int seals = F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int fd = memfd_create("korone-rights", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct rights *rights = xcalloc(1, sizeof(*rights));

	if (fd >= 0 && ftruncate(fd, sizeof(struct table)) == 0)
		rights->write = (struct table *)(uintptr_t)map(fd, PROT_READ | PROT_WRITE);
	if (rights->write && fcntl(fd, F_ADD_SEALS, seals) == 0)
		rights->read = map(fd, PROT_READ);
	if (!rights->read) {
		why_set(why, "no memory for the rights of administrators: %s", strerror(errno));
		rights_destroy(rights);
		rights = NULL;
	}
	if (fd >= 0)
		close(fd);
	return rights;
}

void rights_destroy(struct rights *rights)
{
	if (!rights)
		return;
	unmap(rights->read);
	unmap(rights->write);
	free(rights);
}

void rights_seal(struct rights *rights)
{
	unmap(rights->write);
	rights->write = NULL;
}

/* --- entries ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;

	hash = (hash ^ hash >> 32 ^ b) * 0xc4ceb9fe1a85ec53u;
	return hash ^ hash >> 29;
}

static size_t group_of(int64_t chat_id)
{
	return mix((uint64_t)chat_id, 0) % GROUPS;
}

static size_t entry_of(int64_t chat_id, int64_t user_id)
{
	return mix((uint64_t)chat_id, (uint64_t)user_id) % ENTRIES;
}

static uint64_t check_of(const uint64_t *words, uint64_t group)
{
	return mix(mix(words[ENTRY_CHAT], words[ENTRY_USER]), mix(words[ENTRY_RIGHTS], group));
}

uint64_t rights_stamp(const struct rights *rights, int64_t chat_id)
{
	return atomic_load(&rights->read->groups[group_of(chat_id)]);
}

bool rights_find(const struct rights *rights, int64_t chat_id, int64_t user_id, uint32_t *bits)
{
	const _Atomic uint64_t *entry = rights->read->entries[entry_of(chat_id, user_id)];
	uint64_t words[ENTRY_WORDS];

	for (size_t i = 0; i < ENTRY_WORDS; i++)
		words[i] = atomic_load(&entry[i]);
	if (words[ENTRY_CHAT] != (uint64_t)chat_id || words[ENTRY_USER] != (uint64_t)user_id ||
	    words[ENTRY_RIGHTS] >> 16 <= clock_boot_ms() ||
	    words[ENTRY_CHECK] != check_of(words, rights_stamp(rights, chat_id)))
		return false;
	*bits = words[ENTRY_RIGHTS] & BITS_MASK;
	return true;
}

static void put(struct rights *rights, int64_t chat_id, int64_t user_id, uint32_t bits,
		uint64_t stamp)
{
	_Atomic uint64_t *entry = rights->write->entries[entry_of(chat_id, user_id)];
	uint64_t words[ENTRY_WORDS] = {
		[ENTRY_CHAT] = (uint64_t)chat_id,
		[ENTRY_USER] = (uint64_t)user_id,
		[ENTRY_RIGHTS] = (clock_boot_ms() + RIGHTS_KEPT_MS) << 16 | bits,
	};

	words[ENTRY_CHECK] = check_of(words, stamp);
	for (size_t i = 0; i < ENTRY_WORDS; i++)
		atomic_store(&entry[i], words[i]);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void filter_add(uint64_t *filter, int64_t user_id)
{
	uint64_t hash = mix((uint64_t)user_id, FILTER_WORDS);

	for (unsigned i = 0; i < 2; i++, hash >>= 32)
		filter[hash / 64 % FILTER_WORDS] |= UINT64_C(1) << hash % 64;
}

static uint64_t check_of_list(const uint64_t *words, uint64_t group)
{
	uint64_t check = mix(mix(words[LIST_CHAT], words[LIST_UNTIL]), group);

	for (size_t i = LIST_FILTER; i < LIST_WORDS; i++)
		check = mix(check, words[i]);
	return check;
}

enum rights_listed rights_find_listed(const struct rights *rights, int64_t chat_id, int64_t user_id)
{
	const _Atomic uint64_t *list = rights->read->lists[group_of(chat_id)];
	uint64_t words[LIST_WORDS], wanted[FILTER_WORDS] = { 0 };

	for (size_t i = 0; i < LIST_WORDS; i++)
		words[i] = atomic_load(&list[i]);
	if (words[LIST_CHAT] != (uint64_t)chat_id || words[LIST_UNTIL] <= clock_boot_ms() ||
	    words[LIST_CHECK] != check_of_list(words, rights_stamp(rights, chat_id)))
		return RIGHTS_NO_LIST;
	filter_add(wanted, user_id);
	for (size_t i = 0; i < FILTER_WORDS; i++)
		if (wanted[i] & ~words[LIST_FILTER + i])
			return RIGHTS_NOT_LISTED;
	return RIGHTS_MAYBE_LISTED;
}

/* False: the answer has somebody without an id, or is no list. */
static bool read_list(const json_t *list, uint64_t *filter)
{
	size_t i;
	json_t *member;

	json_array_foreach(list, i, member)
	{
		json_int_t id = json_integer_value(
			json_object_get(json_object_get(member, "user"), "id"));

		if (!id)
			return false;
		filter_add(filter, id);
	}
	return json_array_size(list) > 0;
}

static void learn_list(struct rights *rights, int64_t chat_id, const struct call_result *result,
		       uint64_t stamp)
{
	_Atomic uint64_t *list = rights->write->lists[group_of(chat_id)];
	uint64_t words[LIST_WORDS] = {
		[LIST_CHAT] = (uint64_t)chat_id, [LIST_UNTIL] = clock_boot_ms() + RIGHTS_KEPT_MS
	};
	json_t *answer;

	if (result->status != CALL_OK)
		return;
	answer = json_loadb(result->result.data, result->result.length, JSON_ALLOW_NUL, NULL);
	if (read_list(answer, words + LIST_FILTER)) {
		words[LIST_CHECK] = check_of_list(words, stamp);
		for (size_t i = 0; i < LIST_WORDS; i++)
			atomic_store(&list[i], words[i]);
	}
	json_decref(answer);
}

void rights_forget(struct rights *rights, int64_t chat_id)
{
	atomic_fetch_add(&rights->write->groups[group_of(chat_id)], 1);
}

/* --- Telegram's answers ----------------------------------------------------------------------- */

/* Bot API "ChatMemberAdministrator": without "can_manage_tags" whoever may pin may do that. */
static bool has_right(const json_t *member, enum member_right right)
{
	const json_t *told = json_object_get(member, fields[right]);

	if (!told && right == MEMBER_MANAGE_TAGS)
		told = json_object_get(member, fields[MEMBER_PIN_MESSAGES]);
	return json_is_true(told);
}

static uint32_t bits_in(const json_t *member)
{
	const char *status = json_string_value(json_object_get(member, "status"));
	uint32_t bits = 1u << MEMBER_PRESENT | 1u << MEMBER_ADMIN;

	if (!status)
		return 0;
	if (strcmp(status, "creator") == 0)
		return (1u << MEMBER_RIGHT_COUNT) - 1;
	if (strcmp(status, "member") == 0 || (strcmp(status, "restricted") == 0 &&
					      json_is_true(json_object_get(member, "is_member"))))
		return 1u << MEMBER_PRESENT;
	if (strcmp(status, "administrator") != 0)
		return 0;
	for (unsigned right = MEMBER_OWNER + 1; right < MEMBER_RIGHT_COUNT; right++)
		if (has_right(member, right))
			bits |= 1u << right;
	return bits;
}

/* Telegram knows nobody of this id in the group: somebody may write there who is not in it. */
static bool is_about_nobody(const struct call_result *result)
{
	static const char *const words[] = { "user not found", "member not found",
					     "PARTICIPANT_ID_INVALID", "USER_NOT_PARTICIPANT",
					     "USER_ID_INVALID" };
	const struct text description = result->description;

	for (size_t i = 0; i < COUNT_OF(words) && description.data; i++)
		if (memmem(description.data, description.length, words[i], strlen(words[i])))
			return true;
	return false;
}

bool rights_in_result(const struct call_result *result, uint32_t *bits)
{
	json_t *member;

	*bits = 0;
	if (result->status != CALL_OK)
		return call_is_refused(result) && is_about_nobody(result);
	member = json_loadb(result->result.data, result->result.length, JSON_ALLOW_NUL, NULL);
	*bits = bits_in(member);
	json_decref(member);
	return true;
}

/* What the sender checks (call_check.h) is taken for granted: the parameters name each thing once,
 * and no other chat than the call. */
void rights_learn(struct rights *rights, const struct call *call, const struct call_result *result,
		  uint64_t stamp)
{
	json_t *parameters;
	int64_t user_id;
	uint32_t bits;

	if (call->want_result && call->chat_id && text_is(call->method, "getChatAdministrators"))
		learn_list(rights, call->chat_id, result, stamp);
	if (!call->want_result || !text_is(call->method, "getChatMember") ||
	    !rights_in_result(result, &bits))
		return;
	parameters = json_loadb(call->body.data, call->body.length, 0, NULL);
	user_id = json_integer_value(json_object_get(parameters, "user_id"));
	json_decref(parameters);
	if (call->chat_id && user_id)
		put(rights, call->chat_id, user_id, bits, stamp);
}
