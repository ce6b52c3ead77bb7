/* test_update.c - what is read out of an update: who, where, to whom it answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ingress/update/transcode.h"
#include "workers/host/update.h"

struct fixture {
	struct buffer bytes;
	struct arena arena;
	struct update update;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture) { 0 };
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	buffer_finish(&fixture->bytes);
	arena_finish(&fixture->arena);
	return 0;
}

static const struct update *read_as(struct fixture *fixture, enum update_kind kind,
				    const char *json)
{
	struct why why;

	buffer_clear(&fixture->bytes);
	if (!transcode(json, strlen(json), &fixture->bytes, &why))
		fail_msg("%s", why.text);
	update_read(buffer_unread(&fixture->bytes), buffer_unread_size(&fixture->bytes), kind,
		    &fixture->update);
	return &fixture->update;
}

static void a_message_says_who_wrote_it_and_where(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_MESSAGE,
		"{\"update_id\":55,\"message\":{\"message_id\":7,\"date\":1700000000,"
		"\"from\":{\"id\":9,\"is_bot\":true,\"first_name\":\"Anna\",\"last_name\":\"B\","
		"\"username\":\"anna\",\"language_code\":\"pt-br\"},"
		"\"chat\":{\"id\":-5,\"type\":\"supergroup\",\"title\":\"T\",\"username\":\"u\"},"
		"\"text\":\"hi\"}}");
	const struct user *user = update_find_user(update, &fixture->arena);
	const struct chat *chat = update_find_chat(update, &fixture->arena);

	assert_int_equal(update->update_id, 55);
	assert_int_equal(update->message.message_id, 7);
	assert_int_equal(update->message.date, 1700000000);
	assert_true(text_is(update->message.text, "hi"));
	assert_int_equal(update_topic(update), 0);
	assert_non_null(user);
	assert_int_equal(user->id, 9);
	assert_true(user->is_bot);
	assert_string_equal(user->first_name, "Anna");
	assert_string_equal(user->last_name, "B");
	assert_string_equal(user->username, "anna");
	assert_string_equal(user->language_code, "pt-br");
	assert_non_null(chat);
	assert_int_equal(chat->id, -5);
	assert_int_equal(chat->type, CHAT_SUPERGROUP);
	assert_string_equal(chat->title, "T");
	assert_string_equal(chat->username, "u");
}

static void what_is_absent_is_empty(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_MESSAGE,
		"{\"message\":{\"from\":{\"id\":9,\"first_name\":\"\"},"
		"\"chat\":{\"id\":9,\"type\":\"private\"}}}");
	const struct user *user = update_find_user(update, &fixture->arena);

	assert_int_equal(update->update_id, 0);
	assert_false(user->is_bot);
	assert_string_equal(user->first_name, "");
	assert_string_equal(user->username, "");
	assert_string_equal(update_find_chat(update, &fixture->arena)->title, "");
	update = read_as(fixture, KIND_MESSAGE, "{\"message\":{\"from\":{\"first_name\":\"A\"}}}");
	assert_null(update_find_user(update, &fixture->arena));
	assert_null(update_find_chat(update, &fixture->arena));
}

static void chats_have_a_type_that_is_known(void **state)
{
	static const struct {
		const char *json;
		enum chat_type type;
	} rows[] = {
		{ "{\"message\":{\"chat\":{\"id\":1,\"type\":\"private\"}}}", CHAT_PRIVATE },
		{ "{\"message\":{\"chat\":{\"id\":1,\"type\":\"group\"}}}", CHAT_GROUP },
		{ "{\"message\":{\"chat\":{\"id\":1,\"type\":\"channel\"}}}", CHAT_CHANNEL },
	};
	struct fixture *fixture = *state;
	const struct update *update;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		update = read_as(fixture, KIND_MESSAGE, rows[i].json);
		assert_int_equal(update_find_chat(update, &fixture->arena)->type, rows[i].type);
	}
	update = read_as(fixture, KIND_MESSAGE,
			 "{\"message\":{\"chat\":{\"id\":1,\"type\":\"planet\"}}}");
	assert_null(update_find_chat(update, &fixture->arena));
}

static void a_pressed_button_lies_under_a_message(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_CALLBACK_QUERY,
		"{\"update_id\":56,\"callback_query\":{\"id\":\"q\",\"data\":\"d\",\"from\":{"
		"\"id\":9,\"first_name\":\"A\"},\"message\":{\"message_id\":8,\"from\":{\"id\":1,"
		"\"first_name\":\"bot\"},\"chat\":{\"id\":-5,\"type\":\"group\"}}}}");

	assert_int_equal(update->message.message_id, 8);
	assert_true(text_is(update->query_id, "q"));
	assert_true(text_is(update->data, "d"));
	/* Who pressed, not who wrote. */
	assert_int_equal(update_find_user(update, &fixture->arena)->id, 9);
	assert_int_equal(update_find_chat(update, &fixture->arena)->id, -5);
}

