/* telegram.c - see telegram.h. */
#include "tests/modules/telegram.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "botapi/botapi.h"
#include "common/log.h"
#include "tests/modules/conversation.h"
#include "tests/modules/crash.h"
#include "tests/modules/part.h"
#include "tests/modules/said.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"
#include "workers/wire/rights.h"

#define ANSWERS_MAX 64

struct telegram {
	struct told_answer answers[ANSWERS_MAX];
	size_t count;
};

/* --- what was told ---------------------------------------------------------------------------- */

static bool is_same(const struct told_answer *a, const struct told_answer *b)
{
	return strcmp(a->method, b->method) == 0 && a->user_id == b->user_id &&
	       a->chat_id == b->chat_id;
}

static struct telegram *told_in(struct conversation *conversation)
{
	if (!conversation->telegram)
		conversation->telegram = arena_alloc(&conversation->world.arena,
						     sizeof(*conversation->telegram));
	return conversation->telegram;
}

void telegram_tell(struct conversation *conversation, const struct told_answer *answer)
{
	struct telegram *telegram = told_in(conversation);
	size_t kept = 0;

	for (size_t i = 0; i < telegram->count; i++)
		if (!telegram->answers[i].used || !is_same(&telegram->answers[i], answer))
			telegram->answers[kept++] = telegram->answers[i];
	if (kept == ANSWERS_MAX)
		panic("more than %d answers of Telegram wait in a conversation", ANSWERS_MAX);
	telegram->answers[kept] = *answer;
	telegram->count = kept + 1;
}

void telegram_finish(struct conversation *conversation)
{
	struct telegram *telegram = told_in(conversation);

	for (size_t i = 0; i < telegram->count; i++)
		if (!telegram->answers[i].used)
			conversation_fault(
				conversation, "no call asks for the answer of %s, \"%s\"",
				telegram->answers[i].method, telegram->answers[i].answer);
}

static bool fits(const struct told_answer *answer, const struct call *call, const json_t *body)
{
	return text_is(call->method, answer->method) &&
	       (!answer->user_id || answer->user_id == print_number(body, "user_id")) &&
	       (!answer->chat_id || answer->chat_id == print_number(body, "chat_id"));
}

/* An answer about one person or chat goes before one about all. */
static bool is_better(const struct told_answer *answer, const struct told_answer *than)
{
	bool special = answer->user_id || answer->chat_id;

	if (!than)
		return true;
	if (special != (than->user_id || than->chat_id))
		return special;
	return than->used; /* the first that is not used yet, or else the last */
}

static const char *find_told(struct telegram *telegram, const struct call *call, const json_t *body)
{
	struct told_answer *found = NULL;

	for (size_t i = 0; i < telegram->count; i++)
		if (fits(&telegram->answers[i], call, body) &&
		    is_better(&telegram->answers[i], found))
			found = &telegram->answers[i];
	if (!found)
		return NULL;
	found->used = true;
	return found->answer;
}

/* --- results ---------------------------------------------------------------------------------- */

struct call_result telegram_result(const char *answer)
{
	struct call_result result = { .status = CALL_REFUSED, .error_code = 400 };
	char *end;

	if (strcmp(answer, "fails") == 0)
		return (struct call_result) { .status = CALL_FAILED };
	if (strcmp(answer, "is in doubt") == 0)
		return (struct call_result) { .status = CALL_IN_DOUBT };
	if (strncmp(answer, "refuses ", 8) != 0)
		return (struct call_result) { .status = CALL_OK, .result = text_of(answer) };
	answer += 8;
	if (strtol(answer, &end, 10) >= 400 && *end == ' ') {
		result.error_code = (int)strtol(answer, NULL, 10);
		answer = end + 1;
	}
	result.description = text_of(answer);
	return result;
}

static const char *sent_message(struct conversation *conversation, const json_t *body,
				struct arena *arena)
{
	int64_t chat_id = print_number(body, "chat_id");

	return arena_printf(arena,
			    "{\"message_id\":%lld,\"date\":%lld,\"chat\":{\"id\":%lld,"
			    "\"type\":\"%s\"}}",
			    (long long)++conversation->world.last_message_id,
			    (long long)world_now(&conversation->world), (long long)chat_id,
			    chat_id < 0 ? "supergroup" : "private");
}

/* What can be told from the type of the result: a message was sent, or it was done. */
static void answer_by_type(struct conversation *conversation, const struct call *call,
			   const json_t *body, struct arena *arena, struct call_result *out)
{
	const struct botapi_method *method = botapi_find_method(call->method.data,
								call->method.length);
	const struct botapi_type *type = method ? &botapi_types[method->result] : NULL;
	const struct botapi_object *message = botapi_find_object("Message");

	*out = (struct call_result) { .status = CALL_FAILED };
	if (type && type->kind == BOTAPI_TRUE)
		*out = telegram_result("true");
	else if (type && type->kind == BOTAPI_OBJECT && &botapi_objects[type->first] == message)
		*out = telegram_result(sent_message(conversation, body, arena));
}

/* As "rights of alice in "Friends": …" says. */
static const char *told_member(const char *rights, struct arena *arena)
{
	const char *member = "{\"status\":\"administrator\"";
	size_t length;

	if (strcmp(rights, "owner") == 0)
		return "{\"status\":\"creator\"}";
	if (strcmp(rights, "none") == 0)
		return "{\"status\":\"member\"}";
	for (; *rights; rights += length + (rights[length] == ' ')) {
		length = strcspn(rights, " ");
		member = arena_printf(arena, "%s,\"%.*s\":true", member, (int)length, rights);
	}
	return arena_printf(arena, "%s}", member);
}

