/* test_keyboard.c - buttons and keys, and what is wrong with them. */
#include "tests/unit/draft_world.h"

static enum verdict on_button(struct ctx *ctx, const struct button *button)
{
	(void)button;
	return ctx_toast(ctx, "pressed");
}

static enum verdict on_chosen(struct ctx *ctx, const struct service_message *message)
{
	return ctx_reply(ctx, "%s %lld", message->event,
			 (long long)answer_integer(ctx_update(ctx), "message.chat_shared.chat_id"));
}

static enum verdict on_other(struct ctx *ctx, const struct service_message *message)
{
	return ctx_reply(ctx, "another %s", message->event);
}

static const struct route routes[] = {
	TEXT(on_text),
	TEXT(on_text, .step = "name"),
	BUTTON("go", on_button),
	BUTTON("mine", on_button, .asker = true),
	SERVICE("chat_shared", on_chosen, .step = "connect"),
	SERVICE("users_shared", on_chosen, .step = "pick"),
	SERVICE("chat_shared", on_other),
	END_OF_ROUTES,
};

static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

#define KEYS(name, ...) SAYS(name, draft_add(draft, "x"); __VA_ARGS__)

/* --- inline ----------------------------------------------------------------------------------- */

KEYS(all_inline, draft_link(draft, "a", "https://a/"); draft_style(draft, STYLE_DANGER);
     draft_icon(draft, "5368324170671202286"); draft_copy(draft, "b", "text"); draft_row(draft);
     draft_disabled(draft, "c"); draft_inline_query(draft, "d", INLINE_HERE, "q");
     draft_inline_query(draft, "e", INLINE_ANYWHERE, "");
     draft_inline_query(draft, "f", INLINE_GROUPS | INLINE_CHANNELS, "q");
     draft_web_app(draft, "g", "https://w/");)

static void every_sort_of_inline_button_is_written(void **state)
{
	say_in_private(*state, all_inline);
	assert_has(*state, 0,
		   "\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"a\","
		   "\"icon_custom_emoji_id\":\"5368324170671202286\",\"style\":\"danger\","
		   "\"url\":\"https://a/\"},{\"text\":\"b\",\"copy_text\":{\"text\":\"text\"}}],"
		   "[{\"text\":\"c\",\"disabled\":{}},"
		   "{\"text\":\"d\",\"switch_inline_query_current_chat\":\"q\"},"
		   "{\"text\":\"e\",\"switch_inline_query\":\"\"},"
		   "{\"text\":\"f\",\"switch_inline_query_chosen_chat\":{\"query\":\"q\","
		   "\"allow_user_chats\":false,\"allow_bot_chats\":false,"
		   "\"allow_group_chats\":true,\"allow_channel_chats\":true}},"
		   "{\"text\":\"g\",\"web_app\":{\"url\":\"https://w/\"}}]]}}");
}

/* The data of the first button of a call. */
static const char *data_of(const struct host_world *world, size_t call)
{
	static char data[65];
	const char *at = strstr(world_body(world, call), "\"callback_data\":\"");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"callback_data\":\"%64[^\"]", data), 1);
	return data;
}

static bool works(struct host_world *world, const char *data, int64_t user, int64_t chat)
{
	char json[600];

	snprintf(json, sizeof(json),
		 "{\"update_id\":1,\"callback_query\":{\"id\":\"77\",\"data\":\"%s\","
		 "\"from\":{\"id\":%lld,\"is_bot\":false,\"first_name\":\"P\"},\"message\":{"
		 "\"message_id\":6,\"date\":1,\"chat\":{\"id\":%lld,\"type\":\"%s\"}}}}",
		 data, (long long)user, (long long)chat, chat > 0 ? "private" : "supergroup");
	world_handle(world, KIND_CALLBACK_QUERY, json);
	return strstr(world_body(world, 0), "pressed") != NULL;
}

KEYS(to_group, draft_to(draft, -200, 0); draft_button(draft, "Go", "go");)
KEYS(to_group_late, draft_button(draft, "Go", "go"); draft_to(draft, -200, 0);)
KEYS(to_person, draft_to(draft, 42, 0); draft_button(draft, "Go", "mine");)

/* They are sealed for the chat where the draft goes, whenever that is said. */
static void buttons_work_in_the_chat_where_they_are_shown(void **state)
{
	static say_fn *const ways[] = { to_group, to_group_late };
	char data[65];

	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		say_in_group(*state, ways[i]);
		snprintf(data, sizeof(data), "%s", data_of(*state, 0));
		assert_true(works(*state, data, 7, -200));
		assert_false(works(*state, data, 7, -100));
	}
	say_in_group(*state, to_person);
	snprintf(data, sizeof(data), "%s", data_of(*state, 0));
	assert_true(works(*state, data, 42, 42));
	assert_false(works(*state, data, 7, -100));
}

