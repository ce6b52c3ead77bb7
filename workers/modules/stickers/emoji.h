/* emoji.h - which part of a text is an emoji, as Telegram wants them for stickers: by the ranges of
 * Unicode in which emoji are, so that no list of them has to be kept (Unicode UTS #51). */
#ifndef WORKERS_MODULES_STICKERS_EMOJI_H
#define WORKERS_MODULES_STICKERS_EMOJI_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the one emoji at `text`, with what belongs to it: its skin, its variation, what is
 * joined to it. 0: there is none. */
size_t emoji_length(const char *text);
/* Whether the `size` bytes are emoji and nothing else. */
bool emoji_only(const char *text, size_t size);

#endif