static void a_vote_names_its_user(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_POLL_ANSWER,
		"{\"poll_answer\":{\"user\":{\"id\":9,\"first_name\":\"A\"}}}");

	assert_int_equal(update_find_user(update, &fixture->arena)->id, 9);
	assert_null(update_find_chat(update, &fixture->arena));
}

static void a_mention_names_a_person_without_a_username(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_MESSAGE,
		"{\"message\":{\"text\":\"/a Anna Bob\",\"entities\":["
		"{\"type\":\"bot_command\",\"offset\":0,\"length\":2},"
		"{\"type\":\"text_mention\",\"offset\":3,\"length\":4,\"user\":{\"id\":3,"
		"\"first_name\":\"Anna\"}},"
		"{\"type\":\"text_mention\",\"offset\":8,\"length\":3,\"user\":{\"id\":4,"
		"\"first_name\":\"Bob\"}},"
		"{\"type\":\"text_mention\",\"offset\":12,\"length\":0,\"user\":{\"id\":5,"
		"\"first_name\":\"C\"}}]}}");
	size_t length = 0;

	assert_int_equal(update_find_mention(update, 3, &length, &fixture->arena)->id, 3);
	assert_int_equal(length, 4);
	assert_int_equal(update_find_mention(update, 8, &length, &fixture->arena)->id, 4);
	assert_int_equal(length, 3);
	assert_null(update_find_mention(update, 0, &length, &fixture->arena));
	assert_null(update_find_mention(update, 4, &length, &fixture->arena));
	assert_null(update_find_mention(update, 12, &length, &fixture->arena));
}

static void a_hidden_link_is_the_last_of_the_bots_own(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_MESSAGE,
		"{\"message\":{\"reply_to_message\":{\"from\":{\"id\":1,"
		"\"first_name\":\"bot\"},\"entities\":[{\"type\":\"text_link\",\"url\":"
		"\"tg://one\"},{\"type\":\"text_link\",\"url\":\"tg://two\"}]}}}");

	assert_true(text_is(update_find_hidden_link(update, 1, &fixture->arena), "tg://two"));
	assert_null(update_find_hidden_link(update, 2, &fixture->arena).data);
}

static void what_is_written_in_the_name_of_a_chat_says_which(void **state)
{
	struct fixture *fixture = *state;
	const struct update *update = read_as(
		fixture, KIND_MESSAGE,
		"{\"message\":{\"from\":{\"id\":136817688,\"is_bot\":true,\"first_name\":"
		"\"Channel\"},\"sender_chat\":{\"id\":-7,\"type\":\"channel\",\"title\":\"News\"},"
		"\"reply_to_message\":{\"from\":{\"id\":1087968824,\"is_bot\":true,"
		"\"first_name\":\"Group\"},\"sender_chat\":{\"id\":-8,\"type\":\"supergroup\"}}}}");

	assert_int_equal(update_find_user(update, &fixture->arena)->stands_for->id, -7);
	update = read_as(fixture, KIND_MESSAGE,
			 "{\"message\":{\"from\":{\"id\":3,\"first_name\":\"C\"}}}");
	assert_null(update_find_user(update, &fixture->arena)->stands_for);
}

static void what_is_forwarded_or_made_by_a_bot_is_not_written(void **state)
{
	static const char *const fields[] = { "\"forward_origin\":{\"type\":\"user\"}",
					      "\"forward_date\":1", "\"via_bot\":{\"id\":1}",
					      "\"sender_business_bot\":{\"id\":1}" };
	char json[200];

	assert_true(update_is_written(
		read_as(*state, KIND_MESSAGE, "{\"message\":{\"text\":\"/stats\"}}")));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		snprintf(json, sizeof(json), "{\"message\":{\"text\":\"/stats\",%s}}", fields[i]);
		assert_false(update_is_written(read_as(*state, KIND_MESSAGE, json)));
	}
	/* A press is the person's, whoever made the message with the button. */
	assert_true(update_is_written(
		read_as(*state, KIND_CALLBACK_QUERY,
			"{\"callback_query\":{\"message\":{\"via_bot\":{\"id\":1}}}}")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_message_says_who_wrote_it_and_where),
		TEST(what_is_absent_is_empty),
		TEST(chats_have_a_type_that_is_known),
		TEST(a_pressed_button_lies_under_a_message),
		TEST(a_vote_names_its_user),
		TEST(a_mention_names_a_person_without_a_username),
		TEST(a_hidden_link_is_the_last_of_the_bots_own),
		TEST(what_is_written_in_the_name_of_a_chat_says_which),
		TEST(what_is_forwarded_or_made_by_a_bot_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