/* --- keys ------------------------------------------------------------------------------------- */

KEYS(keys, draft_key(draft, "Yes"); draft_style(draft, STYLE_SUCCESS); draft_key(draft, "No");
     draft_row(draft); draft_web_app(draft, "App", "https://w/");
     draft_share(draft, "Call me", SHARE_CONTACT); draft_share(draft, "Here", SHARE_LOCATION);
     draft_share(draft, "Poll", SHARE_POLL); draft_share(draft, "Quiz", SHARE_QUIZ);
     draft_flags(draft, DRAFT_KEYS_ONCE | DRAFT_KEYS_STAY); draft_placeholder(draft, "Well?");)

static void keys_are_a_keyboard(void **state)
{
	say_in_private(*state, keys);
	assert_has(*state, 0,
		   "\"reply_markup\":{\"keyboard\":[[{\"text\":\"Yes\",\"style\":\"success\"},"
		   "{\"text\":\"No\"}],[{\"text\":\"App\",\"web_app\":{\"url\":\"https://w/\"}},"
		   "{\"text\":\"Call me\",\"request_contact\":true},"
		   "{\"text\":\"Here\",\"request_location\":true},"
		   "{\"text\":\"Poll\",\"request_poll\":{\"type\":\"regular\"}},"
		   "{\"text\":\"Quiz\",\"request_poll\":{\"type\":\"quiz\"}}]],"
		   "\"resize_keyboard\":true,\"one_time_keyboard\":true,\"is_persistent\":true,"
		   "\"selective\":true,\"input_field_placeholder\":\"Well?\"}");
}

KEYS(remove_keys, draft_flags(draft, DRAFT_REMOVE_KEYS);)
KEYS(force, draft_flags(draft, DRAFT_FORCE_REPLY); draft_placeholder(draft, "Well?");)
KEYS(force_elsewhere, draft_flags(draft, DRAFT_FORCE_REPLY); draft_to(draft, -5, 0);)
KEYS(question, draft_question(draft, "name"); draft_button(draft, "Go", "go");)

/* "selective" without a reply would be for nobody. */
static void keyboards_go_and_answers_are_opened(void **state)
{
	say_in_group(*state, remove_keys);
	assert_has(*state, 0, "\"reply_markup\":{\"remove_keyboard\":true,\"selective\":true}");
	say_in_group(*state, force);
	assert_has(*state, 0,
		   "\"reply_markup\":{\"force_reply\":true,\"selective\":true,"
		   "\"input_field_placeholder\":\"Well?\"}");
	say_in_group(*state, force_elsewhere);
	assert_has(*state, 0, "\"reply_markup\":{\"force_reply\":true}");
}

/* Inline buttons cannot be for one of many, so that in a group all would be asked. */
static void a_question_with_buttons_opens_an_answer_where_one_is_alone(void **state)
{
	say_in_private(*state, question);
	assert_has(*state, 0, "]],\"force_reply\":true}");
	say_in_group(*state, question);
	assert_null(strstr(world_body(*state, 0), "force_reply"));
}

/* --- lists of Telegram ------------------------------------------------------------------------ */

KEYS(choose, draft_choose_chat(draft, "Group", RIGHT_RESTRICT_MEMBERS, "connect");
     draft_choose_users(draft, "People", 3, "pick");)

static long long request_id(const struct host_world *world, const char *field)
{
	const char *at = strstr(world_body(world, 0), field);
	long long id = 0;

	assert_non_null(at);
	assert_int_equal(sscanf(strchr(at, '{'), "{\"request_id\":%lld", &id), 1);
	assert_in_range(id, 1, INT32_MAX);
	return id;
}

static void shares(struct host_world *world, long long id)
{
	char members[300];

	snprintf(members, sizeof(members),
		 ANNA "," PRIVATE ",\"chat_shared\":{\"request_id\":%lld,\"chat_id\":-100}", id);
	say_to(world, members, NULL);
}

KEYS(choose_own, draft_choose_chat(draft, "Group", RIGHT_OWNER, "connect");)

static void owners_choose_among_the_groups_that_are_theirs(void **state)
{
	say_in_private(*state, choose_own);
	assert_has(*state, 0, "\"chat_is_created\":true,\"bot_is_member\":true");
	assert_null(strstr(world_body(*state, 0), "user_administrator_rights"));
}

