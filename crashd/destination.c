/* destination.c - sends by libcurl, with back-off. At least once: ids are fixed when the capture is
 * made, so a second sending overwrites the first. */
#include "crashd/destination.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "crashd/gzip.h"
#include "crashd/otlp.h"
#include "crashd/report.h"

#define LOG_SUBSYSTEM "forward"

#define CONNECT_TIMEOUT_MS 3000u /* like Logfire's own exporter */
#define TOTAL_TIMEOUT_MS 10000u
#define ANSWER_MAX (4u << 20) /* OTLP: the most that a client should read of an answer */
#define WAIT_MIN_MS 1000u
#define WAIT_MAX_MS 128000u
#define RETRY_AFTER_MAX_S 600u /* one bad answer must not silence it for a day */
#define PROBE_MS 300000u       /* with a wrong token: one report is tried */
#define COMPLAIN_MS 60000u     /* the same trouble is logged at most this often */

/* A report being sent. */
struct upload {
	struct destination *destination; /* NULL: free */
	struct store_entry entry;
};

struct destination {
	struct destination_options options; /* url is a copy, token is not kept */
	struct http *http;
	char *url;
	struct loop_timer timer;
	struct upload uploads[HTTP_REQUESTS_MAX];
	unsigned failures; /* in a row */
	bool is_stopped;
	uint64_t complained_ms;
	char state[256];
	char warning[256];
};

/* --- rules ---------------------------------------------------------------------------------- */

static bool is_success(const struct http_answer *answer)
{
	return answer->status >= 200 && answer->status < 300;
}

enum destination_verdict destination_judge(const struct http_answer *answer)
{
	int status = answer->status;

	if (is_success(answer))
		return DESTINATION_ACCEPTED;
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return DESTINATION_LATER;
	/* Not due to the report: the token, the project, or the address is wrong. */
	if (status < 400 || status == 401 || status == 402 || status == 403 || status == 404 ||
	    status == 405 || status == 407 || status == 410)
		return DESTINATION_REFUSED;
	return DESTINATION_REJECTED;
}

uint64_t destination_wait_ms(unsigned failures, uint64_t retry_after_s)
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

char *destination_url(const char *token, const char *base_url)
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

static void describe_refusal(const struct http_answer *answer, char *out, size_t size)
{
	char message[200];

	otlp_read_error(answer->body, answer->size, message);
	snprintf(out, size, "refused: HTTP %d%s%s", answer->status, message[0] ? ": " : "",
		 message);
}

/* --- state ---------------------------------------------------------------------------------- */

static bool may_complain(struct destination *destination)
{
	uint64_t now_ms = loop_now_ms(destination->options.loop);

	if (destination->complained_ms != 0 && now_ms - destination->complained_ms < COMPLAIN_MS)
		return false;
	destination->complained_ms = now_ms;
	return true;
}

static void become_ready(struct destination *destination)
{
	if (destination->failures > 0)
		log_notice("reports are accepted again");
	destination->failures = 0;
	destination->complained_ms = 0;
	loop_timer_clear(destination->options.loop, &destination->timer);
	snprintf(destination->state, sizeof(destination->state), "ready");
}

/* Plus up to a tenth at random, so that many machines do not come back at once. */
static void wait_for(struct destination *destination, uint64_t wait_ms)
{
	loop_timer_set(destination->options.loop, &destination->timer,
		       wait_ms + random_u64() % (wait_ms / 10 + 1));
}

