/* target.c - whom something is about: who wrote a message, and who has an id. */
#include "workers/host/ctx.h"

struct target message_author(const struct message *message)
{
	if (message->sender_chat)
		return (struct target) { .channel = message->sender_chat };
	return (struct target) { .user = message->from };
}

static bool has_id(const struct user *user, int64_t id)
{
	return user && user->id == id;
}

static const struct user *find_user(const struct message *message, int64_t id)
{
	if (!message)
		return NULL;
	if (has_id(message->from, id))
		return message->from;
	for (size_t i = 0; i < message->entities_count; i++)
		if (has_id(message->entities[i].user, id))
			return message->entities[i].user;
	return find_user(message->reply, id);
}

static const struct chat *find_chat(const struct message *message, int64_t id)
{
	if (!message)
		return NULL;
	if (message->chat->id == id)
		return message->chat;
	if (message->sender_chat && message->sender_chat->id == id)
		return message->sender_chat;
	return find_chat(message->reply, id);
}

static const struct user *user_of(struct ctx *ctx, int64_t id)
{
	const struct user *by = ctx_find_user(ctx);
	const struct user *named = find_user(ctx_find_message(ctx), id);
	struct user *user;

	if (named || has_id(by, id))
		return named ? named : by;
	user = arena_alloc(ctx->arena, sizeof(*user));
	*user = (struct user) {
		.id = id,
		.first_name = "",
		.last_name = "",
		.username = "",
		.language_code = "",
	};
	return user;
}

static const struct chat *chat_of(struct ctx *ctx, int64_t id)
{
	const struct chat *here = ctx_find_chat(ctx);
	const struct chat *named = find_chat(ctx_find_message(ctx), id);
	struct chat *chat;

	if (named || (here && here->id == id))
		return named ? named : here;
	chat = arena_alloc(ctx->arena, sizeof(*chat));
	*chat = (struct chat) { .id = id, .type = CHAT_CHANNEL, .title = "", .username = "" };
	return chat;
}

struct target target_of(struct ctx *ctx, int64_t id)
{
	if (id < 0)
		return (struct target) { .channel = chat_of(ctx, id) };
	return (struct target) { .user = user_of(ctx, id) };
}
