/* test_zone.c - when a minute of the day is, where the clocks go forward and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "workers/host/zone.h"

/* UTC seconds of a time written in UTC. */
static int64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
			 .tm_mon = month - 1,
			 .tm_mday = day,
			 .tm_hour = hour,
			 .tm_min = minute };

	return (int64_t)timegm(&tm);
}

static void each_day_has_its_minute(void **state)
{
	(void)state;
	assert_int_equal(zone_next("UTC", utc(2026, 1, 1, 7, 59), 480), utc(2026, 1, 1, 8, 0));
	assert_int_equal(zone_next("UTC", utc(2026, 1, 1, 8, 0), 480), utc(2026, 1, 2, 8, 0));
	assert_int_equal(zone_next("UTC", utc(2026, 12, 31, 23, 59), 0), utc(2027, 1, 1, 0, 0));
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 1, 1, 7, 1), 480),
			 utc(2026, 1, 2, 7, 0));
	assert_int_equal(zone_next("Asia/Kolkata", utc(2026, 1, 1, 0, 0), 390),
			 utc(2026, 1, 1, 1, 0));
	/* The day there is another. */
	assert_int_equal(zone_next("Asia/Tokyo", utc(2026, 1, 1, 20, 0), 480),
			 utc(2026, 1, 1, 23, 0));
	assert_int_equal(zone_next("America/Sao_Paulo", utc(2026, 1, 1, 1, 0), 1430),
			 utc(2026, 1, 1, 2, 50));
}

/* Berlin, 2026-03-29: from 02:00 to 03:00, which is 01:00 UTC. */
static void a_minute_that_is_skipped_is_when_the_clocks_go_on(void **state)
{
	(void)state;
	for (int64_t minute = 120; minute < 180; minute += 15)
		assert_int_equal(zone_next("Europe/Berlin", utc(2026, 3, 28, 12, 0), minute),
				 utc(2026, 3, 29, 1, 0));
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 3, 28, 12, 0), 119),
			 utc(2026, 3, 29, 0, 59));
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 3, 28, 12, 0), 180),
			 utc(2026, 3, 29, 1, 0));
	/* Once on that day. */
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 3, 29, 1, 0), 150),
			 utc(2026, 3, 30, 0, 30));
}

/* Berlin, 2026-10-25: from 03:00 to 02:00 again, which is 01:00 UTC. */
static void a_minute_that_comes_twice_is_the_first_one(void **state)
{
	(void)state;
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 10, 24, 12, 0), 150),
			 utc(2026, 10, 25, 0, 30));
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 10, 25, 0, 30), 150),
			 utc(2026, 10, 26, 1, 30));
	assert_int_equal(zone_next("Europe/Berlin", utc(2026, 10, 24, 12, 0), 180),
			 utc(2026, 10, 25, 2, 0));
}

/* Each day has one, whatever the clocks do: also by half an hour (Lord Howe), in the south, and
 * where a day began at 01:00 (Sao Paulo until 2018, Havana). */
static void every_day_has_one(void **state)
{
	static const char *const zones[] = { "America/Sao_Paulo", "Australia/Lord_Howe",
					     "America/Havana", "America/St_Johns" };
	static const int64_t minutes[] = { 0, 30, 125, 1439 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(zones) * COUNT_OF(minutes); i++) {
		const char *zone = zones[i / COUNT_OF(minutes)];
		const int64_t minute = minutes[i % COUNT_OF(minutes)];
		int64_t at = zone_next(zone, utc(2017, 9, 1, 0, 0), minute);

		for (int day = 0; day < 500; day++) {
			int64_t next = zone_next(zone, at, minute);
			int64_t late = zone_minute(zone, next) - minute;

			assert_in_range(next - at, 22 * 3600, 26 * 3600);
			assert_in_range((late + MINUTES_OF_DAY) % MINUTES_OF_DAY, 0, 60);
			at = next;
		}
	}
}

static void zones_are_found_as_people_write_them(void **state)
{
	char name[ZONE_NAME_SIZE];

	(void)state;
	assert_true(zone_find("europe/berlin", name));
	assert_string_equal(name, "Europe/Berlin");
	assert_true(zone_find("america/new york", name));
	assert_string_equal(name, "America/New_York");
	assert_true(zone_find("utc", name));
	assert_string_equal(name, "UTC");
	assert_true(zone_find("America/Port-au-Prince", name));
	assert_true(zone_find("America/Argentina/Buenos_Aires", name));
}

static void nothing_else_is_a_zone(void **state)
{
	static const char *const texts[] = {
		"",
		"Berlin",
		"Europe/",
		"Europe",
		"../etc/passwd",
		"/etc/tz",
		"Europe//Rome",
		"tzdata.zi",
		"right/UTC",
		"posix/UTC",
		":UTC",
		"UTC;x",
		"Europe/Berlin\n",
		"zone.tab",
		"leapseconds",
		"Europe/..",
		"Mars/Olympus",
		"Europe/Berlinnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
	};
	char name[ZONE_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(zone_find(texts[i], name));
	/* One that the system has lost is UTC. */
	assert_int_equal(zone_minute("Mars/Olympus", 3600), 60);
	assert_int_equal(zone_minute("Europe/Berlin", 3600), 120);
}

/* Logs are in UTC whatever was asked. */
static void the_process_stays_in_its_zone(void **state)
{
	const time_t at = 3600;
	struct tm local;

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	zone_next("Europe/Berlin", 0, 1);
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	assert_non_null(localtime_r(&at, &local));
	assert_int_equal(local.tm_hour, 10);
	unsetenv("TZ");
	zone_next("Europe/Berlin", 0, 1);
	assert_null(getenv("TZ"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_has_its_minute),
		cmocka_unit_test(a_minute_that_is_skipped_is_when_the_clocks_go_on),
		cmocka_unit_test(a_minute_that_comes_twice_is_the_first_one),
		cmocka_unit_test(every_day_has_one),
		cmocka_unit_test(zones_are_found_as_people_write_them),
		cmocka_unit_test(nothing_else_is_a_zone),
		cmocka_unit_test(the_process_stays_in_its_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
