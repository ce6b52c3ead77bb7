/* test_query.c - whoever is about to pay gets an answer, whatever the handler does. */
#include "tests/unit/host_world.h"

typedef enum verdict act_fn(struct ctx *ctx);

static act_fn *act;

static enum verdict on_payment(struct ctx *ctx, const struct payment *payment)
{
	(void)payment;
	return act(ctx);
}

static enum verdict on_shipping(struct ctx *ctx, const struct shipping_query *query)
{
	(void)query;
	return act(ctx);
}

static enum verdict on_inline(struct ctx *ctx, const struct inline_query *query)
{
	(void)query;
	return act(ctx);
}

static const struct route routes[] = { PAYMENT(on_payment), SHIPPING(on_shipping),
				       INLINE(on_inline), END_OF_ROUTES };
static const struct module module = { .name = "shop", .routes = routes };
static const struct module *const modules[] = { &module, NULL };
static const struct module *const nothing[] = { NULL };

static int set_up(void **state)
{
	*state = world_open(modules);
	return 0;
}

static int without_modules(void **state)
{
	*state = world_open(nothing);
	return 0;
}

static int tear_down(void **state)
{
	world_close(*state);
	return 0;
}

#define QUERY(field)                                                                        \
	"{\"update_id\":1,\"" field "\":{\"id\":\"q\",\"from\":{\"id\":7,\"is_bot\":false," \
	"\"first_name\":\"Anna\"},\"query\":\"\",\"invoice_payload\":\"tea\"}}"

static void pays(struct host_world *world, act_fn *does)
{
	act = does;
	world_handle(world, KIND_PRE_CHECKOUT_QUERY, QUERY("pre_checkout_query"));
}

static void ships(struct host_world *world, act_fn *does)
{
	act = does;
	world_handle(world, KIND_SHIPPING_QUERY, QUERY("shipping_query"));
}

static void asks(struct host_world *world, act_fn *does)
{
	act = does;
	world_handle(world, KIND_INLINE_QUERY, QUERY("inline_query"));
}

static void assert_answer(const struct host_world *world, const char *method, const char *body)
{
	assert_int_equal(world->outcome.calls_count, 1);
	assert_true(text_is(world->outcome.calls[0].method, method));
	assert_string_equal(world_body(world, 0), body);
}

static enum verdict accept_it(struct ctx *ctx)
{
	return ctx_accept_payment(ctx);
}

static enum verdict refuse_it(struct ctx *ctx)
{
	return ctx_refuse_payment(ctx, "No <%s> left.", "tea");
}

static enum verdict pass(struct ctx *ctx)
{
	(void)ctx;
	return PASS;
}

static enum verdict do_nothing(struct ctx *ctx)
{
	(void)ctx;
	return DONE;
}

static enum verdict accept_and_fail(struct ctx *ctx)
{
	ctx_accept_payment(ctx);
	return ctx_fail(ctx, "half way");
}

static enum verdict accept_twice(struct ctx *ctx)
{
	ctx_accept_payment(ctx);
	return ctx_accept_payment(ctx);
}

static enum verdict refuse_without_a_word(struct ctx *ctx)
{
	return ctx_refuse_payment(ctx, "%s", "");
}

static enum verdict offer(struct ctx *ctx)
{
	static const struct shipping_option options[] = { { "slow", "Slow <post>", 100 },
							  { "fast", "Fast", 400 } };

	return ctx_offer_shipping(ctx, options, 2);
}

static enum verdict offer_nothing(struct ctx *ctx)
{
	return ctx_offer_shipping(ctx, NULL, 0);
}

static enum verdict answer_by_hand(struct ctx *ctx)
{
	return ctx_queuef(ctx, "answerPreCheckoutQuery",
			  "{\"pre_checkout_query_id\": %s, \"ok\": true}", "q");
}

static enum verdict call_and_fail(struct ctx *ctx)
{
	ctx_callf(ctx, "answerPreCheckoutQuery", "{\"pre_checkout_query_id\": %s, \"ok\": true}",
		  "q");
	return ctx_fail(ctx, "half way");
}

