/* brief.c - what modules keep for an hour at most, or a week. */
#include "workers/host/brief.h"

#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "workers/host/holder.h"
#include "workers/host/turn.h"
#include "workers/storage/seal.h"

#define BRIEF_SECONDS_MAX 3600     /* PRIVACY.md */
#define CACHED_SECONDS (7 * 86400) /* PRIVACY.md */
#define CACHED_NAME_BYTES 30u      /* of the hash; each has two digits */

/* Their writes count apart from those of the module's stores: no module has a slash in its name. */
static const char *marks_of(struct ctx *ctx, const struct brief_key *key)
{
	return arena_printf(ctx->arena, "%s/brief", key->module);
}

static const char *counts_of(struct ctx *ctx, const struct brief_key *key)
{
	return arena_printf(ctx->arena, "%s/recent", key->module);
}

static bool key_of(struct ctx *ctx, struct holder holder, const char *name, struct brief_key *out)
{
	if (name[0] == '\0' || strlen(name) > STORE_KEY_MAX) {
		ctx_fail(ctx, "a key of %zu bytes; it has 1 to %d", strlen(name), STORE_KEY_MAX);
		return false;
	}
	if (!holder_resolve(ctx, &holder))
		return false;
	*out = (struct brief_key) { .holder = holder,
				    .module = ctx->row->module->name,
				    .name = arena_strdup(ctx->arena, name) };
	return true;
}

static int64_t limited(int64_t seconds)
{
	return seconds < 1 ? 1 : seconds > BRIEF_SECONDS_MAX ? BRIEF_SECONDS_MAX : seconds;
}

/* --- of any module ---------------------------------------------------------------------------- */

static bool set_for(struct ctx *ctx, const struct brief_key *key, const char *value,
		    int64_t seconds)
{
	const struct host_services *services = &ctx->host->services;
	struct mark mark = turn_write(ctx, key->holder, marks_of(ctx, key), key->name);

	return services->storage->brief_set(services->storage_owner, &mark, key, value, seconds);
}

bool brief_set_at(struct ctx *ctx, const struct brief_key *key, const char *value, int64_t seconds)
{
	return set_for(ctx, key, value, limited(seconds));
}

const char *brief_find_at(struct ctx *ctx, const struct brief_key *key)
{
	const struct host_services *services = &ctx->host->services;
	enum before before = BEFORE_UNMARKED;
	struct buffer value = { 0 };
	const char *found;

	if (ctx->item->flags & ITEM_REPEAT) {
		struct mark mark = turn_peek(ctx, key->holder, marks_of(ctx, key), key->name);

		before = services->storage->brief_before(services->storage_owner, &mark, key,
							 &value);
	}
	if (before == BEFORE_UNMARKED &&
	    services->storage->brief_find(services->storage_owner, key, &value))
		before = BEFORE_VALUE;
	found = before == BEFORE_VALUE ? arena_strdup(ctx->arena, buffer_text(&value)) : NULL;
	buffer_finish(&value);
	return found;
}

bool brief_claim_at(struct ctx *ctx, const struct brief_key *key, int64_t seconds)
{
	const struct host_services *services = &ctx->host->services;
	struct mark mark = turn_write(ctx, key->holder, marks_of(ctx, key), key->name);

	return services->storage->brief_claim(services->storage_owner, &mark, key,
					      limited(seconds));
}

static void count_keys(struct ctx *ctx, struct recent_key *keys, size_t count, int64_t window_s,
		       int64_t *out)
{
	const struct host_services *services = &ctx->host->services;

	for (size_t i = 0; i < count; i++) {
		const struct brief_key *key = &keys[i].key;

		keys[i].mark = turn_write(ctx, key->holder, counts_of(ctx, key), key->name);
	}
	services->storage->count_recent(services->storage_owner, keys, count, ctx_now(ctx),
					limited(window_s), out);
}

int64_t count_recent_at(struct ctx *ctx, const struct brief_key *key, int64_t window_s)
{
	struct recent_key one = { .key = *key };
	int64_t count;

	count_keys(ctx, &one, 1, window_s, &count);
	return count;
}

/* --- of the one whose handler runs ------------------------------------------------------------ */

static bool fits(struct ctx *ctx, const char *name, const char *value)
{
	if (!value || strlen(value) <= STORE_VALUE_MAX)
		return true;
	ctx_fail(ctx, "a value of %zu bytes under \"%s\"; at most %u are kept", strlen(value), name,
		 STORE_VALUE_MAX);
	return false;
}

bool brief_set(struct ctx *ctx, struct holder holder, const char *name, const char *value,
	       int64_t seconds)
{
	struct brief_key key;

	return key_of(ctx, holder, name, &key) && fits(ctx, name, value) &&
	       brief_set_at(ctx, &key, value, seconds);
}

