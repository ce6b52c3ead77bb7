/* test_poll.c - what the poller asks of Telegram next, and when. */
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

#include "tests/unit/poll_world.h"
#include "tests/unit/standing_clock.h"

/* --- starting --------------------------------------------------------------------------------- */

static void a_first_start_waits_for_a_pool(void **state)
{
	struct world *w = *state;
	const char *body;

	start(w);
	assert_false(poller_is_ready(w->poller));
	answer(w, GET_ME_OK);
	comes_to(w, "starting: waiting for the first pool");
	nothing_is_asked(w);
	assert_true(poller_is_ready(w->poller));
	poller_need_kinds(w->poller, 0);
	nothing_is_asked(w);
	poller_need_kinds(w->poller, 1u << KIND_POLL);
	body = request(w, "getUpdates");
	assert_false(has(body, "offset"));
	assert_true(has(body, "\"limit\":100"));
	assert_true(has(body, "\"timeout\":50"));
	assert_true(has(body, "\"poll\""));
	assert_true(has(body, "\"my_chat_member\"")); /* for recording */
	assert_false(has(body, "\"message_reaction\""));
	assert_int_equal(w->metas_written, 1);
	assert_int_equal(w->commits, 1);
}

static void kinds_of_the_last_run_are_asked_for_at_once(void **state)
{
	struct world *w = *state;
	struct allowed allowed = { 0 };
	struct buffer value = { 0 };

	assert_true(allowed_need(&allowed, 1u << KIND_POLL, (int64_t)time(NULL)));
	allowed_encode(&allowed, &value);
	poller_restore_meta(w->poller, "allowed_updates", buffer_unread(&value),
			    buffer_unread_size(&value));
	/* What is another's. */
	assert_true(allowed_need(&allowed, 1u << KIND_MESSAGE_REACTION, (int64_t)time(NULL)));
	buffer_clear(&value);
	allowed_encode(&allowed, &value);
	poller_restore_meta(w->poller, "seen", buffer_unread(&value), buffer_unread_size(&value));
	buffer_finish(&value);
	start(w);
	answer(w, GET_ME_OK);
	assert_true(has(request(w, "getUpdates"), "\"allowed_updates\":[\"poll\"]"));
}

static void another_bots_get_me_is_not_taken(void **state)
{
	struct world *w = *state;

	poller_need_kinds(w->poller, 1u << KIND_POLL);
	start(w);
	fails(w, 200, "{\"ok\":true,\"result\":{\"id\":123457}}");
	assert_false(poller_is_ready(w->poller));
	(void)request_between(w, 375, 625, "getMe");
}

static void the_bot_id_is_the_number_before_the_colon(void **state)
{
	(void)state;
	assert_int_equal(bot_id_of_token("123456:secret"), BOT);
	assert_int_equal(bot_id_of_token("123456789012345678:x"), INT64_C(123456789012345678));
	assert_int_equal(bot_id_of_token("1234567890123456789:x"), 0);
	assert_int_equal(bot_id_of_token("123456"), 0);
	assert_int_equal(bot_id_of_token(":secret"), 0);
	assert_int_equal(bot_id_of_token("a123:secret"), 0);
}

/* --- batches ---------------------------------------------------------------------------------- */

static void a_batch_is_confirmed_only_when_it_is_durable(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, "{\"ok\":true,\"result\":[{\"update_id\":5},{\"update_id\":6}]}");
	nothing_is_asked(w);
	put_clock_forward(3600000);
	nothing_is_asked(w);
	make_durable(w);
	assert_true(has(request(w, "getUpdates"), "\"offset\":7,"));
}

static void the_offset_is_of_the_last_batch_even_if_its_ids_are_lower(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, "{\"ok\":true,\"result\":[{\"update_id\":900},{\"update_id\":901}]}");
	nothing_is_asked(w);
	make_durable(w);
	assert_true(has(request(w, "getUpdates"), "\"offset\":902,"));
	answer(w, "{\"ok\":true,\"result\":[{\"update_id\":3}]}");
	nothing_is_asked(w);
	make_durable(w);
	assert_true(has(request(w, "getUpdates"), "\"offset\":4,"));
	answer(w, EMPTY);
	/* Nothing came: at once, and with what was said before. */
	assert_true(has(request(w, "getUpdates"), "\"offset\":4,"));
}

