/* module_store.c - what modules store: whose it is, settings by the cache, entries on demand, and
 * what was there before a write that was made when the handler ran before. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/host/answer.h"
#include "workers/host/chat_settings.h"
#include "workers/host/holder.h"
#include "workers/host/turn.h"

static const char *module_of(const struct ctx *ctx)
{
	return ctx->row->module->name;
}

static bool fail(struct ctx *ctx, const struct why *why)
{
	ctx_fail(ctx, "%s", why->text);
	return false;
}

/* --- one value -------------------------------------------------------------------------------- */

const char *store_find(struct ctx *ctx, struct holder holder, const char *key)
{
	const char *value = NULL;
	struct why why;
	bool good;

	if (holder_is_shared(ctx, holder) || !holder_resolve(ctx, &holder))
		return NULL;
	if (storage_is_entry(holder, key))
		good = chat_settings_entry(ctx, holder, module_of(ctx), key, &value, &why);
	else
		good = chat_settings_find(ctx, holder, module_of(ctx), key, &value, &why);
	if (!good)
		ctx_fail_reading(ctx, &why);
	return good ? value : NULL;
}

bool store_set(struct ctx *ctx, struct holder holder, const char *key, const char *value)
{
	struct why why;

	return holder_resolve(ctx, &holder) &&
	       (chat_settings_set(ctx, holder, module_of(ctx), key, value, &why) ||
		fail(ctx, &why));
}

/* --- all with a prefix ------------------------------------------------------------------------ */

/* What store_each() gives one after the other: the text in `key` is what it returns. */
struct each_row {
	const char *value; /* NULL: it is not there */
	struct each_row *next;
	char key[];
};

struct listing {
	struct ctx *ctx;
	struct holder holder;
	const char *prefix;
	struct each_row **rows;
	size_t count, capacity;
};

static struct each_row *find_row(const struct listing *listing, const char *key)
{
	for (size_t i = 0; i < listing->count; i++)
		if (strcmp(listing->rows[i]->key, key) == 0)
			return listing->rows[i];
	return NULL;
}

static struct each_row *add_row(struct listing *listing, const char *key)
{
	struct each_row *row = arena_alloc(listing->ctx->arena, sizeof(*row) + strlen(key) + 1);

	if (listing->count == listing->capacity) {
		listing->capacity = 2 * listing->capacity + 16;
		listing->rows = xreallocarray(listing->rows, listing->capacity,
					      sizeof(*listing->rows));
	}
	strcpy(row->key, key);
	return listing->rows[listing->count++] = row;
}

static bool is_listed(const struct listing *listing, const char *key)
{
	return strncmp(key, listing->prefix, strlen(listing->prefix)) == 0 &&
	       storage_is_entry(listing->holder, key) ==
		       storage_is_entry(listing->holder, listing->prefix);
}

static void take_before(void *owner, const char *key, const char *value)
{
	struct listing *listing = owner;
	struct each_row *row = is_listed(listing, key) ? find_row(listing, key) : NULL;

	if (!row && is_listed(listing, key))
		row = add_row(listing, key);
	if (row)
		row->value = value;
}

static void take_setting(void *owner, const char *module, const char *key, const char *value)
{
	struct listing *listing = owner;

	if (strcmp(module, module_of(listing->ctx)) == 0 && is_listed(listing, key))
		add_row(listing, key)->value = value;
}

static bool list_entries(struct listing *listing, struct why *why)
{
	const struct host_services *services = &listing->ctx->host->services;
	struct buffer rows = { 0 };
	bool good = services->storage->entries(services->storage_owner, listing->holder,
					       module_of(listing->ctx), listing->prefix, &rows,
					       why);
	struct text rest = { NULL, good ? buffer_unread_size(&rows) : 0 };
	const char *key, *value;

	rest.data = arena_memdup(listing->ctx->arena, buffer_unread(&rows), rest.length);
	while ((key = storage_next_text(&rest)) && (value = storage_next_text(&rest)))
		add_row(listing, key)->value = value;
	buffer_finish(&rows);
	return good;
}

static bool list(struct listing *listing, struct why *why)
{
	bool entries = storage_is_entry(listing->holder, listing->prefix);

	return (entries ? list_entries(listing, why)
			: chat_settings_each(listing->ctx, listing->holder, take_setting, listing,
					     why)) &&
	       turn_each_before(listing->ctx, listing->holder, module_of(listing->ctx), take_before,
				listing, why);
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp((*(struct each_row *const *)a)->key, (*(struct each_row *const *)b)->key);
}

/* The first of the rows that are there, each with the next. */
static struct each_row *link_rows(struct listing *listing)
{
	struct each_row *first = NULL;

	if (listing->count)
		qsort(listing->rows, listing->count, sizeof(struct each_row *), compare_rows);
	for (size_t i = listing->count; i-- > 0;) {
		struct each_row *row = listing->rows[i];

		if (!row->value)
			continue;
		row->next = first;
		first = row;
	}
	return first;
}

static const struct each_row *first_row(struct ctx *ctx, struct holder holder, const char *prefix)
{
	struct listing listing = { .ctx = ctx, .prefix = prefix };
	const struct each_row *first = NULL;
	struct why why;

	if (holder_is_shared(ctx, holder) || !holder_resolve(ctx, &holder))
		return NULL;
	listing.holder = holder;
	if (list(&listing, &why))
		first = link_rows(&listing);
	else
		ctx_fail_reading(ctx, &why);
	free(listing.rows);
	return first;
}

bool store_each(struct ctx *ctx, struct holder holder, const char *prefix, const char **key,
		const char **value)
{
	const struct each_row *row;

	if (*key)
		row = ((const struct each_row *)(const void *)(*key -
							       offsetof(struct each_row, key)))
			      ->next;
	else
		row = first_row(ctx, holder, prefix);
	*key = row ? row->key : NULL;
	*value = row ? row->value : NULL;
	return row != NULL;
}
