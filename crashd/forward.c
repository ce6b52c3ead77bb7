/* forward.c - see forward.h. At least once: ids are fixed when the capture is made, so a second
 * sending overwrites the first. */
#include "crashd/forward.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "crashd/gzip.h"
#include "crashd/otlp.h"
#include "crashd/report.h"

#define LOG_SUBSYSTEM "forward"

#define WAIT_MIN_MS 1000u
#define WAIT_MAX_MS 128000u
#define RETRY_AFTER_MAX_S 600u /* one bad answer must not mute it for a day */
#define PROBE_MS 300000u       /* a wrong token: one report is tried */
#define COMPLAIN_MS 60000u     /* the same trouble is logged at most that often */

struct forward {
	struct loop *loop;
	const struct settings *settings;
	struct store *store;
	struct delivered *delivered;
	struct uploader *uploader; /* NULL: off */
	forward_left_fn *fn;
	void *owner;
	struct loop_timer timer;
	struct store_entry jobs[UPLOADS_MAX];
	bool job_is_used[UPLOADS_MAX];
	unsigned failures; /* in a row */
	bool is_stopped;
	uint64_t complained_ms;
	char state[256];
	char warning[256];
};

/* --- rules ---------------------------------------------------------------------------------- */

enum forward_verdict forward_judge(const struct upload_answer *answer)
{
	int status = answer->status;

	if (status >= 200 && status < 300)
		return FORWARD_ACCEPTED;
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return FORWARD_LATER;
	/* Not about the report: the token, the project, or the address is wrong. */
	if (status < 400 || status == 401 || status == 402 || status == 403 || status == 404 ||
	    status == 405 || status == 407 || status == 410)
		return FORWARD_REFUSED;
	return FORWARD_REJECTED;
}

uint64_t forward_wait_ms(unsigned failures, uint64_t retry_after_s)
{
	uint64_t wait_ms = WAIT_MIN_MS;

	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	if (retry_after_s > 0)
		return retry_after_s * 1000;
	for (unsigned i = 1; i < failures && wait_ms < WAIT_MAX_MS; i++)
		wait_ms *= 2;
	return wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS;
}

static const struct {
	const char *name;
	const char *url;
} regions[] = {
	{ "us", "https://logfire-us.pydantic.dev" },
	{ "eu", "https://logfire-eu.pydantic.dev" },
	{ "stagingus", "https://logfire-us.pydantic.info" },
	{ "stagingeu", "https://logfire-eu.pydantic.info" },
};

/* ^pylf_v[0-9]+_(?P<region>[a-z]+)_ (pydantic/logfire auth.py); an old token has none: US. */
static const char *url_of_region(const char *token)
{
	const char *at = token;
	size_t length = 0;

	if (strncmp(at, "pylf_v", 6) != 0)
		return regions[0].url;
	at += 6;
	while (isdigit((unsigned char)*at))
		at++;
	if (*at++ != '_')
		return regions[0].url;
	while (islower((unsigned char)at[length]))
		length++;
	for (size_t i = 0; i < COUNT_OF(regions); i++)
		if (at[length] == '_' && strlen(regions[i].name) == length &&
		    strncmp(at, regions[i].name, length) == 0)
			return regions[i].url;
	return regions[0].url;
}

char *forward_url(const char *token, const char *base_url)
{
	const char *base = base_url;
	size_t length;

	if (base[0] == '\0' && token[0] == '\0')
		return NULL;
	if (base[0] == '\0')
		base = url_of_region(token);
	length = strlen(base);
	while (length > 0 && base[length - 1] == '/')
		length--;
	return xasprintf("%.*s/v1/traces", (int)length, base);
}

/* --- state ---------------------------------------------------------------------------------- */

static bool may_complain(struct forward *forward)
{
	uint64_t now_ms = loop_now_ms(forward->loop);

	if (forward->complained_ms != 0 && now_ms - forward->complained_ms < COMPLAIN_MS)
		return false;
	forward->complained_ms = now_ms;
	return true;
}

static void become_ready(struct forward *forward)
{
	if (forward->failures > 0)
		log_notice("reports are accepted again");
	forward->failures = 0;
	forward->complained_ms = 0;
	loop_timer_clear(forward->loop, &forward->timer);
	snprintf(forward->state, sizeof(forward->state), "ready");
}

/* A tenth more at random, so that many machines do not come back at once. */
static void wait_for(struct forward *forward, uint64_t wait_ms)
{
	loop_timer_set(forward->loop, &forward->timer, wait_ms + random_u64() % (wait_ms / 10 + 1));
}

static void become_unready(struct forward *forward, enum forward_verdict verdict,
			   const struct upload_answer *answer)
{
	bool is_refused = verdict == FORWARD_REFUSED;
	uint64_t wait_ms;

	if (!loop_timer_is_set(&forward->timer)) /* else sent at the same time as another */
		forward->failures++;
	wait_ms = is_refused ? PROBE_MS : forward_wait_ms(forward->failures, answer->retry_after_s);
	if (answer->status != 0)
		snprintf(forward->state, sizeof(forward->state), "refused: HTTP %d",
			 answer->status);
	else
		snprintf(forward->state, sizeof(forward->state), "unreachable: %s", answer->error);
	wait_for(forward, wait_ms);
	if (!may_complain(forward))
		return;
	if (is_refused)
		log_error(
			"no report is accepted, check LOGFIRE_TOKEN and LOGFIRE_BASE_URL; reports "
			"are kept state=\"%s\" pending=%zu",
			forward->state, store_count(forward->store, STORE_REPORT));
	else
		log_warn("reports wait, trying again state=\"%s\" retry_ms=%llu pending=%zu",
			 forward->state, (unsigned long long)wait_ms,
			 store_count(forward->store, STORE_REPORT));
}