static void a_handler_answers(void **state)
{
	pays(*state, accept_it);
	assert_answer(*state, "answerPreCheckoutQuery",
		      "{\"pre_checkout_query_id\":\"q\",\"ok\":true}");
	pays(*state, refuse_it);
	assert_answer(*state, "answerPreCheckoutQuery",
		      "{\"pre_checkout_query_id\":\"q\",\"ok\":false,\"error_message\":"
		      "\"No <tea> left.\"}");
	ships(*state, refuse_it);
	assert_answer(*state, "answerShippingQuery",
		      "{\"shipping_query_id\":\"q\",\"ok\":false,\"error_message\":"
		      "\"No <tea> left.\"}");
	ships(*state, offer);
	assert_answer(
		*state, "answerShippingQuery",
		"{\"shipping_query_id\":\"q\",\"ok\":true,\"shipping_options\":[{\"id\":"
		"\"slow\",\"title\":\"Slow <post>\",\"prices\":[{\"label\":\"Slow <post>\","
		"\"amount\":100}]},{\"id\":\"fast\",\"title\":\"Fast\",\"prices\":[{\"label\":"
		"\"Fast\",\"amount\":400}]}]}");
	pays(*state, answer_by_hand);
	assert_int_equal(((struct host_world *)*state)->outcome.calls_count, 1);
}

#define NOT_NOW                                                                   \
	"{\"pre_checkout_query_id\":\"q\",\"ok\":false,\"error_message\":\"This " \
	"cannot be paid now. Nothing was charged.\"}"

static void what_nobody_answers_is_refused(void **state)
{
	pays(*state, pass);
	assert_answer(*state, "answerPreCheckoutQuery", NOT_NOW);
	pays(*state, do_nothing);
	assert_answer(*state, "answerPreCheckoutQuery", NOT_NOW);
	ships(*state, do_nothing);
	assert_non_null(strstr(world_body(*state, 0), "\"ok\":false,\"error_message\":\"This"));
}

/* A module that was unloaded: Telegram goes on to ask for a while. */
static void even_without_any_route(void **state)
{
	pays(*state, pass);
	assert_answer(*state, "answerPreCheckoutQuery", NOT_NOW);
	/* These come for recording, too: nobody has offered anything. */
	asks(*state, pass);
	assert_int_equal(((struct host_world *)*state)->outcome.calls_count, 0);
}

static void a_failure_refuses_with_its_reference(void **state)
{
	static act_fn *const failing[] = { accept_and_fail, accept_twice, refuse_without_a_word,
					   offer };
	struct host_world *world = *state;

	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		pays(world, failing[i]);
		assert_int_equal(world->outcome.end, HOST_FAILED);
		assert_int_equal(world->outcome.calls_count, 1);
		assert_non_null(strstr(world_body(world, 0), "\"ok\":false,\"error_message\":"
							     "\"Something went wrong here"));
		assert_non_null(strstr(world_body(world, 0), "Reference: 0000"));
	}
	ships(world, offer_nothing);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world_body(world, 0), "\"ok\":false"));
}

/* Telegram has it already. */
static void what_was_answered_at_once_stays(void **state)
{
	struct host_world *world = *state;

	world->answer = "true";
	pays(world, call_and_fail);
	assert_int_equal(world->outcome.end, HOST_FAILED);
	assert_int_equal(world->outcome.calls_count, 0);
}

static void an_inline_query_gets_no_results(void **state)
{
	asks(*state, pass);
	assert_answer(*state, "answerInlineQuery",
		      "{\"inline_query_id\":\"q\",\"results\":[],\"cache_time\":0,"
		      "\"is_personal\":true}");
	asks(*state, accept_it);
	assert_int_equal(((struct host_world *)*state)->outcome.end, HOST_FAILED);
	assert_non_null(strstr(world_body(*state, 0), "\"results\":[]"));
}

/* The handler crashed as often as it was tried. */
static void an_incident_refuses(void **state)
{
	struct message_item item = { .seq = 2, .flags = ITEM_INCIDENT, .attempt = 3 };
	const struct incident incident = { .kind = KIND_PRE_CHECKOUT_QUERY,
					   .query_id = text_of("q") };
	struct host_world *world = *state;
	struct buffer body = { 0 };

	incident_encode(&incident, &body);
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	host_handle(world->host, &item, &world->outcome);
	assert_int_equal(world->outcome.calls_count, 1);
	assert_non_null(strstr(world_body(world, 0), "{\"pre_checkout_query_id\":\"q\",\"ok\":"
						     "false,\"error_message\":\"Something went"));
	buffer_finish(&body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_handler_answers),
		TEST(what_nobody_answers_is_refused),
		cmocka_unit_test_setup_teardown(even_without_any_route, without_modules, tear_down),
		TEST(a_failure_refuses_with_its_reference),
		TEST(what_was_answered_at_once_stays),
		TEST(an_inline_query_gets_no_results),
		TEST(an_incident_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
