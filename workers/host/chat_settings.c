/* chat_settings.c - settings through the cache. While the database is away the host goes on as if
 * nobody had chosen anything: the client's language, no command switched off. */
#include "workers/host/chat_settings.h"

#include <string.h>

#include "common/xalloc.h"
#include "workers/host/here.h"
#include "workers/host/holder.h"
#include "workers/host/turn.h"

#define LOG_SUBSYSTEM "host"
#include "common/log.h"

#define LANGUAGE_MODULE "language"
#define LANGUAGE_KEY "locale"
#define DISABLING_MODULE "disabling"
#define DISABLED "disabled"

/* --- reading ---------------------------------------------------------------------------------- */

static struct chosen *find_chosen(struct ctx *ctx, struct holder holder)
{
	for (size_t i = 0; i < COUNT_OF(ctx->chosen); i++) {
		struct chosen *chosen = &ctx->chosen[i];

		if (chosen->was_read && holder_equal(chosen->holder, holder))
			return chosen;
	}
	return NULL;
}

/* Reads which ids have settings at all, a part at a time. Without the database it is retried
 * later. */
static void look_for_settings(struct host *host)
{
	const struct storage *storage = host->services.storage;
	struct buffer ids = { 0 };
	struct why why;

	if (!storage->ids_with_settings ||
	    !settings_presence_is_due(host->settings_presence, host->settings_cache,
				      &host->settings_presence_build))
		return;
	if (storage->ids_with_settings(host->services.storage_owner,
				       host->settings_presence_build.after, &ids, &why))
		settings_presence_add(host->settings_presence, &host->settings_presence_build,
				      (const int64_t *)(const void *)buffer_unread(&ids),
				      buffer_unread_size(&ids) / sizeof(int64_t));
	buffer_finish(&ids);
}

void chat_settings_follow(struct host *host)
{
	if (settings_cache_follow_is_due(host->settings_cache))
		host->services.storage->follow(host->services.storage_owner, host->settings_cache);
	look_for_settings(host);
}

bool chat_settings_may_have(const struct host *host, struct holder holder)
{
	return settings_presence_may_have(host->settings_presence, host->settings_cache, holder.id);
}

/* From the cache, else from the database, and into the cache. */
static bool read_settings(struct host *host, struct holder holder, struct buffer *out,
			  struct why *why)
{
	const struct storage *storage = host->services.storage;
	uint64_t version;

	chat_settings_follow(host);
	if (!chat_settings_may_have(host, holder) ||
	    settings_cache_find(host->settings_cache, holder, out))
		return true;
	version = settings_cache_version(host->settings_cache, holder.id);
	if (!storage->load(host->services.storage_owner, holder, out, why))
		return false;
	settings_cache_put(host->settings_cache, holder, version, buffer_unread(out),
			   buffer_unread_size(out));
	return true;
}

/* Where the settings of each module begin: one pass, so that looking for one is short. */
static void divide(struct chosen *chosen, struct arena *arena)
{
	struct text rest = chosen->settings;
	struct chosen_part *part = NULL;
	size_t capacity = 0;

	chosen->parts = NULL;
	chosen->parts_count = 0;
	while (rest.length) {
		const char *module = storage_next_text(&rest);

		if (!module || !storage_next_text(&rest) || !storage_next_text(&rest))
			return;
		if (!part || strcmp(part->module, module) != 0) {
			if (chosen->parts_count == capacity) {
				capacity = 2 * capacity + 8;
				part = arena_alloc(arena, capacity * sizeof(*part));
				if (chosen->parts_count)
					memcpy(part, chosen->parts,
					       chosen->parts_count * sizeof(*part));
				chosen->parts = part;
			}
			part = &chosen->parts[chosen->parts_count++];
			part->module = part->settings.data = module;
		}
		part->settings.length = (size_t)(rest.data - part->settings.data);
	}
}

static bool require_chosen(struct ctx *ctx, struct holder holder, struct chosen **out,
			   struct why *why)
{
	struct buffer *scratch = &ctx->host->scratch;
	struct chosen *chosen = find_chosen(ctx, holder);

	if (!chosen) {
		buffer_clear(scratch);
		if (!read_settings(ctx->host, holder, scratch, why))
			return false;
		chosen = &ctx->chosen[ctx->next_chosen++ % COUNT_OF(ctx->chosen)];
		chosen->holder = holder;
		chosen->was_read = true;
		chosen->settings.length = buffer_unread_size(scratch);
		chosen->settings.data = arena_memdup(ctx->arena, buffer_unread(scratch),
						     chosen->settings.length);
		divide(chosen, ctx->arena);
	}
	*out = chosen;
	return true;
}

