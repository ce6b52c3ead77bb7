#include "simulator/update_log.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/xalloc.h"

static int64_t now_us(void)
{
	return (int64_t)(clock_utc_ns() / 1000);
}

static struct logged_update *slot_of(const struct update_log *log, uint64_t place)
{
	return &log->ring[place % UPDATE_LOG_MAX];
}

static void drop_first(struct update_log *log)
{
	struct logged_update *update = slot_of(log, log->first++);

	log->bytes -= update->size;
	free(update->json);
	*update = (struct logged_update) { 0 };
}

void update_log_finish(struct update_log *log)
{
	while (log->first < log->next)
		drop_first(log);
	free(log->ring);
	*log = (struct update_log) { 0 };
}

void update_log_add(struct update_log *log, int32_t id, int64_t chat_id, const char *json,
		    size_t size)
{
	if (!log->ring)
		log->ring = xcalloc(UPDATE_LOG_MAX, sizeof(*log->ring));
	while (log->first < log->next && (log->next - log->first == UPDATE_LOG_MAX ||
					  log->bytes + size > UPDATE_LOG_BYTES_MAX))
		drop_first(log);
	*slot_of(log, log->next++) = (struct logged_update) {
		.id = id,
		.chat_id = chat_id,
		.made_us = now_us(),
		.json = xmemdup(json, size),
		.size = size,
	};
	log->bytes += size;
}

/* Ids follow each other; those of a sequence that ended (queue_restart()) are not looked for. */
static struct logged_update *find(const struct update_log *log, int32_t id)
{
	const struct logged_update *newest = log->first < log->next ? slot_of(log, log->next - 1)
								    : NULL;
	int64_t behind = newest ? (int64_t)newest->id - id : -1;
	struct logged_update *update;

	if (behind < 0 || (uint64_t)behind >= log->next - log->first)
		return NULL;
	update = slot_of(log, log->next - 1 - (uint64_t)behind);
	return update->id == id ? update : NULL;
}

void update_log_delivered(struct update_log *log, int32_t id)
{
	struct logged_update *update = find(log, id);

	if (update && update->delivered_us == 0)
		update->delivered_us = now_us();
}

void update_log_confirmed(struct update_log *log, int32_t id)
{
	struct logged_update *update = find(log, id);

	if (update && update->confirmed_us == 0)
		update->confirmed_us = now_us();
}

void update_log_confirmed_before(struct update_log *log, int32_t id)
{
	int32_t newest = log->first < log->next ? slot_of(log, log->next - 1)->id : 0;
	int64_t now = 0;

	if (log->confirmed < log->first)
		log->confirmed = log->first;
	for (; log->confirmed < log->next; log->confirmed++) {
		struct logged_update *update = slot_of(log, log->confirmed);

		if (update->id >= id && update->id <= newest)
			break;
		now = now ? now : now_us();
		if (update->delivered_us && update->confirmed_us == 0)
			update->confirmed_us = now;
	}
}

const struct logged_update *update_log_at(const struct update_log *log, uint64_t place)
{
	return place < log->first || place >= log->next ? NULL : slot_of(log, place);
}

const struct logged_update *update_log_find(const struct update_log *log, int32_t id)
{
	return find(log, id);
}
