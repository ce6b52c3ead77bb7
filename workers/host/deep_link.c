/* deep_link.c - t.me/BOT with what /start is to hand on. */
#include "workers/host/deep_link.h"

static const char *pack(struct ctx *ctx, const struct row *row, va_list arguments)
{
	const char *key = ctx->host->settings->privacy_key;
	const struct user *user = row->route->asker ? ctx_find_user(ctx) : NULL;
	const char *payload;
	struct why why;

	if (row->route->asker && !user) {
		ctx_fail(ctx, "a link for nobody: this update is done by nobody");
		return NULL;
	}
	payload = link_pack(row->slug, key, user ? user->id : 0, arguments, ctx->arena, &why);
	if (!payload)
		ctx_fail(ctx, "a link: %s", why.text);
	return payload;
}

static const struct row *find_link(struct ctx *ctx, const char *slug)
{
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_LINK, slug);

	if (!row)
		ctx_fail(ctx, "no LINK() route has \"%s\"", slug);
	return row;
}

const char *deep_link_payload(struct ctx *ctx, const char *slug, va_list arguments)
{
	const struct row *row = find_link(ctx, slug);
	const char *payload = row ? pack(ctx, row, arguments) : NULL;

	return payload ? payload : "";
}

const char *deep_link(struct ctx *ctx, const char *slug, va_list arguments)
{
	const struct row *row = find_link(ctx, slug);
	const char *payload = row ? pack(ctx, row, arguments) : NULL;

	if (!payload)
		return "";
	return arena_printf(ctx->arena, "https://t.me/%s?%s=%s", ctx->host->bot.username,
			    row->route->group ? "startgroup" : "start", payload);
}

const char *ctx_deep_link(struct ctx *ctx, const char *slug, ...)
{
	va_list arguments;
	const char *url;

	va_start(arguments, slug);
	url = deep_link(ctx, slug, arguments);
	va_end(arguments);
	return url;
}
