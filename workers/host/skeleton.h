/* skeleton.h - an update without what was said in it: who did it, where, in which topic, in which
 * language, and the ids of messages. That is what waits with work that is put off; read again, it
 * answers as the update did, except for contents. */
#ifndef WORKERS_HOST_SKELETON_H
#define WORKERS_HOST_SKELETON_H

#include "common/buffer.h"
#include "common/kind.h"
#include "common/pack.h"
#include "workers/module.h"

/* No text in a skeleton is longer (Bot API: names have at most 64 characters, titles 255): longer
 * ones are left out. A skeleton has at most SKELETON_MAX bytes. */
#define SKELETON_TEXT_MAX 1024u
#define SKELETON_MAX (56u << 10)

/* What a skeleton says otherwise than its update; zeroed: nothing. */
struct skeleton_changes {
	bool nobody;             /* nobody did it */
	const struct chat *chat; /* it was there: in no topic, at no message. NULL: as it was */
};

/* Appends the skeleton of an update, as msgpack. What is malformed is left out. */
void skeleton_write(struct text update, enum update_kind kind,
		    const struct skeleton_changes *changes, struct buffer *out);

#endif
