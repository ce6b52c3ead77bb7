/* supplied.c - posts of sites without an API, by programs that whoever runs the bot supplies:
 * yt-dlp for videos, gallery-dl for pictures. They run in walls, reach the module's hosts by a
 * proxy and nothing else, read no settings, plugins or cookies of their own, and are given an
 * address that site.c wrote. What they say and leave is looked at as what any stranger sends. */
#include <string.h>

#include "workers/modules/links/post.h"

#define LIST_WAIT_S 30
#define PICTURE_WAIT_S 60
#define VIDEO_WAIT_S 240
#define MEGABYTES 512

/* Only the site's own part of it: the one for any page is never used. */
#define YT_DLP                                                                            \
	"yt-dlp --ignore-config --no-plugin-dirs --no-cache-dir --no-cookies "            \
	"--no-cookies-from-browser --no-exec --use-extractors %s --no-playlist "          \
	"--playlist-items 1 --downloader native --socket-timeout 20 --retries 1 "         \
	"--fragment-retries 1 --extractor-retries 0 --no-warnings --no-progress --quiet " \
	"--match-filters !is_live&duration<?1200 "

#define GALLERY_DL                                                                       \
	"gallery-dl --ignore-config --no-input --quiet --no-postprocessors --retries 1 " \
	"--http-timeout 20 -o cache.file=null -o extractor.module-sources=[null] "       \
	"-o downloader.ytdl.enabled=false -o extractor.instagram.videos=merged "         \
	"-o extractor.modules=[\"%s\"] "

static const char *text_at(struct ctx *ctx, const struct answer *answer, const char *at,
			   const char *path)
{
	return path ? answer_text(answer, ctx_printf(ctx, "%s%s", at, path)) : "";
}

static void take_told(struct ctx *ctx, const struct answer *answer, const char *at,
		      const struct told_at *told, struct post *out)
{
	out->author = text_at(ctx, answer, at, told->author);
	out->handle = text_at(ctx, answer, at, told->handle);
	out->text = text_at(ctx, answer, at, told->text);
	out->is_covered = answer_boolean(answer, ctx_printf(ctx, "%sover_18", at)) ||
			  answer_integer(answer, ctx_printf(ctx, "%sage_limit", at)) >= 18;
}

/* --- videos ----------------------------------------------------------------------------------- */

/* What there is to say about it, and whether there is any. */
static const struct answer *ask_for_video(struct ctx *ctx, const struct post_link *link)
{
	const struct program program = { .seconds = LIST_WAIT_S,
					 .megabytes = MEGABYTES,
					 .web = true };

	return file_json(ctx, ctx_run(ctx, &program,
				      YT_DLP "--ignore-no-formats-error --simulate --print "
					     "%%(.{format_id,channel,uploader,title,description,"
					     "age_limit,duration,width,height})j -- %s",
				      sites[link->site].video, link->address));
}

/* A single file, if there is one: others ffmpeg has to put together. */
static const struct file *fetch_video(struct ctx *ctx, const struct post_link *link)
{
	const struct program program = { .seconds = VIDEO_WAIT_S,
					 .megabytes = MEGABYTES,
					 .web = true };

	return ctx_run(ctx, &program,
		       YT_DLP "--no-part --no-mtime --max-filesize 50M -S res:720,vcodec:h264 "
			      "-f b[ext=mp4]/bv*[ext=mp4]+ba[ext=m4a]/b/bv*+ba "
			      "--merge-output-format mp4 -o {output}.%%(ext)s -- %s",
		       sites[link->site].video, link->address);
}

static enum found read_video(struct ctx *ctx, const struct post_link *link, struct post *out,
			     const char **why)
{
	const struct answer *video = ask_for_video(ctx, link);

	*why = answer_error(video);
	if (!answer_ok(video))
		return FOUND_FAULT;
	if (!answer_text(video, "format_id")[0])
		return FOUND_NOTHING;
	*out = (struct post) { .address = link->address, .count = 1 };
	take_told(ctx, video, "", &sites[link->site].of_video, out);
	out->items[0] = (struct item) {
		.kind = "video",
		.file = fetch_video(ctx, link),
		.width = answer_integer(video, "width"),
		.height = answer_integer(video, "height"),
		.seconds = (int64_t)answer_number(video, "duration"),
	};
	*why = file_error(out->items[0].file);
	return **why ? FOUND_FAULT : FOUND_MEDIA;
}

/* --- pictures --------------------------------------------------------------------------------- */

