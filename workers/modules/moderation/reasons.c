/* reasons.c - entries "reason/NUMBER". */
#include "workers/modules/moderation/reasons.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_REASON 2
#define NUMBERS 1000000
#define TRIES 8

#define PREFIX "reason/"

static const char *key_of(struct ctx *ctx, int64_t number)
{
	return ctx_printf(ctx, PREFIX "%lld", (long long)number);
}

/* FNV-1a */
static uint32_t hash_of(const char *words)
{
	uint32_t hash = 2166136261u;

	for (; *words; words++)
		hash = (hash ^ (unsigned char)*words) * 16777619u;
	return hash;
}

/* Whole characters only. */
static const char *shorten(struct ctx *ctx, const char *words)
{
	size_t length = strnlen(words, REASON_MAX + 1);

	if (length <= REASON_MAX)
		return words;
	length = REASON_MAX;
	while (length && ((unsigned char)words[length] & 0xc0) == 0x80)
		length--;
	return ctx_printf(ctx, "%.*s", (int)length, words);
}

/* The number follows from the words, so that two administrators who note the same reason at once
 * note it under one number, and none takes another's. */
int64_t reason_note(struct ctx *ctx, struct holder holder, const char *words)
{
	uint32_t hash;

	if (!words[0])
		return REASON_NONE;
	words = shorten(ctx, words);
	hash = hash_of(words);
	for (uint32_t i = 0; i < TRIES; i++) {
		int64_t number = FIRST_REASON + (hash + i) % NUMBERS;
		const char *there = store_find(ctx, holder, key_of(ctx, number));

		if (ctx_has_failed(ctx))
			return 0;
		if (there && strcmp(there, words) == 0)
			return number;
		if (!there)
			return store_set(ctx, holder, key_of(ctx, number), words) ? number : 0;
	}
	return REASON_NONE;
}

const char *reason_find(struct ctx *ctx, struct holder holder, int64_t number)
{
	const char *words = number < FIRST_REASON ? NULL
						  : store_find(ctx, holder, key_of(ctx, number));

	return words ? words : "";
}

/* --- many ------------------------------------------------------------------------------------- */

struct reasons {
	struct reason {
		int64_t number;
		const char *words;
	} * list;
	size_t count;
};

static int compare_reasons(const void *a, const void *b)
{
	const struct reason *one = a, *other = b;

	return one->number < other->number ? -1 : one->number > other->number;
}

static size_t count_reasons(struct ctx *ctx, struct holder holder)
{
	const char *key = NULL, *value;
	size_t count = 0;

	while (store_each(ctx, holder, PREFIX, &key, &value))
		count++;
	return count;
}

const struct reasons *reasons_load(struct ctx *ctx, struct holder holder)
{
	const size_t count = count_reasons(ctx, holder);
	struct reasons *reasons = ctx_alloc(ctx, sizeof(*reasons));
	const char *key = NULL, *value;

	reasons->list = ctx_alloc(ctx, (count + 1) * sizeof(*reasons->list));
	while (reasons->count < count && store_each(ctx, holder, PREFIX, &key, &value))
		reasons->list[reasons->count++] = (struct reason) {
			.number = strtoll(key + strlen(PREFIX), NULL, 10), .words = value
		};
	qsort(reasons->list, reasons->count, sizeof(*reasons->list), compare_reasons);
	return reasons;
}

const char *reasons_find(const struct reasons *reasons, int64_t number)
{
	const struct reason wanted = { .number = number };
	const struct reason *found = bsearch(&wanted, reasons->list, reasons->count,
					     sizeof(*reasons->list), compare_reasons);

	return found ? found->words : "";
}

void reason_add_csv(struct buffer *out, const char *reason)
{
	if (!reason[0])
		return;
	buffer_append_text(out, "\"");
	if (strchr("=+-@\t\r", reason[0]))
		buffer_append_text(out, "'");
	for (; *reason; reason++) {
		if (*reason == '"')
			buffer_append_text(out, "\"");
		buffer_append(out, reason, 1);
	}
	buffer_append_text(out, "\"");
}
