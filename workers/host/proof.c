/* proof.c - keeps a command of an anonymous administrator until somebody proves to be its author.
 */
#include "workers/host/proof.h"

#include <inttypes.h>
#include <string.h>

#include "common/base64url.h"
#include "workers/host/brief.h"
#include "workers/host/here.h"

/* Of a longer message nothing is kept. */
#define KEPT_MAX (32u << 10)

/* --- who is trusted --------------------------------------------------------------------------- */

static const struct loaded_module *find_module(const struct host *host)
{
	for (size_t i = 0; i < host->modules_count; i++)
		if (strcmp(host->modules[i].module->name, ANONYMOUS_MODULE) == 0)
			return &host->modules[i];
	return NULL;
}

static bool is_of(const struct chat *chat, const struct user *user)
{
	return user->id == STAND_IN_ANONYMOUS_ADMIN && user->stands_for &&
	       user->stands_for->id == chat->id;
}

/* Its option, as any other: presets, and groups that follow another, count. */
bool proof_is_trusted(struct ctx *ctx, const struct chat *chat, const struct user *user)
{
	const struct loaded_module *module = is_of(chat, user) ? find_module(ctx->host) : NULL;
	const struct row *row = ctx->row;
	const struct anonymous_options *options;

	if (!module || !module->options)
		return false;
	ctx->row = &module->own;
	options = ctx_options_of(ctx, chat->id);
	ctx->row = row;
	return options->trusted;
}

/* --- what is kept ----------------------------------------------------------------------------- */

static struct brief_key key_of(struct ctx *ctx, int64_t message_id)
{
	return (struct brief_key) {
		.holder = { .scope = OF_CHAT, .id = ctx_find_here(ctx)->id },
		.module = "korone",
		.name = arena_printf(ctx->arena, "proof/%" PRId64, message_id),
	};
}

static bool keep(struct ctx *ctx, int64_t message_id)
{
	const struct brief_key key = key_of(ctx, message_id);
	struct text body = ctx->item->body;
	char *text;

	if (ctx->item->flags & ITEM_WORK || ctx->update.kind != KIND_MESSAGE || !message_id ||
	    body.length > KEPT_MAX)
		return false;
	text = arena_alloc(ctx->arena, BASE64URL_SIZE(body.length) + 1);
	text[base64url_encode(body.data, body.length, text)] = '\0';
	return brief_set_at(ctx, &key, text, PROOF_SECONDS);
}

struct text proof_find(struct ctx *ctx, int64_t message_id)
{
	const struct brief_key key = key_of(ctx, message_id);
	const char *kept = brief_find_at(ctx, &key);
	struct text body = { NULL, 0 };
	char *bytes;

	if (!kept)
		return body;
	bytes = arena_alloc(ctx->arena, strlen(kept) + 1);
	if (base64url_decode(kept, strlen(kept), bytes, &body.length))
		body.data = bytes;
	return body;
}

bool proof_ask(struct ctx *ctx)
{
	int64_t id = ctx->update.message.message_id;
	struct draft *draft;

	if (ctx->match.kind != ROUTE_COMMAND || !keep(ctx, id))
		return false;
	draft = ctx_draft(ctx);
	draft_add(draft, "%s",
		  _("I cannot see which administrator wrote this. Whoever did: press the button "
		    "within five minutes."));
	draft_button(draft, _("It was me"), PROOF_BUTTON, (long long)id);
	return draft_reply(draft) == DONE;
}