const char *brief_find(struct ctx *ctx, struct holder holder, const char *name)
{
	struct brief_key key;

	return key_of(ctx, holder, name, &key) ? brief_find_at(ctx, &key) : NULL;
}

bool brief_claim(struct ctx *ctx, struct holder holder, const char *name, int64_t seconds)
{
	struct brief_key key;

	return key_of(ctx, holder, name, &key) && brief_claim_at(ctx, &key, seconds);
}

static struct brief_key key_of_cached(struct ctx *ctx, const char *what)
{
	uint8_t digest[SEAL_DIGEST_SIZE];
	char *name = arena_alloc(ctx->arena, 2 * CACHED_NAME_BYTES + 1);

	seal_digest(ctx->host->settings->privacy_key, SEAL_CACHED, what, strlen(what), digest);
	for (size_t i = 0; i < CACHED_NAME_BYTES; i++)
		sprintf(name + 2 * i, "%02x", digest[i]);
	return (struct brief_key) { .holder = { .scope = OF_BOT },
				    .module = ctx->row->module->name,
				    .name = name };
}

bool cached_set(struct ctx *ctx, const char *what, const char *value)
{
	const struct brief_key key = key_of_cached(ctx, what);

	return fits(ctx, "a cached value", value) && set_for(ctx, &key, value, CACHED_SECONDS);
}

const char *cached_find(struct ctx *ctx, const char *what)
{
	const struct brief_key key = key_of_cached(ctx, what);

	return brief_find_at(ctx, &key);
}

int64_t ctx_count_recent(struct ctx *ctx, struct holder holder, const char *name, int64_t window_s)
{
	struct brief_key key;

	return key_of(ctx, holder, name, &key) ? count_recent_at(ctx, &key, window_s) : 0;
}

void ctx_count_all_recent(struct ctx *ctx, struct holder holder, const char *const *names,
			  int64_t window_s, int64_t *counts)
{
	struct recent_key keys[COUNT_RECENT_KEYS];
	size_t count = 0;

	for (; names[count]; count++) {
		counts[count] = 0;
		if (count == COUNT_RECENT_KEYS) {
			ctx_fail(ctx, "more than %d keys are counted at once", COUNT_RECENT_KEYS);
			return;
		}
		if (!key_of(ctx, holder, names[count], &keys[count].key))
			return;
	}
	if (count)
		count_keys(ctx, keys, count, window_s, counts);
}

/* --- messages --------------------------------------------------------------------------------- */

#define SLOT_SECONDS 60
#define SLOTS (NOTED_SECONDS / SLOT_SECONDS)

/* A set for each minute, so that no id is kept for longer than it is to be known. */
static struct brief_key slot_of(struct ctx *ctx, int64_t chat_id, int64_t writer, int64_t slot)
{
	return (struct brief_key) {
		.holder = { .scope = OF_CHAT, .id = chat_id },
		.module = "korone",
		.name = arena_printf(ctx->arena, "noted/%" PRId64 "/%" PRId64, writer, slot),
	};
}

bool ctx_note_message(struct ctx *ctx)
{
	const struct host_services *services = &ctx->host->services;
	const struct message *message = ctx_find_message(ctx);
	struct target author = message ? message_author(message) : (struct target) { 0 };
	struct brief_key key;

	if (ctx->noted || !message || !message->id || (!author.user && !author.channel))
		return true;
	ctx->noted = true;
	key = slot_of(ctx, message->chat->id, author.user ? author.user->id : author.channel->id,
		      ctx_now(ctx) / SLOT_SECONDS);
	return services->storage->number_add(services->storage_owner, &key, message->id,
					     NOTED_SECONDS - SLOT_SECONDS);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

size_t ctx_noted_messages(struct ctx *ctx, int64_t writer, int64_t *ids, size_t max)
{
	const struct host_services *services = &ctx->host->services;
	const struct chat *chat = ctx_find_chat(ctx);
	struct buffer found = { 0 };
	struct brief_key slots[SLOTS];
	size_t count = 0, left_out;

	for (int64_t i = 0; chat && i < SLOTS; i++)
		slots[i] = slot_of(ctx, chat->id, writer, ctx_now(ctx) / SLOT_SECONDS - i);
	if (chat && services->storage->numbers(services->storage_owner, slots, SLOTS, &found))
		count = found.size / sizeof(*ids);
	if (count > 0)
		qsort(found.data, count, sizeof(*ids), compare);
	left_out = count > max ? count - max : 0;
	count -= left_out;
	if (count > 0)
		memcpy(ids, found.data + left_out * sizeof(*ids), count * sizeof(*ids));
	buffer_finish(&found);
	return count;
}
