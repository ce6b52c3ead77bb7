#include "koronectl/page_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/command_socket.h"
#include "koronectl/ask.h"
#include "koronectl/http.h"

#define WORD_MAX 80   /* bytes; what is longer is no state, version or name of ours */
#define SOCKET_MS 500 /* crashd and ingress answer at once, or the page goes on without */
#define INCIDENTS_MAX 20

static json_t *last_pools; /* with their children */

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
	return out;
}

static json_t *all_pools(const json_t *ingress)
{
	json_t *out = json_array();
	size_t i;
	json_t *pool;

	json_decref(last_pools);
	last_pools = json_incref(json_object_get(ingress, "pools"));
	json_array_foreach(last_pools, i, pool) json_array_append_new(out, one_pool(pool));
	return out;
}

json_t *page_sample_children(size_t place)
{
	static const char *const names[] = { "state",   "since_ms", "in_hand", "handled",
					     "crashed", "module",   NULL };
	const json_t *pool = json_array_get(last_pools, place);

	return pool ? pick_each(json_object_get(pool, "children"), names) : NULL;
}

void page_sample_finish(void)
{
	json_decref(last_pools);
	last_pools = NULL;
}

/* --- what is wrong ---------------------------------------------------------------------------- */

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool is_word(const json_t *object, const char *name, const char *word)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && strcmp(text, word) == 0;
}

static size_t count_ready(const json_t *list, const char *state)
{
	size_t i, count = 0;
	json_t *item;

	json_array_foreach((json_t *)list, i, item) count += is_word(item, "state", state);
	return count;
}

static bool a_store_is_away(const json_t *recorders)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)recorders, i, item)
	{
		if (!is_word(item, "postgres", "ready") || !is_word(item, "redis", "ready"))
			return true;
	}
	return false;
}

static void add_if(json_t *alerts, bool fires, const char *name)
{
	if (fires)
		json_array_append_new(alerts, json_string(name));
}

json_t *page_alerts(const json_t *ingress, const json_t *crashd)
{
	const json_t *recorders = json_object_get(ingress, "recorders");
	json_t *alerts = json_array();

	add_if(alerts, !ingress || !crashd || count_ready(recorders, "active") == 0,
	       "KoroneProcessDown");
	if (!ingress)
		return alerts;
	add_if(alerts, count_ready(json_object_get(ingress, "pools"), "ready") == 0,
	       "KoroneNoPool");
	add_if(alerts,
	       is_word(ingress, "state", "polling") && number(ingress, "poll_age_ms") > 120000,
	       "KoronePollStalled");
	add_if(alerts, number(ingress, "token_pause_ms") > 0, "KoroneTokenRefused");
	add_if(alerts, number(ingress, "backlog_oldest_ms") > 60000, "KoroneBacklogOld");
	add_if(alerts, number(ingress, "spool_bytes") > number(ingress, "spool_max_bytes") / 2,
	       "KoroneSpoolFilling");
	add_if(alerts, number(crashd, "pending") > 0, "KoroneReportsUndelivered");
	add_if(alerts, a_store_is_away(recorders), "KoroneStoreAway");
	return alerts;
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

static void set_or_null(json_t *out, const char *name, json_t *value)
{
	json_object_set_new(out, name, value ? value : json_null());
}

json_t *page_sample(const struct settings *settings, const char *simulator_url)
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
	json_t *out = json_object();

	json_object_set_new(out, "now_ms", json_integer((json_int_t)(clock_utc_ns() / 1000000)));
	set_or_null(out, "ingress", ingress ? page_pick(ingress, ingress_names) : NULL);
	json_object_set_new(out, "updates",
			    page_pick(json_object_get(ingress, "updates"), update_names));
	json_object_set_new(out, "pools", all_pools(ingress));
	json_object_set_new(out, "recorders",
			    pick_each(json_object_get(ingress, "recorders"), recorder_names));
	set_or_null(out, "crashd", crashd ? page_pick(crashd, crashd_names) : NULL);
	set_or_null(out, "incidents", crashd ? incidents_of(settings) : NULL);
	set_or_null(out, "lanes", ingress ? lanes_of(settings) : NULL);
	json_object_set_new(out, "alerts", page_alerts(ingress, crashd));
	if (statistics)
		json_object_set_new(out, "crowd", page_crowd(statistics, ingress));
	json_decref(statistics);
	json_decref(crashd);
	json_decref(ingress);
	return out;
}
