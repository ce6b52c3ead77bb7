#include "koronectl/page_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/command_socket.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "koronectl/ask.h"
#include "koronectl/http.h"
#include "koronectl/page_alerts.h"
#include "koronectl/page_metrics.h"

#define WORD_MAX 80   /* bytes; what is longer is no state, version or name of ours */
#define SOCKET_MS 500 /* crashd and ingress answer at once, or the page goes on without */
#define INCIDENTS_MAX 20

struct page_memory {
	struct page_alerts *alerts;
	json_t *pools; /* of the last sample, with their children */
	struct page_histogram handled, done;
};

struct page_memory *page_memory_create(void)
{
	struct page_memory *memory = xmalloc(sizeof(*memory));

	*memory = (struct page_memory) { .alerts = page_alerts_create() };
	return memory;
}

void page_memory_destroy(struct page_memory *memory)
{
	if (!memory)
		return;
	page_alerts_destroy(memory->alerts);
	json_decref(memory->pools);
	free(memory);
}

json_t *page_pick(const json_t *from, const char *const names[])
{
	json_t *out = json_object();

	for (size_t i = 0; names[i]; i++) {
		json_t *value = json_object_get(from, names[i]);

		if (json_is_number(value) || json_is_boolean(value) ||
		    (json_is_string(value) && json_string_length(value) <= WORD_MAX))
			json_object_set(out, names[i], value);
	}
	return out;
}

static json_t *pick_each(const json_t *list, const char *const names[])
{
	json_t *out = json_array();
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
		json_array_append_new(out, page_pick(item, names));
	return out;
}

/* An object at the URL; NULL when there is none. */
static json_t *get(const char *base, const char *path)
{
	struct buffer body = { 0 };
	struct why why;
	char url[1024];
	json_t *answer = NULL;

	snprintf(url, sizeof(url), "%s%s", base, path);
	if (http_get(url, &body, &why) == 200)
		answer = json_loadb((const char *)body.data, body.size, 0, NULL);
	buffer_finish(&body);
	return answer;
}

/* What is at /metrics of the URL, when its process answers; the caller frees it. */
static char *get_metrics(const char *base, const json_t *status)
{
	struct buffer body = { 0 };
	struct why why;
	char url[1024];
	char *text = NULL;

	if (!status)
		return NULL;
	snprintf(url, sizeof(url), "%s/metrics", base);
	if (http_get(url, &body, &why) == 200)
		text = xasprintf("%s", buffer_text(&body));
	buffer_finish(&body);
	return text;
}

/* Over the command socket, where this user may; NULL where not. */
static json_t *ask_quietly(const struct settings *settings, const char *process, const char *word)
{
	char *path = ask_socket_path(settings, process);
	struct buffer out = { 0 };
	json_t *answer = NULL;
	struct why why;

	if (command_socket_ask(path, &word, 1, SOCKET_MS, &out, &why))
		answer = json_loadb((const char *)buffer_unread(&out), buffer_unread_size(&out), 0,
				    NULL);
	buffer_finish(&out);
	free(path);
	return answer;
}

/* --- pools ------------------------------------------------------------------------------------ */

/* "files, calls", or "missing: files", as readyz says it; nothing where it is not known. */
static void set_walls(json_t *out, const json_t *from)
{
	const json_t *walls = json_object_get(from, "walls");
	uint32_t bits = 0;

	for (enum wall wall = 0; wall < WALL_COUNT; wall++)
		bits |= (uint32_t)json_is_true(json_object_get(walls, wall_names[wall])) << wall;
	if (walls)
		json_object_set_new(out, "walls", json_string(walls_text(bits)));
}

static json_t *one_pool(const json_t *pool)
{
	static const char *const names[] = { "pool",    "host",    "version", "state",   "since_ms",
					     "in_hand", "handled", "unsent",  "crashed", NULL };
	json_t *out = page_pick(pool, names);
	const json_t *children = json_object_get(pool, "children");
	json_int_t busy = 0;
	size_t i;
	json_t *child;

	json_array_foreach((json_t *)children, i, child)
	{
		const char *state = json_string_value(json_object_get(child, "state"));

		busy += state && strcmp(state, "idle") != 0;
	}
	json_object_set_new(out, "children", json_integer((json_int_t)json_array_size(children)));
	json_object_set_new(out, "busy", json_integer(busy));
	set_walls(out, pool);
	return out;
}

static json_t *all_pools(struct page_memory *memory, const json_t *ingress)
{
	json_t *out = json_array();
	size_t i;
	json_t *pool;

	json_decref(memory->pools);
	memory->pools = json_incref(json_object_get(ingress, "pools"));
	json_array_foreach(memory->pools, i, pool) json_array_append_new(out, one_pool(pool));
	return out;
}

json_t *page_sample_children(const struct page_memory *memory, size_t place)
{
	static const char *const names[] = { "state",   "since_ms", "in_hand", "handled",
					     "crashed", "module",   NULL };
	const json_t *pool = json_array_get(memory->pools, place);

	return pool ? pick_each(json_object_get(pool, "children"), names) : NULL;
}

/* --- the whole -------------------------------------------------------------------------------- */

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

json_t *page_crowd(const json_t *statistics, const json_t *ingress)
{
	const json_t *pings = json_object_get(statistics, "pings");
	const json_t *updates = json_object_get(statistics, "updates");
	json_int_t waiting = number(pings, "missing");
	bool somebody_has_it = !ingress || number(updates, "pending") > 0 ||
			       number(ingress, "backlog") > 0 || number(ingress, "in_flight") > 0;
	json_int_t lost = number(updates, "refused") + (somebody_has_it ? 0 : waiting);

	return json_pack("{sIsIsIsIsIsb}", "written", number(pings, "asked"), "answered",
			 number(pings, "answered"), "waiting", somebody_has_it ? waiting : 0,
			 "lost", lost, "twice", number(pings, "duplicates"), "running",
			 json_is_true(json_object_get(statistics, "crowd_running")));
}