/* A server, or a proxy, for which a long poll ends at once. */
static void what_brings_nothing_at_once_is_asked_less_and_less_often(void **state)
{
	static const uint64_t pauses_ms[] = { 0, 100, 200, 400, 500, 500 };
	struct world *w = *state;

	(void)start_polling(w);
	for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
		answer(w, EMPTY);
		(void)request_after(w, pauses_ms[i], "getUpdates");
	}
	assert_true(poller_is_ready(w->poller));
	/* A repeat that the offset does not get rid of brings nothing, either. */
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	make_durable(w);
	(void)request_after(w, 0, "getUpdates"); /* news: no pause */
	for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
		answer(w, ONE_UPDATE);
		nothing_is_asked(w);
		make_durable(w);
		(void)request_after(w, pauses_ms[i], "getUpdates");
	}
}

static void a_long_poll_that_ends_in_time_is_followed_by_the_next(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	for (unsigned i = 0; i < 5; i++) {
		nothing_happens_for(w, 500);
		answer(w, EMPTY);
		(void)request_after(w, 0, "getUpdates");
	}
	/* Part of the pause has passed when the answer comes. */
	answer(w, EMPTY);
	(void)request_after(w, 0, "getUpdates");
	nothing_happens_for(w, 30);
	answer(w, EMPTY);
	(void)request_after(w, 70, "getUpdates");
}

static void a_batch_without_an_id_is_not_asked_for_again_at_once(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 200, "{\"ok\":true,\"result\":[{\"update_id\":\"?\"}]}");
	w->durable_fn = NULL;
	assert_false(has(request_between(w, 375, 625, "getUpdates"), "offset"));
}

static void a_list_that_never_ends_well_is_taken_the_third_time(void **state)
{
	struct world *w = *state;
	static const char cut[] = "{\"ok\":true,\"result\":[{\"update_id\":8},[";

	(void)start_polling(w);
	fails(w, 200, cut);
	assert_false(w->insisted);
	(void)request_between(w, 375, 625, "getUpdates");
	fails(w, 200, cut);
	assert_false(w->insisted);
	assert_false(has(request_between(w, 750, 1250, "getUpdates"), "offset"));
	answer(w, cut);
	nothing_is_asked(w);
	assert_true(w->insisted);
	make_durable(w);
	assert_true(has(request(w, "getUpdates"), "\"offset\":9,"));
	/* That was that. */
	fails(w, 200, cut);
	assert_false(w->insisted);
}

static void full_batches_are_counted(void **state)
{
	struct world *w = *state;
	int64_t before = metric_get(&metric_full_batches);
	struct buffer text = { 0 };

	(void)start_polling(w);
	for (int elements = 99; elements <= 100; elements++) {
		buffer_clear(&text);
		buffer_append_text(&text, "{\"ok\":true,\"result\":[");
		for (int i = 0; i < elements; i++)
			buffer_printf(&text, "%s{\"update_id\":%d}", i ? "," : "", i);
		buffer_append_text(&text, "]}");
		answer(w, buffer_text(&text));
		nothing_is_asked(w);
		assert_int_equal(metric_get(&metric_full_batches), before + (elements == 100));
		make_durable(w);
		(void)request(w, "getUpdates");
	}
	buffer_finish(&text);
}

/* --- failures --------------------------------------------------------------------------------- */

static void pauses_grow_and_a_success_ends_them(void **state)
{
	static const uint64_t steps_ms[] = { 500, 1000, 2000, 5000, 10000, 30000, 30000 };
	struct world *w = *state;

	(void)start_polling(w);
	for (size_t i = 0; i < COUNT_OF(steps_ms); i++) {
		fails(w, 500, SERVER_ERROR);
		(void)request_between(w, steps_ms[i] * 3 / 4, steps_ms[i] * 5 / 4, "getUpdates");
	}
	answer(w, EMPTY);
	(void)request(w, "getUpdates");
	fails(w, 500, SERVER_ERROR);
	(void)request_between(w, 375, 625, "getUpdates");
}

