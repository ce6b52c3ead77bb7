/* many.c - ids of groups, and of who has a setting, in parts. */
#include "workers/host/ctx.h"

static size_t take_part(struct ctx *ctx, const struct ids_query *query, int64_t after, int64_t *ids,
			size_t max)
{
	const struct host_services *services = &ctx->host->services;
	size_t count = 0;
	struct why why;

	if (services->storage->ids(services->storage_owner, query, after, ids, max, &count, &why))
		return count;
	ctx_fail(ctx, "ids: %s", why.text);
	return 0;
}

static int64_t count_all(struct ctx *ctx, const struct ids_query *query)
{
	const struct host_services *services = &ctx->host->services;
	int64_t count;
	struct why why;

	if (services->storage->count_ids(services->storage_owner, query, &count, &why))
		return count;
	ctx_fail(ctx, "ids: %s", why.text);
	return -1;
}

static struct ids_query holders(const struct ctx *ctx, enum scope scope, const char *key,
				const char *value)
{
	return (struct ids_query) { scope, ctx->row->module->name, key, value };
}

size_t ctx_groups(struct ctx *ctx, int64_t after, int64_t *ids, size_t max)
{
	const struct ids_query groups = { .scope = OF_CHAT };

	return take_part(ctx, &groups, after, ids, max);
}

int64_t ctx_count_groups(struct ctx *ctx)
{
	const struct ids_query groups = { .scope = OF_CHAT };

	return count_all(ctx, &groups);
}

size_t ctx_holders(struct ctx *ctx, enum scope scope, const char *key, const char *value,
		   int64_t after, int64_t *ids, size_t max)
{
	const struct ids_query query = holders(ctx, scope, key, value);

	return take_part(ctx, &query, after, ids, max);
}

int64_t ctx_count_holders(struct ctx *ctx, enum scope scope, const char *key, const char *value)
{
	const struct ids_query query = holders(ctx, scope, key, value);

	return count_all(ctx, &query);
}
