/* link.c - the session state machine: HELLO and beats by timer, frames from ingress,
 * acknowledgements. */
#include "recorder/link.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "link"

#define HELLO_MS 200u         /* between two while no session is open */
#define ACKNOWLEDGE_MAX 4096u /* per frame, like MESSAGE_ITEMS_MAX */

struct link {
	struct zlink *zlink;
	struct loop *loop;
	struct loop_timer timer;
	const struct link_events *events;
	void *owner;
	struct arena arena;
	struct buffer frame;
	size_t window;
	char host[256];
	uint64_t started_ms;
	/* of the session */
	uint64_t session, epoch;
	bool open;
	uint64_t answered_ms;
	uint64_t received, finished; /* sightings */
	char text[128];
};

static void set_text(struct link *link, const char *text)
{
	if (!strcmp(link->text, text))
		return;
	snprintf(link->text, sizeof(link->text), "%s", text);
	log_notice("link to ingress changed", log_text("state", text));
}

static uint64_t credit_limit(const struct link *link, const struct link_report *report)
{
	return report->active && report->ready ? link->finished + link->window : 0;
}

/* Whether it may have arrived. Nothing relies on it: what is not answered is repeated. */
static bool send_frame(struct link *link)
{
	enum zlink_sent sent = zlink_send(link->zlink, NULL, link->frame.data, link->frame.size);

	buffer_clear(&link->frame);
	return sent == ZLINK_SENT;
}

static void send_hello(struct link *link)
{
	struct message_recorder_hello hello = {
		.oldest = PROTOCOL_OLDEST,
		.newest = PROTOCOL_VERSION,
		.session = link->session,
		.host = { link->host, strlen(link->host) },
		.version = { KORONE_VERSION, strlen(KORONE_VERSION) },
		.pid = (uint32_t)getpid(),
	};

	message_encode_recorder_hello(&hello, &link->frame);
	send_frame(link);
}

static void send_beat(struct link *link)
{
	struct link_report report = { .postgres = "", .redis = "" };
	struct message_recorder_beat beat;

	link->events->report(link->owner, &report);
	beat = (struct message_recorder_beat) {
		.session = link->session,
		.credit_limit = credit_limit(link, &report),
		.up_ms = clock_boot_ms() - link->started_ms,
		.active = report.active,
		.postgres = { report.postgres, strlen(report.postgres) },
		.redis = { report.redis, strlen(report.redis) },
		.sightings = report.sightings,
		.written = report.written,
	};
	message_encode_recorder_beat(&beat, &link->frame);
	send_frame(link);
}

static void send_bye(struct link *link)
{
	message_encode_bye(&(struct message_bye) { .session = link->session }, &link->frame);
	send_frame(link);
}

static void start_session(struct link *link)
{
	link->session = random_u64() | 1;
	link->open = false;
	link->received = link->finished = 0;
	link->events->session(link->owner, link->session);
	send_hello(link);
}

void link_restart(struct link *link)
{
	if (link->open)
		send_bye(link);
	start_session(link);
}

static void on_timer(void *owner)
{
	struct link *link = owner;

	loop_timer_set_tick(link->loop, &link->timer, link->open ? BEAT_MS : HELLO_MS);
	if (!link->open) {
		send_hello(link);
	} else if (loop_now_ms(link->loop) - link->answered_ms > BEAT_UNANSWERED_MS) {
		set_text(link, "no answer");
		start_session(link);
	} else {
		send_beat(link);
	}
}

/* --- from ingress --- */

static const char *refusal(enum welcome_result result)
{
	switch (result) {
	case WELCOME_ACCEPTED:
		return "ready";
	case WELCOME_REFUSED_VERSION:
		return "refused: it speaks another version of the protocol";
	case WELCOME_REFUSED_SESSION:
		return "refused: the session is over";
	case WELCOME_REFUSED_FULL:
		return "refused: it has too many recorders";
	}
	return "refused";
}

static bool on_welcome(struct link *link, const uint8_t *data, size_t size, struct why *why)
{
	struct message_welcome welcome;

	if (!message_decode_welcome(data, size, &link->arena, &welcome, why))
		return false;
	if (welcome.session != link->session)
		return true;
	set_text(link, refusal(welcome.result));
	if (welcome.result == WELCOME_REFUSED_SESSION)
		start_session(link);
	if (welcome.result != WELCOME_ACCEPTED)
		return true;
	link->open = true;
	link->epoch = welcome.epoch;
	link->answered_ms = loop_now_ms(link->loop);
	send_beat(link);
	return true;
}