/* --- answers -------------------------------------------------------------------------------- */

static void note_warning(struct forward *forward, const char *warning)
{
	if (warning[0] == '\0' || strcmp(warning, forward->warning) == 0)
		return;
	snprintf(forward->warning, sizeof(forward->warning), "%s", warning);
	log_warn("Logfire warns text=\"%s\"", warning);
}

static void forget(struct forward *forward, const struct store_entry *job,
		   enum forward_verdict verdict)
{
	delivered_add(forward->delivered, &job->id);
	store_remove(forward->store, STORE_REPORT, &job->id);
	forward->fn(forward->owner, verdict);
}

static enum forward_verdict judge_accepted(const struct upload_answer *answer)
{
	char message[200];

	switch (otlp_read_answer(answer->body, answer->size, message)) {
	case OTLP_REJECTED:
		log_error("Logfire rejected a report reason=\"%s\"", log_redact(message));
		return FORWARD_REJECTED;
	case OTLP_WARNED:
		log_warn("Logfire accepted a report with a message text=\"%s\"",
			 log_redact(message));
		return FORWARD_ACCEPTED;
	case OTLP_ACCEPTED:
		return FORWARD_ACCEPTED;
	}
	return FORWARD_ACCEPTED;
}

static void on_answer(void *owner, void *job_slot, const struct upload_answer *answer)
{
	struct forward *forward = owner;
	struct store_entry *job = job_slot;
	enum forward_verdict verdict = forward_judge(answer);

	note_warning(forward, answer->warning);
	forward->job_is_used[job - forward->jobs] = false;
	switch (verdict) {
	case FORWARD_ACCEPTED:
		become_ready(forward);
		forget(forward, job, judge_accepted(answer));
		break;
	case FORWARD_REJECTED:
		become_ready(forward);
		log_error("a report will never be accepted, it is dropped status=%d",
			  answer->status);
		forget(forward, job, verdict);
		break;
	case FORWARD_LATER:
	case FORWARD_REFUSED:
		store_unclaim(forward->store, STORE_REPORT, &job->id);
		become_unready(forward, verdict, answer);
		break;
	}
	forward_pump(forward);
}

/* --- sending -------------------------------------------------------------------------------- */

static size_t free_job(const struct forward *forward)
{
	size_t at = 0;

	while (at < UPLOADS_MAX && forward->job_is_used[at])
		at++;
	return at;
}

static bool read_report(struct forward *forward, const struct store_entry *job,
			struct buffer *memory, struct report *out)
{
	struct why why;

	if (store_read(forward->store, STORE_REPORT, &job->id, memory, &why) &&
	    report_decode(buffer_unread(memory), buffer_unread_size(memory), out, &why))
		return true;
	log_error("a report cannot be read, it is dropped error=\"%s\"", why.text);
	return false;
}

static void send_job(struct forward *forward, struct store_entry *job)
{
	struct otlp_options options = {
		.service_name = forward->settings->logfire_service_name,
		.environment = forward->settings->logfire_environment,
		.now_ns = clock_utc_ns(),
	};
	struct buffer memory = { 0 }, json = { 0 }, body = { 0 };
	struct report report;

	if (read_report(forward, job, &memory, &report)) {
		otlp_encode(&report, &options, &json);
		gzip_pack(buffer_unread(&json), buffer_unread_size(&json), &body);
		forward->job_is_used[job - forward->jobs] = true;
		uploader_post(forward->uploader, &body, job);
	} else {
		forget(forward, job, FORWARD_REJECTED);
	}
	buffer_finish(&memory);
	buffer_finish(&json);
}

void forward_pump(struct forward *forward)
{
	/* While there is trouble one report at a time tries. */
	size_t allowed = forward->failures > 0 ? 1 : UPLOADS_MAX;

	if (forward_is_off(forward) || forward->is_stopped || loop_timer_is_set(&forward->timer))
		return;
	while (uploader_busy(forward->uploader) < allowed) {
		struct store_entry *job = &forward->jobs[free_job(forward)];

		if (!store_claim(forward->store, STORE_REPORT, job))
			return;
		send_job(forward, job);
	}
}

static void on_timer(void *owner)
{
	forward_pump(owner);
}

/* --- life ----------------------------------------------------------------------------------- */

struct forward *forward_create(struct loop *loop, const struct settings *settings,
			       struct store *store, struct delivered *delivered,
			       forward_left_fn *fn, void *owner)
{
	struct forward *forward = xcalloc(1, sizeof(*forward));
	char *url = forward_url(settings->logfire_token, settings->logfire_base_url);

	forward->loop = loop;
	forward->settings = settings;
	forward->store = store;
	forward->delivered = delivered;
	forward->fn = fn;
	forward->owner = owner;
	forward->timer = (struct loop_timer) { .fn = on_timer, .owner = forward };
	snprintf(forward->state, sizeof(forward->state), url ? "ready" : "off");
	if (url)
		forward->uploader = uploader_create(loop, url, settings->logfire_token, on_answer,
						    forward);
	free(url);
	return forward;
}

void forward_destroy(struct forward *forward)
{
	if (!forward)
		return;
	loop_timer_clear(forward->loop, &forward->timer);
	uploader_destroy(forward->uploader);
	free(forward);
}

bool forward_is_off(const struct forward *forward)
{
	return forward->uploader == NULL;
}

void forward_stop(struct forward *forward)
{
	forward->is_stopped = true;
	loop_timer_clear(forward->loop, &forward->timer);
}

size_t forward_busy(const struct forward *forward)
{
	return forward->uploader ? uploader_busy(forward->uploader) : 0;
}

const char *forward_state(const struct forward *forward)
{
	return forward->state;
}

bool forward_is_ready(const struct forward *forward)
{
	return forward->failures == 0;
}
