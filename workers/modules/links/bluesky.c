/* bluesky.c - posts of Bluesky, by its public API (docs.bsky.app: resolveHandle, getPostThread,
 * getBlob). A video is on the server of the account, which the document of its identity names: only
 * those of Bluesky itself are asked, since anybody can write anything there. */
#include <string.h>

#include "workers/modules/links/post.h"

#define API "https://public.api.bsky.app/xrpc/"
#define KEEP_S 300
#define SERVER_SUFFIX ".host.bsky.network"
#define POST_AT "thread.post."

static bool has_type(const struct answer *thread, struct ctx *ctx, const char *at, const char *type)
{
	const char *name = ctx_printf(ctx, "app.bsky.embed.%s#view", type);

	return strcmp(answer_text(thread, ctx_printf(ctx, "%s.$type", at)), name) == 0;
}

/* What goes into an address as it is: identifiers of accounts and files (atproto.com, "DID"). */
static bool is_plain(const char *id)
{
	return id[0] && !id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789:._-")];
}

/* --- who -------------------------------------------------------------------------------------- */

/* did:plc:… or did:web:…; NULL, and why. */
static const char *find_account(struct ctx *ctx, const char *name, const char **why)
{
	const struct answer *answer;

	if (strncmp(name, "did:", 4) == 0)
		return name;
	answer = ctx_fetch_json(ctx, KEEP_S, API "com.atproto.identity.resolveHandle?handle=%s",
				name);
	*why = answer_error(answer);
	return answer_ok(answer) ? answer_text(answer, "did") : NULL;
}

/* "https://NAME.host.bsky.network"; "" none of those. */
static const char *find_server(struct ctx *ctx, const char *account)
{
	const struct answer *identity = ctx_fetch_json(ctx, KEEP_S, "https://plc.directory/%s",
						       account);

	for (size_t i = 0; i < answer_count(identity, "service"); i++) {
		const char *id = answer_text(identity, ctx_printf(ctx, "service.%zu.id", i));
		const char *url = answer_text(identity,
					      ctx_printf(ctx, "service.%zu.serviceEndpoint", i));
		const size_t size = strlen(url), suffix = strlen(SERVER_SUFFIX);

		if (strcmp(id, "#atproto_pds") == 0 && strncmp(url, "https://", 8) == 0 &&
		    size > suffix && strcmp(url + size - suffix, SERVER_SUFFIX) == 0 &&
		    !strpbrk(url + 8, "/?#@:"))
			return url;
	}
	return "";
}

/* --- what ------------------------------------------------------------------------------------- */

static void add_image(struct ctx *ctx, const struct answer *thread, const char *at,
		      struct post *post)
{
	const char *url = answer_text(thread, ctx_printf(ctx, "%s.fullsize", at));

	if (!url[0] || post->count == POST_ITEMS_MAX)
		return;
	post->items[post->count++] = (struct item) {
		.kind = "photo",
		.url = url,
		.width = answer_integer(thread, ctx_printf(ctx, "%s.aspectRatio.width", at)),
		.height = answer_integer(thread, ctx_printf(ctx, "%s.aspectRatio.height", at)),
	};
}

static const char *add_video(struct ctx *ctx, const struct answer *thread, const char *at,
			     const char *account, struct post *post)
{
	const char *cid = answer_text(thread, ctx_printf(ctx, "%s.cid", at)), *server;

	server = strncmp(account, "did:plc:", 8) == 0 && is_plain(account) && is_plain(cid)
			 ? find_server(ctx, account)
			 : "";
	if (!server[0])
		return _("The video is on a server that I do not ask.");
	post->items[post->count++] = (struct item) {
		.kind = "video",
		.url = ctx_printf(ctx, "%s/xrpc/com.atproto.sync.getBlob?did=%s&cid=%s", server,
				  account, cid),
		.width = answer_integer(thread, ctx_printf(ctx, "%s.aspectRatio.width", at)),
		.height = answer_integer(thread, ctx_printf(ctx, "%s.aspectRatio.height", at)),
	};
	return NULL;
}

static const char *add_media(struct ctx *ctx, const struct answer *thread, const char *at,
			     const char *account, struct post *post)
{
	const char *images = ctx_printf(ctx, "%s.images", at);

	if (has_type(thread, ctx, at, "recordWithMedia"))
		return add_media(ctx, thread, POST_AT "embed.media", account, post);
	if (has_type(thread, ctx, at, "video"))
		return add_video(ctx, thread, at, account, post);
	if (has_type(thread, ctx, at, "images"))
		for (size_t i = 0; i < answer_count(thread, images); i++)
			add_image(ctx, thread, ctx_printf(ctx, "%s.%zu", images, i), post);
	return NULL;
}

/* Labels that hide pictures until somebody wants to see them (docs.bsky.app, "Labels"). */
static bool is_covered(struct ctx *ctx, const struct answer *thread)
{
	static const char *const words[] = { "porn", "sexual", "nudity", "graphic-media" };

	for (size_t i = 0; i < answer_count(thread, POST_AT "labels"); i++) {
		const char *label = answer_text(thread,
						ctx_printf(ctx, POST_AT "labels.%zu.val", i));

		for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
			if (strcmp(label, words[j]) == 0)
				return true;
	}
	return false;
}

enum found bluesky_read(struct ctx *ctx, const struct post_link *link, struct post *out,
			const char **why)
{
	const char *account = find_account(ctx, link->parts[0], why);
	const struct answer *thread;

	if (!account)
		return FOUND_FAULT;
	thread = ctx_fetch_json(ctx, KEEP_S,
				API "app.bsky.feed.getPostThread?depth=0&parentHeight=0&uri="
				    "at://%s/app.bsky.feed.post/%s",
				account, link->parts[1]);
	if (!answer_ok(thread)) {
		*why = answer_error(thread);
		return FOUND_FAULT;
	}
	*out = (struct post) {
		.address = link->address,
		.author = answer_text(thread, POST_AT "author.displayName"),
		.handle = answer_text(thread, POST_AT "author.handle"),
		.text = answer_text(thread, POST_AT "record.text"),
		.is_covered = is_covered(ctx, thread),
	};
	*why = add_media(ctx, thread, POST_AT "embed", account, out);
	return *why ? FOUND_FAULT : out->count ? FOUND_MEDIA : FOUND_NOTHING;
}
