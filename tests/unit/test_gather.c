/* test_gather.c - which line a call waits in, and deletions that become one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "botapi/botapi.h"
#include "common/xalloc.h"
#include "workers/sender/dress.h"
#include "workers/sender/gather.h"

static struct send_queue queue;

static int set_up(void **state)
{
	(void)state;
	send_queue_init(&queue, 100);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	send_queue_finish(&queue);
	return 0;
}

/* The body lives as long as the program. */
static struct send_call *make(uint64_t id, const char *method, const char *body)
{
	struct send_call *call = xmalloc(sizeof(*call));

	call->id = id;
	call->call = (struct call) { .chat_id = 5,
				     .method = text_of(method),
				     .body = text_of(body) };
	call->method = method_find(call->call.method);
	gather_read(call);
	return call;
}

static struct send_call *add(uint64_t id, const char *method, const char *body)
{
	struct send_call *call = make(id, method, body);

	send_queue_add(&queue, call);
	return call;
}

static struct send_call *add_deletion(uint64_t id)
{
	static char bodies[300][64];

	snprintf(bodies[id], sizeof(bodies[id]), "{\"chat_id\":5,\"message_id\":%llu}",
		 (unsigned long long)id);
	return add(id, "deleteMessage", bodies[id]);
}

static struct send_call *begin(void)
{
	struct send_call *call = send_queue_next(&queue, 0);

	assert_non_null(call);
	send_call_dress(call);
	return call;
}

static void end(struct send_call *call)
{
	send_call_undress(call);
	send_queue_done(&queue, call);
	send_call_free(call);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void a_method_says_its_line(void **state)
{
	static const struct {
		const char *method, *body;
		enum method_line line;
		int64_t person;
	} rows[] = {
		{ "sendMessage", "{\"chat_id\":5,\"text\":\"a\"}", LINE_CHAT, 0 },
		{ "editMessageText", "{\"chat_id\":5,\"user_id\":7}", LINE_CHAT, 0 },
		{ "banChatMember", "{\"chat_id\":5,\"user_id\":7}", LINE_PERSON, 7 },
		{ "restrictChatMember", "{\"chat_id\":5,\"user_id\":\"7\"}", LINE_PERSON, 7 },
		{ "approveChatJoinRequest", "{\"user_id\":8,\"chat_id\":5}", LINE_PERSON, 8 },
		{ "declineChatJoinRequest", "{\"user_id\":8,\"chat_id\":5}", LINE_PERSON, 8 },
		{ "unbanChatMember", "{\"user_id\":8}", LINE_PERSON, 8 },
		{ "promoteChatMember", "{\"user_id\":8}", LINE_PERSON, 8 },
		{ "banChatSenderChat", "{\"chat_id\":5,\"sender_chat_id\":-100}", LINE_PERSON,
		  -100 },
		/* As only jansson reads it. */
		{ "banChatMember", "{\"chat_id\":5,\"user\\u005fid\":7}", LINE_PERSON, 7 },
		{ "banChatMember", "{\"chat_id\":5,\"user\\u005fid\":\"7\"}", LINE_PERSON, 7 },
		{ "setChatPermissions", "{\"chat_id\":5}", LINE_PERSON, 0 },
		{ "deleteMessage", "{\"chat_id\":5,\"message_id\":7}", LINE_DELETION, 0 },
		{ "deleteMessages", "{\"chat_id\":5,\"message_ids\":[7]}", LINE_DELETION, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct send_call *call = make(1, rows[i].method, rows[i].body);

		assert_int_equal(call->line_kind, rows[i].line);
		assert_int_equal(call->person, rows[i].person);
		assert_int_equal(call->call.class,
				 rows[i].line == LINE_CHAT ? CALL_ANSWER : CALL_MODERATION);
		send_call_free(call);
	}
}

/* KORONE_JOB_RATE holds for their bans, too. */
static void what_a_job_does_stays_a_jobs(void **state)
{
	struct send_call *call = make(1, "banChatMember", "{\"chat_id\":5,\"user_id\":7}");

	(void)state;
	call->call.class = CALL_BULK;
	gather_read(call);
	assert_int_equal(call->line_kind, LINE_PERSON);
	assert_int_equal(call->call.class, CALL_BULK);
	send_call_free(call);
}

static bool has(const struct botapi_method *method, const char *name)
{
	return botapi_find_parameter(method, name, strlen(name)) != NULL;
}

static bool starts_with(const char *name, const char *word)
{
	return strncmp(name, word, strlen(word)) == 0;
}

/* Whatever the Bot API does about somebody in a chat, but for messages, games and questions. */
static void nothing_that_is_done_about_people_is_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < botapi_methods_count; i++) {
		const struct botapi_method *method = &botapi_methods[i];
		const char *name = method->name;

		if (!has(method, "chat_id") ||
		    !(has(method, "user_id") || has(method, "sender_chat_id")) ||
		    starts_with(name, "get") || starts_with(name, "send") ||
		    starts_with(name, "setGame") ||
		    strcmp(name, "kickChatMember") == 0 /* a former name */)
			continue;
		if (method_line(method_find(text_of(name))) != LINE_PERSON)
			fail_msg("%s waits for messages", name);
	}
}

