/* later.c - packs and unpacks the work of ctx_laterf(). */
#include "workers/host/later.h"

#include <stdarg.h>

#include "common/log.h"
#include "workers/host/row.h"
#include "workers/host/skeleton.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "host"

#define WORK_VERSION 3

_Static_assert(WORK_SLUG_MAX + SKELETON_MAX + 64 <= WIRE_LATER_MAX, "the parent takes all work");

/* Whole when it came from Telegram; of earlier work its skeleton, or whole from before there were
 * skeletons. */
static struct text current_update(const struct ctx *ctx)
{
	return ctx->resumed.data ? ctx->resumed : ctx->item->body;
}

/* Who proved to have written something does what was put off: it is of their press. */
static enum update_kind current_kind(const struct ctx *ctx)
{
	return ctx->proven.data ? ctx->item->kind : ctx->update.kind;
}

static const char *write_slug(struct ctx *ctx, const char *literal, va_list arguments)
{
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_WORK, literal);
	struct text slug;
	struct why why;

	if (!row) {
		ctx_fail(ctx, "no WORK() route is called \"%s\"", literal);
		return NULL;
	}
	if (slug_write(row->slug, arguments, ctx->arena, &slug, &why))
		return slug.data;
	ctx_fail(ctx, "work that is put off: %s", why.text);
	return NULL;
}

enum verdict later_put_off(struct ctx *ctx, int64_t after_s, const char *slug)
{
	struct buffer *out = &ctx->host->scratch;
	struct buffer skeleton = { 0 };

	if (ctx->later.data)
		return ctx_fail(ctx, "a second piece of work is put off");
	if (after_s < 0 || after_s > LATER_MAX_S)
		return ctx_fail(ctx, "cannot wait %lld s", (long long)after_s);
	skeleton_write(current_update(ctx), current_kind(ctx), &skeleton);
	buffer_clear(out);
	pack_array(out, 6);
	pack_uint(out, WORK_VERSION);
	pack_text(out, slug);
	pack_uint(out, current_kind(ctx));
	pack_bytes(out, buffer_unread(&skeleton), buffer_unread_size(&skeleton));
	buffer_finish(&skeleton);
	pack_uint(out, (uint64_t)ctx->stage + 1);
	pack_int(out, ctx_now(ctx) + after_s);
	ctx->later.length = buffer_unread_size(out);
	ctx->later.data = arena_memdup(ctx->arena, buffer_unread(out), ctx->later.length);
	ctx->later_ms = (uint64_t)after_s * 1000;
	return DONE;
}

enum verdict ctx_laterf(struct ctx *ctx, int64_t after_s, const char *slug, ...)
{
	const char *written;
	va_list arguments;

	va_start(arguments, slug);
	written = write_slug(ctx, slug, arguments);
	va_end(arguments);
	return written ? later_put_off(ctx, after_s, written) : FAIL;
}

/* Of version 1: what was put off under a name, with any text, is as a slug with that text as its
 * value. */
static struct text read_payload(struct ctx *ctx, struct cursor *cursor)
{
	struct text name = cursor_text(cursor), payload = cursor_text(cursor);

	if (!payload.length)
		return name;
	return text_of(arena_printf(ctx->arena, "%.*s:%.*s", (int)name.length, name.data,
				    (int)payload.length, payload.data));
}

bool later_resume(struct ctx *ctx, struct text work, struct text *slug)
{
	struct cursor cursor = cursor_make(work.data, work.length);
	uint64_t version, stage = 1, kind;
	struct why why;

	cursor_array(&cursor); /* another count leaves something over, or is a fault */
	version = cursor_uint(&cursor);
	*slug = version == 1 ? read_payload(ctx, &cursor) : cursor_text(&cursor);
	kind = cursor_uint(&cursor);
	ctx->resumed = cursor_bytes(&cursor);
	if (version == WORK_VERSION) {
		stage = cursor_uint(&cursor);
		ctx->due_s = cursor_int(&cursor);
	}
	if (!cursor_end(&cursor, &why) || version < 1 || version > WORK_VERSION ||
	    kind >= KIND_COUNT || stage < 1 || stage > INT32_MAX) {
		log_error("cannot read deferred work", log_unsigned("version", version),
			  log_text("error", cursor_ok(&cursor) ? "another version" : why.text));
		return false;
	}
	ctx->stage = (int32_t)stage;
	update_read(ctx->resumed.data, ctx->resumed.length, (enum update_kind)kind, &ctx->update);
	ctx->query_answered = true; /* answered when the work was put off */
	return true;
}