static void telegrams_own_pause_is_kept(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 429,
	      "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests\","
	      "\"parameters\":{\"retry_after\":17}}");
	(void)request_after(w, 17050, "getUpdates");
}

static void a_connection_outlives_an_error_of_the_server(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 500, SERVER_ERROR);
	(void)request_between(w, 375, 625, "getUpdates");
	assert_int_equal(w->connections, 1);
	/* libcurl itself repeats what a kept connection did not answer, on a new one. */
	hang_up(w);
	(void)request(w, "getUpdates");
	assert_int_equal(w->connections, 2);
	hang_up(w);
	comes_to(w, "retrying: the answer was cut off");
	(void)request_between(w, 750, 1250, "getUpdates");
	assert_int_equal(w->connections, 3);
}

static void failures_are_counted_by_kind(void **state)
{
	struct world *w = *state;
	int64_t before = metric_get_at(&metric_poll_errors, POLL_ERROR_SERVER, 0);

	(void)start_polling(w);
	fails(w, 502, "<html>Bad Gateway</html>");
	assert_int_equal(metric_get_at(&metric_poll_errors, POLL_ERROR_SERVER, 0), before + 1);
}

static void a_failure_is_said_when_it_begins_and_when_it_lasts(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 500, SERVER_ERROR);
	assert_int_equal(said(w, "level=warn process=korone"), 1);
	(void)request_between(w, 375, 60000, "getUpdates");
	fails(w, 500, SERVER_ERROR);
	assert_int_equal(said(w, "level=error process=korone"), 0);
	(void)request_between(w, 750, 1250, "getUpdates");
	fails(w, 500, SERVER_ERROR);
	assert_int_equal(said(w, "level=error process=korone"), 1);
	(void)request_between(w, 1500, 2500, "getUpdates");
	fails(w, 500, SERVER_ERROR);
	assert_int_equal(said(w, "level=error process=korone"), 1);
	assert_int_equal(said(w, "level=warn process=korone"), 1);
	assert_int_equal(said(w, "answers again"), 0);
	(void)request_between(w, 3750, 6250, "getUpdates");
	answer(w, EMPTY);
	(void)request(w, "getUpdates");
	assert_int_equal(said(w, "answers again"), 1);
	assert_int_equal(said(w, "failures=4"), 1);
	/* What comes later is another. */
	fails(w, 500, SERVER_ERROR);
	assert_int_equal(said(w, "level=warn process=korone"), 2);
	assert_int_equal(said(w, "level=error process=korone"), 1);
}

/* --- 409 -------------------------------------------------------------------------------------- */

#define CONFLICT(text) "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: " text "\"}"

static void another_poller_is_waited_for(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 409, CONFLICT("terminated by other getUpdates request"));
	assert_true(has(poller_state(w->poller), "another program polls"));
	(void)request_between(w, 375, 625, "getUpdates");
	fails(w, 409, CONFLICT("terminated by setWebhook request"));
	(void)request_between(w, 750, 1250, "getUpdates");
}

static void a_webhook_in_the_way_is_deleted_and_nothing_dropped(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer_as(w, 409, CONFLICT("can't use getUpdates method while webhook is active"));
	assert_string_equal(request(w, "deleteWebhook"), "{\"drop_pending_updates\":false}");
	fails(w, 500, SERVER_ERROR);
	(void)request_between(w, 375, 625, "getUpdates");
	answer_as(w, 409, CONFLICT("can't use getUpdates method while webhook is active"));
	(void)request(w, "deleteWebhook");
	answer(w, TRUE);
	(void)request(w, "getUpdates");
}

/* --- a refused token -------------------------------------------------------------------------- */

