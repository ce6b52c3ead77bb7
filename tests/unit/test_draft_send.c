/* test_draft_send.c - where drafts go, for whom, and with which preview. */
#include "tests/unit/draft_world.h"

static const struct route routes[] = { TEXT(on_text), END_OF_ROUTES };
static const struct module test_module = { .name = "test", .routes = routes };
static const struct module *const modules[] = { &test_module, NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

SAYS(first_link, draft_add(draft, "x"); draft_preview(draft, "");)
SAYS(given_link, draft_add(draft, "x"); draft_preview(draft, "https://a/");
     draft_flags(draft, DRAFT_PREVIEW_LARGE | DRAFT_PREVIEW_ABOVE);)
SAYS(hidden, draft_add(draft, "x"); draft_flags(draft, DRAFT_ONLY_FOR_THEM);)
SAYS(hidden_poll, draft_poll(draft, "a"); draft_option(draft, "a");
     draft_flags(draft, DRAFT_ONLY_FOR_THEM);)
SAYS(hidden_elsewhere, draft_add(draft, "x"); draft_to(draft, -200, 0);
     draft_flags(draft, DRAFT_ONLY_FOR_THEM);)
SAYS(to_topic, draft_add(draft, "x"); draft_to(draft, -200, 9); draft_answers(draft, 8);)

static void previews_are_shown_when_wanted(void **state)
{
	say_in_group(*state, first_link);
	assert_has(*state, 0, "\"link_preview_options\":{},");
	say_in_group(*state, given_link);
	assert_has(*state, 0,
		   "\"link_preview_options\":{\"url\":\"https://a/\","
		   "\"prefer_large_media\":true,\"show_above_text\":true}");
}

#define STAND_IN "\"from\":{\"id\":1087968824,\"is_bot\":true,\"first_name\":\"Group\"}"

static void what_is_for_one_person_is_for_no_other(void **state)
{
	const struct host_world *world = *state;

	say_in_group(*state, hidden);
	assert_has(*state, 0, "\"ephemeral_message_parameters\":{\"receiver_user_id\":7}");
	say_in_private(*state, hidden);
	assert_null(strstr(world_body(*state, 0), "ephemeral"));
	say_to(*state, STAND_IN "," GROUP ",\"text\":\"x\"", hidden);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	say_in_group(*state, hidden_elsewhere);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	say_in_group(*state, hidden_poll);
	assert_string_equal(world->outcome.reason,
			    "a poll: only one person would see it, which Telegram does not have");
}

static void a_draft_goes_to_another_topic(void **state)
{
	say_in_group(*state, to_topic);
	assert_one_call(*state, "sendMessage",
			"{\"chat_id\":-200,\"message_thread_id\":9,\"text\":\"x\"," NO_PREVIEW
			",\"reply_parameters\":{\"message_id\":8,"
			"\"allow_sending_without_reply\":true}}");
}

static const struct answer *answer;
static bool is_ok;
static char outcome[16];

static enum verdict call_it(struct ctx *ctx, struct draft *draft)
{
	draft_to(draft, -200, 0);
	draft_add(draft, "x");
	draft_name(draft, 60, "said");
	answer = draft_call(draft);
	is_ok = answer && answer_ok(answer);
	snprintf(outcome, sizeof(outcome), "%s", answer ? answer_outcome(answer) : "");
	(void)ctx;
	return DONE;
}

static enum verdict call_long(struct ctx *ctx, struct draft *draft)
{
	for (int i = 0; i < 500; i++)
		draft_add(draft, "%s", "0123456789 ");
	return call_it(ctx, draft);
}

static enum verdict call_nothing(struct ctx *ctx, struct draft *draft)
{
	(void)ctx;
	answer = draft_call(draft);
	return DONE;
}

static void what_a_handler_waits_for_is_said_at_once(void **state)
{
	struct host_world *world = *state;

	world->answer = "{\"message_id\":8}";
	say_in_group(world, call_it);
	assert_true(is_ok);
	assert_string_equal(outcome, "ok");
	assert_int_equal(world->calls, 1);
	assert_string_equal(world->call,
			    "sendMessage {\"chat_id\":-200,\"text\":\"x\"," NO_PREVIEW "}");
	assert_int_equal(world->outcome.calls_count, 0);
	say_in_group(world, call_long);
	assert_int_equal(world->calls, 2);
	assert_int_equal(world->outcome.calls_count, 1);
}

static void a_handler_is_told_whom_it_did_not_reach(void **state)
{
	static const struct {
		const char *refusal, *outcome;
		int code;
	} rows[] = {
		{ "Forbidden: bot was blocked by the user", "blocked", 403 },
		{ "Forbidden: bot was kicked from the supergroup chat", "kicked", 403 },
		{ "Bad Request: chat not found", "kicked", 400 },
		{ "Bad Request: not enough rights to send text messages", "no_rights", 400 },
		{ "Too Many Requests: retry after 9", "too_many", 429 },
		{ "Bad Request: wrong file identifier", "refused", 400 },
		{ NULL, "network", 0 },
	};
	struct host_world *world = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		world->refusal = rows[i].refusal;
		world->refusal_code = rows[i].code;
		/* What would follow a message that nobody has is not said. */
		say_in_group(world, i % 2 ? call_long : call_it);
		assert_false(is_ok);
		assert_string_equal(outcome, rows[i].outcome);
		assert_int_equal(world->outcome.calls_count, 0);
	}
	say_in_group(world, call_nothing);
	assert_null(answer);
	assert_int_equal(world->outcome.end, HOST_FAILED);
}

