/* method_stickers.h - sticker sets: making, filling, ordering, deleting. */
#ifndef SIMULATOR_METHOD_STICKERS_H
#define SIMULATOR_METHOD_STICKERS_H

#include "simulator/call.h"

method_fn method_upload_sticker_file;
method_fn method_create_sticker_set;
method_fn method_add_sticker;
method_fn method_replace_sticker;
method_fn method_get_sticker_set;
method_fn method_set_sticker_position;
method_fn method_delete_sticker;
method_fn method_set_sticker_emoji;
method_fn method_set_sticker_set_title;
method_fn method_delete_sticker_set;

#endif
