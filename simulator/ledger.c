#include "simulator/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define PINGS_KEPT 4096 /* of a chat, when the older half is answered */

struct ping {
	int64_t number;
	uint64_t delivered_us; /* 0: not yet */
	bool answered;
};

struct ledger_chat {
	int64_t chat_id;
	struct ping *pings; /* in the order they were asked */
	size_t count, capacity;
	int64_t forgotten; /* answered numbers up to this one were let go */
	size_t latest;     /* 1 + index of the latest that was answered */
};

static void chat_free(struct ledger_chat *chat)
{
	free(chat->pings);
	free(chat);
}

/* The next chat by its own id: that of a group that became a supergroup stays a second name of the
 * account. */
static struct ledger_chat *next_chat(const struct ledger *ledger, size_t *at)
{
	struct ledger_chat *chat;
	uint64_t id;

	while ((chat = id_map_next(&ledger->chats, at, &id)))
		if (chat->chat_id == (int64_t)id)
			break;
	return chat;
}

/* First all are listed: second names are told by looking at the account. */
void ledger_finish(struct ledger *ledger)
{
	struct ledger_chat **chats = xcalloc(ledger->chats.table.count + 1, sizeof(*chats));
	size_t at = 0, count = 0;

	while ((chats[count] = next_chat(ledger, &at)))
		count++;
	for (size_t i = 0; i < count; i++)
		chat_free(chats[i]);
	free(chats);
	id_map_finish(&ledger->chats);
}

void ledger_reset(struct ledger *ledger)
{
	struct id_map chats = ledger->chats;

	*ledger = (struct ledger) { .chats = chats };
}

static int64_t number_at(const char *at, const char *end)
{
	int64_t number = 0;

	if (at == end || end - at > 15)
		return -1;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return -1;
		number = number * 10 + (*at - '0');
	}
	return number;
}

int64_t ledger_ping_number(const char *text, size_t length)
{
	const char *end = text + length;
	const char *space;

	if (length < 7 || memcmp(text, "/ping", 5) != 0 || (text[5] != ' ' && text[5] != '@'))
		return -1;
	space = memchr(text, ' ', length);
	return space ? number_at(space + 1, end) : -1;
}

/* Numbers usually follow each other, so the place is known; otherwise the latest one wins. */
static struct ping *find_ping(const struct ledger_chat *chat, int64_t number)
{
	int64_t guess;

	if (chat->count == 0)
		return NULL;
	guess = number - chat->pings[0].number;
	if (guess >= 0 && guess < (int64_t)chat->count && chat->pings[guess].number == number)
		return &chat->pings[guess];
	for (size_t i = chat->count; i-- > 0;) {
		if (chat->pings[i].number == number)
			return &chat->pings[i];
	}
	return NULL;
}

static void forget_answered(struct ledger_chat *chat)
{
	size_t half = chat->count / 2;

	if (chat->count < PINGS_KEPT)
		return;
	for (size_t i = 0; i < half; i++) {
		if (!chat->pings[i].answered)
			return;
	}
	chat->forgotten = chat->pings[half - 1].number;
	memmove(chat->pings, chat->pings + half, (chat->count - half) * sizeof(struct ping));
	chat->count -= half;
	chat->latest -= half < chat->latest ? half : chat->latest;
}

void ledger_asked(struct ledger *ledger, int64_t chat_id, int64_t number)
{
	struct ledger_chat *chat = id_map_find(&ledger->chats, (uint64_t)chat_id);

	if (!chat) {
		chat = xmalloc(sizeof(*chat));
		chat->chat_id = chat_id;
		id_map_set(&ledger->chats, (uint64_t)chat_id, chat);
	}
	forget_answered(chat);
	array_reserve(chat->pings, &chat->capacity, chat->count + 1);
	chat->pings[chat->count++] = (struct ping) { .number = number };
	ledger->counts.asked++;
}

void ledger_delivered(struct ledger *ledger, int64_t chat_id, int64_t number, uint64_t now_us)
{
	struct ledger_chat *chat = id_map_find(&ledger->chats, (uint64_t)chat_id);
	struct ping *ping = chat ? find_ping(chat, number) : NULL;

	if (ping && ping->delivered_us == 0)
		ping->delivered_us = now_us;
}

static size_t bucket_of(uint64_t us)
{
	size_t exponent;
	size_t bucket;

	if (us < 32)
		return (size_t)us;
	exponent = 63 - (size_t)__builtin_clzll(us); /* at least 5 */
	bucket = (exponent - 4) * 32 + (size_t)(us >> (exponent - 5)) % 32;
	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static uint64_t bucket_value(size_t bucket)
{
	size_t exponent = bucket / 32 + 4;

	if (bucket < 32)
		return bucket;
	return (32 + (uint64_t)(bucket % 32)) << (exponent - 5);
}

static void note_latency(struct ledger *ledger, uint64_t us)
{
	ledger->latency[bucket_of(us)]++;
	ledger->latency_count++;
	if (us > ledger->latency_max_us)
		ledger->latency_max_us = us;
}

static void answered(struct ledger *ledger, struct ledger_chat *chat, struct ping *ping,
		     uint64_t now_us)
{
	size_t position = (size_t)(ping - chat->pings) + 1;

	if (ping->answered) {
		ledger->counts.duplicates++;
		return;
	}
	ping->answered = true;
	ledger->counts.answered++;
	if (position < chat->latest)
		ledger->counts.disordered++;
	else
		chat->latest = position;
	if (ping->delivered_us)
		note_latency(ledger, now_us - ping->delivered_us);
}

void ledger_said(struct ledger *ledger, int64_t chat_id, const char *text, size_t length,
		 uint64_t now_us)
{
	struct ledger_chat *chat;
	struct ping *ping;
	int64_t number;

	if (length < 6 || memcmp(text, "pong ", 5) != 0)
		return;
	number = number_at(text + 5, text + length);
	if (number < 0)
		return;
	chat = id_map_find(&ledger->chats, (uint64_t)chat_id);
	ping = chat ? find_ping(chat, number) : NULL;
	if (ping)
		answered(ledger, chat, ping, now_us);
	else if (chat && number <= chat->forgotten)
		ledger->counts.duplicates++;
	else
		ledger->counts.unexpected++;
}

void ledger_migrated(struct ledger *ledger, int64_t from, int64_t to)
{
	struct ledger_chat *chat = id_map_find(&ledger->chats, (uint64_t)from);

	if (!chat)
		return;
	chat->chat_id = to;
	id_map_set(&ledger->chats, (uint64_t)to, chat);
}

uint64_t ledger_percentile(const struct ledger *ledger, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)ledger->latency_count + 0.5);
	uint64_t seen = 0;

	if (ledger->latency_count == 0)
		return 0;
	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		seen += ledger->latency[i];
		if (seen >= wanted && seen > 0)
			return bucket_value(i);
	}
	return ledger->latency_max_us;
}

size_t ledger_missing(const struct ledger *ledger, int64_t *out, size_t max)
{
	const struct ledger_chat *chat;
	size_t count = 0, at = 0;

	while ((chat = next_chat(ledger, &at)))
		for (size_t i = 0; i < chat->count && count + 2 <= max; i++) {
			if (chat->pings[i].answered)
				continue;
			out[count++] = chat->chat_id;
			out[count++] = chat->pings[i].number;
		}
	return count;
}
