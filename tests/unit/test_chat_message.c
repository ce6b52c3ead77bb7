/* test_chat_message.c - messages as handlers see them. */
#include "tests/unit/packed_json.h"

#include "workers/host/chat_message.h"

#define CHAT "\"chat\":{\"id\":-5,\"type\":\"supergroup\",\"title\":\"T\"}"

static const struct message *read_one(struct packed_json *packed, const char *json)
{
	return message_read(pack_json(packed, json), &packed->arena);
}

static void a_message_is_read_with_what_it_replies_to(void **state)
{
	const struct message *message = read_one(
		*state,
		"{\"message_id\":9,\"date\":70,\"edit_date\":80," CHAT
		",\"from\":{\"id\":2,\"first_name\":\"B\"},\"text\":\"/warn\",\"media_group_id\":"
		"\"123\",\"via_bot\":{\"id\":8,\"is_bot\":true,\"first_name\":\"sed\"},"
		"\"quote\":{\"text\":\"bad\",\"position\":1},"
		"\"reply_to_message\":{\"message_id\":7,\"date\":60," CHAT
		",\"from\":{\"id\":3,\"first_name\":\"C\"},\"caption\":\"so bad\","
		"\"caption_entities\":[{\"type\":\"bold\",\"offset\":3,\"length\":3}],"
		"\"photo\":[{\"file_id\":\"p\"}],"
		"\"reply_to_message\":{\"message_id\":5," CHAT "}}}");
	const struct message *reply = message->reply;

	assert_int_equal(message->id, 9);
	assert_int_equal(message->chat->id, -5);
	assert_int_equal(message->from->id, 2);
	assert_null(message->sender_chat);
	assert_int_equal(message->date_s, 70);
	assert_string_equal(message->album, "123");
	assert_string_equal(message->text, "/warn");
	assert_int_equal(message->entities_count, 0);
	assert_null(message->media);
	assert_null(message->forward);
	assert_null(message->reply_elsewhere);
	assert_string_equal(message->quote, "bad");
	assert_int_equal(message->via_bot->id, 8);
	assert_true(message->edited);
	assert_false(message->automatic);
	assert_int_equal(reply->id, 7);
	assert_int_equal(reply->from->id, 3);
	assert_string_equal(reply->text, "so bad");
	assert_int_equal(reply->entities_count, 1);
	assert_int_equal(reply->entities[0].start, 3);
	assert_string_equal(reply->media->file_id, "p");
	assert_string_equal(reply->album, "");
	assert_string_equal(reply->quote, "");
	assert_false(reply->edited);
	assert_null(reply->reply);
}

static void what_is_written_in_the_name_of_a_chat_says_which(void **state)
{
	const struct message *message = read_one(
		*state,
		"{" CHAT ",\"from\":{\"id\":136817688,\"is_bot\":true,\"first_name\":\"Channel\"},"
		"\"sender_chat\":{\"id\":-7,\"type\":\"channel\",\"title\":\"News\"},"
		"\"is_automatic_forward\":true,"
		"\"reply_to_message\":{\"from\":{\"id\":1087968824,\"is_bot\":true,"
		"\"first_name\":\"Group\"},\"sender_chat\":{\"id\":-5,\"type\":\"supergroup\"}}}");

	assert_int_equal(message->sender_chat->id, -7);
	assert_ptr_equal(message->from->stands_for, message->sender_chat);
	assert_true(message->automatic);
	assert_int_equal(message->reply->sender_chat->id, -5);
	assert_int_equal(message->reply->chat->id, -5);
	/* A post of a channel has no other author. */
	message = read_one(*state, "{\"chat\":{\"id\":-7,\"type\":\"channel\"},\"sender_chat\":{"
				   "\"id\":-7,\"type\":\"channel\"},\"text\":\"t\"}");
	assert_null(message->from);
	assert_int_equal(message->sender_chat->id, -7);
}

static void a_message_in_a_topic_replies_only_to_others(void **state)
{
	static const char in_topic[] = "{" CHAT ",\"message_thread_id\":4,\"is_topic_message\":true"
				       ",\"reply_to_message\":{\"message_id\":%d," CHAT "}}";
	const struct message *message;
	char json[400];

	snprintf(json, sizeof(json), in_topic, 4);
	message = read_one(*state, json);
	assert_int_equal(message->topic, 4);
	assert_null(message->reply);
	snprintf(json, sizeof(json), in_topic, 5);
	assert_int_equal(read_one(*state, json)->reply->id, 5);
	/* A thread of a group without topics is none. */
	message = read_one(*state, "{" CHAT ",\"message_thread_id\":4,\"reply_to_message\":{"
				   "\"message_id\":4}}");
	assert_int_equal(message->topic, 0);
	assert_int_equal(message->reply->id, 4);
}

