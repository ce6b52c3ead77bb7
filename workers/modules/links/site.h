/* site.h - the sites whose posts are looked at, and how their addresses are written. Nothing but an
 * address that fits this grammar is asked for, and it is written anew from its parts: docs/links.md
 * has the table. */
#ifndef WORKERS_MODULES_LINKS_SITE_H
#define WORKERS_MODULES_LINKS_SITE_H

#include <stdbool.h>

#include "workers/module.h"

enum site_id {
	SITE_BLUESKY,
	SITE_INSTAGRAM,
	SITE_PINTEREST,
	SITE_REDDIT,
	SITE_TIKTOK,
	SITE_X,
	SITE_COUNT,
};

/* Where a program writes who wrote a post, and what: paths in its JSON; NULL: nowhere. */
struct told_at {
	const char *author, *handle, *text;
};

struct site {
	const char *name;  /* in KORONE_LINKS_SITES */
	const char *title; /* as people know it */
	const char
		*asked; /* the third party that is asked, if it is not the site itself; or NULL */
	/* Of sites that have no API, and are left to programs: what they call them. */
	const char *video, *pictures; /* the extractors of yt-dlp; the module of gallery-dl */
	struct told_at of_video, of_pictures;
};

extern const struct site sites[SITE_COUNT];

#define LINK_PARTS_MAX 2
#define LINK_ADDRESS_MAX 400 /* bytes */

/* What the post of an address has, as far as the address tells. */
enum expected { EXPECTED_ANY, EXPECTED_VIDEO, EXPECTED_PICTURES_ONLY };

struct post_link {
	enum site_id site;
	enum expected expected;
	const char *address;               /* "https://…", always the same for the same post */
	const char *for_pictures;          /* the same for gallery-dl */
	const char *parts[LINK_PARTS_MAX]; /* of the address, as its row says */
};

/* Reads the address of a post, as people write it or as it was written here. */
bool site_read_link(struct ctx *ctx, const char *text, struct post_link *out);

/* Reads KORONE_LINKS_SITES: "all", or names with commas between them. A bit for each. */
bool sites_read(const char *text, unsigned *out, struct why *why);

#endif
