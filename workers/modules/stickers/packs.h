/* packs.h - the packs of the person who did this: what the bot knows of them. That is kept as
 * long as the person wants, since a bot cannot ask Telegram whose a pack is. */
#ifndef WORKERS_MODULES_STICKERS_PACKS_H
#define WORKERS_MODULES_STICKERS_PACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/module.h"

#define PACKS_MAX 50
#define PACK_STICKERS_MAX 120 /* Bot API addStickerToSet */
#define PACK_KEY 12
#define PACK_TITLE_MAX 64 /* UTF-16 units; Bot API createNewStickerSet */

struct pack {
	const char *entry; /* its key in the store */
	const char *name;  /* t.me/addstickers/NAME */
	const char *title; /* as Telegram has it */
};

/* In the order in which they were made. */
struct packs {
	struct pack all[PACKS_MAX];
	size_t count;
	const struct pack *current; /* the one that /kang fills; NULL: there are none */
};

/* An entry: "pack/0001kx3b02m43d8w", which is the how-manieth, and pack_key(), so that two that are
 * made at once are two; its value is a name, a space, and a title. The setting "pack" is the
 * pack_key() of the current one. */
void packs_load(struct ctx *ctx, struct packs *packs);
/* By pack_key(), by name, by title; NULL: there is none. */
const struct pack *packs_find_key(const struct packs *packs, const char *key);
const struct pack *packs_find_name(const struct packs *packs, const char *name);
const struct pack *packs_find_title(const struct packs *packs, const char *title);
/* By what somebody wrote: its place in the list, from 1, or its title. */
const struct pack *packs_choose(const struct packs *packs, const char *words);

/* Changes; false: return FAIL. The first pack becomes the current one, and when that goes the last.
 */
bool packs_add(struct ctx *ctx, struct packs *packs, const char *name, const char *title);
bool packs_remove(struct ctx *ctx, struct packs *packs, const struct pack *pack);
bool packs_make_current(struct ctx *ctx, struct packs *packs, const struct pack *pack);

/* A name that nobody has: it tells nothing about the person. */
const char *pack_new_name(struct ctx *ctx);
/* The PACK_KEY letters that a name begins with, which tell it from others and fit a button. */
const char *pack_key(struct ctx *ctx, const char *name);
/* A title as Telegram takes it, in one line; "": nothing is left. */
const char *pack_clean_title(struct ctx *ctx, const char *text);
/* "Cats", "Cats 2", "Cats 3": of a pack that goes on where another is full. */
const char *pack_next_title(struct ctx *ctx, const char *title);
const char *pack_link(struct ctx *ctx, const char *name);

#endif