static void a_forwarded_message_says_where_it_comes_from(void **state)
{
	static const char whole[] = "{" CHAT ",\"forward_origin\":%s}";
	const struct origin *origin;
	char json[400];

	snprintf(json, sizeof(json), whole,
		 "{\"type\":\"user\",\"date\":5,\"sender_user\":{\"id\":3,\"first_name\":\"C\"}}");
	origin = read_one(*state, json)->forward;
	assert_int_equal(origin->user->id, 3);
	assert_null(origin->chat);
	assert_string_equal(origin->name, "");
	assert_int_equal(origin->date_s, 5);
	snprintf(json, sizeof(json), whole,
		 "{\"type\":\"hidden_user\",\"sender_user_name\":\"X\"}");
	origin = read_one(*state, json)->forward;
	assert_null(origin->user);
	assert_string_equal(origin->name, "X");
	snprintf(json, sizeof(json), whole,
		 "{\"type\":\"chat\",\"sender_chat\":{\"id\":-8,\"type\":\"supergroup\"}}");
	assert_int_equal(read_one(*state, json)->forward->chat->id, -8);
	snprintf(json, sizeof(json), whole,
		 "{\"type\":\"channel\",\"chat\":{\"id\":-7,\"type\":\"channel\"},"
		 "\"message_id\":11}");
	origin = read_one(*state, json)->forward;
	assert_int_equal(origin->chat->id, -7);
	assert_int_equal(origin->message_id, 11);
	/* Whatever it says, and before Bot API 7.0. */
	snprintf(json, sizeof(json), whole, "{}");
	assert_non_null(read_one(*state, json)->forward);
	assert_non_null(read_one(*state, "{" CHAT ",\"forward_date\":1}")->forward);
	assert_null(read_one(*state, "{" CHAT "}")->forward);
}

static void a_reply_may_be_to_a_message_elsewhere(void **state)
{
	const struct message *message = read_one(
		*state, "{" CHAT ",\"external_reply\":{\"origin\":{\"type\":\"user\","
			"\"sender_user\":{\"id\":3,\"first_name\":\"C\"}},\"chat\":{\"id\":-9,"
			"\"type\":\"supergroup\"},\"message_id\":12,"
			"\"sticker\":{\"file_id\":\"s\"}}}");

	assert_null(message->reply);
	assert_int_equal(message->reply_elsewhere->chat->id, -9);
	assert_int_equal(message->reply_elsewhere->id, 12);
	assert_int_equal(message->reply_elsewhere->from->id, 3);
	assert_string_equal(message->reply_elsewhere->media->kind, "sticker");
	assert_string_equal(message->reply_elsewhere->text, "");
	message = read_one(*state, "{" CHAT ",\"external_reply\":{}}");
	assert_null(message->reply_elsewhere->chat);
}

static void buttons_that_open_links_are_known(void **state)
{
	const struct message *message = read_one(
		*state, "{" CHAT ",\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"A\","
			"\"url\":\"https://a.example\"},{\"text\":\"x\",\"callback_data\":\"d\"}],"
			"[],[{\"text\":\"B\",\"url\":\"https://b.example\"},7]]}}");

	assert_int_equal(message->links_count, 2);
	assert_string_equal(message->links[0].label, "A");
	assert_string_equal(message->links[0].url, "https://a.example");
	assert_int_equal(message->links[0].row, 0);
	assert_string_equal(message->links[1].label, "B");
	assert_int_equal(message->links[1].row, 2);
}

static void a_rich_message_has_text_and_a_file(void **state)
{
	const struct message *message = read_one(
		*state, "{" CHAT ",\"rich_message\":{\"blocks\":[{\"type\":\"heading\","
			"\"text\":\"Hi\"},{\"type\":\"photo\",\"photo\":[{\"file_id\":\"p\"}]}]}}");

	assert_string_equal(message->text, "Hi");
	assert_int_equal(message->entities_count, 1);
	assert_string_equal(message->media->file_id, "p");
}

/* A text of modules ends with NUL, and so do the places in it. */
static void a_text_ends_where_modules_see_its_end(void **state)
{
	const struct message *message = read_one(
		*state, "{" CHAT ",\"text\":\"ab\\u0000cd\",\"entities\":[{\"type\":\"bold\","
			"\"offset\":1,\"length\":3},{\"type\":\"code\",\"offset\":3,"
			"\"length\":2}]}");

	assert_string_equal(message->text, "ab");
	assert_int_equal(message->entities_count, 1);
	assert_int_equal(message->entities[0].size, 1);
}

static void without_a_chat_there_is_no_message(void **state)
{
	assert_null(read_one(*state, "{\"message_id\":1}"));
	assert_null(read_one(*state, "[]"));
	assert_null(message_read(cursor_make(NULL, 0), &((struct packed_json *)*state)->arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		packed_test(a_message_is_read_with_what_it_replies_to),
		packed_test(what_is_written_in_the_name_of_a_chat_says_which),
		packed_test(a_message_in_a_topic_replies_only_to_others),
		packed_test(a_forwarded_message_says_where_it_comes_from),
		packed_test(a_reply_may_be_to_a_message_elsewhere),
		packed_test(buttons_that_open_links_are_known),
		packed_test(a_rich_message_has_text_and_a_file),
		packed_test(a_text_ends_where_modules_see_its_end),
		packed_test(without_a_chat_there_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
