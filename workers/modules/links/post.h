/* post.h - what a post of a site has, and how it is said here. */
#ifndef WORKERS_MODULES_LINKS_POST_H
#define WORKERS_MODULES_LINKS_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/modules/links/site.h"

#define POST_ITEMS_MAX 10 /* Bot API "sendMediaGroup" */

struct item {
	const char *kind;        /* "photo", "video" or "animation"; NULL: what the file is */
	const char *url;         /* from where it comes; NULL: it is there */
	const struct file *file; /* NULL until it is there */
	const char *file_id;     /* that Telegram has of it; NULL: none */
	int64_t width, height, seconds; /* 0: not known */
};

struct post {
	const char *address;
	const char *author, *handle, *text; /* "" none */
	bool is_covered;                    /* its site shows it only to who wants to see it */
	struct item items[POST_ITEMS_MAX];
	size_t count;
};

enum found {
	FOUND_MEDIA,
	FOUND_NOTHING, /* a post without media: nobody expects an answer */
	FOUND_FAULT,   /* and why, as a sentence for people */
};

/* Of a site: what the post has, with the URLs or the files of its items. */
typedef enum found post_read_fn(struct ctx *ctx, const struct post_link *link, struct post *out,
				const char **why);
post_read_fn bluesky_read;
post_read_fn x_read;
/* By programs: yt-dlp for videos, gallery-dl for pictures. */
post_read_fn supplied_read;
/* Whether the programs that this link needs are there. */
bool supplied_have(struct ctx *ctx, const struct post_link *link);

#define POST_PROGRAMS "yt-dlp=KORONE_YT_DLP", "gallery-dl=KORONE_GALLERY_DL", "ffmpeg"

/* Gets the items that have a URL; what does not come, or is something else than it should be, is
 * left out. NULL, or why there is none, for people. */
const char *post_fetch(struct ctx *ctx, struct post *post);

enum posted {
	POSTED,
	POSTED_IN_DOUBT, /* it may be there, and is not sent again */
	POSTED_REFUSED,
	POSTED_LATER,  /* it was not sent; Telegram is away or wants silence for *wait_s seconds */
	POSTED_NOWHERE /* the bot may not write there: nobody is told */
};

/* Says it as the answer to the message with the link; *why is for people. What was said is known
 * by its link for a week. */
enum posted post_say(struct ctx *ctx, const struct post_link *link, struct post *post,
		     const char **why, int64_t *wait_s);
/* What was said of this link already: with ids instead of files. */
bool post_find_said(struct ctx *ctx, const struct post_link *link, struct post *out);
void post_forget_said(struct ctx *ctx, const struct post_link *link);

#endif
