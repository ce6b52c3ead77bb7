/* test_cooldown.c - scopes in which Telegram asked for silence, as the dispatcher keeps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/xalloc.h"
#include "ingress/dispatch/cooldown.h"
#include "ingress/update/lane_key.h"

#define HOUR_MS (UINT64_C(3600) * 1000)

struct fixture {
	struct dispatch *dispatch;
	struct cooldowns cooldowns;
	uint64_t seq;
};

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	f->dispatch = dispatch_create();
	dispatch_open(f->dispatch, 0);
	dispatch_set_credit(f->dispatch, 0, 1000);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cooldowns_finish(&f->cooldowns);
	dispatch_destroy(f->dispatch);
	free(f);
	return 0;
}

static void cool(struct fixture *f, int64_t chat_id, uint64_t remaining_ms, uint64_t now_ms)
{
	const struct message_cooldown cooldown = { chat_id, remaining_ms };

	cooldowns_add(&f->cooldowns, f->dispatch, &cooldown, now_ms);
}

/* Whether an update of the chat goes out now. */
static bool goes_out(struct fixture *f, int64_t chat_id)
{
	struct spool_update update = { .seq = ++f->seq,
				       .kind = KIND_MESSAGE,
				       .lane = lane_of_chat(chat_id) };
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer;
	bool went = false;
	size_t count;

	dispatch_add(f->dispatch, &update, 0);
	while ((count = dispatch_take(f->dispatch, run, &consumer)))
		for (size_t i = 0; i < count; i++) {
			went = went || run[i]->seq == update.seq;
			dispatch_done(f->dispatch, run[i]);
		}
	return went;
}

static void a_chat_is_left_alone_until_its_time_is_over(void **state)
{
	struct fixture *f = *state;

	cool(f, 5, 300, 1000);
	assert_false(goes_out(f, 5));
	assert_true(goes_out(f, 6));
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1299), 1300);
	assert_false(goes_out(f, 5));
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1300), 0);
	assert_true(goes_out(f, 5));
}

static void without_a_chat_it_is_the_whole_bot(void **state)
{
	struct fixture *f = *state;

	cool(f, 0, 300, 1000);
	assert_false(goes_out(f, 5));
	assert_false(goes_out(f, 6));
	cooldowns_expire(&f->cooldowns, f->dispatch, 1300);
	assert_true(goes_out(f, 5));
}

static void the_longer_of_two_counts(void **state)
{
	struct fixture *f = *state;

	cool(f, 5, 300, 1000);
	cool(f, 6, 100, 1000);
	cool(f, 5, 100, 1000);
	cool(f, 6, 500, 1000);
	assert_int_equal(f->cooldowns.count, 2);
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1299), 1300);
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1300), 1500);
	assert_true(goes_out(f, 5));
	assert_false(goes_out(f, 6));
}

static void nothing_to_wait_for_is_no_cooldown(void **state)
{
	struct fixture *f = *state;

	cool(f, 5, 0, 1000);
	assert_true(goes_out(f, 5));
	assert_int_equal(f->cooldowns.count, 0);
	cool(f, 5, 1, 1000);
	assert_false(goes_out(f, 5));
}

/* Who asks for years is waited for a day. */
static void a_day_is_the_longest(void **state)
{
	struct fixture *f = *state;

	cool(f, 5, UINT64_MAX, 1000);
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1001), 1000 + 24 * HOUR_MS);
}

static void the_next_time_is_the_nearest(void **state)
{
	struct fixture *f = *state;

	cool(f, 5, 300, 1000);
	cool(f, 6, 200, 1000);
	cool(f, 7, 400, 1000);
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1000), 1200);
	assert_int_equal(cooldowns_expire(&f->cooldowns, f->dispatch, 1200), 1300);
	assert_int_equal(f->cooldowns.count, 2);
}

static void a_new_pool_is_told_what_is_left(void **state)
{
	struct fixture *f = *state;
	struct message_cooldown out[3] = { 0 };

	cool(f, 5, 100, 1000);
	cool(f, 0, 300, 1000);
	cool(f, 7, 400, 1000);
	assert_int_equal(cooldowns_list(&f->cooldowns, out, 3, 1000), 3);
	assert_int_equal(cooldowns_list(&f->cooldowns, out, 2, 1000), 2);
	assert_int_equal(cooldowns_list(&f->cooldowns, out, 3, 1100), 2);
	assert_true(out[0].chat_id == 0 && out[0].remaining_ms == 200);
	assert_true(out[1].chat_id == 7 && out[1].remaining_ms == 300);
}

static void chats_are_counted(void **state)
{
	struct fixture *f = *state;
	uint64_t longest_ms = 1;

	assert_int_equal(cooldowns_chats(&f->cooldowns, 1000, &longest_ms), 0);
	assert_int_equal(longest_ms, 0);
	cool(f, 5, 300, 1000);
	cool(f, 6, 500, 1000);
	cool(f, 0, 9000, 1000); /* the whole bot: no chat */
	assert_int_equal(cooldowns_chats(&f->cooldowns, 1100, &longest_ms), 2);
	assert_int_equal(longest_ms, 400);
	assert_int_equal(cooldowns_chats(&f->cooldowns, 1300, &longest_ms), 1);
	assert_int_equal(longest_ms, 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_chat_is_left_alone_until_its_time_is_over),
		TEST(without_a_chat_it_is_the_whole_bot),
		TEST(the_longer_of_two_counts),
		TEST(nothing_to_wait_for_is_no_cooldown),
		TEST(a_day_is_the_longest),
		TEST(the_next_time_is_the_nearest),
		TEST(a_new_pool_is_told_what_is_left),
		TEST(chats_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
