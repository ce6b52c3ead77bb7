/* stickers.h - the commands of the module, each group of them a file; the table of them is in
 * stickers.c. */
#ifndef WORKERS_MODULES_STICKERS_STICKERS_H
#define WORKERS_MODULES_STICKERS_STICKERS_H

#include "workers/module.h"

/* The literals of links, buttons and work. */
#define START_LINK "stickers"
#define PAGE_BUTTON "mypacks:%d"
#define DELETE_BUTTON "delpack:%.12s" /* PACK_KEY letters of its name */
#define KEEP_BUTTON "keeppack"
/* From, to, where it is, how many were left out, how often it waited there. */
#define COPY_WORK "kangpack:%.64s:%.64s:%d:%d:%d"

command_fn stickers_kang, stickers_kangpack, stickers_get, stickers_delete_sticker,
	stickers_delete_pack, stickers_list, stickers_switch;
button_fn stickers_turn, stickers_confirm, stickers_keep;
work_fn stickers_copy;

/* The set of the sticker that is replied to; "": that is none, or of no set. */
const char *replied_set(struct ctx *ctx);
/* Whether a person wrote it, who can have packs; says so when not. */
bool has_packs(struct ctx *ctx, const struct command *cmd);

#endif
