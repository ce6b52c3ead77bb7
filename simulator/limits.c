#include "simulator/limits.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define SECOND_MS 1000
#define MINUTE_MS 60000

struct chat_windows {
	struct limit_window second, minute;
};

void limits_finish(struct limits *limits)
{
	struct chat_windows *windows;
	size_t at = 0;

	while ((windows = id_map_next(&limits->chats, &at, NULL)))
		free(windows);
	id_map_finish(&limits->chats);
	*limits = (struct limits) { .options = limits->options };
}

/* Milliseconds until there is room again, 0 when there is. */
static int64_t full_for(struct limit_window *window, int64_t limit, int64_t length_ms,
			int64_t now_ms)
{
	if (limit == 0)
		return 0;
	/* It begins with the first message that passes. */
	if (window->count == 0 || now_ms < window->start_ms ||
	    now_ms - window->start_ms >= length_ms)
		*window = (struct limit_window) { .start_ms = now_ms };
	return window->count < limit ? 0 : window->start_ms + length_ms - now_ms;
}

static struct chat_windows *windows_of(struct limits *limits, int64_t chat_id)
{
	struct chat_windows *windows = id_map_find(&limits->chats, (uint64_t)chat_id);

	if (!windows) {
		windows = xmalloc(sizeof(*windows));
		id_map_add(&limits->chats, (uint64_t)chat_id, windows);
	}
	return windows;
}

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t chat_full_for(struct chat_windows *windows, const struct limit_options *options,
			     const struct chat *chat, int64_t now_ms)
{
	int64_t wait_ms = full_for(&windows->second, options->per_chat, SECOND_MS, now_ms);

	if (chat->type != CHAT_GROUP && chat->type != CHAT_SUPERGROUP)
		return wait_ms;
	return longer(wait_ms, full_for(&windows->minute, options->per_group, MINUTE_MS, now_ms));
}

static int in_seconds(struct limits *limits, int64_t wait_ms)
{
	limits->refused++;
	return (int)((wait_ms + SECOND_MS - 1) / SECOND_MS);
}

int limits_wait_s(struct limits *limits, const struct chat *chat, bool paid, int64_t now_ms)
{
	const struct limit_options *options = &limits->options;
	int64_t per_second = options->per_second && paid ? PAID_PER_SECOND : options->per_second;
	int64_t wait_ms = longer(full_for(&limits->all, per_second, SECOND_MS, now_ms),
				 limits->silent_until_ms - now_ms);

	if (options->per_chat || options->per_group)
		wait_ms = longer(wait_ms, chat_full_for(windows_of(limits, chat->id), options, chat,
							now_ms));
	return wait_ms > 0 ? in_seconds(limits, wait_ms) : 0;
}

void limits_count(struct limits *limits, const struct chat *chat, int64_t messages)
{
	struct chat_windows *windows;

	limits->all.count += messages;
	if (!limits->options.per_chat && !limits->options.per_group)
		return;
	windows = windows_of(limits, chat->id);
	windows->second.count += messages;
	windows->minute.count += messages;
}