static void a_refusal_is_checked_with_get_me(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer_as(w, 401, UNAUTHORIZED);
	(void)request(w, "getMe");
	assert_false(poller_is_ready(w->poller));
	assert_true(has(poller_state(w->poller), "Telegram refuses this token"));
	assert_int_equal(metric_get(&metric_token_refused), 1);
	answer(w, GET_ME_OK);
	/* At once; it is refused again, and found good again: with a pause. */
	(void)request(w, "getUpdates");
	assert_int_equal(metric_get(&metric_token_refused), 0);
	answer_as(w, 404, "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}");
	(void)request(w, "getMe");
	answer(w, GET_ME_OK);
	comes_to(w, "retrying: Telegram refuses a call but accepts the token");
	assert_int_equal(said(w, "level=warn process=korone"), 1);
	(void)request_between(w, 1500, 2500, "getUpdates");
	answer(w, EMPTY);
	(void)request(w, "getUpdates");
	/* With that it begins anew. */
	answer_as(w, 401, UNAUTHORIZED);
	(void)request(w, "getMe");
	answer(w, GET_ME_OK);
	(void)request(w, "getUpdates");
}

static void what_is_no_refusal_neither_opens_nor_closes_a_check(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 401, "<html>a proxy wants a password</html>");
	(void)request_between(w, 375, 625, "getUpdates");
	fails(w, 404,
	      "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found: method not found\"}");
	(void)request_between(w, 750, 1250, "getUpdates");
	answer_as(w, 401, UNAUTHORIZED);
	(void)request(w, "getMe");
	fails(w, 500, SERVER_ERROR);
	(void)request_between(w, 3750, 6250, "getMe");
	answer_as(w, 401, UNAUTHORIZED);
	comes_to(w, "Telegram refuses this token");
	assert_false(poller_is_ready(w->poller));
	(void)request_after(w, 1000, "getMe");
}

/* Refusals of getMe after the one that opened the check; does not return. */
static void be_refused_for_good(struct world *w)
{
	static const uint64_t pauses_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000 };

	answer_as(w, 401, UNAUTHORIZED);
	(void)request(w, "getMe");
	for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
		answer_as(w, 401, UNAUTHORIZED);
		comes_to(w, "Telegram refuses this token");
		(void)request_after(w, pauses_ms[i], "getMe");
	}
	answer_as(w, 401, UNAUTHORIZED);
	nothing_is_asked(w);
}

static void a_token_that_is_refused_for_good_ends_the_process(void **state)
{
	struct world *w = *state;
	int status;
	pid_t child;

	(void)start_polling(w);
	child = fork();
	if (child == 0) {
		be_refused_for_good(w);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EX_UNAVAILABLE);
	assert_int_equal(said(w, "does not know this bot token"), 1);
	assert_int_equal(said(w, "123456:secret"), 0);
}

/* --- a full spool ----------------------------------------------------------------------------- */

static void a_full_spool_pauses_and_room_resumes(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	w->full = true;
	make_durable(w);
	assert_true(has(poller_state(w->poller), "paused: the spool is full"));
	assert_false(poller_is_ready(w->poller));
	for (int i = 0; i < 3; i++) {
		put_clock_forward(1000);
		nothing_is_asked(w);
	}
	assert_int_equal(said(w, "the spool is full"), 1);
	w->full = false;
	assert_true(has(request_after(w, 1000, "getUpdates"), "\"offset\":10,"));
	assert_int_equal(said(w, "the spool has room again"), 1);
	assert_true(poller_is_ready(w->poller));
}

static void a_full_disk_is_called_one(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	w->full = w->disk_full = true;
	make_durable(w);
	assert_true(has(poller_state(w->poller), "paused: the disk is full"));
	assert_int_equal(said(w, "the disk is full: polling paused"), 1);
	assert_int_equal(said(w, "the spool is full"), 0);
	w->full = w->disk_full = false;
	(void)request_after(w, 1000, "getUpdates");
	assert_int_equal(said(w, "the disk has room again"), 1);
}

