/* test_http_places.c - how long a connection may keep its place, and which one must give it up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/http_places.h"

#define BEGIN 1000000u

static struct http_places places(void)
{
	return (struct http_places) { .limits = { .head_ms = 10000,
						  .head_crowded_ms = 2000,
						  .request_ms = 30000,
						  .idle_ms = 75000 },
				      .max = 3 };
}

static void assert_ends(const struct http_places *all, const struct http_place *place,
			uint64_t at_ms, enum http_end end)
{
	assert_int_equal(http_place_end(all, place, at_ms - 1), HTTP_END_NONE);
	assert_int_equal(http_place_end(all, place, at_ms), end);
}

static void each_phase_has_its_limit(void **state)
{
	struct http_places all = places();
	struct http_place place;

	(void)state;
	http_place_take(&all, &place, BEGIN);
	assert_ends(&all, &place, BEGIN + 10000, HTTP_END_HEAD);
	http_place_enter(&place, HTTP_PHASE_REQUEST, BEGIN + 9000);
	assert_ends(&all, &place, BEGIN + 30000, HTTP_END_REQUEST); /* from its first byte */
	http_place_enter(&place, HTTP_PHASE_IDLE, BEGIN + 20000);
	assert_ends(&all, &place, BEGIN + 95000, HTTP_END_IDLE);
	/* a further request starts afresh */
	http_place_enter(&place, HTTP_PHASE_HEAD, BEGIN + 50000);
	assert_ends(&all, &place, BEGIN + 60000, HTTP_END_HEAD);
	http_place_enter(&place, HTTP_PHASE_IDLE, BEGIN + 55000);
	http_place_enter(&place, HTTP_PHASE_REQUEST, BEGIN + 60000); /* all at once */
	assert_ends(&all, &place, BEGIN + 90000, HTTP_END_REQUEST);
}

static void our_own_time_is_not_the_clients(void **state)
{
	struct http_places all = places();
	struct http_place place;

	(void)state;
	http_place_take(&all, &place, BEGIN);
	http_place_enter(&place, HTTP_PHASE_REQUEST, BEGIN + 1000);
	http_place_enter(&place, HTTP_PHASE_OWNER, BEGIN + 2000);
	assert_int_equal(http_place_end(&all, &place, BEGIN + 9000000), HTTP_END_NONE);
	http_place_enter(&place, HTTP_PHASE_REQUEST, BEGIN + 102000);
	assert_ends(&all, &place, BEGIN + 130000, HTTP_END_REQUEST);
}

static void the_longest_idle_goes_first_then_the_oldest_head(void **state)
{
	struct http_places all = places();
	struct http_place a, b, c;

	(void)state;
	http_place_take(&all, &a, BEGIN);
	http_place_take(&all, &b, BEGIN + 100);
	http_place_take(&all, &c, BEGIN + 200);
	assert_int_equal(all.count, 3);
	assert_null(
		http_places_victim(&all, BEGIN + 1999)); /* they may be about to send something */
	assert_ptr_equal(http_places_victim(&all, BEGIN + 2000), &a);
	assert_int_equal(http_places_victim_at_ms(&all), BEGIN + 2000);
	http_place_enter(&c, HTTP_PHASE_IDLE, BEGIN + 2000);
	assert_ptr_equal(http_places_victim(&all, BEGIN + 2000), &c);
	http_place_enter(&b, HTTP_PHASE_IDLE, BEGIN + 1500);
	assert_ptr_equal(http_places_victim(&all, BEGIN + 2000), &b);
	b.ended = true;
	assert_ptr_equal(http_places_victim(&all, BEGIN + 2000), &c);
}

static void a_request_never_goes_for_another(void **state)
{
	struct http_places all = places();
	struct http_place a, b;

	(void)state;
	http_place_take(&all, &a, BEGIN);
	http_place_take(&all, &b, BEGIN);
	http_place_enter(&a, HTTP_PHASE_REQUEST, BEGIN);
	http_place_enter(&b, HTTP_PHASE_REQUEST, BEGIN);
	http_place_enter(&b, HTTP_PHASE_OWNER, BEGIN);
	assert_null(http_places_victim(&all, BEGIN + 29000));
	assert_int_equal(http_places_victim_at_ms(&all), UINT64_MAX);
}

static void places_are_given_back_in_any_order(void **state)
{
	struct http_places all = places();
	struct http_place a, b, c;

	(void)state;
	http_place_take(&all, &a, BEGIN);
	http_place_take(&all, &b, BEGIN);
	http_place_take(&all, &c, BEGIN);
	http_place_leave(&all, &b);
	http_place_leave(&all, &c);
	assert_ptr_equal(LIST_FIRST(&all.all), &a);
	http_place_leave(&all, &a);
	assert_null(LIST_FIRST(&all.all));
	assert_int_equal(all.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_phase_has_its_limit),
		cmocka_unit_test(our_own_time_is_not_the_clients),
		cmocka_unit_test(the_longest_idle_goes_first_then_the_oldest_head),
		cmocka_unit_test(a_request_never_goes_for_another),
		cmocka_unit_test(places_are_given_back_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
