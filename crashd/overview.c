/* overview.c - see overview.h. */
#include "crashd/overview.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "crashd/metrics.h"

#define LOG_SUBSYSTEM "crashd"

#define TELL_MS 1000u
#define KEEP_HOUSE_MS 60000u

struct overview {
	struct loop *loop;
	struct health *health;
	const struct settings *settings;
	struct store *store;
	struct symbols *symbols;
	struct incidents *incidents;
	struct forward *forward;
	struct loop_timer tell;
	struct loop_timer keep_house;
	uint64_t started_ms;
	struct buffer json;
};

static size_t count_pending(const struct overview *overview)
{
	return crash_store_count(overview->store, STORE_CAPTURE) +
	       crash_store_count(overview->store, STORE_REPORT);
}

static void tell_status(struct overview *overview, size_t pending)
{
	struct json json;

	buffer_clear(&overview->json);
	json = json_start(&overview->json);
	json_object_start(&json);
	json_key_text(&json, "process", "crashd");
	json_key_int(&json, "pid", getpid());
	json_key_text(&json, "version", KORONE_VERSION);
	json_key_int(&json, "up_ms", (int64_t)(loop_now_ms(overview->loop) - overview->started_ms));
	json_key_bool(&json, "ready", true);
	json_key_text(&json, "logfire", forward_state(overview->forward));
	json_key_int(&json, "received", metric_get_at(&crashd_reports, REPORT_RECEIVED, 0));
	json_key_int(&json, "delivered", metric_get_at(&crashd_reports, REPORT_DELIVERED, 0));
	json_key_int(&json, "expired", metric_get_at(&crashd_reports, REPORT_EXPIRED, 0));
	json_key_int(&json, "rejected", metric_get_at(&crashd_reports, REPORT_REJECTED, 0));
	json_key_int(&json, "pending", (int64_t)pending);
	json_object_end(&json);
	health_status(overview->health, buffer_text(&overview->json),
		      buffer_unread_size(&overview->json));
}

/* crashd serves the other processes whether Logfire answers or not. */
static void tell(void *owner)
{
	struct overview *overview = owner;
	size_t pending = count_pending(overview);

	metric_set(&crashd_pending, (int64_t)pending);
	metric_set(&crashd_evicted, (int64_t)crash_store_evicted(overview->store));
	health_dependency(overview->health, "store", true, true, "ready");
	health_dependency(overview->health, "logfire", false, forward_is_ready(overview->forward),
			  forward_state(overview->forward));
	tell_status(overview, pending);
	loop_timer_set(overview->loop, &overview->tell, TELL_MS);
}

static void keep_house(void *owner)
{
	struct overview *overview = owner;
	int64_t keep_s = overview->settings->crash_keep_hours * 3600;
	size_t expired = crash_store_expire(overview->store, clock_utc_s() - keep_s);
	struct why why;

	if (expired > 0) {
		metric_add_at(&crashd_reports, REPORT_EXPIRED, 0, (int64_t)expired);
		log_warn("reports were kept for their time and never accepted; they are gone "
			 "count=%zu",
			 expired);
	}
	if (!symbols_refresh(overview->symbols, &why))
		log_warn("going on without a copy of the new programs error=\"%s\"", why.text);
	if (!incidents_save(overview->incidents, &why))
		log_warn("the list of incidents is not saved error=\"%s\"", why.text);
	loop_timer_set(overview->loop, &overview->keep_house, KEEP_HOUSE_MS);
}

struct overview *overview_create(struct loop *loop, struct health *health,
				 const struct settings *settings, struct store *store,
				 struct symbols *symbols, struct incidents *incidents,
				 struct forward *forward)
{
	struct overview *overview = xcalloc(1, sizeof(*overview));

	overview->loop = loop;
	overview->health = health;
	overview->settings = settings;
	overview->store = store;
	overview->symbols = symbols;
	overview->incidents = incidents;
	overview->forward = forward;
	overview->tell = (struct loop_timer) { .fn = tell, .owner = overview };
	overview->keep_house = (struct loop_timer) { .fn = keep_house, .owner = overview };
	overview->started_ms = loop_now_ms(loop);
	keep_house(overview);
	tell(overview);
	return overview;
}

void overview_destroy(struct overview *overview)
{
	if (!overview)
		return;
	loop_timer_clear(overview->loop, &overview->tell);
	loop_timer_clear(overview->loop, &overview->keep_house);
	buffer_finish(&overview->json);
	free(overview);
}
