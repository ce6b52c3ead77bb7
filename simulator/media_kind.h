/* media_kind.h - the kinds of media as the Bot API names them, with what belongs to each. */
#ifndef SIMULATOR_MEDIA_KIND_H
#define SIMULATOR_MEDIA_KIND_H

#include <stdbool.h>

#include "simulator/rights.h"

enum media_kind {
	MEDIA_ANIMATION,
	MEDIA_AUDIO,
	MEDIA_DOCUMENT,
	MEDIA_LIVE_PHOTO,
	MEDIA_PHOTO,
	MEDIA_STICKER,
	MEDIA_VIDEO,
	MEDIA_VIDEO_NOTE,
	MEDIA_VOICE,
	MEDIA_THUMBNAIL, /* only of others */
};
#define MEDIA_KINDS 10

struct media_kind_facts {
	const char *name;   /* of the parameter and of the field */
	const char *title;  /* as error texts of TDLib have it: FileType */
	const char *plural; /* as "not enough rights to send … to the chat" has it */
	const char *folder; /* of file_path */
	const char *extension;
	const char *mime;
	const char *id_prefix; /* of its file_ids */
	enum permission permission;
};

extern const struct media_kind_facts media_kinds[MEDIA_KINDS];

bool media_kind_find(const char *name, enum media_kind *out);

#endif