static jmp_buf child_ends;

static void world_dies(void *owner, const struct call *call, struct arena *arena,
		       struct call_result *out)
{
	struct host_world *world = owner;

	(void)call;
	(void)arena;
	(void)out;
	world->calls++;
	longjmp(child_ends, 1);
}

static bool is_named;

static enum verdict call_once(struct ctx *ctx, struct draft *draft)
{
	draft_to(draft, -200, 0);
	draft_add(draft, "x");
	if (is_named)
		draft_name(draft, 60, "said");
	answer = draft_call(draft);
	snprintf(outcome, sizeof(outcome), "%s", answer_outcome(answer));
	(void)ctx;
	return DONE;
}

typedef void service_fn(void *, const struct call *, struct arena *, struct call_result *);

static void start_with(struct host_world *world, service_fn *call)
{
	const struct host_services services = { .owner = world,
						.call = call,
						.release = world_release_nothing,
						.typing = world_type,
						.storage = &world->storage,
						.storage_owner = world->memory };

	host_start(world->host, &(struct bot) { .id = 1, .username = "b" }, &services, NULL);
}

static void cut_off(struct host_world *world)
{
	world->calls = 0;
	start_with(world, world_dies);
	if (setjmp(child_ends) == 0)
		say_in_group(world, call_once);
	assert_int_equal(world->calls, 1);
	world->answer = "{\"message_id\":8}";
	start_with(world, world_call);
	world_repeat(world, KIND_MESSAGE);
}

/* What has a name is known to the sender, which says what became of it. */
static void what_was_cut_off_is_in_doubt_and_not_said_again(void **state)
{
	struct host_world *world = *state;

	is_named = false;
	cut_off(world);
	assert_int_equal(world->calls, 1);
	assert_string_equal(outcome, "in_doubt");
	is_named = true;
	cut_off(world);
	assert_int_equal(world->calls, 2);
	assert_string_equal(outcome, "ok");
}

int main(void)
{
#define TEST_CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST_CASE(previews_are_shown_when_wanted),
		TEST_CASE(what_is_for_one_person_is_for_no_other),
		TEST_CASE(a_draft_goes_to_another_topic),
		TEST_CASE(what_a_handler_waits_for_is_said_at_once),
		TEST_CASE(a_handler_is_told_whom_it_did_not_reach),
		TEST_CASE(what_was_cut_off_is_in_doubt_and_not_said_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
