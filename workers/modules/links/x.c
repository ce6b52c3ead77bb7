/* x.c - posts of X. It has no public API without a contract: api.fxtwitter.com, a third party, is
 * asked (docs.fxembed.com, "Status"), and then X's own hosts for the files. */
#include <stdlib.h>
#include <string.h>

#include "workers/modules/links/post.h"

#ifndef X_KEEP_S /* a test has a host of its own */
#define X_KEEP_S 300
#define X_STATUS "https://api.fxtwitter.com/2/status/%s"
#endif

static bool ends_with(const char *url, const char *with)
{
	const size_t size = strcspn(url, "?#"), length = strlen(with);

	return size >= length && strncmp(url + size - length, with, length) == 0;
}

/* X writes "&amp;" for "&", and ends a text with a link to its own pictures. */
static const char *clean_text(struct ctx *ctx, const char *text)
{
	static const struct {
		const char *written;
		char meant;
	} signs[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };
	char *out = ctx_alloc(ctx, strlen(text) + 1), *end = out, *link;

	while (*text) {
		size_t i = 0;

		while (i < sizeof(signs) / sizeof(signs[0]) &&
		       strncmp(text, signs[i].written, strlen(signs[i].written)) != 0)
			i++;
		*end++ = i < sizeof(signs) / sizeof(signs[0]) ? signs[i].meant : *text;
		text += i < sizeof(signs) / sizeof(signs[0]) ? strlen(signs[i].written) : 1;
	}
	link = strrchr(out, ' ');
	if (!link)
		link = out;
	if (strncmp(link + (*link == ' '), "https://t.co/", 13) == 0)
		*link = '\0';
	return out;
}

/* The best MP4 of those that there are: a stream in pieces cannot be sent. */
static const char *choose_video(struct ctx *ctx, const struct answer *status, const char *at)
{
	static const char *const lists[] = { "formats", "variants" };
	const char *best = answer_text(status, ctx_printf(ctx, "%s.url", at));
	int64_t best_rate = -1;

	if (!ends_with(best, ".mp4"))
		best = "";
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *list = ctx_printf(ctx, "%s.%s", at, lists[i]);

		for (size_t j = 0; j < answer_count(status, list); j++) {
			const char *url = answer_text(status,
						      ctx_printf(ctx, "%s.%zu.url", list, j));
			int64_t rate = answer_integer(status,
						      ctx_printf(ctx, "%s.%zu.bitrate", list, j));

			if (ends_with(url, ".mp4") && rate > best_rate) {
				best = url;
				best_rate = rate;
			}
		}
	}
	return best;
}

static void add_item(struct ctx *ctx, const struct answer *status, const char *at,
		     struct post *post)
{
	const char *type = answer_text(status, ctx_printf(ctx, "%s.type", at));
	const bool is_photo = strcmp(type, "photo") == 0, is_gif = strstr(type, "gif") != NULL;
	const char *url = is_photo ? answer_text(status, ctx_printf(ctx, "%s.url", at))
				   : choose_video(ctx, status, at);

	if (!url[0] || post->count == POST_ITEMS_MAX)
		return;
	post->items[post->count++] = (struct item) {
		.kind = is_photo ? "photo"
			: is_gif ? "animation"
				 : "video",
		.url = url,
		.width = answer_integer(status, ctx_printf(ctx, "%s.width", at)),
		.height = answer_integer(status, ctx_printf(ctx, "%s.height", at)),
		.seconds = (int64_t)answer_number(status, ctx_printf(ctx, "%s.duration", at)),
	};
}

/* "all" has them in their order; where it is not, photos and videos stand apart. */
static void add_items(struct ctx *ctx, const struct answer *status, const char *at,
		      struct post *post)
{
	static const char *const lists[] = { "all", "photos", "videos" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *list = ctx_printf(ctx, "%s.media.%s", at, lists[i]);

		for (size_t j = 0; j < answer_count(status, list); j++)
			add_item(ctx, status, ctx_printf(ctx, "%s.%zu", list, j), post);
		if (i == 0 && post->count)
			return;
	}
}

enum found x_read(struct ctx *ctx, const struct post_link *link, struct post *out, const char **why)
{
	const struct answer *status = ctx_fetch_json(ctx, X_KEEP_S, X_STATUS, link->parts[0]);

	if (!answer_ok(status)) {
		*why = answer_error(status);
		return FOUND_FAULT;
	}
	if (!answer_has(status, "status.url")) {
		*why = _("The answer of api.fxtwitter.com is not one that I know.");
		return FOUND_FAULT;
	}
	*out = (struct post) {
		.address = link->address,
		.author = answer_text(status, "status.author.name"),
		.handle = answer_text(status, "status.author.screen_name"),
		.text = clean_text(ctx, answer_text(status, "status.text")),
		.is_covered = answer_boolean(status, "status.possibly_sensitive"),
	};
	add_items(ctx, status, "status", out);
	if (!out->count)
		add_items(ctx, status, "status.quote", out);
	return out->count ? FOUND_MEDIA : FOUND_NOTHING;
}
