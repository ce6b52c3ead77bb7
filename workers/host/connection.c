/* connection.c - the group that a person's commands in the private chat are about: what they chose
 * last, for an hour, in Redis. It is asked for only where it may matter. */
#include "workers/host/connection.h"

#include <inttypes.h>
#include <stdlib.h>

#include "workers/host/brief.h"
#include "workers/host/button.h"
#include "workers/host/here.h"

/* --- what is kept: "ID TYPE TITLE" ------------------------------------------------------------ */

static bool key_of(struct ctx *ctx, struct brief_key *out)
{
	const struct user *user = ctx_find_user(ctx);

	*out = (struct brief_key) { .module = "korone", .name = "connection" };
	if (!user || user_is_stand_in(user))
		return false;
	out->holder = (struct holder) { .scope = OF_PERSON, .id = user->id };
	return true;
}

static bool keep(struct ctx *ctx, const char *value)
{
	struct brief_key key;

	ctx->connection_was_read = false;
	return key_of(ctx, &key) && brief_set_at(ctx, &key, value, CONNECTED_SECONDS);
}

bool ctx_connect(struct ctx *ctx)
{
	const struct chat *chat = ctx_find_chat(ctx);

	if (chat && chat_is_group(chat))
		return keep(ctx, arena_printf(ctx->arena, "%" PRId64 " %d %s", chat->id,
					      (int)chat->type, chat->title));
	ctx_fail(ctx, "a connection to no group");
	return false;
}

bool ctx_disconnect(struct ctx *ctx)
{
	return keep(ctx, NULL);
}

static const struct chat *parse(struct ctx *ctx, const char *value)
{
	struct chat *chat = arena_alloc(ctx->arena, sizeof(*chat));
	char *rest;

	chat->id = strtoll(value, &rest, 10);
	chat->type = strtol(rest, &rest, 10) == CHAT_GROUP ? CHAT_GROUP : CHAT_SUPERGROUP;
	chat->title = *rest ? arena_strdup(ctx->arena, rest + 1) : "";
	chat->username = "";
	return chat;
}

const struct chat *ctx_find_connected(struct ctx *ctx)
{
	struct brief_key key;
	const char *value;

	if (!ctx->connection_was_read) {
		value = key_of(ctx, &key) ? brief_find_at(ctx, &key) : NULL;
		ctx->connection = value ? parse(ctx, value) : NULL;
		ctx->connection_was_read = true;
	}
	return ctx->connection;
}

/* --- which rows are for it -------------------------------------------------------------------- */

static bool is_in_private(struct ctx *ctx)
{
	const struct chat *here = ctx_find_here(ctx);

	return here && here->type == CHAT_PRIVATE;
}

/* Whether the button in hand was shown for this chat. */
static bool is_button_of(struct ctx *ctx, const struct row *row, int64_t chat_id)
{
	const struct user *user = ctx_find_user(ctx);
	const struct button_owner owner = {
		.key = ctx->host->settings->privacy_key,
		.chat_id = chat_id,
		.user_id = row->route->asker && user ? user->id : 0,
	};
	struct slug_values values;

	return button_unpack(ctx->update.data, row->slug, &owner, ctx->arena, &values);
}

static bool is_pressed_for_connection(struct ctx *ctx, const struct row *row)
{
	const struct chat *chat;

	if (!is_in_private(ctx) || is_button_of(ctx, row, ctx_find_here(ctx)->id))
		return false;
	chat = ctx_find_connected(ctx);
	return chat && is_button_of(ctx, row, chat->id);
}

static bool is_for_connection(struct ctx *ctx, const struct row *row)
{
	const struct route *route = row->route;
	bool is_managing = route->admin != RIGHT_NONE && !route->private && !route->here;

	if (route->kind == ROUTE_BUTTON)
		return is_pressed_for_connection(ctx, row);
	if (route->kind == ROUTE_COMMAND || (route->kind == ROUTE_SERVICE && route->step))
		return is_managing && is_in_private(ctx);
	return route->step && ctx->connection_asked;
}

void connection_enter(struct ctx *ctx, const struct row *row)
{
	here_return(ctx);
	if (!is_for_connection(ctx, row))
		return;
	ctx->entered = ctx_find_connected(ctx);
	ctx->connected = ctx->entered != NULL;
}

int64_t connection_question_chat(struct ctx *ctx)
{
	const struct chat *chat = is_in_private(ctx) ? ctx_find_connected(ctx) : NULL;

	return chat ? chat->id : 0;
}

int64_t connection_seals(struct ctx *ctx, int64_t chat_id)
{
	return ctx->connected && ctx->chat->id == chat_id ? ctx->entered->id : chat_id;
}