/* gallery-dl's messages, which are lists: the first begins a post, the second is a file of it; one
 * that is no number, or below 0, is an error. */
enum { MESSAGE_POST = 2, MESSAGE_FILE = 3 };

static const struct answer *ask_for_pictures(struct ctx *ctx, const struct post_link *link)
{
	const struct program program = { .seconds = LIST_WAIT_S,
					 .megabytes = MEGABYTES,
					 .web = true };

	return file_json(ctx, ctx_run(ctx, &program, GALLERY_DL "--range 1-10 --resolve-json -- %s",
				      sites[link->site].pictures, link->for_pictures));
}

static const struct file *fetch_picture(struct ctx *ctx, const struct post_link *link, int number)
{
	const struct program program = { .seconds = PICTURE_WAIT_S,
					 .megabytes = MEGABYTES,
					 .web = true };

	return ctx_run(ctx, &program,
		       GALLERY_DL "--no-part --no-mtime --filesize-max 50M --range %d-%d -D . "
				  "-f {output}.{extension} -- %s",
		       sites[link->site].pictures, number, number, link->for_pictures);
}

/* What "ytdl:" stands before it would have another program fetch. Returns whether there are such.
 */
static bool take_files(struct ctx *ctx, const struct post_link *link, const struct answer *list,
		       struct post *out)
{
	bool has_videos = false;
	int files = 0;

	for (size_t i = 0; i < answer_count(list, "") && out->count < POST_ITEMS_MAX; i++) {
		const int64_t message = answer_integer(list, ctx_printf(ctx, "%zu.0", i));
		const char *url = answer_text(list, ctx_printf(ctx, "%zu.1", i));

		if (message == MESSAGE_POST)
			take_told(ctx, list, ctx_printf(ctx, "%zu.1.", i),
				  &sites[link->site].of_pictures, out);
		if (message != MESSAGE_FILE || ++files > POST_ITEMS_MAX)
			continue;
		if (strncmp(url, "ytdl:", 5) == 0)
			has_videos = true;
		else
			out->items[out->count++] = (struct item) {
				.file = fetch_picture(ctx, link, files),
			};
	}
	return has_videos;
}

static bool has_error(struct ctx *ctx, const struct answer *list)
{
	for (size_t i = 0; i < answer_count(list, ""); i++)
		if (answer_integer(list, ctx_printf(ctx, "%zu.0", i)) <= 0)
			return true;
	return false;
}

static enum found read_pictures(struct ctx *ctx, const struct post_link *link, struct post *out,
				const char **why)
{
	const struct answer *list = ask_for_pictures(ctx, link);
	bool has_videos;

	*why = answer_ok(list) ? _("This did not work.") : answer_error(list);
	if (!answer_ok(list) || has_error(ctx, list))
		return FOUND_FAULT;
	*out = (struct post) { .address = link->address, .author = "", .handle = "", .text = "" };
	has_videos = take_files(ctx, link, list, out);
	if (out->count)
		return FOUND_MEDIA;
	*why = _("It is a video, for which I have no program.");
	return has_videos ? FOUND_FAULT : FOUND_NOTHING;
}

/* --- both ------------------------------------------------------------------------------------- */

static bool can_video(struct ctx *ctx, const struct post_link *link)
{
	return link->expected != EXPECTED_PICTURES_ONLY && sites[link->site].video &&
	       ctx_has_program(ctx, "yt-dlp");
}

static bool can_pictures(struct ctx *ctx, const struct post_link *link)
{
	return sites[link->site].pictures && ctx_has_program(ctx, "gallery-dl");
}

bool supplied_have(struct ctx *ctx, const struct post_link *link)
{
	return can_video(ctx, link) || can_pictures(ctx, link);
}

/* What the address promises first. Where either finds nothing at all nobody expects an answer. */
enum found supplied_read(struct ctx *ctx, const struct post_link *link, struct post *out,
			 const char **why)
{
	bool is_empty = false;

	for (int i = 0; i < 2; i++) {
		const bool is_video = (i == 0) == (link->expected == EXPECTED_VIDEO);
		enum found found;

		if (is_video ? !can_video(ctx, link) : !can_pictures(ctx, link))
			continue;
		found = is_video ? read_video(ctx, link, out, why)
				 : read_pictures(ctx, link, out, why);
		if (found == FOUND_MEDIA)
			return found;
		is_empty |= found == FOUND_NOTHING;
	}
	return is_empty ? FOUND_NOTHING : FOUND_FAULT;
}