bool chat_settings_each(struct ctx *ctx, struct holder holder, chat_setting_fn *fn, void *owner,
			struct why *why)
{
	struct chosen *chosen;
	struct text rest;

	if (!require_chosen(ctx, holder, &chosen, why))
		return false;
	rest = chosen->settings;
	for (;;) {
		const char *module = storage_next_text(&rest), *key = storage_next_text(&rest);
		const char *value = storage_next_text(&rest);

		if (!module || !key || !value)
			return true;
		fn(owner, module, key, value);
	}
}

bool chat_settings_each_of(struct ctx *ctx, struct holder holder, const char *module,
			   chat_setting_fn *fn, void *owner, struct why *why)
{
	struct chosen *chosen;

	if (!require_chosen(ctx, holder, &chosen, why))
		return false;
	for (size_t i = 0; i < chosen->parts_count; i++) {
		struct text rest = chosen->parts[i].settings;

		if (strcmp(chosen->parts[i].module, module) != 0)
			continue;
		while (rest.length) {
			const char *key, *value;

			storage_next_text(&rest);
			key = storage_next_text(&rest);
			value = storage_next_text(&rest);
			fn(owner, module, key, value);
		}
	}
	return true;
}

struct wanted {
	const char *key, *value;
};

static void take_wanted(void *owner, const char *module, const char *key, const char *value)
{
	struct wanted *wanted = owner;

	(void)module;
	if (strcmp(key, wanted->key) == 0)
		wanted->value = value;
}

bool chat_settings_find(struct ctx *ctx, struct holder holder, const char *module, const char *key,
			const char **value, struct why *why)
{
	struct wanted wanted = { .key = key };
	bool made;

	*value = NULL;
	if (!turn_find_before(ctx, holder, module, key, &made, value, why))
		return false;
	if (made)
		return true;
	if (!chat_settings_each_of(ctx, holder, module, take_wanted, &wanted, why))
		return false;
	*value = wanted.value;
	return true;
}

bool chat_settings_entry(struct ctx *ctx, struct holder holder, const char *module, const char *key,
			 const char **value, struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	struct buffer rows = { 0 };
	struct text rest;
	bool made, good;

	if (!turn_find_before(ctx, holder, module, key, &made, value, why))
		return false;
	if (made)
		return true;
	good = services->storage->entry(services->storage_owner, holder, module, key, &rows, why);
	rest = (struct text) { (char *)buffer_unread(&rows), buffer_unread_size(&rows) };
	if (good && storage_next_text(&rest))
		*value = arena_strndup(ctx->arena, rest.data, strlen(rest.data));
	buffer_finish(&rows);
	return good;
}

/* --- writing ---------------------------------------------------------------------------------- */

void chat_settings_forget(struct ctx *ctx, struct holder holder)
{
	struct chosen *chosen = find_chosen(ctx, holder);

	if (chosen)
		chosen->was_read = false;
	ctx->option_values = NULL;
	settings_cache_change(ctx->host->settings_cache, settings_cache_bucket(holder.id));
}

static bool check(struct holder holder, const char *key, const char *value, struct why *why)
{
	size_t length = value ? strlen(value) : 0;
	size_t maximum = storage_is_entry(holder, key) ? STORE_ENTRY_MAX : STORE_VALUE_MAX;

	if (key[0] == '\0' || strlen(key) > STORE_KEY_MAX)
		return why_set(why, "a key of %zu bytes; it has 1 to %d", strlen(key),
			       STORE_KEY_MAX);
	if (length > maximum)
		return why_set(why, "a value of %zu bytes under \"%s\"; at most %zu are stored",
			       length, key, maximum);
	return true;
}

bool chat_settings_set_all(struct ctx *ctx, struct stored_write *writes, size_t count,
			   struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	bool saved;

	for (size_t i = 0; i < count; i++) {
		struct stored_write *write = &writes[i];

		if (!check(write->holder, write->key, write->value, why))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct stored_write *write = &writes[i];

		write->key = arena_strdup(ctx->arena, write->key);
		write->mark = turn_write(ctx, write->holder, write->module, write->key);
	}
	saved = services->storage->save(services->storage_owner, writes, count, why);
	/* After a failure, too: it may have been stored nevertheless. */
	for (size_t i = 0; i < count; i++)
		if (writes[i].holder.scope != OF_MEMBER) /* which is in no cache */
			chat_settings_forget(ctx, writes[i].holder);
	return saved;
}