static void become_unready(struct destination *destination, enum destination_verdict verdict,
			   const struct http_answer *answer)
{
	bool is_refused = verdict == DESTINATION_REFUSED;
	uint64_t wait_ms;

	/* Set: this one was sent at the same time as another that failed. */
	if (!loop_timer_is_set(&destination->timer))
		destination->failures++;
	wait_ms = is_refused ? PROBE_MS
			     : destination_wait_ms(destination->failures, answer->retry_after_s);
	if (is_success(answer))
		snprintf(
			destination->state, sizeof(destination->state),
			"HTTP %d with a body that is not an OTLP server's: check LOGFIRE_BASE_URL, "
			"and what is in between",
			answer->status);
	else if (answer->status != 0)
		describe_refusal(answer, destination->state, sizeof(destination->state));
	else
		snprintf(destination->state, sizeof(destination->state), "unreachable: %s",
			 answer->error);
	wait_for(destination, wait_ms);
	if (!may_complain(destination))
		return;
	if (is_refused)
		log_error("reports are refused and kept: check LOGFIRE_TOKEN and LOGFIRE_BASE_URL",
			  log_text("state", destination->state),
			  log_unsigned("pending", crash_store_count(destination->options.store,
								    STORE_REPORT)));
	else
		log_warn("cannot send reports; retrying", log_text("state", destination->state),
			 log_unsigned("retry_ms", wait_ms),
			 log_unsigned("pending",
				      crash_store_count(destination->options.store, STORE_REPORT)));
}

/* --- answers -------------------------------------------------------------------------------- */

static void note_warning(struct destination *destination, const char *warning)
{
	if (warning[0] == '\0' || strcmp(warning, destination->warning) == 0)
		return;
	snprintf(destination->warning, sizeof(destination->warning), "%s", warning);
	log_warn("warning from Logfire", log_text("text", warning));
}

static void log_refused(const struct http_answer *answer)
{
	char state[256];

	describe_refusal(answer, state, sizeof(state));
	log_error("report permanently refused; dropping it", log_text("state", state));
}

static void leave(struct destination *destination, const struct store_entry *report,
		  enum destination_verdict verdict)
{
	destination->options.fn(destination->options.owner, destination->options.index, &report->id,
				verdict);
}

/* Whether the body says the same as the status. */
static enum destination_verdict judge_accepted(const struct http_answer *answer)
{
	char message[200];

	switch (otlp_read_answer(answer->body, answer->size, message)) {
	case OTLP_REJECTED:
		log_error("Logfire rejected a report", log_text("reason", message));
		return DESTINATION_REJECTED;
	case OTLP_WARNED:
		log_warn("Logfire accepted a report with a message", log_text("text", message));
		return DESTINATION_ACCEPTED;
	case OTLP_FOREIGN:
		return DESTINATION_LATER;
	case OTLP_ACCEPTED:
		return DESTINATION_ACCEPTED;
	}
	return DESTINATION_ACCEPTED;
}

static void on_answer(void *owner, const struct http_answer *answer)
{
	struct upload *upload = owner;
	struct destination *destination = upload->destination;
	enum destination_verdict verdict = destination_judge(answer);

	note_warning(destination, answer->notice);
	upload->destination = NULL;
	if (verdict == DESTINATION_ACCEPTED)
		verdict = judge_accepted(answer);
	switch (verdict) {
	case DESTINATION_ACCEPTED:
		become_ready(destination);
		leave(destination, &upload->entry, verdict);
		break;
	case DESTINATION_REJECTED:
		become_ready(destination);
		if (!is_success(answer))
			log_refused(answer);
		leave(destination, &upload->entry, verdict);
		break;
	case DESTINATION_LATER:
	case DESTINATION_REFUSED:
		crash_store_unclaim(destination->options.store, STORE_REPORT,
				    destination->options.index, &upload->entry.id);
		become_unready(destination, verdict, answer);
		break;
	}
	destination_pump(destination);
}

/* --- sending -------------------------------------------------------------------------------- */

static struct upload *unused_upload(struct destination *destination)
{
	struct upload *upload = destination->uploads;

	while (upload->destination)
		upload++;
	return upload;
}

static bool read_report(struct destination *destination, const struct store_entry *entry,
			struct buffer *memory, struct report *out)
{
	struct why why;

