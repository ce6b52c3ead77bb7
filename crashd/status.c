/* status.c - a timer that fills in the metrics and /status, drops expired reports, and saves the
 * list of incidents. */
#include "crashd/status.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "crashd/metrics.h"

#define LOG_SUBSYSTEM "crashd"

#define TELL_MS 1000u
#define KEEP_HOUSE_MS 60000u

struct status {
	struct loop *loop;
	struct health *health;
	const struct settings *settings;
	struct store *store;
	struct symbols *symbols;
	struct incidents *incidents;
	const struct examiner *examiner;
	struct forward *forward;
	struct loop_timer tell;
	struct loop_timer keep_house;
	uint64_t started_ms;
	struct buffer json;
};

static size_t count_pending(const struct status *status)
{
	return crash_store_count(status->store, STORE_CAPTURE) +
	       crash_store_count(status->store, STORE_REPORT);
}

static void tell_status(struct status *status, size_t pending)
{
	struct json json;

	buffer_clear(&status->json);
	json = json_start(&status->json);
	json_object_start(&json);
	json_key_text(&json, "process", "crashd");
	json_key_int(&json, "pid", getpid());
	json_key_text(&json, "version", KORONE_VERSION);
	json_key_int(&json, "up_ms", (int64_t)(loop_now_ms(status->loop) - status->started_ms));
	json_key_bool(&json, "ready", true);
	json_key_text(&json, "logfire", forward_state(status->forward));
	if (examiner_walls(status->examiner) >= 0)
		walls_write((uint32_t)examiner_walls(status->examiner), &json);
	json_key_int(&json, "received", metric_get_at(&crashd_reports, REPORT_RECEIVED, 0));
	json_key_int(&json, "delivered", metric_get_at(&crashd_reports, REPORT_DELIVERED, 0));
	json_key_int(&json, "expired", metric_get_at(&crashd_reports, REPORT_EXPIRED, 0));
	json_key_int(&json, "rejected", metric_get_at(&crashd_reports, REPORT_REJECTED, 0));
	json_key_int(&json, "pending", (int64_t)pending);
	json_object_end(&json);
	health_status(status->health, buffer_text(&status->json),
		      buffer_unread_size(&status->json));
}

/* Known once the symbolizer has run. */
static void tell_walls(struct status *status)
{
	int walls = examiner_walls(status->examiner);

	if (walls < 0)
		return;
	for (enum wall wall = 0; wall < WALL_COUNT; wall++)
		metric_set_at(&crashd_walls, wall, 0, walls_have((uint32_t)walls, wall));
	health_dependency(status->health, "walls", false, walls == WALLS_ALL,
			  walls_text((uint32_t)walls));
}

/* Not required: crashd serves the other processes whether Logfire answers or not. */
static void tell(void *owner)
{
	struct status *status = owner;
	size_t pending = count_pending(status);

	metric_set(&crashd_pending, (int64_t)pending);
	metric_set(&crashd_evicted, (int64_t)crash_store_evicted(status->store));
	health_dependency(status->health, "store", true, true, "ready");
	health_dependency(status->health, "logfire", false, forward_is_ready(status->forward),
			  forward_state(status->forward));
	tell_walls(status);
	tell_status(status, pending);
	loop_timer_set_tick(status->loop, &status->tell, TELL_MS);
}

static void keep_house(void *owner)
{
	struct status *status = owner;
	int64_t keep_s = status->settings->crash_keep_hours * 3600;
	size_t expired = crash_store_expire(status->store, clock_utc_s() - keep_s);
	struct why why;

	if (expired > 0) {
		metric_add_at(&crashd_reports, REPORT_EXPIRED, 0, (int64_t)expired);
		log_warn("dropped reports not accepted within KORONE_CRASH_KEEP_HOURS",
			 log_unsigned("count", expired));
	}
	if (!symbols_refresh(status->symbols, &why))
		log_warn("going on without a copy of the new programs",
			 log_text("error", why.text));
	if (!incidents_save(status->incidents, &why))
		log_warn("cannot save the list of incidents", log_text("error", why.text));
	loop_timer_set(status->loop, &status->keep_house, KEEP_HOUSE_MS);
}

struct status *crashd_status_create(struct loop *loop, struct health *health,
				    const struct settings *settings, struct store *store,
				    struct symbols *symbols, struct incidents *incidents,
				    const struct examiner *examiner, struct forward *forward)
{
	struct status *status = xcalloc(1, sizeof(*status));

	status->loop = loop;
	status->health = health;
	status->settings = settings;
	status->store = store;
	status->symbols = symbols;
	status->incidents = incidents;
	status->examiner = examiner;
	status->forward = forward;
	status->tell = (struct loop_timer) { .fn = tell, .owner = status };
	status->keep_house = (struct loop_timer) { .fn = keep_house, .owner = status };
	status->started_ms = loop_now_ms(loop);
	keep_house(status);
	tell(status);
	return status;
}

void crashd_status_destroy(struct status *status)
{
	if (!status)
		return;
	loop_timer_clear(status->loop, &status->tell);
	loop_timer_clear(status->loop, &status->keep_house);
	buffer_finish(&status->json);
	free(status);
}