bool chat_settings_set(struct ctx *ctx, struct holder holder, const char *module, const char *key,
		       const char *value, struct why *why)
{
	struct stored_write write = {
		.holder = holder, .module = module, .key = key, .value = value
	};

	return chat_settings_set_all(ctx, &write, 1, why);
}

/* --- the host's own settings ------------------------------------------------------------------ */

const char *chat_settings_own(struct ctx *ctx, const struct chat *chat, const char *module,
			      const char *key)
{
	const char *value = NULL;
	struct why why;

	if (!chat || ctx->settings_away ||
	    chat_settings_find(ctx, holder_of_chat(chat), module, key, &value, &why))
		return value;
	ctx->settings_away = true;
	log_warn("going on without the chat's settings", log_text("error", why.text));
	return NULL;
}

const struct language *chat_settings_language_or(struct ctx *ctx, const struct language *other)
{
	const char *locale = chat_settings_own(ctx, ctx_find_here(ctx), LANGUAGE_MODULE,
					       LANGUAGE_KEY);

	return locale ? language_pick(ctx->host->languages, locale) : other;
}

const struct language *chat_settings_language_of(struct ctx *ctx, int64_t id, const char *locale)
{
	const struct holder holder = { .scope = id < 0 ? OF_CHAT : OF_PERSON, .id = id };
	const char *chosen;
	struct why why;

	if (chat_settings_find(ctx, holder, LANGUAGE_MODULE, LANGUAGE_KEY, &chosen, &why) && chosen)
		locale = chosen;
	return language_pick(ctx->host->languages, locale);
}

const struct language *chat_settings_language(struct ctx *ctx)
{
	const struct user *user = ctx_find_user(ctx);

	return chat_settings_language_or(
		ctx, language_pick(ctx->host->languages, user ? user->language_code : ""));
}

enum verdict ctx_choose_locale(struct ctx *ctx, const char *locale)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct why why;

	if (!chat)
		return ctx_fail(ctx, "a language for no chat");
	if (!chat_settings_set(ctx, holder_of_chat(chat), LANGUAGE_MODULE, LANGUAGE_KEY,
			       locale[0] ? locale : NULL, &why))
		return ctx_fail(ctx, "%s", why.text);
	ctx->language = chat_settings_language(ctx);
	return DONE;
}

bool chat_settings_disabled(struct ctx *ctx, const struct chat *chat, const struct route *route)
{
	char key[STORE_KEY_MAX + 1];
	size_t length;

	if (!route_is_disableable(route) || !chat || !chat_is_group(chat))
		return false;
	length = strcspn(route->match, " ");
	memcpy(key, route->match, length);
	key[length] = '\0';
	return chat_settings_own(ctx, chat, DISABLING_MODULE, key) != NULL;
}

bool route_is_disableable(const struct route *route)
{
	return route->kind == ROUTE_COMMAND && !route->always && !route->operators &&
	       !route->private;
}

bool ctx_is_disabled(struct ctx *ctx, const struct route *route)
{
	return chat_settings_disabled(ctx, ctx_find_chat(ctx), route);
}

enum verdict ctx_disable(struct ctx *ctx, const struct route *route, bool disabled)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct why why;

	if (!chat || !route_is_disableable(route))
		return ctx_fail(ctx, "this cannot be switched");
	if (!chat_settings_set(ctx, holder_of_chat(chat), DISABLING_MODULE,
			       route_command(ctx, route), disabled ? DISABLED : NULL, &why))
		return ctx_fail(ctx, "%s", why.text);
	return DONE;
}

bool chat_settings_migrate(struct ctx *ctx)
{
	const struct message_view *message = &ctx->update.message;
	const struct host_services *services = &ctx->host->services;
	const struct chat *chat = ctx_find_chat(ctx);
	bool moved = false;
	int64_t old, new;
	struct why why;

	if (!chat || (!message->migrate_from && !message->migrate_to))
		return false;
	old = message->migrate_from ? message->migrate_from : chat->id;
	new = message->migrate_from ? chat->id : message->migrate_to;
	/* The recorder does the same: whichever comes first. */
	if (!services->storage->migrate(services->storage_owner, old, new, &why))
		log_warn("a group's settings wait for the recorder to move",
			 log_text("error", why.text));
	else
		moved = message->migrate_from != 0;
	chat_settings_forget(ctx, (struct holder) { .scope = OF_CHAT, .id = old });
	chat_settings_forget(ctx, (struct holder) { .scope = OF_CHAT, .id = new });
	return moved;
}
