#include "simulator/feed.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "common/xalloc.h"
#include "simulator/sim.h"

#define DAY_S 86400

uint32_t feed_default_kinds(void)
{
	return ((1u << KIND_UNKNOWN) - 1) & ~(1u << KIND_CHAT_MEMBER) &
	       ~(1u << KIND_MESSAGE_REACTION) & ~(1u << KIND_MESSAGE_REACTION_COUNT);
}

static uint32_t kind_bit(const char *name)
{
	for (unsigned i = 0; i < KIND_UNKNOWN; i++) {
		if (!strcasecmp(kinds[i].field, name))
			return 1u << i;
	}
	return 0;
}

uint32_t feed_parse_kinds(const char *json)
{
	json_t *list = *json ? json_loads(json, 0, NULL) : NULL;
	uint32_t result = 0;
	size_t i;
	json_t *item;

	if (!json_is_array(list)) {
		json_decref(list);
		return 0;
	}
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item)) {
			json_decref(list);
			return 0;
		}
		result |= kind_bit(json_string_value(item));
	}
	json_decref(list);
	return result ? result : feed_default_kinds();
}

/* How long Telegram keeps an update of a kind (Bot API server, Client::add_update call sites). */
static int64_t lifetime_s(enum update_kind kind)
{
	if (kind == KIND_CALLBACK_QUERY)
		return 150;
	if (kind == KIND_CHOSEN_INLINE_RESULT)
		return 600;
	return kinds[kind].expires_s ? kinds[kind].expires_s : DAY_S;
}

/* Webhook order: messages by chat, queries by user, each kind of them for itself. */
static int64_t webhook_lane(const struct happening *happening)
{
	int64_t id = happening->chat    ? happening->chat->id
		     : happening->actor ? happening->actor->id
					: 0;

	if (happening->kind == KIND_CALLBACK_QUERY && happening->actor)
		id = happening->actor->id;
	if (kinds[happening->kind].lane == LANE_CHAT && happening->kind <= KIND_EDITED_CHANNEL_POST)
		return id;
	return id ^ (int64_t)happening->kind << 56;
}

static void note_actors(const struct happening *happening)
{
	if (happening->actor)
		happening->actor->acted = true;
	if (happening->actor_too)
		happening->actor_too->acted = true;
	if (happening->chat)
		happening->chat->acted = true;
}

static void wake(struct sim *sim)
{
	poll_wakeup(sim);
	hook_wakeup(sim);
}

int32_t feed_update(struct sim *sim, const struct happening *happening, const void *json,
		    size_t size)
{
	const char *field = kinds[happening->kind].field;
	int64_t now_s = sim_now_s(sim);
	struct event event = {
		.expires_s = now_s + lifetime_s(happening->kind),
		.lane = webhook_lane(happening),
		.chat_id = happening->chat ? happening->chat->id : 0,
		.ping = happening->ping,
	};
	size_t length = strlen(field);
	char *text;
	int32_t id;

	if (!(sim->feed.allowed >> happening->kind & 1)) {
		sim->feed.skipped++;
		return 0;
	}
	text = xmalloc(length + 3 + size);
	text[0] = '"';
	memcpy(text + 1, field, length);
	memcpy(text + 1 + length, "\":", 2);
	memcpy(text + 3 + length, json, size);
	id = queue_push(&sim->queue, &event, text, length + 3 + size, now_s);
	if (id == 0)
		return 0;
	note_actors(happening);
	if (happening->ping >= 0)
		ledger_asked(&sim->ledger, event.chat_id, happening->ping);
	wake(sim);
	return id;
}

int32_t feed_raw(struct sim *sim, const void *json, size_t size)
{
	int64_t now_s = sim_now_s(sim);
	struct event event = { .expires_s = now_s + DAY_S, .ping = -1 };
	int32_t id = queue_push(&sim->queue, &event, xmemdup(json, size), size, now_s);

	if (id != 0)
		wake(sim);
	return id;
}
