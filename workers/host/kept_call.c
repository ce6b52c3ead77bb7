/* kept_call.c - see kept_call.h. */
#include "workers/host/kept_call.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/hash_table.h"
#include "workers/host/turn.h"
#include "workers/wire/method.h"

#define KEPT_SECONDS 3600 /* PRIVACY.md */
#define KEPT_IN_DOUBT (-1)
#define KEPT_MAX (64u << 10)
#define KEPT_MODULE "korone"

static const struct holder nobody = { .scope = OF_BOT };

/* Of which update it is, what is asked, and the how-manieth time in it. */
static struct brief_key key_of(struct ctx *ctx, const struct call *call)
{
	uint64_t hash = hash_bytes(call->body.data, call->body.length,
				   hash_bytes(call->method.data, call->method.length, 0));
	const char *what = arena_printf(ctx->arena, "call %016" PRIx64, hash);
	struct mark mark = turn_write(ctx, nobody, KEPT_MODULE, what);

	return (struct brief_key) { .holder = nobody,
				    .module = KEPT_MODULE,
				    .name = arena_printf(
					    ctx->arena, "%" PRId64 ":%d:%016" PRIx64 ":%u",
					    mark.update_id, (int)mark.stage, hash, mark.nth) };
}

/* A result is kept as it is, which as JSON begins with no "!"; any other answer as "!CODE TEXT",
 * with code 0 when Telegram did not answer, and KEPT_IN_DOUBT when it may have done it. */
static void read_kept(const char *kept, struct call_result *out)
{
	char *text;

	*out = (struct call_result) { .status = CALL_OK, .result = text_of(kept) };
	if (*kept != '!')
		return;
	*out = (struct call_result) { .error_code = (int)strtol(kept + 1, &text, 10) };
	out->status = out->error_code == KEPT_IN_DOUBT ? CALL_IN_DOUBT
		      : out->error_code                ? CALL_REFUSED
						       : CALL_FAILED;
	out->description = text_of(text + (*text == ' '));
}

static const char *write_kept(struct arena *arena, const struct call_result *result)
{
	if (result->status == CALL_OK)
		return arena_strndup(arena, result->result.data, result->result.length);
	return arena_printf(arena, "!%d %.*s",
			    result->status == CALL_REFUSED    ? result->error_code
			    : result->status == CALL_IN_DOUBT ? KEPT_IN_DOUBT
							      : 0,
			    (int)result->description.length, result->description.data);
}

static bool find_kept(struct ctx *ctx, const struct brief_key *key, struct call_result *out)
{
	const struct host_services *services = &ctx->host->services;
	struct buffer kept = { 0 };
	bool found = ctx->item->flags & ITEM_REPEAT &&
		     services->storage->brief_find(services->storage_owner, key, &kept);

	if (found)
		read_kept(arena_strdup(ctx->arena, buffer_text(&kept)), out);
	buffer_finish(&kept);
	return found;
}

static void keep(struct ctx *ctx, const struct brief_key *key, const struct call_result *result)
{
	const struct host_services *services = &ctx->host->services;
	struct mark mark = turn_write(ctx, nobody, KEPT_MODULE, key->name);

	/* While Redis is away it would be made again. */
	(void)services->storage->brief_set(services->storage_owner, &mark, key,
					   write_kept(ctx->arena, result), KEPT_SECONDS);
}

/* A result that says nothing, or too much, is not worth it. */
static bool is_keepable(const struct call_result *result)
{
	return result->result.length <= KEPT_MAX && result->description.length <= KEPT_MAX &&
	       (result->status != CALL_OK || result->result.length);
}

/* What has a name is found by it (said.h of the sender). */
static bool is_noted_before(const struct call *call)
{
	return call->at_most_once && call->name.use == NAME_NONE;
}

void kept_call(struct ctx *ctx, const struct call *call, struct call_result *out)
{
	const struct host_services *services = &ctx->host->services;
	bool harmless = method_is_harmless(method_find(call->method), call->method) &&
			!call->at_most_once;
	struct brief_key key;

	if (!harmless) {
		key = key_of(ctx, call);
		if (find_kept(ctx, &key, out))
			return;
	}
	if (is_noted_before(call))
		keep(ctx, &key, &(const struct call_result) { .status = CALL_IN_DOUBT });
	services->call(services->owner, call, ctx->arena, out);
	if (!harmless && is_keepable(out))
		keep(ctx, &key, out);
}