static void a_pause_says_how_long_telegram_keeps_what_comes(void **state)
{
	struct world *w = *state;

	/* Nothing came yet: Telegram keeps updates for a day. */
	w->full = true;
	poller_need_kinds(w->poller, 1u << KIND_POLL);
	start(w);
	answer(w, GET_ME_OK);
	comes_to(w, "paused");
	assert_true(has(poller_state(w->poller), "for about 1440 min"));
	w->full = false;
	(void)request_after(w, 1000, "getUpdates");
	/* 100,000 updates in 10 s are all that Telegram keeps: 10 of them is a ten-thousandth. */
	put_clock_forward(8999);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	make_durable(w);
	(void)request(w, "getUpdates");
	metric_add(&metric_received, 5000);
	put_clock_forward(500);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	w->full = true;
	make_durable(w);
	/* 5002 in 10.499 s; the minutes of the pause itself do not count. */
	assert_true(has(poller_state(w->poller), "for about 3 min"));
	put_clock_forward(30000);
	nothing_is_asked(w);
	assert_true(has(poller_state(w->poller), "for about 3 min"));
}

/* --- an operator's drain, the end ------------------------------------------------------------- */

static void while_held_nothing_is_asked(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	poller_hold(w->poller, true);
	assert_true(has(poller_state(w->poller), "paused: an operator drains it"));
	assert_false(poller_is_ready(w->poller));
	while (w->connection >= 0) {
		/* The long poll is hung up on. */
		w->turns_left = 2;
		loop_run(w->loop);
	}
	put_clock_forward(100000);
	nothing_is_asked(w);
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE_REACTION);
	nothing_is_asked(w);
	poller_hold(w->poller, false);
	assert_true(has(request(w, "getUpdates"), "message_reaction"));
}

static void a_hold_lets_a_batch_become_durable_and_does_not_confirm_it(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	poller_hold(w->poller, true);
	poller_hold(w->poller, false);
	nothing_is_asked(w);
	poller_hold(w->poller, true);
	nothing_is_asked(w);
	make_durable(w);
	nothing_is_asked(w);
	assert_true(has(poller_state(w->poller), "paused: an operator drains it"));
	poller_hold(w->poller, false);
	assert_true(has(request(w, "getUpdates"), "\"offset\":10,"));
}

static void a_hold_during_a_pause_of_a_failure_stays(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	fails(w, 500, SERVER_ERROR);
	poller_hold(w->poller, true);
	put_clock_forward(60000);
	nothing_is_asked(w);
	poller_hold(w->poller, false);
	(void)request(w, "getUpdates");
	fails(w, 500, SERVER_ERROR);
	poller_hold(w->poller, true);
	poller_hold(w->poller, false);
	(void)request(w, "getUpdates");
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	/* The pause is over before its time. */
	put_clock_forward(60000);
	nothing_is_asked(w);
}

static void a_hold_that_is_none_changes_nothing(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	poller_hold(w->poller, false);
	w->turns_left = QUIET_TURNS;
	loop_run(w->loop);
	assert_true(w->connection >= 0);
	assert_int_equal(w->connections, 1);
}

static void after_the_end_nothing_is_asked(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	poller_stop(w->poller);
	make_durable(w);
	nothing_is_asked(w);
	poller_hold(w->poller, true);
	poller_hold(w->poller, false);
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE_REACTION);
	put_clock_forward(4000000);
	nothing_is_asked(w);
	assert_string_equal(poller_state(w->poller), "stopping");
	assert_false(poller_is_ready(w->poller));
	assert_int_equal(w->metas_written, 1);
}

/* --- kinds ------------------------------------------------------------------------------------ */

static void more_kinds_end_the_long_poll_and_fewer_do_not(void **state)
{
	struct world *w = *state;
	const char *body = start_polling(w);

	assert_false(has(body, "message_reaction"));
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE);
	w->turns_left = QUIET_TURNS;
	loop_run(w->loop);
	assert_true(w->connection >= 0); /* the one before */
	hang_up(w);
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE_REACTION);
	body = request(w, "getUpdates");
	assert_true(has(body, "message_reaction"));
	assert_true(has(body, "\"poll\"")); /* for a day */
	assert_int_equal(w->metas_written, 3);
}

static void more_kinds_wait_for_a_batch_on_its_way(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	poller_need_kinds(w->poller, 1u << KIND_MESSAGE_REACTION);
	nothing_is_asked(w);
	make_durable(w);
	assert_true(has(request(w, "getUpdates"), "message_reaction"));
}

