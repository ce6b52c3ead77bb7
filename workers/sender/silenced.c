/* silenced.c - see silenced.h. */
#include "workers/sender/silenced.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/xalloc.h"

/* Texts in groups: what else is sent may be forbidden where texts are not. */
static bool concerns(const struct send_call *call)
{
	return call->call.chat_id < 0 && !call->moved && call->method == METHOD_SEND_MESSAGE;
}

static size_t slot_of(int64_t id)
{
	return ((uint64_t)id * 0x9e3779b97f4a7c15u >> 32) % SILENCED_GROUPS;
}

bool silenced_holds(const struct silenced *silenced, const struct send_call *call, uint64_t now_ms)
{
	const struct silenced_group *group = &silenced->groups[slot_of(call->call.chat_id)];

	return concerns(call) && group->id == call->call.chat_id && now_ms < group->until_ms;
}

/* Of the whole group: a topic that is closed is none. */
static bool is_refusal(const struct call_result *result)
{
	static const char *const texts[] = {
		"not enough rights to send text messages",
		"have no rights to send a message",
		"CHAT_WRITE_FORBIDDEN",
		"CHAT_SEND_PLAIN_FORBIDDEN",
	};
	char description[160];

	if (result->status != CALL_REFUSED || !result->description.length)
		return false;
	snprintf(description, sizeof(description), "%.*s", (int)result->description.length,
		 result->description.data);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (strcasestr(description, texts[i]))
			return true;
	return false;
}

static void note(struct silenced_group *group, int64_t id, uint64_t now_ms)
{
	uint64_t wait_ms = group->id == id && group->wait_ms ? 2 * group->wait_ms
							     : SILENCED_FIRST_MS;

	if (wait_ms > SILENCED_MAX_MS)
		wait_ms = SILENCED_MAX_MS;
	*group = (struct silenced_group) { id, now_ms + wait_ms, wait_ms };
}

enum silenced_change silenced_learn(struct silenced *silenced, const struct send_call *call,
				    const struct call_result *result, uint64_t now_ms)
{
	int64_t id = call->call.chat_id;
	struct silenced_group *group = &silenced->groups[slot_of(id)];

	if (!concerns(call))
		return SILENCED_UNCHANGED;
	if (is_refusal(result)) {
		note(group, id, now_ms);
		return SILENCED_NOW;
	}
	if (result->status != CALL_OK || group->id != id)
		return SILENCED_UNCHANGED;
	*group = (struct silenced_group) { 0 };
	return SILENCED_NO_MORE;
}

void silenced_forget(struct silenced *silenced, int64_t chat_id)
{
	struct silenced_group *group = &silenced->groups[slot_of(chat_id)];

	/* Known to be silenced, so that a message that arrives ends it in Redis, too. */
	if (group->id == chat_id)
		group->until_ms = group->wait_ms = 0;
}

struct send_call *silenced_leave(int64_t chat_id)
{
	char body[64];
	int size = snprintf(body, sizeof(body), "{\"chat_id\":%lld}", (long long)chat_id);
	struct send_call *call = xmalloc(sizeof(*call) + sizeof(body));

	memcpy(call + 1, body, sizeof(body));
	call->hint = true;
	call->method = METHOD_LEAVE_CHAT;
	call->call = (struct call) { .chat_id = chat_id,
				     .method = text_of(method_names[METHOD_LEAVE_CHAT]),
				     .body = { (const char *)(call + 1), (size_t)size } };
	return call;
}
