/* module_store.c - what modules store: permanent settings, short-lived values, and recorded
 * people. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/host/answer.h"
#include "workers/host/chat_settings.h"

#define EPHEMERAL_SECONDS_MAX 3600 /* PRIVACY.md */

struct store {
	char *module;
	enum store_scope scope;
};

struct store *store_open(const char *module, enum store_scope scope)
{
	struct store *store = xmalloc(sizeof(*store));

	*store = (struct store) { .module = xstrdup(module), .scope = scope };
	return store;
}

void store_close(struct store *store)
{
	if (store)
		free(store->module);
	free(store);
}

/* --- settings --------------------------------------------------------------------------------- */

/* An account that stands for chats is shared by everybody who writes in the name of one. */
static bool is_shared(const struct store *store, const struct user *user)
{
	return store->scope == STORE_OF_PERSON && user && user_is_stand_in(user);
}

static bool find_holder(const struct store *store, struct ctx *ctx, struct holder *out)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct user *user = ctx_find_user(ctx);

	if (store->scope == STORE_OF_CHAT && chat) {
		*out = holder_of_chat(chat);
		return true;
	}
	if (store->scope == STORE_OF_PERSON && user && !is_shared(store, user)) {
		*out = (struct holder) { HOLDER_USER, user->id };
		return true;
	}
	ctx_fail(ctx, "a setting of an update that has no %s",
		 store->scope == STORE_OF_CHAT ? "chat" : "person");
	return false;
}

const char *store_find(const struct store *store, struct ctx *ctx, const char *key)
{
	const char *value = NULL;
	struct holder holder;
	struct why why;

	if (is_shared(store, ctx_find_user(ctx)))
		return NULL;
	if (find_holder(store, ctx, &holder) &&
	    !chat_settings_find(ctx, holder, store->module, key, &value, &why))
		ctx_fail(ctx, "%s", why.text);
	return value;
}

static bool set(struct store *store, struct ctx *ctx, const char *key, const char *value)
{
	struct holder holder;
	struct why why;

	if (!find_holder(store, ctx, &holder))
		return false;
	if (chat_settings_set(ctx, holder, store->module, key, value, &why))
		return true;
	ctx_fail(ctx, "%s", why.text);
	return false;
}

bool store_set(struct store *store, struct ctx *ctx, const char *key, const char *value)
{
	return set(store, ctx, key, value);
}

bool store_remove(struct store *store, struct ctx *ctx, const char *key)
{
	return set(store, ctx, key, NULL);
}

/* --- short-lived values ----------------------------------------------------------------------- */

static struct ephemeral_key ephemeral_key(struct ctx *ctx, const char *name)
{
	const struct chat *chat = ctx_find_chat(ctx);

	return (struct ephemeral_key) {
		.module = ctx->row->module->name,
		.name = name,
		.chat_id = chat ? chat->id : 0,
	};
}

static int64_t limited(int64_t seconds)
{
	return seconds < 1 ? 1 : seconds > EPHEMERAL_SECONDS_MAX ? EPHEMERAL_SECONDS_MAX : seconds;
}

bool ephemeral_set(struct ctx *ctx, const char *name, const char *value, int64_t seconds)
{
	const struct host_services *services = &ctx->host->services;
	struct ephemeral_key key = ephemeral_key(ctx, name);

	return services->storage->ephemeral_set(services->storage_owner, &key, value,
						limited(seconds));
}

const char *ephemeral_find(struct ctx *ctx, const char *name)
{
	const struct host_services *services = &ctx->host->services;
	struct ephemeral_key key = ephemeral_key(ctx, name);
	struct buffer *scratch = &ctx->host->scratch;

	buffer_clear(scratch);
	if (!services->storage->ephemeral_find(services->storage_owner, &key, scratch))
		return NULL;
	return arena_strdup(ctx->arena, buffer_text(scratch));
}

bool ephemeral_remove(struct ctx *ctx, const char *name)
{
	const struct host_services *services = &ctx->host->services;
	struct ephemeral_key key = ephemeral_key(ctx, name);

	return services->storage->ephemeral_remove(services->storage_owner, &key);
}

bool ephemeral_claim(struct ctx *ctx, const char *name, int64_t seconds)
{
	const struct host_services *services = &ctx->host->services;
	struct ephemeral_key key = ephemeral_key(ctx, name);

	return services->storage->ephemeral_claim(services->storage_owner, &key, limited(seconds));
}

/* --- rights ----------------------------------------------------------------------------------- */

/* Fails for the handler when the update has no such subject. */
static bool find_subject(struct ctx *ctx, enum subject subject, struct holder *out)
{
	const struct user *user = ctx_find_user(ctx);
	const struct chat *chat = ctx_find_chat(ctx);

	if (subject == SUBJECT_PERSON && user) {
		*out = (struct holder) { HOLDER_USER, user->id };
		return true;
	}
	if (subject == SUBJECT_GROUP && chat && chat_is_group(chat)) {
		*out = (struct holder) { HOLDER_CHAT, chat->id };
		return true;
	}
	ctx_fail(ctx, "the rights of nobody");
	return false;
}

const struct answer *ctx_find_data(struct ctx *ctx, enum subject subject)
{
	const struct host_services *services = &ctx->host->services;
	const struct answer *answer = NULL;
	struct buffer json = { 0 };
	struct holder holder;
	struct why why;

	if (!find_subject(ctx, subject, &holder))
		return NULL;
	if (services->storage->export(services->storage_owner, holder, &json, &why))
		answer = ctx_answer_of(ctx, buffer_text(&json), buffer_unread_size(&json));
	else
		ctx_fail(ctx, "%s", why.text);
	buffer_finish(&json);
	return answer;
}

bool ctx_has_objected(struct ctx *ctx, enum subject subject)
{
	const struct host_services *services = &ctx->host->services;
	bool objected = false;
	struct holder holder;
	struct why why;

	if (find_subject(ctx, subject, &holder) &&
	    !services->storage->has_objected(services->storage_owner, holder, &objected, &why))
		ctx_fail(ctx, "%s", why.text);
	return objected;
}

static enum verdict change_rights(struct ctx *ctx, enum subject subject,
				  bool (*fn)(void *owner, struct holder holder, struct why *why))
{
	struct holder holder;
	struct why why;

	if (!find_subject(ctx, subject, &holder))
		return FAIL;
	if (!fn(ctx->host->services.storage_owner, holder, &why))
		return ctx_fail(ctx, "%s", why.text);
	chat_settings_forget(ctx, holder);
	return DONE;
}

enum verdict ctx_forget(struct ctx *ctx, enum subject subject)
{
	return change_rights(ctx, subject, ctx->host->services.storage->forget);
}

enum verdict ctx_remember(struct ctx *ctx, enum subject subject)
{
	return change_rights(ctx, subject, ctx->host->services.storage->remember);
}

enum verdict ctx_count(struct ctx *ctx, struct recorded_counts *out)
{
	const struct host_services *services = &ctx->host->services;
	struct why why;

	if (!services->storage->count(services->storage_owner, out, &why))
		return ctx_fail(ctx, "%s", why.text);
	return DONE;
}
