/* derived.c - what modules make from stored values, built once per version. */
#include "workers/host/chat_settings.h"
#include "workers/host/holder.h"

struct derived {
	struct ctx *ctx;
	struct buffer bytes;
};

void derived_add(struct derived *derived, const void *bytes, size_t size)
{
	if (buffer_unread_size(&derived->bytes) + size > DERIVED_MAX)
		ctx_fail(derived->ctx, "more than %u bytes are derived from a store", DERIVED_MAX);
	else
		buffer_append(&derived->bytes, bytes, size);
}

/* A repeated handler is shown what was there before (turn.h), which is for nobody else. */
static bool build(struct ctx *ctx, struct holder holder, const char *name, derived_fn *fn,
		  struct derived *out)
{
	struct host *host = ctx->host;
	uint64_t version = settings_cache_version(host->settings_cache, holder.id);

	if (!fn(ctx, holder, out) || ctx->failure.reason) {
		ctx_fail(ctx, "\"%s\" could not be derived", name);
		return false;
	}
	if (!(ctx->item->flags & ITEM_REPEAT))
		derived_cache_put(host->derived_cache, holder, ctx->row->module->name, name,
				  version, buffer_unread(&out->bytes),
				  buffer_unread_size(&out->bytes));
	return true;
}

static bool find(struct ctx *ctx, struct holder holder, const char *name, struct buffer *out)
{
	struct host *host = ctx->host;

	return !(ctx->item->flags & ITEM_REPEAT) &&
	       derived_cache_find(host->derived_cache, host->settings_cache, holder,
				  ctx->row->module->name, name, out);
}

const void *ctx_derived(struct ctx *ctx, struct holder holder, const char *name, derived_fn *fn,
			size_t *size)
{
	struct derived derived = { .ctx = ctx };
	const void *bytes = NULL;

	*size = 0;
	if (holder.scope == OF_MEMBER) {
		ctx_fail(ctx, "\"%s\" is derived from what is a member's", name);
		return NULL;
	}
	if (holder_is_shared(ctx, holder))
		return "";
	if (!holder_resolve(ctx, &holder))
		return NULL;
	chat_settings_follow(ctx->host);
	if (!chat_settings_may_have(ctx->host, holder))
		return "";
	if (find(ctx, holder, name, &derived.bytes) || build(ctx, holder, name, fn, &derived)) {
		*size = buffer_unread_size(&derived.bytes);
		bytes = *size ? arena_memdup(ctx->arena, buffer_unread(&derived.bytes), *size) : "";
	}
	buffer_finish(&derived.bytes);
	return bytes;
}
