/* zone.c - asks the C library, which reads tzdata: it knows one zone at a time, that of TZ, which
 * is changed for the question. A child has one thread, and nothing else in it asks for local time.
 */
#include "workers/host/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DIRECTORY "/usr/share/zoneinfo"
#define DAY_S INT64_C(86400)

/* --- names ------------------------------------------------------------------------------------ */

static const char *directory(void)
{
	const char *named = getenv("TZDIR");

	return named && named[0] ? named : DIRECTORY;
}

/* RFC 9636: a file of zones begins with "TZif". */
static bool exists(const char *name)
{
	char path[4096], magic[4] = { 0 };
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory(), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, "TZif", sizeof(magic)) == 0;
	close(fd);
	return good;
}

/* Letters, digits, "_", "-", "+" and "/", without an empty part: no way out of the directory. Those
 * of right/ count leap seconds, those of posix/ are the same as without it. */
static bool may_be_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= ZONE_NAME_SIZE || !isalpha((unsigned char)name[0]) ||
	    name[length - 1] == '/' || strstr(name, "//") || strncmp(name, "right/", 6) == 0 ||
	    strncmp(name, "posix/", 6) == 0)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_-+/", *name))
			return false;
	return true;
}

/* "america/new_york" to "America/New_York"; short ones are written in capitals. */
static void capitalize(const char *text, char out[ZONE_NAME_SIZE])
{
	const bool is_short = !strchr(text, '/') && strlen(text) <= 4;
	bool begins = true;

	for (; *text; text++) {
		unsigned char letter = (unsigned char)(*text == ' ' ? '_' : *text);

		*out++ = (char)(begins || is_short ? toupper(letter) : tolower(letter));
		begins = !isalpha(letter);
	}
	*out = '\0';
}

bool zone_find(const char *text, char out[ZONE_NAME_SIZE])
{
	if (strlen(text) >= ZONE_NAME_SIZE)
		return false;
	strcpy(out, text);
	if (may_be_name(out) && exists(out))
		return true;
	capitalize(text, out);
	return may_be_name(out) && exists(out);
}

/* --- times ------------------------------------------------------------------------------------ */

/* What TZ was before. */
static char *enter(const char *zone)
{
	const char *before = getenv("TZ");
	char *kept = before ? strdup(before) : NULL;

	setenv("TZ", may_be_name(zone) && exists(zone) ? zone : ZONE_DEFAULT, 1);
	tzset();
	return kept;
}

static void leave(char *before)
{
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	free(before);
	tzset();
}

static int64_t offset_at(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm local;

	return localtime_r(&at, &local) ? local.tm_gmtoff : 0;
}

/* The clocks are put forward after `low` and by `high`. */
static int64_t find_change(int64_t low, int64_t high)
{
	const int64_t before = offset_at(low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (offset_at(middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* When the clocks show `local_s`, which is counted as if it were UTC. */
static int64_t when_shown(int64_t local_s)
{
	const int64_t before = offset_at(local_s - DAY_S), after = offset_at(local_s + DAY_S);
	const int64_t early = local_s - (before > after ? before : after);
	const int64_t late = local_s - (before > after ? after : before);

	if (early + offset_at(early) == local_s)
		return early;
	if (late + offset_at(late) == local_s)
		return late;
	return find_change(early, late);
}

static int64_t next_here(int64_t after_s, int64_t minute_of_day)
{
	const int64_t local_s = after_s + offset_at(after_s);
	int64_t day_s = local_s - (local_s % DAY_S + DAY_S) % DAY_S - DAY_S, at_s;

	do {
		at_s = when_shown(day_s + minute_of_day * 60);
		day_s += DAY_S;
	} while (at_s <= after_s);
	return at_s;
}

int64_t zone_next(const char *zone, int64_t after_s, int64_t minute_of_day)
{
	char *before = enter(zone);
	int64_t at_s = next_here(after_s, minute_of_day);

	leave(before);
	return at_s;
}

int64_t zone_minute(const char *zone, int64_t at_s)
{
	char *before = enter(zone);
	int64_t local_s = at_s + offset_at(at_s);

	leave(before);
	return (local_s % DAY_S + DAY_S) % DAY_S / 60;
}