static void what_is_chosen_goes_to_its_step(void **state)
{
	long long chat, people;

	say_in_private(*state, choose);
	chat = request_id(*state, "request_chat");
	people = request_id(*state, "request_users");
	assert_true(chat != people);
	assert_has(*state, 0, "\"can_restrict_members\":true");
	assert_has(*state, 0, "\"can_pin_messages\":false");
	assert_has(*state, 0, "\"can_manage_tags\":false");
	assert_has(*state, 0, "\"bot_is_member\":true,\"request_title\":true");
	assert_has(*state, 0,
		   "\"user_is_bot\":false,\"max_quantity\":3,\"request_name\":true,"
		   "\"request_username\":true");
	shares(*state, chat);
	assert_has(*state, 0, "chat_shared -100");
	shares(*state, people);
	assert_has(*state, 0, "another chat_shared");
}

/* --- what fails ------------------------------------------------------------------------------- */

KEYS(no_label, draft_link(draft, "", "https://a/");)
KEYS(blank_label, draft_key(draft, " \xe2\x80\x8b");)
KEYS(broken_label, draft_key(draft, "\xf0");)
KEYS(no_url, draft_link(draft, "a", "");)
KEYS(bad_app, draft_web_app(draft, "a", "http://w/");)
KEYS(both, draft_key(draft, "a"); draft_link(draft, "b", "https://b/");)
KEYS(many, for (int i = 0; i < 101; i++) draft_link(draft, "a", "https://a/");)
KEYS(most, for (int i = 0; i < 100; i++) draft_link(draft, "a", "https://a/");)
KEYS(many_keys, for (int i = 0; i < 301; i++) draft_key(draft, "a");)
KEYS(late_pay, draft_link(draft, "a", "https://a/"); draft_pay(draft, "Pay");)
KEYS(copies_nothing, draft_copy(draft, "a", "");)
KEYS(style_first, draft_style(draft, STYLE_PRIMARY);)
KEYS(no_step, draft_choose_chat(draft, "a", RIGHT_NONE, "nowhere");)
KEYS(wrong_step, draft_choose_users(draft, "a", 1, "connect");)
KEYS(eleven_people, draft_choose_users(draft, "a", 11, "pick");)
KEYS(remove_and_show, draft_flags(draft, DRAFT_REMOVE_KEYS); draft_key(draft, "a");)

static void what_telegram_does_not_take_fails_with_the_reason(void **state)
{
	static const struct {
		say_fn *fn;
		const char *reason;
	} rows[] = {
		{ no_label, "a button: its label is empty" },
		{ blank_label, "a button: its label is empty" },
		{ no_url, "a button: a link without a URL" },
		{ bad_app, "a button: a web app by a URL that is not https" },
		{ both, "buttons: a message has inline buttons or a reply keyboard, not both" },
		{ many, "buttons: 101; Telegram takes at most 100" },
		{ many_keys, "buttons: 301; Telegram takes at most 300" },
		{ late_pay, "a button: the one that pays must be the first" },
		{ copies_nothing, "a button: it copies 0 characters; Telegram takes 1 to 256" },
		{ style_first, "a button: a style before the first one" },
		{ no_step, "a button: no SERVICE(\"chat_shared\") route has the step \"nowhere\"" },
		{ wrong_step,
		  "a button: no SERVICE(\"users_shared\") route has the step \"connect\"" },
		{ eleven_people, "a button: 11 people to choose; Telegram takes 1 to 10" },
		{ remove_and_show,
		  "buttons: a message that removes a keyboard has none, and is no question" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_fails(*state, rows[i].fn, rows[i].reason);
	say_in_private(*state, broken_label);
	assert_has(*state, 0, "{\"text\":\"\xef\xbf\xbd\"}");
	say_in_private(*state, most);
	assert_has(*state, 0, "\"inline_keyboard\"");
}

KEYS(app_to_group, draft_web_app(draft, "App", "https://w/"); draft_to(draft, -5, 0);)
KEYS(app_to_person, draft_web_app(draft, "App", "https://w/"); draft_to(draft, 42, 0);)

static void what_is_for_private_chats_fails_elsewhere(void **state)
{
	const struct host_world *world = *state;

	say_in_group(*state, choose);
	assert_string_equal(world->outcome.reason,
			    "a button: request_chat is for private chats only");
	say_in_group(*state, all_inline);
	assert_string_equal(world->outcome.reason, "a button: web_app is for private chats only");
	say_in_private(*state, app_to_group);
	assert_string_equal(world->outcome.reason, "a button: web_app is for private chats only");
	say_in_group(*state, app_to_person);
	assert_has(*state, 0, "{\"chat_id\":42,");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_sort_of_inline_button_is_written),
		TEST(buttons_work_in_the_chat_where_they_are_shown),
		TEST(keys_are_a_keyboard),
		TEST(keyboards_go_and_answers_are_opened),
		TEST(a_question_with_buttons_opens_an_answer_where_one_is_alone),
		TEST(owners_choose_among_the_groups_that_are_theirs),
		TEST(what_is_chosen_goes_to_its_step),
		TEST(what_telegram_does_not_take_fails_with_the_reason),
		TEST(what_is_for_private_chats_fails_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
