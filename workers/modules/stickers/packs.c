#include "workers/modules/stickers/packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"

#define PREFIX "pack/"
#define CURRENT "pack"

/* --- reading ---------------------------------------------------------------------------------- */

static bool read_pack(struct ctx *ctx, const char *key, const char *value, struct pack *out)
{
	const char *space = strchr(value, ' ');

	if (!space)
		return false;
	out->entry = ctx_printf(ctx, "%s", key);
	out->name = ctx_printf(ctx, "%.*s", (int)(space - value), value);
	out->title = ctx_printf(ctx, "%s", space + 1);
	return true;
}

static const struct pack *last(const struct packs *packs)
{
	return packs->count ? &packs->all[packs->count - 1] : NULL;
}

void packs_load(struct ctx *ctx, struct packs *packs)
{
	const char *key = NULL, *value, *current;

	*packs = (struct packs) { .count = 0 };
	while (packs->count < PACKS_MAX && store_each(ctx, THIS_PERSON, PREFIX, &key, &value))
		packs->count += read_pack(ctx, key, value, &packs->all[packs->count]);
	current = store_find(ctx, THIS_PERSON, CURRENT);
	packs->current = current ? packs_find_key(packs, current) : NULL;
	if (!packs->current)
		packs->current = last(packs);
}

const struct pack *packs_find_key(const struct packs *packs, const char *key)
{
	for (size_t i = 0; i < packs->count; i++)
		if (strncmp(packs->all[i].name, key, PACK_KEY) == 0)
			return &packs->all[i];
	return NULL;
}

const struct pack *packs_find_name(const struct packs *packs, const char *name)
{
	for (size_t i = 0; i < packs->count; i++)
		if (strcasecmp(packs->all[i].name, name) == 0)
			return &packs->all[i];
	return NULL;
}

const struct pack *packs_find_title(const struct packs *packs, const char *title)
{
	for (size_t i = 0; i < packs->count; i++)
		if (strcasecmp(packs->all[i].title, title) == 0)
			return &packs->all[i];
	return NULL;
}

const struct pack *packs_choose(const struct packs *packs, const char *words)
{
	const struct pack *titled = packs_find_title(packs, words);
	char *end;
	long place = strtol(words, &end, 10);

	if (titled || *end || place < 1 || (size_t)place > packs->count)
		return titled;
	return &packs->all[place - 1];
}

/* --- changes ---------------------------------------------------------------------------------- */

bool packs_make_current(struct ctx *ctx, struct packs *packs, const struct pack *pack)
{
	packs->current = pack;
	return store_set(ctx, THIS_PERSON, CURRENT, pack ? pack_key(ctx, pack->name) : NULL);
}

bool packs_add(struct ctx *ctx, struct packs *packs, const char *name, const char *title)
{
	struct pack *pack = &packs->all[packs->count];
	const struct pack *before = last(packs);

	if (packs->count == PACKS_MAX)
		return ctx_fail(ctx, "more than %d packs", PACKS_MAX) != FAIL;
	pack->entry = ctx_printf(ctx, PREFIX "%04lld%s",
				 before ? atoll(before->entry + strlen(PREFIX)) + 1 : 1,
				 pack_key(ctx, name));
	pack->name = name;
	pack->title = title;
	packs->count++;
	return store_set(ctx, THIS_PERSON, pack->entry, ctx_printf(ctx, "%s %s", name, title)) &&
	       (packs->count > 1 || packs_make_current(ctx, packs, pack));
}

bool packs_remove(struct ctx *ctx, struct packs *packs, const struct pack *pack)
{
	const char *entry = pack->entry;
	const bool was_current = packs->current == pack;
	const char *current = packs->current->name;
	size_t at = (size_t)(pack - packs->all);

	packs->count--;
	memmove(&packs->all[at], &packs->all[at + 1], (packs->count - at) * sizeof(*pack));
	packs->current = packs_find_name(packs, current);
	return (!was_current || packs_make_current(ctx, packs, last(packs))) &&
	       store_set(ctx, THIS_PERSON, entry, NULL);
}

/* --- names and titles ------------------------------------------------------------------------- */

/* Letters, digits and underscores, a letter first; Bot API createNewStickerSet. */
const char *pack_new_name(struct ctx *ctx)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char name[PACK_KEY + 1] = "k";

	for (size_t i = 1; i < PACK_KEY; i++)
		name[i] = letters[ctx_random(ctx, sizeof(letters) - 1)];
	return ctx_printf(ctx, "%s_by_%s", name, ctx_bot_username(ctx));
}

const char *pack_key(struct ctx *ctx, const char *name)
{
	return ctx_printf(ctx, "%.*s", PACK_KEY, name);
}

const char *pack_clean_title(struct ctx *ctx, const char *text)
{
	const char *words = "";
	size_t length = strlen(text);
	char *copy = ctx_alloc(ctx, length + 1), *word, *rest = copy;

	memcpy(copy, text, length);
	while ((word = strsep(&rest, " \t\r\n")))
		if (word[0])
			words = ctx_printf(ctx, "%s%s%s", words, words[0] ? " " : "", word);
	length = utf8_prefix(words, strlen(words), PACK_TITLE_MAX);
	return utf8_is_blank(words) ? "" : ctx_printf(ctx, "%.*s", (int)length, words);
}

const char *pack_next_title(struct ctx *ctx, const char *title)
{
	const char *space = strrchr(title, ' ');
	size_t length = strlen(title);
	long number = 1;
	char *end;

	if (space && space[1] >= '1' && space[1] <= '9') {
		number = strtol(space + 1, &end, 10);
		if (*end || number >= 1000)
			number = 1;
		else
			length = (size_t)(space - title);
	}
	length = utf8_prefix(title, length, PACK_TITLE_MAX - 5);
	return ctx_printf(ctx, "%.*s %ld", (int)length, title, number + 1);
}

const char *pack_link(struct ctx *ctx, const char *name)
{
	return ctx_printf(ctx, "https://t.me/addstickers/%s", name);
}
