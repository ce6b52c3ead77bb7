/* feds_reasons.c - why somebody is banned by a federation. A fact has a number and no text, so the
 * words are kept once for all bans that have them, without anybody's name or id. */
#include <string.h>

#include "workers/modules/moderation/feds.h"

#define WANTED "reasons"
#define FIRST_REASON 2
#define NUMBERS 1000000
#define TRIES 8

static const char *key_of(struct ctx *ctx, int64_t number)
{
	return ctx_printf(ctx, "reason/%lld", (long long)number);
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
	size_t length = strnlen(words, FED_REASON_MAX + 1);

	if (length <= FED_REASON_MAX)
		return words;
	length = FED_REASON_MAX;
	while (length && ((unsigned char)words[length] & 0xc0) == 0x80)
		length--;
	return ctx_printf(ctx, "%.*s", (int)length, words);
}

/* The number follows from the words, so that two administrators who note the same reason at once
 * note it under one number, and none takes another's. */
int64_t fed_note_reason(struct ctx *ctx, int64_t fed, const char *words)
{
	uint32_t hash;

	if (!words[0])
		return FED_NO_REASON;
	words = shorten(ctx, words);
	hash = hash_of(words);
	for (uint32_t i = 0; i < TRIES; i++) {
		int64_t number = FIRST_REASON + (hash + i) % NUMBERS;
		const char *there = store_find(ctx, fed_list(fed), key_of(ctx, number));

		if (ctx_has_failed(ctx))
			return 0;
		if (there && strcmp(there, words) == 0)
			return number;
		if (!there)
			return store_set(ctx, fed_list(fed), key_of(ctx, number), words) ? number
											 : 0;
	}
	return FED_NO_REASON;
}

const char *fed_reason(struct ctx *ctx, int64_t fed, int64_t number)
{
	const char *words = number < FIRST_REASON
				    ? NULL
				    : store_find(ctx, fed_list(fed), key_of(ctx, number));

	return words ? words : "";
}

bool fed_wants_reasons(struct ctx *ctx, int64_t fed)
{
	return store_find(ctx, fed_list(fed), WANTED) != NULL;
}

enum verdict fed_choose_reasons(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);

	if (!fed)
		return fed_none(ctx);
	if (!store_set(ctx, fed_list(fed), WANTED, values->yes ? "yes" : NULL))
		return FAIL;
	return ctx_reply(ctx, values->yes ? _("Every ban of your federation needs a reason now.")
					  : _("Bans of your federation need no reason."));
}
