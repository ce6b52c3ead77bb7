/* fetch.c - gets the files of a post and looks whether they are what they should be: whoever wrote
 * the post may have put anything there. */
#include <string.h>
#include <strings.h>

#include "workers/modules/links/post.h"

#define PHOTO_BYTES_MAX 10000000 /* Bot API "sendPhoto" */
#define ALL_BYTES_MAX 50000000   /* of a request with files (Bot API, "Sending files") */

/* By its first bytes: JPEG, PNG, WebP; MP4 (ISO 14496-12, 4.3); GIF. NULL: something else. */
static const char *kind_of(const struct file *file)
{
	const unsigned char *bytes = file_bytes(file);

	if (file_size(file) <= 12)
		return NULL;
	if (memcmp(bytes, "\xff\xd8\xff", 3) == 0 || memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0 ||
	    (memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0))
		return "photo";
	if (memcmp(bytes + 4, "ftyp", 4) == 0)
		return "video";
	return memcmp(bytes, "GIF8", 4) == 0 ? "animation" : NULL;
}

/* An animation is a video without sound, or a GIF, which no album takes. */
static bool fits(const char *wanted, const char *kind, bool is_alone)
{
	if (strcmp(kind, "animation") == 0)
		return is_alone && (!wanted || strcmp(wanted, kind) == 0);
	return !wanted || strcmp(wanted, kind) == 0 ||
	       (strcmp(wanted, "animation") == 0 && strcmp(kind, "video") == 0);
}

/* Telegram goes by the ending, which an address need not have. */
static void name_file(const struct file *file, const char *kind)
{
	static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".webp", ".gif", ".mp4" };
	const char *ending = strrchr(file_name(file), '.');

	for (size_t i = 0; ending && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(ending, endings[i]) == 0)
			return;
	file_rename(file, strcmp(kind, "photo") == 0   ? "picture.jpg"
			  : strcmp(kind, "video") == 0 ? "video.mp4"
						       : "animation.gif");
}

/* NULL, or what is wrong with it, for people. */
static const char *look(struct ctx *ctx, struct item *item, bool is_alone)
{
	const char *kind;

	if (file_error(item->file)[0])
		return file_error(item->file);
	kind = kind_of(item->file);
	if (!kind || !fits(item->kind, kind, is_alone))
		return _("What came is neither a picture nor a video.");
	if (!item->kind)
		item->kind = kind;
	name_file(item->file, kind);
	return strcmp(kind, "photo") == 0 && file_size(item->file) > PHOTO_BYTES_MAX
		       ? _("The picture is too large for Telegram.")
		       : NULL;
}

const char *post_fetch(struct ctx *ctx, struct post *post)
{
	const char *why = NULL;
	int64_t bytes = 0;
	const size_t count = post->count;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct item *item = &post->items[i];
		const char *fault;

		if (!item->file)
			item->file = ctx_fetch(ctx, 0, "%s", item->url);
		fault = look(ctx, item, count == 1);
		if (!fault && bytes + file_size(item->file) > ALL_BYTES_MAX)
			fault = _("It is too large for Telegram.");
		if (fault) {
			why = why ? why : fault;
			continue;
		}
		bytes += file_size(item->file);
		post->items[kept++] = *item;
	}
	post->count = kept;
	return kept ? NULL : why;
}
