/* turn.c - counts writes by key, and reads what the marks of an earlier try have kept. */
#include "workers/host/turn.h"

#include <string.h>

#include "workers/host/holder.h"
#include "workers/storage/seal.h"

/* How often a key was written in this try. */
struct turn_write {
	struct holder holder;
	const char *module, *key;
	uint32_t count;
	struct turn_write *next;
};

static struct turn_write *find_write(struct ctx *ctx, struct holder holder, const char *module,
				     const char *key)
{
	for (struct turn_write *write = ctx->writes; write; write = write->next)
		if (holder_equal(write->holder, holder) && strcmp(write->module, module) == 0 &&
		    strcmp(write->key, key) == 0)
			return write;
	return NULL;
}

static struct mark mark_of(const struct ctx *ctx, uint32_t nth)
{
	return (struct mark) { .update_id = ctx->item->update_id, .stage = ctx->stage, .nth = nth };
}

struct mark turn_peek(struct ctx *ctx, struct holder holder, const char *module, const char *key)
{
	const struct turn_write *write = find_write(ctx, holder, module, key);

	return mark_of(ctx, write ? write->count + 1 : 1);
}

struct mark turn_write(struct ctx *ctx, struct holder holder, const char *module, const char *key)
{
	struct turn_write *write = find_write(ctx, holder, module, key);

	if (!write) {
		write = arena_alloc(ctx->arena, sizeof(*write));
		*write = (struct turn_write) {
			.holder = holder, .module = module, .key = key, .next = ctx->writes
		};
		ctx->writes = write;
	}
	return mark_of(ctx, ++write->count);
}

/* --- what the marks have kept ----------------------------------------------------------------- */

static bool require_marks(struct ctx *ctx, struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	const struct mark turn = mark_of(ctx, 0);
	struct buffer rows = { 0 };

	if (ctx->marks_were_read)
		return true;
	ctx->marks_were_read = services->storage->marks(services->storage_owner, &turn, &rows, why);
	if (ctx->marks_were_read) {
		ctx->marks.length = buffer_unread_size(&rows);
		ctx->marks.data = arena_memdup(ctx->arena, buffer_unread(&rows), ctx->marks.length);
	}
	buffer_finish(&rows);
	return ctx->marks_were_read;
}

static bool take_head(struct text *rest, struct mark_head *out)
{
	if (rest->length < sizeof(*out))
		return false;
	memcpy(out, rest->data, sizeof(*out));
	rest->data += sizeof(*out);
	rest->length -= sizeof(*out);
	return true;
}

bool turn_each_before(struct ctx *ctx, struct holder holder, const char *module, turn_before_fn *fn,
		      void *owner, struct why *why)
{
	struct mark_head head;
	struct text rest;

	if (!(ctx->item->flags & ITEM_REPEAT))
		return true;
	if (!require_marks(ctx, why))
		return false;
	rest = ctx->marks;
	while (take_head(&rest, &head)) {
		const char *row_module = storage_next_text(&rest), *key = storage_next_text(&rest);
		const char *value = storage_next_text(&rest);

		if (value && holder_equal(head.holder, holder) && strcmp(row_module, module) == 0 &&
		    head.nth == turn_peek(ctx, holder, module, key).nth)
			fn(owner, key, value[0] == '=' ? value + 1 : NULL);
	}
	return true;
}

struct wanted {
	const char *key, *value;
	bool made;
};

static void take_wanted(void *owner, const char *key, const char *value)
{
	struct wanted *wanted = owner;

	if (strcmp(key, wanted->key) != 0)
		return;
	wanted->made = true;
	wanted->value = value;
}

bool turn_find_before(struct ctx *ctx, struct holder holder, const char *module, const char *key,
		      bool *made, const char **value, struct why *why)
{
	struct wanted wanted = { .key = key };
	bool good = turn_each_before(ctx, holder, module, take_wanted, &wanted, why);

	*made = wanted.made;
	*value = wanted.value;
	return good;
}

__extension__ typedef unsigned __int128 wide;

/* --- the same for every try ------------------------------------------------------------------- */

int64_t ctx_now(struct ctx *ctx)
{
	int64_t written = update_time(&ctx->update);

	if (ctx->due_s)
		return ctx->due_s;
	return written ? written : (int64_t)ctx->item->received_s;
}

int64_t ctx_wall_clock(const struct ctx *ctx)
{
	return (int64_t)(ctx->item->received_s + ctx->item->age_ms / 1000);
}

int64_t ctx_random(struct ctx *ctx, int64_t below)
{
	const int64_t place = (int64_t)((uint64_t)(uint32_t)ctx->stage << 32 | ++ctx->randoms);
	uint64_t number = seal_number(ctx->host->settings->privacy_key, SEAL_RANDOM,
				      ctx->item->update_id, place);

	if (below < 2)
		return 0;
	/* The high half of the product: evenly distributed but for `below` in 2^64. */
	return (int64_t)((wide)number * (uint64_t)below >> 64);
}

uint64_t ctx_secret(const struct ctx *ctx, int64_t one, int64_t other)
{
	return seal_number(ctx->host->settings->privacy_key, SEAL_SECRET, one, other);
}
