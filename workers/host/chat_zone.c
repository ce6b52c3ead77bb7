/* chat_zone.c - the chat's time zone: a setting of its own. */
#include <string.h>

#include "workers/host/chat_settings.h"
#include "workers/host/holder.h"
#include "workers/host/later.h"
#include "workers/host/zone.h"

#define ZONE_MODULE "timezone"
#define ZONE_KEY "zone"

const char *ctx_zone(struct ctx *ctx)
{
	const char *zone = chat_settings_own(ctx, ctx_find_chat(ctx), ZONE_MODULE, ZONE_KEY);

	return zone ? zone : ZONE_DEFAULT;
}

const char *ctx_find_zone(struct ctx *ctx, const char *text)
{
	char name[ZONE_NAME_SIZE];

	return zone_find(text, name) ? arena_strdup(ctx->arena, name) : NULL;
}

enum verdict ctx_choose_zone(struct ctx *ctx, const char *zone)
{
	const struct chat *chat = ctx_find_chat(ctx);
	char name[ZONE_NAME_SIZE];
	struct why why;

	if (!chat)
		return ctx_fail(ctx, "a time zone for no chat");
	if (zone[0] && (!zone_find(zone, name) || strcmp(name, zone) != 0))
		return ctx_fail(ctx, "the system knows no time zone \"%s\"", zone);
	if (!chat_settings_set(ctx, holder_of_chat(chat), ZONE_MODULE, ZONE_KEY,
			       zone[0] ? zone : NULL, &why))
		return ctx_fail(ctx, "%s", why.text);
	return later_hasten(ctx, chat->id);
}

int64_t ctx_minute_of_day(struct ctx *ctx, int64_t at_s)
{
	return zone_minute(ctx_zone(ctx), at_s);
}