static bool on_beat_answer(struct link *link, const uint8_t *data, size_t size, struct why *why)
{
	struct message_beat_answer answer;

	if (!message_decode_beat_answer(data, size, &link->arena, &answer, why))
		return false;
	if (answer.session != link->session || !link->open)
		return true;
	link->answered_ms = loop_now_ms(link->loop);
	/* Ingress was restarted and does not know what it sent before. */
	if (answer.epoch != link->epoch)
		start_session(link);
	return true;
}

static bool on_sightings(struct link *link, const uint8_t *data, size_t size, struct why *why)
{
	struct message_sightings message;

	if (!message_decode_sightings(data, size, &link->arena, &message, why))
		return false;
	if (message.session != link->session || !link->open)
		return true;
	link->received += message.count;
	link->events->sightings(link->owner, &message);
	return true;
}

static bool dispatch(struct link *link, const uint8_t *data, size_t size, struct why *why)
{
	static const struct {
		enum message_number number;
		bool (*handle)(struct link *link, const uint8_t *data, size_t size,
			       struct why *why);
	} handlers[] = {
		{ MESSAGE_WELCOME, on_welcome },
		{ MESSAGE_BEAT_ANSWER, on_beat_answer },
		{ MESSAGE_SIGHTINGS, on_sightings },
	};
	enum message_number number;

	if (!message_number(data, size, &number, why))
		return false;
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		if (handlers[i].number == number)
			return handlers[i].handle(link, data, size, why);
	return why_set(why, "%s is not for a recorder", message_name(number));
}

static void on_frame(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct link *link = owner;
	struct why why;

	(void)from;
	if (!dispatch(link, data, size, &why)) {
		/* What was in the frame stays unacknowledged; the new session gets it again. */
		log_warn("malformed frame from ingress; starting a new session",
			 log_text("error", why.text));
		link_restart(link);
	}
	arena_reset(&link->arena);
}

/* --- to ingress --- */

void link_acknowledge(struct link *link, uint64_t session, struct sighting_stored *stored,
		      size_t count)
{
	struct link_report report = { 0 };

	if (session != link->session || !link->open)
		return;
	link->events->report(link->owner, &report);
	for (size_t at = 0; at < count; at += ACKNOWLEDGE_MAX) {
		size_t part = count - at < ACKNOWLEDGE_MAX ? count - at : ACKNOWLEDGE_MAX;
		struct message_sightings_stored message = { .session = session,
							    .stored = stored + at,
							    .count = part };

		link->finished += part;
		message.credit_limit = credit_limit(link, &report);
		message_encode_sightings_stored(&message, &link->frame);
		if (!send_frame(link)) {
			/* A lost acknowledgement would never be repeated. */
			link_restart(link);
			return;
		}
	}
}

void link_beat_now(struct link *link)
{
	if (link->open)
		send_beat(link);
}

size_t link_in_flight(const struct link *link)
{
	return link->received - link->finished;
}

bool link_window_is_full(const struct link *link)
{
	return link_in_flight(link) >= link->window;
}

bool link_is_open(const struct link *link)
{
	return link->open;
}

const char *link_text(const struct link *link)
{
	return link->text;
}

struct link *link_open(struct zcontext *context, struct loop *loop, const struct settings *settings,
		       size_t window, const struct link_events *events, void *owner,
		       struct why *why)
{
	struct zlink_options options = { .endpoint = settings->sightings_endpoint,
					 .receive_max = MESSAGE_SIZE_MAX,
					 .run_dir = settings->run_dir,
					 .curve_dir = settings->curve_dir,
					 .curve_name = "recorder",
					 .curve_peer = "ingress" };
	struct zlink *zlink = zlink_connect(context, &options, why);
	struct link *link;

	if (!zlink) {
		why_prefix(why, "KORONE_SIGHTINGS_ENDPOINT");
		return NULL;
	}
	link = xmalloc(sizeof(*link));
	link->zlink = zlink;
	link->loop = loop;
	link->events = events;
	link->owner = owner;
	link->window = window;
	link->started_ms = clock_boot_ms();
	link->timer = (struct loop_timer) { .fn = on_timer, .owner = link };
	gethostname(link->host, sizeof(link->host) - 1);
	snprintf(link->text, sizeof(link->text), "connecting");
	zlink_attach(zlink, loop, on_frame, link);
	start_session(link);
	loop_timer_set(loop, &link->timer, HELLO_MS);
	return link;
}

void link_close(struct link *link)
{
	if (!link)
		return;
	if (link->open)
		send_bye(link);
	loop_timer_clear(link->loop, &link->timer);
	zlink_close(link->zlink);
	arena_finish(&link->arena);
	buffer_finish(&link->frame);
	free(link);
}
