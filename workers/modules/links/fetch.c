/* fetch.c - gets the files of a post and looks whether they are what they should be: whoever wrote
 * the post may have put anything there. */
#include <string.h>

#include "workers/modules/links/post.h"

#define PHOTO_BYTES_MAX 10000000 /* Bot API "sendPhoto" */
#define ALL_BYTES_MAX 50000000   /* of a request with files (Bot API, "Sending files") */

/* JPEG, PNG and WebP; MP4 (ISO 14496-12, 4.3). */
static bool is_photo(const unsigned char *bytes, int64_t size)
{
	return size > 12 && (memcmp(bytes, "\xff\xd8\xff", 3) == 0 ||
			     memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0 ||
			     (memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0));
}

static bool is_video(const unsigned char *bytes, int64_t size)
{
	return size > 12 && memcmp(bytes + 4, "ftyp", 4) == 0;
}

static const char *look(struct ctx *ctx, const struct item *item)
{
	const struct file *file = item->file;
	const bool wants_photo = strcmp(item->kind, "photo") == 0;

	if (file_error(file)[0])
		return file_error(file);
	if (wants_photo && !is_photo(file_bytes(file), file_size(file)))
		return _("What came is no picture.");
	if (!wants_photo && !is_video(file_bytes(file), file_size(file)))
		return _("What came is no video.");
	return wants_photo && file_size(file) > PHOTO_BYTES_MAX
		       ? _("The picture is too large for Telegram.")
		       : NULL;
}

const char *post_fetch(struct ctx *ctx, struct post *post)
{
	const char *why = NULL;
	int64_t bytes = 0;
	size_t kept = 0;

	for (size_t i = 0; i < post->count; i++) {
		struct item *item = &post->items[i];
		const char *fault;

		if (!item->file)
			item->file = ctx_fetch(ctx, 0, "%s", item->url);
		fault = look(ctx, item);
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
