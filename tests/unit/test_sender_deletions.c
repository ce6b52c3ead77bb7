/* test_sender_deletions.c - deletions are made together, and each is told of. */
#include "tests/unit/sender_world.h"

static void say_deletion(uint64_t id)
{
	char body[64];

	snprintf(body, sizeof(body), "{\"chat_id\":5,\"message_id\":%d}", (int)id);
	say_call(id, WIRE_CALL_MAY_WAIT,
		 &(struct call) {
			 .chat_id = 5, .method = text_of("deleteMessage"), .body = text_of(body) });
}

/* One call for all of them, and each of them is told of. */
static void deletions_of_a_chat_are_gathered(void **state)
{
	struct request request;

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		say_deletion(id);
	request = next_request("deleteMessage");
	say_message(5, 5);
	next_request("sendMessage"); /* beside it */
	answer(&request, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	request = next_request("deleteMessages");
	assert_string_equal(request.body, "{\"chat_id\":5,\"message_ids\":[2,3,4]}");
	no_request();
	answer(&request, 200, OK);
	for (uint64_t id = 2; id <= 4; id++)
		hear_sent_of(id, OUTCOME_OK, true);
}

static void a_refused_batch_is_made_in_parts(void **state)
{
	static const char gone[] = "{\"ok\":false,\"error_code\":400,\"description\":"
				   "\"Bad Request: message can't be deleted\"}";
	struct request request;

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		say_deletion(id);
	request = next_request("deleteMessage");
	answer(&request, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	request = next_request("deleteMessages");
	answer(&request, 400, gone);
	hear_sent_of(2, OUTCOME_GONE, false);
	request = next_request("deleteMessages");
	assert_string_equal(request.body, "{\"chat_id\":5,\"message_ids\":[2,3]}");
	answer(&request, 400, gone);
	hear_sent_of(2, OUTCOME_GONE, false);
	request = next_request("deleteMessage");
	assert_string_equal(request.body, "{\"chat_id\":5,\"message_id\":2}");
	answer(&request, 400, gone);
	hear_sent_of(2, OUTCOME_GONE, true);
	for (uint64_t id = 3; id <= 4; id++) {
		request = next_request("deleteMessage");
		answer(&request, 200, OK);
		hear_sent_of(id, OUTCOME_OK, true);
	}
	no_request();
}

/* Each goes back to where it came from, and is not done. */
static void a_flood_gives_every_deletion_back(void **state)
{
	struct request request;

	(void)state;
	for (uint64_t id = 1; id <= 3; id++)
		say_deletion(id);
	request = next_request("deleteMessage");
	answer(&request, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	request = next_request("deleteMessages");
	answer(&request, 429, too_many(30));
	hear(WIRE_COOLDOWN);
	hear_sent_of(2, OUTCOME_TOO_MANY, false);
	hear(WIRE_BACK);
	hear(WIRE_BACK);
	no_request();
}

/* The messages of a supergroup have other numbers than those of the group that it was. */
static void nothing_is_deleted_in_a_new_chat(void **state)
{
	static const char migrated[] =
		"{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was "
		"upgraded\",\"parameters\":{\"migrate_to_chat_id\":-100}}";
	struct request request;

	(void)state;
	say_deletion(1);
	request = next_request("deleteMessage");
	answer(&request, 400, migrated);
	hear(WIRE_MIGRATED);
	hear_sent_of(1, OUTCOME_MIGRATED, true);
	no_request();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deletions_of_a_chat_are_gathered),
		TEST(a_refused_batch_is_made_in_parts),
		TEST(a_flood_gives_every_deletion_back),
		TEST(nothing_is_deleted_in_a_new_chat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
