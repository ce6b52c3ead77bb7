/* update_log.h - the last updates with their times, for people who look at what happened. */
#ifndef SIMULATOR_UPDATE_LOG_H
#define SIMULATOR_UPDATE_LOG_H

#include <stddef.h>
#include <stdint.h>

#define UPDATE_LOG_MAX 4096
#define UPDATE_LOG_BYTES_MAX (8u << 20)

/* Times are UTC in µs; 0: that did not happen yet. */
struct logged_update {
	int32_t id;
	int64_t chat_id; /* 0: none */
	int64_t made_us;
	int64_t delivered_us; /* the bot got it, for the first time */
	int64_t confirmed_us; /* the bot asked for what is behind it, or took it by webhook */
	char *json;           /* `"message":{…}` */
	size_t size;
};

struct update_log {
	struct logged_update *ring; /* made at first use */
	uint64_t first, next;       /* of the oldest kept and of the next one */
	uint64_t confirmed;         /* no older one waits for its confirmation */
	size_t bytes;
};

void update_log_finish(struct update_log *log);
/* The text is copied. `chat_id` 0: none. */
void update_log_add(struct update_log *log, int32_t id, int64_t chat_id, const char *json,
		    size_t size);
void update_log_delivered(struct update_log *log, int32_t id);
void update_log_confirmed(struct update_log *log, int32_t id);
/* All that were delivered and whose id is less. */
void update_log_confirmed_before(struct update_log *log, int32_t id);
/* By its place from `first` on; NULL when it is no longer or not yet there. */
const struct logged_update *update_log_at(const struct update_log *log, uint64_t place);
/* The newest with the id; NULL when there is none. */
const struct logged_update *update_log_find(const struct update_log *log, int32_t id);

#endif
