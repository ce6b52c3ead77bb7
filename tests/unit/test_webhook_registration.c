/* test_webhook_registration.c - when the poller looks at our webhook, when it sets it, and what it
 * says of pushes that do not arrive. */
#include "tests/unit/poll_world.h"
#include "tests/unit/standing_clock.h"

static void a_webhook_is_set_once_it_was_looked_at(void **state)
{
	struct world *w = *state;
	const char *body;

	start_pushed(w);
	answer(w, webhook_info(WEBHOOK, 0, ""));
	/* Though it is ours already: kinds and secret may be others. */
	body = request(w, "setWebhook");
	assert_true(has(body, "\"url\":\"" WEBHOOK "\""));
	assert_true(has(body, "\"secret_token\":\"hook-secret\""));
	assert_true(has(body, "\"max_connections\":100"));
	assert_true(has(body, "\"drop_pending_updates\":false"));
	assert_true(has(body, "\"poll\""));
	fails(w, 500, SERVER_ERROR);
	/* It was looked at. */
	(void)request_between(w, 375, 625, "setWebhook");
	answer(w, TRUE);
	comes_to(w, "webhook");
	assert_true(poller_is_ready(w->poller));
	(void)request_after(w, 10000, "getWebhookInfo");
}

static void a_webhook_is_looked_at_more_often_while_updates_wait(void **state)
{
	struct world *w = *state;

	start_pushed(w);
	answer(w, webhook_info("", 7, ""));
	(void)request(w, "setWebhook");
	answer(w, TRUE);
	(void)request_after(w, 10000, "getWebhookInfo");
	answer(w, webhook_info(WEBHOOK, 1, ""));
	(void)request_after(w, 10000, "getWebhookInfo");
	answer(w, webhook_info(WEBHOOK, 0, ""));
	(void)request_after(w, 45000, "getWebhookInfo");
	assert_true(poller_is_ready(w->poller));
	assert_int_equal(said(w, "changed the webhook"), 0);
}

static void with_a_webhook_it_is_ready_from_look_to_look(void **state)
{
	struct world *w = *state;

	w->settings.poll_timeout_s = 10;
	start_pushed(w);
	answer(w, webhook_info("", 0, ""));
	(void)request(w, "setWebhook");
	answer(w, TRUE);
	(void)request_after(w, 10000, "getWebhookInfo");
	assert_int_equal(poller_age_ms(w->poller), 10000);
	put_clock_forward(49999);
	w->turns_left = 2;
	loop_run(w->loop);
	assert_true(poller_is_ready(w->poller));
	put_clock_forward(1);
	w->turns_left = 2;
	loop_run(w->loop);
	assert_false(poller_is_ready(w->poller));
}

static void a_webhook_that_others_changed_is_set_again(void **state)
{
	struct world *w = *state;

	start_pushed(w);
	answer(w, webhook_info("", 0, ""));
	(void)request(w, "setWebhook");
	answer(w, TRUE);
	(void)request_after(w, 10000, "getWebhookInfo");
	answer(w, webhook_info("https://other.example/", 0, ""));
	(void)request(w, "setWebhook");
	assert_int_equal(said(w, "another program changed the webhook"), 1);
	answer(w, TRUE);
	(void)request_after(w, 10000, "getWebhookInfo");
	answer(w, webhook_info("", 0, "")); /* deleted */
	(void)request(w, "setWebhook");
	assert_int_equal(said(w, "another program changed the webhook"), 2);
}

static void more_kinds_set_the_webhook_again(void **state)
{
	struct world *w = *state;

	start_pushed(w);
	answer(w, webhook_info("", 0, ""));
	(void)request(w, "setWebhook");
	answer(w, TRUE);
	comes_to(w, "webhook");
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE);
	nothing_is_asked(w);
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE_REACTION);
	assert_true(has(request(w, "setWebhook"), "message_reaction"));
}

static void a_webhook_needs_no_pause_for_a_full_spool(void **state)
{
	struct world *w = *state;

	w->full = true;
	start_pushed(w);
	answer(w, webhook_info("", 0, ""));
	(void)request(w, "setWebhook");
	answer(w, TRUE);
	comes_to(w, "webhook");
	assert_true(poller_is_ready(w->poller));
}

static void pushes_that_fail_are_said_once(void **state)
{
	static const char error[] = ",\"last_error_date\":%d,\"last_error_message\":\"refused\"";
	struct world *w = *state;
	char rest[128];

	start_pushed(w);
	answer(w, webhook_info("", 3, ""));
	(void)request(w, "setWebhook");
	answer(w, TRUE);
	for (int i = 1; i <= 3; i++) {
		(void)request_after(w, 10000, "getWebhookInfo");
		snprintf(rest, sizeof(rest), error, 1700000000 + i);
		answer(w, webhook_info(WEBHOOK, 3, rest));
		nothing_is_asked(w);
		assert_int_equal(said(w, "cannot deliver updates to KORONE_WEBHOOK_URL"), 1);
	}
	(void)request_after(w, 10000, "getWebhookInfo");
	webhook_health_take(poller_webhook_health(w->poller));
	answer(w, webhook_info(WEBHOOK, 0, rest));
	nothing_is_asked(w);
	assert_int_equal(said(w, "delivers to the webhook again"), 1);
}

int main(void)
{
#define POLLS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		POLLS(a_webhook_is_set_once_it_was_looked_at),
		POLLS(a_webhook_is_looked_at_more_often_while_updates_wait),
		POLLS(with_a_webhook_it_is_ready_from_look_to_look),
		POLLS(a_webhook_that_others_changed_is_set_again),
		POLLS(more_kinds_set_the_webhook_again),
		POLLS(a_webhook_needs_no_pause_for_a_full_spool),
		POLLS(pushes_that_fail_are_said_once),
	};

	ingress_metrics_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