/* Where and how often; what was said is in `koronectl incident`. */
static json_t *incidents_of(const struct settings *settings)
{
	static const char *const names[] = { "fingerprint", "type", "process", "module",
					     "function",    "file", "line",    "count",
					     "first",       "last", NULL };
	json_t *answer = ask_quietly(settings, "crashd", "incidents");
	json_t *out = answer ? pick_each(json_object_get(answer, "incidents"), names) : NULL;

	while (out && json_array_size(out) > INCIDENTS_MAX)
		json_array_remove(out, json_array_size(out) - 1);
	json_decref(answer);
	return out;
}

/* How many lanes wait and how long: never which, a lane can be a person's id. */
static json_t *lanes_of(const struct settings *settings)
{
	static const char *const names[] = { "updates", "lanes",        "ready",
					     "in_hand", "waiting_work", NULL };
	static const char *const age_names[] = { "from_s", "updates", NULL };
	json_t *answer = ask_quietly(settings, "ingress", "backlog");
	json_t *out = answer ? page_pick(answer, names) : NULL;

	if (out)
		json_object_set_new(out, "ages",
				    pick_each(json_object_get(answer, "ages"), age_names));
	json_decref(answer);
	return out;
}

/* Within how many ms 95 of 100 were done since the last sample; null when none was. */
static json_t *within_ms(struct page_histogram *before, const char *metrics, const char *name)
{
	struct page_histogram now = page_histogram_read(metrics, name);
	double seconds = page_histogram_quantile(before, &now, 0.95);

	*before = now;
	return seconds < 0 ? json_null() : json_integer((json_int_t)(seconds * 1000 + 0.5));
}

static json_t *latency_of(struct page_memory *memory, const char *metrics)
{
	json_t *out = json_object();

	json_object_set_new(out, "handled",
			    within_ms(&memory->handled, metrics, "korone_ingress_handled_seconds"));
	json_object_set_new(out, "done",
			    within_ms(&memory->done, metrics, "korone_ingress_done_seconds"));
	return out;
}

static void set_or_null(json_t *out, const char *name, json_t *value)
{
	json_object_set_new(out, name, value ? value : json_null());
}

json_t *page_sample(const struct settings *settings, const char *simulator_url,
		    struct page_memory *memory)
{
	static const char *const ingress_names[] = { "version",
						     "state",
						     "ready",
						     "up_ms",
						     "token_pause_ms",
						     "poll_age_ms",
						     "backlog",
						     "backlog_oldest_ms",
						     "ready_updates",
						     "in_flight",
						     "waiting_work",
						     "spool_bytes",
						     "spool_max_bytes",
						     "sightings_pending",
						     NULL };
	static const char *const cooldown_names[] = { "chats", "longest_ms", NULL };
	static const char *const update_names[] = { "received", "acked", "redelivered", "incidents",
						    NULL };
	static const char *const recorder_names[] = { "host",      "version",  "state",
						      "since_ms",  "postgres", "redis",
						      "sightings", "written",  NULL };
	static const char *const crashd_names[] = { "version",  "ready",   "up_ms",     "logfire",
						    "received", "pending", "delivered", "expired",
						    "rejected", NULL };
	json_t *ingress = get(settings->ingress_url, "/status");
	json_t *crashd = get(settings->crashd_url, "/status");
	json_t *statistics = simulator_url ? get(simulator_url, "/control/statistics") : NULL;
	char *ingress_metrics = get_metrics(settings->ingress_url, ingress);
	char *crashd_metrics = get_metrics(settings->crashd_url, crashd);
	const struct page_evidence evidence = { .now_ms = clock_utc_ns() / 1000000,
						.ingress = ingress,
						.crashd = crashd,
						.ingress_metrics = ingress_metrics,
						.crashd_metrics = crashd_metrics };
	json_t *out = json_object();

	json_object_set_new(out, "now_ms", json_integer((json_int_t)evidence.now_ms));
	set_or_null(out, "ingress", ingress ? page_pick(ingress, ingress_names) : NULL);
	json_object_set_new(out, "updates",
			    page_pick(json_object_get(ingress, "updates"), update_names));
	json_object_set_new(out, "cooldowns",
			    page_pick(json_object_get(ingress, "cooldowns"), cooldown_names));
	json_object_set_new(out, "latency", latency_of(memory, ingress_metrics));
	json_object_set_new(out, "pools", all_pools(memory, ingress));
	json_object_set_new(out, "recorders",
			    pick_each(json_object_get(ingress, "recorders"), recorder_names));
	set_or_null(out, "crashd", crashd ? page_pick(crashd, crashd_names) : NULL);
	set_walls(json_object_get(out, "crashd"), crashd);
	set_or_null(out, "incidents", crashd ? incidents_of(settings) : NULL);
	set_or_null(out, "lanes", ingress ? lanes_of(settings) : NULL);
	json_object_set_new(out, "alerts", page_alerts_judge(memory->alerts, &evidence));
	if (statistics)
		json_object_set_new(out, "crowd", page_crowd(statistics, ingress));
	json_decref(statistics);
	json_decref(crashd);
	json_decref(ingress);
	free(crashd_metrics);
	free(ingress_metrics);
	return out;
}