/* --- batches ---------------------------------------------------------------------------------- */

static void deletions_that_wait_become_one(void **state)
{
	struct send_call *first, *rest;

	(void)state;
	add_deletion(1);
	first = begin();
	/* There was nothing to wait for. */
	assert_true(text_is(first->call.method, "deleteMessage"));
	assert_true(text_is(first->call.body, "{\"chat_id\":5,\"message_id\":1}"));
	add_deletion(2);
	add(3, "deleteMessages", "{\"chat_id\":5,\"message_ids\":[30, 31]}");
	add_deletion(4);
	assert_null(send_queue_next(&queue, 0));
	end(first);
	rest = begin();
	assert_true(text_is(rest->call.method, "deleteMessages"));
	assert_true(text_is(rest->call.body, "{\"chat_id\":5,\"message_ids\":[2,30, 31,4]}"));
	assert_int_equal(rest->gathered_count, 2);
	send_call_undress(rest);
	assert_true(text_is(rest->call.method, "deleteMessage"));
	assert_true(text_is(rest->call.body, "{\"chat_id\":5,\"message_id\":2}"));
	send_queue_done(&queue, rest);
	send_call_free(rest);
	assert_int_equal(queue.chats.table.count, 0);
}

static void a_hundred_are_the_most(void **state)
{
	struct send_call *call;

	(void)state;
	for (uint64_t id = 1; id <= 250; id++)
		add_deletion(id);
	for (size_t i = 0; i < 3; i++) {
		call = begin();
		assert_int_equal(call->id, 1 + 100 * i);
		assert_int_equal(call->gathered_count + 1, i < 2 ? 100 : 50);
		end(call);
	}
	/* Of ids, and not of calls. */
	char *many = xmalloc(1000), *at = many + sprintf(many, "{\"chat_id\":5,\"message_ids\":[1");

	for (int id = 2; id <= 99; id++)
		at += sprintf(at, ",%d", id);
	strcpy(at, "]}");
	add(1, "deleteMessages", many);
	add_deletion(2);
	add_deletion(3);
	call = begin();
	assert_int_equal(call->gathered_count, 1);
	end(call);
	end(begin());
	free(many);
}

