/* draft_media.h - the media of a draft: which kinds there are, what each can be and with which it
 * makes an album (Bot API, sendPhoto and the others, "InputMedia"). */
#ifndef WORKERS_HOST_DRAFT_MEDIA_H
#define WORKERS_HOST_DRAFT_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/json.h"
#include "workers/host/markup_parts.h"

#define ALBUM_MAX 10
#define STARS_MAX 25000

enum album { ALBUM_NONE, ALBUM_VISUAL, ALBUM_DOCUMENTS, ALBUM_AUDIO };

struct media_kind {
	const char *name; /* the parameter, the type of its InputMedia, the field of a Message */
	const char *method;
	enum album album;
	bool captioned;
	bool editable;     /* there is an InputMedia… to change a message with */
	bool visual;       /* can be covered, and below its caption */
	bool paid;         /* there is an InputPaidMedia… */
	const char *cover; /* the parameter of draft_cover(); NULL: none */
};

struct medium {
	const struct media_kind *kind;
	const char *source; /* file_id, URL or "attach://…" */
	const char *cover;  /* NULL: none */
	struct text more;   /* members of JSON; nil: none */
};

struct draft_media {
	struct medium list[ALBUM_MAX];
	size_t count;
	bool priced; /* to be paid for */
	int64_t stars;
};

/* NULL: there is no such kind. */
const struct media_kind *media_kind_find(const char *name);
/* All names, for an error. */
const char *media_kind_names(struct arena *arena);

/* NULL, or what is wrong. */
const char *draft_media_fault(const struct draft_media *media, bool edits, struct arena *arena);
/* Whether the text can be a caption, and at which of the media it stands then. */
bool draft_media_is_captioned(const struct draft_media *media);
size_t draft_media_caption_index(const struct draft_media *media);

/* A caption: nil `part`: none. */
struct caption {
	const struct markup *markup;
	const struct markup_part *part;
	bool above, spoiler;
};

/* The parameters of sendPhoto and the like. */
void medium_write(const struct medium *medium, const struct caption *caption, struct json *json);
/* An InputMedia. */
void medium_write_input(const struct medium *medium, const struct caption *caption,
			struct json *json);
/* "media" of sendMediaGroup: with the caption at its place. */
void draft_media_write_album(const struct draft_media *media, const struct caption *caption,
			     struct json *json);
/* "media" and "star_count" of sendPaidMedia. */
void draft_media_write_paid(const struct draft_media *media, struct json *json);

#endif
