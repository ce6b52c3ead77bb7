/* sticker_sets.h - the sticker sets that the bot made. */
#ifndef SIMULATOR_STICKER_SETS_H
#define SIMULATOR_STICKER_SETS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"
#include "simulator/files.h"
#include "simulator/world.h"

/* createNewStickerSet, addStickerToSet, InputSticker, https://core.telegram.org/stickers */
#define STICKER_SETS_MAX 1024
#define SET_NAME_MAX 64
#define SET_TITLE_UNITS_MAX 64
#define SET_FIRST_STICKERS_MAX 50
#define SET_STICKERS_MAX 120
#define SET_EMOJI_MAX 200 /* stickers of a set of custom emoji */
#define STICKER_EMOJI_MAX 20
#define STICKER_KEYWORDS_MAX 20
#define STICKER_KEYWORDS_UNITS_MAX 64 /* together */
#define STICKER_STATIC_MAX (512 << 10)
#define STICKER_TGS_MAX (64 << 10)
#define STICKER_WEBM_MAX (256 << 10)
#define STICKER_VIDEO_SECONDS 3
#define STICKER_SIDE 512
#define EMOJI_SIDE 100

enum sticker_format { STICKER_STATIC, STICKER_ANIMATED, STICKER_VIDEO };
enum sticker_type { STICKER_REGULAR, STICKER_MASK, STICKER_CUSTOM_EMOJI };

struct sticker {
	uint64_t file; /* its number */
	char file_id[FILE_ID_SIZE];
	char *object; /* the Sticker object as JSON */
	char *emoji;  /* JSON array */
};

struct sticker_set {
	char name[SET_NAME_MAX + 1];
	char *title;
	enum sticker_type type;
	struct person *owner;
	struct sticker stickers[SET_EMOJI_MAX];
	size_t count;
};

struct sticker_sets {
	struct sticker_set **items;
	size_t count;
};

void sticker_sets_finish(struct sticker_sets *sets);
/* NULL when there are too many. */
struct sticker_set *sticker_sets_add(struct sticker_sets *sets, const char *name);
/* Case does not matter. */
struct sticker_set *sticker_sets_find(const struct sticker_sets *sets, const char *name);
void sticker_sets_remove(struct sticker_sets *sets, struct sticker_set *set);
/* The set that has the sticker, and where; NULL when none does. */
struct sticker_set *sticker_sets_find_sticker(const struct sticker_sets *sets, const char *file_id,
					      size_t *index);
/* Takes over the texts (from the xmalloc family). `index` is the place of one that it takes, or
 * `count` for a new one. */
void sticker_set_put(struct sticker_set *set, size_t index, const struct sticker *sticker);
void sticker_set_move(struct sticker_set *set, size_t from, size_t to);
void sticker_set_delete(struct sticker_set *set, size_t index);
/* The StickerSet object. */
void sticker_set_write(struct json *json, const struct sticker_set *set);
const char *sticker_type_name(enum sticker_type type);

#endif