/* Their order among each other is that of the line. */
static void what_is_not_a_plain_deletion_is_made_alone(void **state)
{
	struct send_call *call, *wanted;

	(void)state;
	add_deletion(1);
	wanted = xmalloc(sizeof(*wanted));
	wanted->id = 2;
	wanted->method = METHOD_DELETE_MESSAGE;
	wanted->call = (struct call) { .chat_id = 5,
				       .want_result = true,
				       .method = text_of("deleteMessage"),
				       .body = text_of("{\"chat_id\":5,\"message_id\":2}") };
	gather_read(wanted);
	send_queue_add(&queue, wanted);
	add(3, "deleteMessage", "{\"chat_id\":5,\"message_id\":3,\"more\":1}");
	add(4, "deleteMessages", "{\"chat_id\":5,\"message_ids\":[]}");
	add(5, "deleteMessages", "{\"chat_id\":5,\"message_ids\":[-1]}");
	add(6, "deleteMessages", "{\"chat_id\":5,\"message_ids\":[[1]]}");
	add(7, "deleteMessage", "{\"message_id\":7}");
	add(8, "deleteMessage", "{\"chat_id\":5,\"message\\u005fid\":8}");
	for (uint64_t id = 1; id <= 8; id++) {
		call = begin();
		assert_int_equal(call->id, id);
		assert_int_equal(call->gathered_count, 0);
		end(call);
	}
}

static void what_was_not_made_goes_back_in_order(void **state)
{
	struct send_call *call;

	(void)state;
	for (uint64_t id = 1; id <= 5; id++)
		add_deletion(id);
	call = begin();
	assert_int_equal(call->gathered_count, 4);
	call->tries = 1;
	send_call_undress(call);
	gather_undo(call);
	assert_int_equal(call->gathered_count, 0);
	send_queue_retry(&queue, call, 500);
	/* Another that was not tried yet is not judged with them. */
	add_deletion(6);
	assert_null(send_queue_next(&queue, 499));
	call = send_queue_next(&queue, 500);
	send_call_dress(call);
	assert_true(text_is(call->call.body, "{\"chat_id\":5,\"message_ids\":[1,2,3,4,5]}"));
	end(call);
	call = begin();
	assert_true(text_is(call->call.body, "{\"chat_id\":5,\"message_id\":6}"));
	end(call);
}

/* Telegram refuses whatever contains the bad one: it ends alone, and all others are made. */
static void one_that_fails_does_not_lose_the_others(void **state)
{
	const uint64_t bad = 37;
	bool made[101] = { false };
	unsigned calls = 0;
	struct send_call *call, *other;

	(void)state;
	for (uint64_t id = 1; id <= 100; id++)
		add_deletion(id);
	while ((call = send_queue_next(&queue, 0))) {
		bool refused = call->id == bad;

		calls++;
		send_call_dress(call);
		STAILQ_FOREACH(other, &call->gathered, link)
		refused |= other->id == bad;
		send_call_undress(call);
		call->tries++;
		if (refused && call->gathered_count) {
			gather_halve(call);
			send_queue_retry(&queue, call, 0);
			continue;
		}
		made[call->id] = !refused;
		STAILQ_FOREACH(other, &call->gathered, link)
		made[other->id] = true;
		send_queue_done(&queue, call);
		send_call_free(call);
	}
	for (uint64_t id = 1; id <= 100; id++)
		assert_int_equal(made[id], id != bad);
	assert_in_range(calls, 8, 20);
}

static void an_answer_tells_whether_it_may_be_about_one(void **state)
{
	(void)state;
	assert_true(gather_may_blame_one(OUTCOME_GONE));
	assert_true(gather_may_blame_one(OUTCOME_REFUSED));
	assert_true(gather_may_blame_one(OUTCOME_NO_RIGHTS));
	assert_false(gather_may_blame_one(OUTCOME_OK));
	assert_false(gather_may_blame_one(OUTCOME_KICKED));
	assert_false(gather_may_blame_one(OUTCOME_TOO_MANY));
	assert_false(gather_may_blame_one(OUTCOME_NETWORK));
	assert_false(gather_may_blame_one(OUTCOME_MIGRATED));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_method_says_its_line),
		TEST(what_a_job_does_stays_a_jobs),
		TEST(nothing_that_is_done_about_people_is_missing),
		TEST(deletions_that_wait_become_one),
		TEST(a_hundred_are_the_most),
		TEST(what_is_not_a_plain_deletion_is_made_alone),
		TEST(what_was_not_made_goes_back_in_order),
		TEST(one_that_fails_does_not_lose_the_others),
		TEST(an_answer_tells_whether_it_may_be_about_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
