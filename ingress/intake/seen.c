/* seen.c - the update ids of the last 24 hours: one sorted list of ranges per hour. */
#include "ingress/intake/seen.h"

#include <stdlib.h>
#include <string.h>

#include "common/pack.h"
#include "common/xalloc.h"
#include "ingress/update/transcode.h"

#define HOUR_S 3600
#define KEEP_HOURS 24 /* as long as Telegram keeps an update */
#define HOURS_MAX (KEEP_HOURS + 2)
#define UPDATE_IDS (UPDATE_ID_MAX + 1)

struct range {
	int64_t first, last;
};

struct hour {
	int64_t hour;         /* since the epoch */
	struct range *ranges; /* ascending, never adjacent */
	size_t count, capacity;
};

/* Oldest hour first. */
struct seen {
	struct hour hours[HOURS_MAX];
	size_t count;
};

struct seen *seen_create(void)
{
	return xmalloc(sizeof(struct seen));
}

void seen_destroy(struct seen *seen)
{
	if (!seen)
		return;
	for (size_t i = 0; i < seen->count; i++)
		free(seen->hours[i].ranges);
	free(seen);
}

/* The position of the first range that ends at `id` or after it. */
static size_t hour_search(const struct hour *hour, int64_t id)
{
	size_t low = 0, high = hour->count;

	/* Ids mostly arrive in order: try the end first. */
	if (high && hour->ranges[high - 1].last < id)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hour->ranges[middle].last < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool hour_has(const struct hour *hour, int64_t id)
{
	size_t at = hour_search(hour, id);

	return at < hour->count && hour->ranges[at].first <= id;
}

static void hour_insert(struct hour *hour, size_t at, struct range range)
{
	array_reserve(hour->ranges, &hour->capacity, hour->count + 1);
	memmove(hour->ranges + at + 1, hour->ranges + at,
		(hour->count - at) * sizeof(struct range));
	hour->ranges[at] = range;
	hour->count++;
}

static void hour_remove(struct hour *hour, size_t at)
{
	hour->count--;
	memmove(hour->ranges + at, hour->ranges + at + 1,
		(hour->count - at) * sizeof(struct range));
}

/* Adds an id that is not in the hour. */
static void hour_add(struct hour *hour, int64_t id)
{
	size_t at = hour_search(hour, id);
	bool joins_left = at > 0 && hour->ranges[at - 1].last == id - 1;
	bool joins_right = at < hour->count && hour->ranges[at].first == id + 1;

	if (joins_left && joins_right) {
		hour->ranges[at - 1].last = hour->ranges[at].last;
		hour_remove(hour, at);
	} else if (joins_left) {
		hour->ranges[at - 1].last = id;
	} else if (joins_right) {
		hour->ranges[at].first = id;
	} else {
		hour_insert(hour, at, (struct range) { id, id });
	}
}

static void forget_first(struct seen *seen)
{
	free(seen->hours[0].ranges);
	seen->count--;
	memmove(seen->hours, seen->hours + 1, seen->count * sizeof(struct hour));
}

/* Finds or creates an hour's list; NULL when it is older than all we have room for. */
static struct hour *require_hour(struct seen *seen, int64_t hour)
{
	size_t at = seen->count;

	while (at > 0 && seen->hours[at - 1].hour > hour)
		at--;
	if (at > 0 && seen->hours[at - 1].hour == hour)
		return &seen->hours[at - 1];
	if (seen->count == HOURS_MAX) {
		if (at == 0)
			return NULL;
		forget_first(seen);
		at--;
	}
	memmove(seen->hours + at + 1, seen->hours + at, (seen->count - at) * sizeof(struct hour));
	seen->hours[at] = (struct hour) { .hour = hour };
	seen->count++;
	return &seen->hours[at];
}

bool seen_has(const struct seen *seen, int64_t update_id)
{
	for (size_t i = seen->count; i-- > 0;)
		if (hour_has(&seen->hours[i], update_id))
			return true;
	return false;
}

bool seen_add(struct seen *seen, int64_t update_id, int64_t now_s)
{
	struct hour *hour;

	if (seen_has(seen, update_id))
		return false;
	hour = require_hour(seen, now_s / HOUR_S);
	/* The clock was set back: use the oldest list. */
	hour_add(hour ? hour : &seen->hours[0], update_id);
	return true;
}

void seen_expire(struct seen *seen, int64_t now_s)
{
	/* An hour expires when its last second is 24 h old. */
	while (seen->count && seen->hours[0].hour + 1 + KEEP_HOURS <= now_s / HOUR_S)
		forget_first(seen);
	/* The clock had been far ahead. */
	while (seen->count && seen->hours[seen->count - 1].hour > now_s / HOUR_S + KEEP_HOURS)
		free(seen->hours[--seen->count].ranges);
}

/* Runs of three integers (hour, first id, length of the range minus one) until the end: there is no
 * count that damage could corrupt. */
void seen_encode(const struct seen *seen, struct buffer *out)
{
	for (size_t i = 0; i < seen->count; i++) {
		const struct hour *hour = &seen->hours[i];

		for (size_t j = 0; j < hour->count; j++) {
			pack_int(out, hour->hour);
			pack_int(out, hour->ranges[j].first);
			pack_uint(out,
				  (uint64_t)hour->ranges[j].last - (uint64_t)hour->ranges[j].first);
		}
	}
}

/* Adds a whole range to an hour, merging what it overlaps. */
static void hour_add_range(struct hour *hour, struct range range)
{
	size_t at = hour_search(hour, range.first);

	if (at > 0 && hour->ranges[at - 1].last == range.first - 1)
		at--;
	while (at < hour->count && hour->ranges[at].first <= range.last + 1) {
		if (hour->ranges[at].first < range.first)
			range.first = hour->ranges[at].first;
		if (hour->ranges[at].last > range.last)
			range.last = hour->ranges[at].last;
		hour_remove(hour, at);
	}
	hour_insert(hour, at, range);
}

void seen_decode(struct seen *seen, const void *data, size_t size)
{
	struct cursor cursor = cursor_make(data, size);

	while (cursor.at < cursor.end) {
		int64_t number = cursor_int(&cursor);
		int64_t first = cursor_int(&cursor);
		uint64_t more = cursor_uint(&cursor);
		struct hour *hour;

		if (!cursor_ok(&cursor))
			return;
		if (number < 0 || first < 0 || first >= UPDATE_IDS ||
		    more >= (uint64_t)(UPDATE_IDS - first))
			continue;
		hour = require_hour(seen, number);
		if (hour)
			hour_add_range(hour, (struct range) { first, first + (int64_t)more });
	}
}
