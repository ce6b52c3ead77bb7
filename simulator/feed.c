#include "simulator/feed.h"

#include <jansson.h>
#include <stdlib.h>
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

struct feed *feed_create(feed_fn *on_queued, feed_fn *on_taken)
{
	struct feed *feed = xmalloc(sizeof(*feed));

	feed->allowed = feed_default_kinds();
	feed->on_queued = on_queued;
	feed->on_taken = on_taken;
	return feed;
}

void feed_destroy(struct feed *feed)
{
	free(feed);
}

void feed_note_taken(struct sim *sim)
{
	sim->feed->on_taken(sim);
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

/* Webhook order: messages by chat, queries by user, each kind separately. */
static int64_t webhook_lane(const struct new_update *update)
{
	int64_t id = update->chat ? update->chat->id : update->actor ? update->actor->id : 0;

	if (update->kind == KIND_CALLBACK_QUERY && update->actor)
		id = update->actor->id;
	if (kinds[update->kind].lane == LANE_CHAT && update->kind <= KIND_EDITED_CHANNEL_POST)
		return id;
	return id ^ (int64_t)update->kind << 56;
}

static void note_actors(const struct new_update *update)
{
	if (update->actor)
		update->actor->acted = true;
	if (update->actor_too)
		update->actor_too->acted = true;
	if (update->chat)
		update->chat->acted = true;
}

int32_t feed_update(struct sim *sim, const struct new_update *update, const void *json, size_t size)
{
	const char *field = kinds[update->kind].field;
	int64_t now_s = sim_now_s(sim);
	struct queued_update queued = {
		.expires_s = now_s + lifetime_s(update->kind),
		.lane = webhook_lane(update),
		.chat_id = update->chat ? update->chat->id : 0,
		.ping = update->ping,
	};
	size_t length = strlen(field);
	char *text;
	int32_t id;

	if (!(sim->feed->allowed >> update->kind & 1)) {
		sim->feed->skipped++;
		return 0;
	}
	text = xmalloc(length + 3 + size);
	text[0] = '"';
	memcpy(text + 1, field, length);
	memcpy(text + 1 + length, "\":", 2);
	memcpy(text + 3 + length, json, size);
	id = queue_push(&sim->queue, &queued, text, length + 3 + size, now_s);
	if (id == 0)
		return 0;
	note_actors(update);
	update_log_add(&sim->update_log, id, queued.chat_id, text, length + 3 + size);
	if (update->ping >= 0)
		ledger_asked(&sim->ledger, queued.chat_id, update->ping);
	sim->feed->on_queued(sim);
	return id;
}

int32_t feed_raw(struct sim *sim, const void *json, size_t size)
{
	int64_t now_s = sim_now_s(sim);
	struct queued_update queued = { .expires_s = now_s + DAY_S, .ping = -1 };
	int32_t id = queue_push(&sim->queue, &queued, xmemdup(json, size), size, now_s);

	if (id == 0)
		return 0;
	update_log_add(&sim->update_log, id, 0, json, size);
	sim->feed->on_queued(sim);
	return id;
}
