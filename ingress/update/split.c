/* split.c - splits an answer of getUpdates into its updates without decoding them. */
#include "ingress/update/transcode.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

struct splitter {
	struct json_walk walk;
	struct json_slice *slices;
	size_t count, capacity;
	const char *result; /* the first byte after "result":[ */
};

static void add_slice(struct splitter *s, const char *from, const char *to)
{
	while (to > from && json_is_space(to[-1]))
		to--;
	array_reserve(s->slices, &s->capacity, s->count + 1);
	s->slices[s->count++] = (struct json_slice) { from, (size_t)(to - from) };
}

/* From after "result":[ to behind its end. */
static bool split_elements(struct splitter *s)
{
	if (json_pass_byte(&s->walk, ']'))
		return true;
	do {
		const char *start;

		json_pass_space(&s->walk);
		start = s->walk.at;
		if (!json_pass_value(&s->walk))
			return false;
		add_slice(s, start, s->walk.at);
	} while (json_pass_byte(&s->walk, ','));
	return json_pass_byte(&s->walk, ']');
}

/* Reads the answer's members; false when the structure is wrong. */
static bool split_members(struct splitter *s)
{
	static const char wanted[] = "\"result\"";
	struct json_walk *walk = &s->walk;

	if (!json_pass_byte(walk, '{'))
		return false;
	do {
		const char *key;
		bool is_result;

		json_pass_space(walk);
		key = walk->at;
		if (!json_pass_text(walk))
			return false;
		is_result = (size_t)(walk->at - key) == strlen(wanted) &&
			    !memcmp(key, wanted, strlen(wanted));
		if (!json_pass_byte(walk, ':'))
			return false;
		json_pass_space(walk);
		if (is_result && !s->result && walk->at < walk->end && *walk->at == '[') {
			s->result = ++walk->at;
			if (!split_elements(s))
				return false;
		} else if (!json_pass_value(walk)) {
			return false;
		}
	} while (json_pass_byte(walk, ','));
	if (!json_pass_byte(walk, '}'))
		return false;
	json_pass_space(walk);
	return walk->at == walk->end;
}

/* The next `"update_id":`; NULL when there is none. The quotes cannot be inside a text, where they
 * would be escaped. */
static const char *find_update_id(const char *from, const char *end)
{
	static const char key[] = "\"update_id\"";

	while ((from = memmem(from, (size_t)(end - from), key, strlen(key)))) {
		from += strlen(key);
		while (from < end && json_is_space(*from))
			from++;
		if (from < end && *from == ':')
			return from + 1;
	}
	return NULL;
}

/* The bracket before the "update_id" whose colon ends at `after`; NULL when there is none. */
static const char *start_of_update(const char *after, const char *begin)
{
	const char *at = after - 1;

	while (*at != '"')
		at--; /* from the colon to the closing quote */
	at -= strlen("update_id\"");
	while (at > begin && json_is_space(at[-1]))
		at--;
	return at > begin && at[-1] == '{' ? at - 1 : NULL;
}

/* Removes the comma and white space between two updates. */
static const char *trim_separator(const char *from, const char *to)
{
	while (to > from && json_is_space(to[-1]))
		to--;
	return to > from && to[-1] == ',' ? to - 1 : to;
}

/* Whether an update is well-formed JSON. */
static bool is_whole(const struct json_slice *slice)
{
	struct buffer scratch = { 0 };
	bool whole = transcode(slice->data, slice->size, &scratch, NULL);

	buffer_finish(&scratch);
	return whole;
}

/* The answer's brackets do not match: either an update is malformed in a way that hides where it
 * ends, or the answer was cut short. Cuts where the next update starts. Without `insist` that is
 * accepted only when the last update is well-formed: otherwise the answer may have been cut short.
 */
static bool split_at_ids(struct splitter *s, bool insist)
{
	const char *last = s->walk.end, *start = NULL, *id = s->result;

	s->count = 0;
	while (last > s->result && json_is_space(last[-1]))
		last--;
	if (last == s->result || *--last != '}')
		return false;
	while (last > s->result && json_is_space(last[-1]))
		last--;
	if (last == s->result || *--last != ']')
		return false;
	while ((id = find_update_id(id, last))) {
		const char *next = start_of_update(id, s->result);

		if (!next)
			continue;
		if (start)
			add_slice(s, start, trim_separator(start, next));
		start = next;
	}
	if (!start)
		return false;
	add_slice(s, start, trim_separator(start, last));
	return insist || is_whole(&s->slices[s->count - 1]);
}

bool transcode_split(const char *answer, size_t size, bool insist, transcode_element_fn *fn,
		     void *owner, struct why *why)
{
	struct splitter s = { .walk = { answer, answer + size } };
	bool whole = split_members(&s);

	if (!s.result) {
		free(s.slices);
		return why_set(why, "the answer is not a JSON object with an array \"result\"");
	}
	if (!whole && !split_at_ids(&s, insist)) {
		free(s.slices);
		return why_set(why, "the answer is truncated or has trailing data");
	}
	for (size_t i = 0; i < s.count; i++)
		fn(owner, s.slices[i]);
	free(s.slices);
	return true;
}

bool transcode_find_update_id(struct json_slice element, int64_t *out)
{
	const char *end = element.data + element.size;
	const char *at = find_update_id(element.data, end);
	int64_t value = 0;
	bool negative;

	if (!at)
		return false;
	while (at < end && json_is_space(*at))
		at++;
	negative = at < end && *at == '-';
	at += negative;
	if (at == end || *at < '0' || *at > '9')
		return false;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *at - '0', &value))
			return false;
	*out = negative ? -value : value;
	return true;
}
