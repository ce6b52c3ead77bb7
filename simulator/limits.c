#include "simulator/limits.h"

#include <stdlib.h>

#include "common/xalloc.h"

struct window {
	uint64_t start_ms;
	int64_t count;
};

void limits_finish(struct limits *limits)
{
	struct window *window;
	size_t at = 0;

	while ((window = id_map_next(&limits->chats, &at, NULL)))
		free(window);
	id_map_finish(&limits->chats);
}

/* Milliseconds until there is room again, 0 when there is. */
static uint64_t full_for(uint64_t *start_ms, int64_t *count, int64_t limit, uint64_t length_ms,
			 uint64_t now_ms)
{
	if (limit == 0)
		return 0;
	if (now_ms - *start_ms >= length_ms) {
		*start_ms = now_ms;
		*count = 0;
	}
	return *count < limit ? 0 : *start_ms + length_ms - now_ms;
}

static struct window *window_of(struct limits *limits, int64_t chat_id)
{
	struct window *window = id_map_find(&limits->chats, (uint64_t)chat_id);

	if (!window) {
		window = xmalloc(sizeof(*window));
		id_map_add(&limits->chats, (uint64_t)chat_id, window);
	}
	return window;
}

int limits_take(struct limits *limits, const struct chat *chat, uint64_t now_ms)
{
	const struct limit_options *options = &limits->options;
	int64_t limit = chat->person ? options->per_chat : options->per_group;
	uint64_t length_ms = chat->person ? 1000 : 60000;
	struct window *window = limit ? window_of(limits, chat->id) : NULL;
	uint64_t wait_ms = full_for(&limits->all_start_ms, &limits->all_count, options->per_second,
				    1000, now_ms);

	if (limits->silent_until_ms > now_ms)
		wait_ms = limits->silent_until_ms - now_ms;
	if (window && wait_ms == 0)
		wait_ms = full_for(&window->start_ms, &window->count, limit, length_ms, now_ms);
	if (wait_ms > 0) {
		limits->refused++;
		return (int)((wait_ms + 999) / 1000);
	}
	limits->all_count++;
	if (window)
		window->count++;
	return 0;
}
