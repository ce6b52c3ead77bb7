/* visible.c - finds in storage, then looks whether whoever asks may see it. */
#include "workers/host/visible.h"

#include "workers/host/admins.h"

/* Anybody can write in the discussion group of a channel, and a channel is nobody. */
static bool is_in_group(struct ctx *ctx, const struct chat *chat, const struct user *user)
{
	if (user->stands_for)
		return user->stands_for->id == chat->id; /* an anonymous administrator */
	return !user_is_stand_in(user) && admins_is_member(ctx, chat->id, user->id);
}

bool ctx_may_see(struct ctx *ctx, int64_t user_id)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct user *asker = ctx_find_user(ctx);

	if (!asker)
		return false;
	if (asker->id == user_id || ctx_is_operator(ctx, asker))
		return true;
	return chat && chat_is_group(chat) && is_in_group(ctx, chat, asker) &&
	       admins_is_member(ctx, chat->id, user_id);
}

static const struct user *user_of(struct ctx *ctx, const struct recorded_person *person)
{
	struct user *user = arena_alloc(ctx->arena, sizeof(*user));

	*user = (struct user) {
		.id = person->id,
		.first_name = person->first_name,
		.last_name = person->last_name,
		.username = person->username,
		.language_code = "",
	};
	return user;
}

/* NULL in *out: nobody, or several. */
static bool find_in_storage(struct ctx *ctx, const char *username, int64_t id,
			    const struct recorded_person **out, struct why *why)
{
	const struct host_services *services = &ctx->host->services;

	return services->storage->find_person(services->storage_owner, username, id, ctx->arena,
					      out, why);
}

static const struct recorded_person *find_recorded(struct ctx *ctx, const char *username,
						   int64_t id)
{
	const struct recorded_person *person = NULL;
	struct why why;

	if (!find_in_storage(ctx, username, id, &person, &why))
		ctx_fail_reading(ctx, &why);
	return person;
}

static const struct user *find_visible(struct ctx *ctx, const char *username, int64_t id)
{
	const struct recorded_person *person = find_recorded(ctx, username, id);

	return person && ctx_may_see(ctx, person->id) ? user_of(ctx, person) : NULL;
}

const struct user *ctx_find_recorded(struct ctx *ctx, int64_t id)
{
	return find_visible(ctx, NULL, id);
}

const struct user *ctx_find_username(struct ctx *ctx, const char *username)
{
	return find_visible(ctx, username, 0);
}

/* Telegram is asked who is in the group only about whoever has the fact. */
const struct user *fact_find_username(struct ctx *ctx, struct holder holder, const char *kind,
				      const char *username, struct fact *out)
{
	const struct recorded_person *person = find_recorded(ctx, username, 0);

	if (!person || !fact_find(ctx, holder, kind, person->id, out) ||
	    !ctx_may_see(ctx, person->id))
		return NULL;
	return user_of(ctx, person);
}

const struct user *ctx_find_named(struct ctx *ctx, const char *username)
{
	const struct recorded_person *person = find_recorded(ctx, username, 0);
	struct recorded_person known = { .first_name = "", .last_name = "", .username = username };

	if (!person)
		return NULL;
	known.id = person->id;
	return user_of(ctx, ctx_may_see(ctx, person->id) ? person : &known);
}
