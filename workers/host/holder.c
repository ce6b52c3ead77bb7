/* holder.c - from what a module says to whose it is. */
#include "workers/host/holder.h"

bool holder_equal(struct holder a, struct holder b)
{
	return a.scope == b.scope && a.id == b.id && a.person == b.person;
}

struct holder holder_of_chat(const struct chat *chat)
{
	return (struct holder) { .scope = chat->type == CHAT_PRIVATE ? OF_PERSON : OF_CHAT,
				 .id = chat->id };
}

bool holder_is_shared(struct ctx *ctx, struct holder holder)
{
	const struct user *user = ctx_find_user(ctx);
	bool of_this_person = (holder.scope == OF_PERSON && !holder.id) ||
			      (holder.scope == OF_MEMBER && !holder.person);

	return of_this_person && user && user_is_stand_in(user);
}

static bool take_person(struct ctx *ctx, struct holder holder, int64_t *id)
{
	const struct user *user = ctx_find_user(ctx);

	if (*id)
		return true;
	if (user && !holder_is_shared(ctx, holder)) {
		*id = user->id;
		return true;
	}
	ctx_fail(ctx, "a value of an update that has no person");
	return false;
}

static bool take_chat(struct ctx *ctx, int64_t *id)
{
	const struct chat *chat = ctx_find_chat(ctx);

	if (!*id && chat)
		*id = chat->id;
	if (!*id)
		ctx_fail(ctx, "a value of an update that has no chat");
	return *id != 0;
}

/* Ids of people are positive, and so are those of their private chats. */
static bool resolve_chat(struct ctx *ctx, struct holder *holder)
{
	if (!take_chat(ctx, &holder->id))
		return false;
	if (holder->id > 0)
		holder->scope = OF_PERSON;
	return true;
}

bool holder_resolve(struct ctx *ctx, struct holder *holder)
{
	const struct holder given = *holder;

	if (given.scope != OF_MEMBER)
		holder->person = 0;
	switch (given.scope) {
	case OF_CHAT:
		return resolve_chat(ctx, holder);
	case OF_PERSON:
		return take_person(ctx, given, &holder->id);
	case OF_MEMBER:
		return take_chat(ctx, &holder->id) && take_person(ctx, given, &holder->person);
	case OF_BOT:
		holder->id = 0;
		return true;
	case OF_LIST:
		if (holder->id)
			return true;
		break;
	}
	ctx_fail(ctx, "a value of no list");
	return false;
}
