/* job_place.c - what waits between two steps of a job, as text:
 * "/job:ID:STEP:NOTICES:TRIES:TROUBLE:FLAGS:NOW:CURSOR:name=number,…". */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "workers/host/job.h"

#define HEAD "/job:"

enum flag { FLAG_AGAIN = 1, FLAG_TOLD = 2, FLAG_OVER = 4 };

_Static_assert(JOB_TEXT_MAX <= WORK_SLUG_MAX, "it waits as the slug of work does");

bool job_is(struct text slug)
{
	return slug.length > strlen(HEAD) && memcmp(slug.data, HEAD, strlen(HEAD)) == 0;
}

static unsigned flags_of(const struct job_place *place)
{
	return (place->again ? FLAG_AGAIN : 0) | (place->told ? FLAG_TOLD : 0) |
	       (place->over ? FLAG_OVER : 0);
}

const char *job_place_write(const struct job_place *place, struct arena *arena)
{
	char text[JOB_TEXT_MAX + 1];
	int at = snprintf(text, sizeof(text),
			  HEAD "%" PRId64 ":%" PRId32 ":%" PRId32 ":%u:%d:%u:%" PRId64 ":%" PRId64
			       ":",
			  place->id, place->step, place->notices, place->tries, (int)place->trouble,
			  flags_of(place), place->now_s, place->cursor);

	for (size_t i = 0; i < place->numbers_count; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s=%" PRId64 ",",
			       place->numbers[i].name, place->numbers[i].value);
	return arena_strndup(arena, text, (size_t)at);
}

/* An integer and the character after it. */
static bool take_integer(const char **at, char end, int64_t *out)
{
	char *after;

	errno = 0;
	*out = strtoll(*at, &after, 10);
	if (errno || after == *at || *after != end)
		return false;
	*at = after + 1;
	return true;
}

static bool take_number(const char **at, struct job_place *out)
{
	struct job_number *number = &out->numbers[out->numbers_count];
	size_t length = strcspn(*at, "=");

	if (out->numbers_count == JOB_COUNTS_MAX || !length || length > JOB_COUNT_NAME_MAX ||
	    (*at)[length] != '=')
		return false;
	memcpy(number->name, *at, length);
	*at += length + 1;
	out->numbers_count++;
	return take_integer(at, ',', &number->value);
}

bool job_place_read(struct text text, struct job_place *out)
{
	char copy[JOB_TEXT_MAX + 1];
	const char *at = copy + strlen(HEAD);
	int64_t step, notices, tries, trouble, flags;

	*out = (struct job_place) { 0 };
	if (!job_is(text) || text.length > JOB_TEXT_MAX)
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	if (!take_integer(&at, ':', &out->id) || !take_integer(&at, ':', &step) ||
	    !take_integer(&at, ':', &notices) || !take_integer(&at, ':', &tries) ||
	    !take_integer(&at, ':', &trouble) || !take_integer(&at, ':', &flags) ||
	    !take_integer(&at, ':', &out->now_s) || !take_integer(&at, ':', &out->cursor))
		return false;
	if (out->id < 1 || step < 1 || step > JOB_STEP_MAX || notices < 0 ||
	    notices > JOB_STEP_MAX || tries < 0 || tries > JOB_TRIES_MAX || trouble < 0 ||
	    trouble >= JOB_TROUBLES || flags < 0 || flags > 7)
		return false;
	out->step = (int32_t)step;
	out->notices = (int32_t)notices;
	out->tries = (unsigned)tries;
	out->trouble = (enum job_trouble)trouble;
	out->again = flags & FLAG_AGAIN;
	out->told = flags & FLAG_TOLD;
	out->over = flags & FLAG_OVER;
	while (*at)
		if (!take_number(&at, out))
			return false;
	return true;
}

const char *job_counts_write(const struct job_place *place, struct arena *arena)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *text;

	json_object_start(&json);
	for (size_t i = 0; i < place->numbers_count; i++)
		json_key_int(&json, place->numbers[i].name, place->numbers[i].value);
	json_object_end(&json);
	text = arena_strndup(arena, (const char *)buffer_unread(&out), buffer_unread_size(&out));
	buffer_finish(&out);
	return text;
}
