/* ctx_queue.c - the calls that a handler queues, and the limits of what it may leave behind. */
#include <string.h>

#include "workers/host/ctx.h"
#include "workers/host/file.h"
#include "workers/host/here.h"
#include "workers/host/known_call.h"
#include "workers/wire/descriptors.h"
#include "workers/wire/wire.h"

struct json ctx_scratch(struct ctx *ctx)
{
	buffer_clear(&ctx->host->scratch);
	return json_start(&ctx->host->scratch);
}

struct text ctx_scratch_end(struct ctx *ctx)
{
	const struct buffer *scratch = &ctx->host->scratch;
	size_t size = buffer_unread_size(scratch);

	return (struct text) { arena_memdup(ctx->arena, buffer_unread(scratch), size), size };
}

struct json ctx_parameters(struct ctx *ctx)
{
	struct json json = ctx_scratch(ctx);

	json_object_start(&json);
	return json;
}

struct text ctx_parameters_end(struct ctx *ctx, struct json *json)
{
	json_object_end(json);
	return ctx_scratch_end(ctx);
}

/* Whether what the handler has queued leaves room for the call. */
static bool has_room(struct ctx *ctx, const struct call *call)
{
	size_t size = call->body.length, descriptors = call_count_descriptors(call);

	for (size_t i = 0; i < call->files_count; i++)
		size += call->files[i].bytes.length;
	/* An apology takes the place of everything. */
	if (ctx->calls_count == 0)
		ctx->calls_size = ctx->calls_descriptors = 0;
	ctx->calls_descriptors += descriptors;
	if (ctx->calls_descriptors > DESCRIPTORS_MAX) {
		ctx_fail(ctx, "more than %u large files are sent", DESCRIPTORS_MAX);
		return false;
	}
	if (ctx->calls_count == WIRE_CALLS_MAX || ctx->calls_size + size > WIRE_REPLIES_MAX) {
		ctx_fail(ctx, "more than %u replies, or %u MiB of them", WIRE_CALLS_MAX,
			 WIRE_REPLIES_MAX >> 20);
		return false;
	}
	ctx->calls_size += size;
	return true;
}

enum call_class ctx_call_class(struct ctx *ctx, int64_t chat_id)
{
	const struct chat *here = ctx->job ? ctx_find_here(ctx) : NULL;

	return ctx->job && (!here || here->id != chat_id) ? CALL_BULK : CALL_ANSWER;
}

void ctx_push_known(struct ctx *ctx, const struct call *call)
{
	struct call own = *call;

	if (call->class != CALL_BULK)
		own.class = ctx_call_class(ctx, call->chat_id);
	if (!files_attach(ctx, &own) || !has_room(ctx, &own))
		return;
	if (ctx->calls_count == ctx->calls_capacity) {
		struct call *old = ctx->calls;

		ctx->calls_capacity = 2 * ctx->calls_capacity + 4;
		ctx->calls = arena_alloc(ctx->arena, ctx->calls_capacity * sizeof(*ctx->calls));
		if (ctx->calls_count)
			memcpy(ctx->calls, old, ctx->calls_count * sizeof(*old));
	}
	ctx->calls[ctx->calls_count++] = own;
}

void ctx_push(struct ctx *ctx, const struct call *call)
{
	struct why why;

	if (!ctx->host->services.checks_calls || known_call(ctx->host->settings, call, &why))
		ctx_push_known(ctx, call);
	else
		ctx_fail(ctx, "%s", why.text);
}