static void times_of_need_are_written_every_hour(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	answer(w, ONE_UPDATE);
	nothing_is_asked(w);
	assert_int_equal(w->metas_written, 1);
	put_clock_forward(3599999);
	nothing_is_asked(w);
	assert_int_equal(w->metas_written, 1);
	for (unsigned i = 2; i < 4; i++) {
		put_clock_forward(i == 2 ? 1 : 3600000);
		nothing_is_asked(w);
		assert_int_equal(w->metas_written, i);
	}
}

static void without_a_pool_no_times_are_written(void **state)
{
	struct world *w = *state;

	start(w);
	answer(w, GET_ME_OK);
	comes_to(w, "starting: waiting");
	put_clock_forward(3600000);
	nothing_is_asked(w);
	assert_int_equal(w->metas_written, 0);
}

/* --- health ----------------------------------------------------------------------------------- */

static void it_is_ready_as_long_as_polls_end_in_time(void **state)
{
	struct world *w = *state;

	(void)start_polling(w);
	assert_int_equal(poller_age_ms(w->poller), 0);
	assert_true(poller_is_ready(w->poller));
	put_clock_forward(POLL_TIMEOUT_S * 1000 + 14999);
	w->turns_left = 2;
	loop_run(w->loop);
	assert_true(poller_is_ready(w->poller));
	put_clock_forward(1);
	w->turns_left = 2;
	loop_run(w->loop);
	assert_false(poller_is_ready(w->poller));
	answer(w, EMPTY);
	(void)request(w, "getUpdates");
	assert_true(poller_is_ready(w->poller));
	assert_int_equal(poller_age_ms(w->poller), 0);
}

int main(void)
{
#define POLLS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		POLLS(a_first_start_waits_for_a_pool),
		POLLS(kinds_of_the_last_run_are_asked_for_at_once),
		POLLS(another_bots_get_me_is_not_taken),
		cmocka_unit_test(the_bot_id_is_the_number_before_the_colon),
		POLLS(a_batch_is_confirmed_only_when_it_is_durable),
		POLLS(the_offset_is_of_the_last_batch_even_if_its_ids_are_lower),
		POLLS(what_brings_nothing_at_once_is_asked_less_and_less_often),
		POLLS(a_long_poll_that_ends_in_time_is_followed_by_the_next),
		POLLS(a_batch_without_an_id_is_not_asked_for_again_at_once),
		POLLS(a_list_that_never_ends_well_is_taken_the_third_time),
		POLLS(full_batches_are_counted),
		POLLS(pauses_grow_and_a_success_ends_them),
		POLLS(telegrams_own_pause_is_kept),
		POLLS(a_connection_outlives_an_error_of_the_server),
		POLLS(failures_are_counted_by_kind),
		POLLS(a_failure_is_said_when_it_begins_and_when_it_lasts),
		POLLS(another_poller_is_waited_for),
		POLLS(a_webhook_in_the_way_is_deleted_and_nothing_dropped),
		POLLS(a_refusal_is_checked_with_get_me),
		POLLS(what_is_no_refusal_neither_opens_nor_closes_a_check),
		POLLS(a_token_that_is_refused_for_good_ends_the_process),
		POLLS(a_full_spool_pauses_and_room_resumes),
		POLLS(a_full_disk_is_called_one),
		POLLS(a_pause_says_how_long_telegram_keeps_what_comes),
		POLLS(while_held_nothing_is_asked),
		POLLS(a_hold_lets_a_batch_become_durable_and_does_not_confirm_it),
		POLLS(a_hold_during_a_pause_of_a_failure_stays),
		POLLS(a_hold_that_is_none_changes_nothing),
		POLLS(after_the_end_nothing_is_asked),
		POLLS(more_kinds_end_the_long_poll_and_fewer_do_not),
		POLLS(more_kinds_wait_for_a_batch_on_its_way),
		POLLS(times_of_need_are_written_every_hour),
		POLLS(without_a_pool_no_times_are_written),
		POLLS(it_is_ready_as_long_as_polls_end_in_time),
	};

	ingress_metrics_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