/* All rights, so that a conversation need only say who is an admin and who is not. */
static void answer_member(struct conversation *conversation, const json_t *body,
			  struct arena *arena, struct call_result *out)
{
	struct group *group = world_find_group(&conversation->world, print_number(body, "chat_id"));
	const char *status = world_status(&conversation->world, group,
					  print_number(body, "user_id"));

	const char *rights = world_rights(&conversation->world, group,
					  print_number(body, "user_id"));

	if (group && group->refusal)
		*out = telegram_result(group->refusal);
	else if (rights)
		*out = telegram_result(told_member(rights, arena));
	else
		*out = telegram_result(arena_printf(
			arena,
			"{\"status\":\"%s\",\"can_change_info\":true,\"can_delete_messages\":true,"
			"\"can_restrict_members\":true,\"can_pin_messages\":true,\"can_invite_"
			"users\":true}",
			status));
}

/* Of the bot's own kind there are none but itself. */
static void answer_administrators(struct conversation *conversation, const json_t *body,
				  struct arena *arena, struct call_result *out)
{
	const struct world *world = &conversation->world;
	const struct group *group = world_find_group(&conversation->world,
						     print_number(body, "chat_id"));
	const char *list = "";

	for (size_t i = 0; i < world->people_count; i++) {
		const char *rights = world_rights(world, group, world->people[i].id);
		const char *status = world_status(world, group, world->people[i].id);

		if (rights ? strcmp(rights, "none") != 0
			   : strcmp(status, "administrator") == 0 || strcmp(status, "creator") == 0)
			list = arena_printf(arena, "%s%s{\"user\":{\"id\":%lld}}", list,
					    *list ? "," : "", (long long)world->people[i].id);
	}
	*out = telegram_result(group && group->refusal ? group->refusal
						       : arena_printf(arena, "[%s]", list));
}

/* What the host asks when a handler enters a chat. One whose "migrate_to_chat_id" a line has told
 * has become a supergroup. */
static void answer_chat(struct conversation *conversation, const json_t *body, struct arena *arena,
			struct call_result *out)
{
	const struct group *group = world_find_group(&conversation->world,
						     print_number(body, "chat_id"));
	int64_t moved_to = group ? print_number(group->fields, "migrate_to_chat_id") : 0;
	json_t *chat = group ? update_group(group) : NULL;
	char *text = chat ? json_dumps(chat, JSON_COMPACT) : NULL;

	*out = telegram_result(moved_to ? "refuses group chat was upgraded to a supergroup chat"
			       : text   ? arena_strdup(arena, text)
					: "refuses chat not found");
	out->migrate_to_chat_id = moved_to;
	free(text);
	json_decref(chat);
}

static void find_answer(struct conversation *conversation, const struct call *call,
			const json_t *body, struct arena *arena, struct call_result *out)
{
	const struct answered *row = part_find_answered(call->method);
	const char *told = find_told(told_in(conversation), call, body);

	if (told)
		*out = telegram_result(told);
	else if (row)
		row->answer(conversation, call, body, arena, out);
	else if (text_is(call->method, "getChatMember"))
		answer_member(conversation, body, arena, out);
	else
		answer_by_type(conversation, call, body, arena, out);
}

/* A message that was sent has an id already. */
static int64_t id_in(const struct call_result *result)
{
	json_t *message = result->status == CALL_OK
				  ? json_loadb(result->result.data, result->result.length,
					       JSON_DECODE_ANY, NULL)
				  : NULL;
	int64_t id = print_number(message, "message_id");

	json_decref(message);
	return id;
}

static void show(struct conversation *conversation, const struct call *call,
		 const struct call_result *result)
{
	struct buffer *out = &conversation->actual;

	transcript_call(conversation, call, id_in(result));
	if (result->status == CALL_REFUSED)
		buffer_printf(out, "bot is refused: %.*s\n", (int)result->description.length,
			      result->description.data);
	if (result->status == CALL_FAILED || result->status == CALL_IN_DOUBT)
		buffer_append_text(out, "bot gets no answer\n");
}

void telegram_call(struct conversation *conversation, const struct call *call, struct arena *arena,
		   struct call_result *out)
{
	json_t *body = json_loadb(call->body.data, call->body.length, 0, NULL);
	int64_t before = conversation->world.last_message_id;

	conversation->again = crash_find_result(call, out);
	if (conversation->again && !text_is(call->method, CALL_RUN)) {
		json_decref(body);
		return;
	}
	if (call->own && text_is(call->method, "getChatMember")) {
		answer_member(conversation, body, arena, out);
	} else if (call->own && text_is(call->method, "getChatAdministrators")) {
		answer_administrators(conversation, body, arena, out);
	} else if (call->own && text_is(call->method, "getChat")) {
		answer_chat(conversation, body, arena, out);
	} else if (call->own) {
		*out = telegram_result("true");
	} else {
		find_answer(conversation, call, body, arena, out);
		if (!text_is(call->method, CALL_DOWNLOAD) && !text_is(call->method, CALL_RUN))
			show(conversation, call, out);
		if (out->status == CALL_OK)
			said_learn(conversation, call, before);
	}
	json_decref(body);
	if (!conversation->again)
		crash_after_call(call, out);
}
