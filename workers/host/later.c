/* later.c - packs and unpacks the work of ctx_later(). */
#include "workers/host/later.h"

#include <string.h>

#include "common/log.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "host"

#define WORK_VERSION 1
#define AFTER_MAX_S (INT64_C(366) * 86400)

/* The update itself, whether it came from Telegram or from earlier work. */
static struct text current_update(const struct ctx *ctx)
{
	return ctx->item->flags & ITEM_WORK ? ctx->resumed : ctx->item->body;
}

enum verdict ctx_later(struct ctx *ctx, int64_t after_s, const char *name, const char *payload)
{
	struct text update = current_update(ctx);
	struct buffer *out = &ctx->host->scratch;
	struct match match;

	routes_match_work(ctx->host->routes, (struct text) { name, strlen(name) }, &match);
	if (!match.rows[0])
		return ctx_fail(ctx, "no WORK() route is called \"%s\"", name);
	if (ctx->later.data)
		return ctx_fail(ctx, "a second piece of work is put off");
	if (after_s < 0 || after_s > AFTER_MAX_S)
		return ctx_fail(ctx, "cannot wait %lld s", (long long)after_s);
	buffer_clear(out);
	pack_array(out, 5);
	pack_uint(out, WORK_VERSION);
	pack_text(out, name);
	pack_text(out, payload);
	pack_uint(out, ctx->update.kind);
	pack_bytes(out, update.data, update.length);
	if (buffer_unread_size(out) > WIRE_LATER_MAX)
		return ctx_fail(ctx, "work of %zu bytes is put off, allowed are %u",
				buffer_unread_size(out), WIRE_LATER_MAX);
	ctx->later.length = buffer_unread_size(out);
	ctx->later.data = arena_memdup(ctx->arena, buffer_unread(out), ctx->later.length);
	ctx->later_ms = (uint64_t)after_s * 1000;
	return DONE;
}

bool later_resume(struct ctx *ctx)
{
	struct cursor cursor = cursor_make(ctx->item->body.data, ctx->item->body.length);
	uint64_t version, kind;
	struct text name;
	struct why why;

	cursor_expect_array(&cursor, 5);
	version = cursor_uint(&cursor);
	name = cursor_text(&cursor);
	ctx->payload = cursor_text(&cursor);
	kind = cursor_uint(&cursor);
	ctx->resumed = cursor_bytes(&cursor);
	if (!cursor_end(&cursor, &why) || version != WORK_VERSION || kind >= KIND_COUNT) {
		log_error("cannot read deferred work", log_unsigned("version", version),
			  log_text("error", cursor_ok(&cursor) ? "another version" : why.text));
		return false;
	}
	update_read(ctx->resumed.data, ctx->resumed.length, (enum update_kind)kind, &ctx->update);
	routes_match_work(ctx->host->routes, name, &ctx->match);
	ctx->press_answered = true; /* answered when the work was put off */
	return true;
}
