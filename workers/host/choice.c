/* choice.c - request ids are hashes of steps: Telegram gives back only those of buttons that the
 * bot has shown, so that they need no seal. */
#include "workers/host/choice.h"

#include <string.h>

/* FNV-1a (RFC 9923): buttons outlive the program, so the numbers must never change. */
static uint32_t hash_on(uint32_t hash, const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		hash = (hash ^ *at) * 16777619u;
	return hash;
}

static int64_t number_of(uint32_t hash)
{
	return (int64_t)(hash % INT32_MAX) + 1;
}

int64_t choice_request_id(const char *step)
{
	return number_of(hash_on(2166136261u, step));
}

int64_t choice_channel_id(const char *step)
{
	return number_of(hash_on(hash_on(2166136261u, step), "/channel"));
}

bool choice_is_taken(const struct ctx *ctx, const char *event, const char *step)
{
	const struct row *const *row = routes_find_event(ctx->host->routes, event);

	for (; *row; row++)
		if ((*row)->route->kind == ROUTE_SERVICE && (*row)->route->step &&
		    strcmp((*row)->route->step, step) == 0)
			return true;
	return false;
}

bool choice_is_for(const struct ctx *ctx, const struct route *route)
{
	struct cursor shared = cursor_find(ctx->update.body, route->match);
	struct cursor found = cursor_find(shared, "request_id");
	int64_t id;

	if (!route->step || cursor_type(&found) != PACK_INT)
		return !route->step;
	id = cursor_int(&found);
	return id == choice_request_id(route->step) || id == choice_channel_id(route->step);
}
