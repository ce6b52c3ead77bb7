/* sticker.h - what a sticker is made of, and putting it into a pack. */
#ifndef WORKERS_MODULES_STICKERS_STICKER_H
#define WORKERS_MODULES_STICKERS_STICKER_H

#include <stdbool.h>

#include "workers/module.h"
#include "workers/modules/stickers/packs.h"

/* Bot API "InputSticker". */
struct sticker {
	const char *format; /* "static", "animated", "video" */
	const char *file;   /* a file_id, or an upload */
	const char *emoji;  /* a list, by list_json() */
	bool is_shortened;  /* only its beginning was taken */
};

/* Of the file of a message, which is made to be as Telegram wants stickers; `emoji` is not set.
 * NULL, or why it cannot be one, in words for people. */
const char *sticker_make(struct ctx *ctx, const struct message *message, struct sticker *out);
/* What /kang can take here: "", or a sentence, by the programs that are installed. */
const char *sticker_kinds(struct ctx *ctx);

enum outcome {
	OUTCOME_DONE,
	OUTCOME_THERE,   /* it is in the pack already */
	OUTCOME_FULL,    /* PACK_STICKERS_MAX are in it */
	OUTCOME_GONE,    /* Telegram knows no such pack of this person */
	OUTCOME_NOT_MET, /* Telegram lets nobody have a pack whom the bot has not met in private */
	OUTCOME_BAD_EMOJI,
	OUTCOME_REFUSED, /* for another reason */
};

/* Telegram's errors: https://core.telegram.org/method/stickers.addStickerToSet */
enum outcome outcome_of(const struct answer *answer);

const struct answer *sticker_add(struct ctx *ctx, const char *pack, const struct sticker *sticker);
/* Answers why it did not work; for OUTCOME_NOT_MET with a link to the private chat. */
enum verdict say_outcome(struct ctx *ctx, enum outcome outcome, const struct answer *answer);

#endif