	if (crash_store_read(destination->options.store, STORE_REPORT, &entry->id, memory, &why) &&
	    report_decode(buffer_unread(memory), buffer_unread_size(memory), out, &why))
		return true;
	log_error("cannot read a report; dropping it", log_text("error", why.text));
	return false;
}

static void send_upload(struct destination *destination, struct upload *upload)
{
	struct otlp_options options = {
		.service_name = destination->options.settings->logfire_service_name,
		.environment = destination->options.settings->logfire_environment,
		.now_ns = clock_utc_ns(),
	};
	struct buffer memory = { 0 }, json = { 0 }, body = { 0 };
	struct report report;

	if (read_report(destination, &upload->entry, &memory, &report)) {
		otlp_encode(&report, &options, &json);
		gzip_pack(buffer_unread(&json), buffer_unread_size(&json), &body);
		upload->destination = destination;
		http_post(destination->http, destination->url, buffer_unread(&body),
			  buffer_unread_size(&body), TOTAL_TIMEOUT_MS, on_answer, upload);
	} else {
		leave(destination, &upload->entry, DESTINATION_REJECTED);
	}
	buffer_finish(&memory);
	buffer_finish(&json);
	buffer_finish(&body);
}

/* The next report that an earlier run did not finish here. */
static bool claim_report(struct destination *destination, struct store_entry *out)
{
	const struct destination_options *options = &destination->options;
	/* Expired reports are left to crash_store_expire(), which skips those being sent. */
	int64_t since = clock_utc_s() - options->settings->crash_keep_hours * 3600;

	while (crash_store_claim(options->store, STORE_REPORT, options->index, since, out)) {
		if (!dedup_has(options->finished, &out->id))
			return true;
		leave(destination, out, DESTINATION_ACCEPTED);
	}
	return false;
}

void destination_pump(struct destination *destination)
{
	/* During trouble only one report at a time is tried. */
	unsigned allowed = destination->failures > 0 ? 1 : HTTP_REQUESTS_MAX;

	if (destination->is_stopped || loop_timer_is_set(&destination->timer))
		return;
	while (http_busy(destination->http) < allowed) {
		struct upload *upload = unused_upload(destination);

		if (!claim_report(destination, &upload->entry))
			return;
		send_upload(destination, upload);
	}
}

static void on_timer(void *owner)
{
	destination_pump(owner);
}

/* --- life ----------------------------------------------------------------------------------- */

static struct http *open_http(const struct destination_options *options)
{
	char *authorization = xasprintf("Authorization: %s", options->token);
	const char *headers[] = { "Content-Type: application/json", "Content-Encoding: gzip",
				  options->token[0] ? authorization : NULL, NULL };
	struct http *http = http_create(&(struct http_options) {
		.loop = options->loop,
		.headers = headers,
		.user_agent = "korone-crashd/" KORONE_VERSION,
		.notice = "x-logfire-warning:",
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.answer_max = ANSWER_MAX,
	});

	explicit_bzero(authorization, strlen(authorization));
	free(authorization);
	return http;
}

struct destination *destination_create(const struct destination_options *options)
{
	struct destination *destination = xcalloc(1, sizeof(*destination));

	destination->options = *options;
	destination->timer = (struct loop_timer) { .fn = on_timer, .owner = destination };
	snprintf(destination->state, sizeof(destination->state), "ready");
	destination->url = xstrdup(options->url);
	destination->http = open_http(options);
	return destination;
}

void destination_destroy(struct destination *destination)
{
	if (!destination)
		return;
	loop_timer_clear(destination->options.loop, &destination->timer);
	http_destroy(destination->http);
	free(destination->url);
	free(destination);
}

void destination_stop(struct destination *destination)
{
	destination->is_stopped = true;
	loop_timer_clear(destination->options.loop, &destination->timer);
}

size_t destination_busy(const struct destination *destination)
{
	return http_busy(destination->http);
}

const char *destination_state(const struct destination *destination)
{
	return destination->state;
}

bool destination_is_ready(const struct destination *destination)
{
	return destination->failures == 0;
}
