/* name.c - from a slug to the key under which the sender finds a message. */
#include "workers/host/name.h"

#include <string.h>

#include "workers/host/here.h"
#include "workers/host/place.h"
#include "workers/host/turn.h"
#include "workers/storage/seal.h"

#define NAME_LENGTH_MAX 64u

const char *name_write(struct ctx *ctx, const char *literal, va_list arguments, struct why *why)
{
	struct text written;
	struct slug slug;

	if (!slug_parse(literal, &slug, why) ||
	    !slug_write(&slug, arguments, ctx->arena, &written, why))
		return NULL;
	if (written.length <= NAME_LENGTH_MAX)
		return written.data;
	why_set(why, "\"%s\" has %zu bytes; %u are allowed", literal, written.length,
		NAME_LENGTH_MAX);
	return NULL;
}

/* Two seals, so that names do not collide. */
static const char *key_of(struct ctx *ctx, int64_t chat_id, const char *name)
{
	const char *whole = arena_printf(ctx->arena, "%s/%s", ctx->row->module->name, name);
	char seals[2][SEAL_SIZE];

	for (int i = 0; i < 2; i++)
		seal_make(ctx->host->settings->privacy_key, SEAL_NAME, chat_id, i, whole,
			  strlen(whole), seals[i]);
	return arena_printf(ctx->arena, "korone:said:%.*s%.*s", SEAL_SIZE, seals[0], SEAL_SIZE,
			    seals[1]);
}

/* Which update says it, and the how-manieth of that name it is there. */
static const char *turn_of(struct ctx *ctx, int64_t chat_id, const char *name)
{
	const struct holder chat = { .scope = OF_CHAT, .id = chat_id };
	struct mark mark = turn_write(ctx, chat, "korone/said", name);
	char seal[SEAL_SIZE];

	seal_make(ctx->host->settings->privacy_key, SEAL_MARKS, mark.update_id, mark.stage, name,
		  strlen(name), seal);
	return arena_printf(ctx->arena, "%.*s:%u", SEAL_SIZE, seal, mark.nth);
}

struct call_name name_use(struct ctx *ctx, int64_t chat_id, const char *name, enum name_use use)
{
	struct call_name out = { .use = use, .key = text_of(key_of(ctx, chat_id, name)) };

	if (use == NAME_SAYS)
		out.turn = text_of(turn_of(ctx, chat_id, name));
	return out;
}

void name_push_deletion(struct ctx *ctx, int64_t chat_id, struct text business_connection,
			const struct call_name *name)
{
	struct json json = ctx_parameters(ctx);
	bool business = business_connection.length > 0;

	if (business) {
		json_key(&json, "business_connection_id");
		json_text_n(&json, business_connection.data, business_connection.length);
	} else {
		json_key_int(&json, "chat_id", chat_id);
	}
	json_key(&json, "message_ids"); /* the sender's */
	json_array_start(&json);
	json_array_end(&json);
	ctx_push(ctx,
		 &(struct call) {
			 .chat_id = chat_id,
			 .method = text_of(business ? "deleteBusinessMessages" : "deleteMessages"),
			 .body = ctx_parameters_end(ctx, &json),
			 .name = *name,
		 });
}

enum verdict ctx_unsay(struct ctx *ctx, const char *slug, ...)
{
	const struct chat *chat = ctx_find_said(ctx);
	struct call_name name;
	va_list arguments;
	const char *written;
	struct why why;

	if (!chat)
		return ctx_fail(ctx, "a deletion by an update that has no chat");
	va_start(arguments, slug);
	written = name_write(ctx, slug, arguments, &why);
	va_end(arguments);
	if (!written)
		return ctx_fail(ctx, "the name of a message: %s", why.text);
	name = name_use(ctx, chat->id, written, NAME_UNSAYS);
	name_push_deletion(ctx, chat->id, update_business_connection(&ctx->update), &name);
	return DONE;
}
