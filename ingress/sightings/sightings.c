/* sightings.c - the link to the recorders: sessions with leases and credit, sending sightings, and
 * taking confirmations. What waits is in table.c. */
#include "ingress/sightings/sightings.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/curve.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/random.h"
#include "common/strikes.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"
#include "ingress/sightings/table.h"

#define LOG_SUBSYSTEM "recorder"

#define RECORDERS_MAX 16
#define FRAME_SIGHTINGS 1000u
#define TICK_MS 1000u
#define NAME_SIZE 128

struct recorder {
	uint64_t session; /* 0: free */
	struct zpeer peer;
	uint64_t heard_ms, since_ms;
	uint64_t credit_limit, sent;
	char host[NAME_SIZE], version[NAME_SIZE], postgres[NAME_SIZE], redis[NAME_SIZE];
	uint32_t pid;
	bool active;
	uint64_t sightings, written;
};

struct sightings {
	struct sightings_table *table;
	struct recorder recorders[RECORDERS_MAX];
	struct strikes strikes;
	struct log_limit protocol_errors;
	uint64_t epoch;
	struct zlink *link;
	struct loop *loop;
	struct spool *spool;
	struct loop_timer timer;
	uint64_t tick_ms;
	struct arena arena;
	struct buffer frame;
	struct sighting *taken;
};

struct sightings *sightings_create(void)
{
	struct sightings *sightings = xmalloc(sizeof(*sightings));

	sightings->table = sightings_table_create();
	sightings->epoch = random_u64() | 1;
	sightings->taken = xcalloc(FRAME_SIGHTINGS, sizeof(*sightings->taken));
	return sightings;
}

void sightings_destroy(struct sightings *sightings)
{
	if (!sightings)
		return;
	if (sightings->loop)
		loop_timer_clear(sightings->loop, &sightings->timer);
	zlink_close(sightings->link);
	sightings_table_destroy(sightings->table);
	arena_finish(&sightings->arena);
	buffer_finish(&sightings->frame);
	free(sightings->taken);
	free(sightings);
}

void sightings_restore(struct sightings *sightings, const struct sighting *sighting)
{
	sightings_table_restore(sightings->table, sighting);
}

size_t sightings_pending(const struct sightings *sightings)
{
	return sightings_table_count(sightings->table);
}

/* --- recorders -------------------------------------------------------------------------------- */

static struct recorder *find_recorder(struct sightings *sightings, uint64_t session)
{
	for (size_t i = 0; i < RECORDERS_MAX; i++)
		if (sightings->recorders[i].session == session)
			return &sightings->recorders[i];
	return NULL;
}

static void end_session(struct sightings *sightings, struct recorder *recorder, const char *reason)
{
	log_notice("recorder session ended", log_text("reason", reason),
		   log_text("host", recorder->host), log_unsigned("recorder_pid", recorder->pid));
	sightings_table_lost(sightings->table, recorder->session);
	*recorder = (struct recorder) { 0 };
}

static bool send_frame(struct sightings *sightings, const struct zpeer *to)
{
	enum zlink_sent sent = zlink_send(sightings->link, to, sightings->frame.data,
					  sightings->frame.size);

	buffer_clear(&sightings->frame);
	return sent == ZLINK_SENT;
}

static void send_welcome(struct sightings *sightings, const struct zpeer *to, uint64_t session,
			 enum welcome_result result, const char *reason)
{
	struct message_welcome welcome = {
		.version = PROTOCOL_VERSION,
		.result = result,
		.session = session,
		.epoch = sightings->epoch,
		.reason = { reason, strlen(reason) },
	};

	message_encode_welcome(&welcome, &sightings->frame);
	send_frame(sightings, to);
}

/* Sends what waits. What cannot be sent now is put back; what is lost on the way comes back with
 * the session. */
static void feed(struct sightings *sightings, struct recorder *recorder)
{
	while (recorder->sent < recorder->credit_limit) {
		uint64_t credit = recorder->credit_limit - recorder->sent;
		struct message_sightings message = { .session = recorder->session,
						     .sightings = sightings->taken };

		message.count = sightings_table_take(
			sightings->table, recorder->session,
			credit < FRAME_SIGHTINGS ? credit : FRAME_SIGHTINGS, sightings->taken);
		if (message.count == 0)
			return;
		message_encode_sightings(&message, &sightings->frame);
		if (!send_frame(sightings, &recorder->peer)) {
			end_session(sightings, recorder,
				    "it does not accept the frames that it has credit for");
			return;
		}
		recorder->sent += message.count;
	}
}

static void feed_all(struct sightings *sightings)
{
	for (size_t i = 0; i < RECORDERS_MAX; i++)
		if (sightings->recorders[i].session)
			feed(sightings, &sightings->recorders[i]);
}

/* --- messages --------------------------------------------------------------------------------- */

static void copy_text(char out[NAME_SIZE], struct text text)
{
	size_t length = text.length < NAME_SIZE - 1 ? text.length : NAME_SIZE - 1;

	if (length)
		memcpy(out, text.data, length);
	out[length] = '\0';
}

static void open_session(struct sightings *sightings, struct recorder *recorder,
			 const struct message_recorder_hello *hello)
{
	*recorder = (struct recorder) { .session = hello->session,
					.pid = hello->pid,
					.since_ms = loop_now_ms(sightings->loop) };
	copy_text(recorder->host, hello->host);
	copy_text(recorder->version, hello->version);
	/* A recorder that starts a new session may use another database. */
	sightings_table_forget_stored(sightings->table);
	log_notice("recorder connected", log_text("host", recorder->host),
		   log_unsigned("recorder_pid", recorder->pid),
		   log_text("version", recorder->version));
}

static bool on_hello(struct sightings *sightings, const struct zpeer *from, const uint8_t *data,
		     size_t size, struct why *why)
{
	struct message_recorder_hello hello;
	struct recorder *recorder;

	if (!message_decode_recorder_hello(data, size, &sightings->arena, &hello, why))
		return false;
	if (hello.oldest > PROTOCOL_VERSION || hello.newest < PROTOCOL_OLDEST) {
		send_welcome(sightings, from, hello.session, WELCOME_REFUSED_VERSION,
			     "no common version of the protocol");
		return true;
	}
	recorder = find_recorder(sightings, hello.session);
	if (recorder && !zpeer_equal(&recorder->peer, from)) {
		end_session(sightings, recorder, "it reconnected");
		recorder = NULL;
	}
	if (!recorder) {
		recorder = find_recorder(sightings, 0);
		if (!recorder) {
			send_welcome(sightings, from, hello.session, WELCOME_REFUSED_FULL,
				     "too many recorders");
			return true;
		}
		open_session(sightings, recorder, &hello);
	}
	recorder->peer = *from;
	recorder->heard_ms = loop_now_ms(sightings->loop);
	send_welcome(sightings, from, hello.session, WELCOME_ACCEPTED, "");
	return true;
}

/* The recorder a message came from; this renews its lease. An unknown session is told to start
 * over, and so is one on another connection: frames were lost with the old one, and what was in
 * them would stay in flight as long as the session lives. */
static struct recorder *recorder_of_message(struct sightings *sightings, const struct zpeer *from,
					    uint64_t session)
{
	struct recorder *recorder = session ? find_recorder(sightings, session) : NULL;

	if (recorder && !zpeer_equal(&recorder->peer, from)) {
		end_session(sightings, recorder, "it reconnected");
		recorder = NULL;
	}
	if (!recorder) {
		send_welcome(sightings, from, session, WELCOME_REFUSED_SESSION,
			     "the session is over");
		return NULL;
	}
	recorder->heard_ms = loop_now_ms(sightings->loop);
	return recorder;
}

static bool on_beat(struct sightings *sightings, const struct zpeer *from, const uint8_t *data,
		    size_t size, struct why *why)
{
	struct message_recorder_beat beat;
	struct message_beat_answer answer;
	struct recorder *recorder;

	if (!message_decode_recorder_beat(data, size, &sightings->arena, &beat, why))
		return false;
	recorder = recorder_of_message(sightings, from, beat.session);
	if (!recorder)
		return true;
	if (recorder->active != beat.active)
		recorder->since_ms = recorder->heard_ms;
	recorder->active = beat.active;
	recorder->credit_limit = beat.credit_limit;
	recorder->sightings = beat.sightings;
	recorder->written = beat.written;
	copy_text(recorder->postgres, beat.postgres);
	copy_text(recorder->redis, beat.redis);
	answer = (struct message_beat_answer) { beat.session, sightings->epoch };
	message_encode_beat_answer(&answer, &sightings->frame);
	send_frame(sightings, from);
	feed(sightings, recorder);
	return true;
}

static bool on_stored(struct sightings *sightings, const struct zpeer *from, const uint8_t *data,
		      size_t size, struct why *why)
{
	struct message_sightings_stored message;
	int64_t now_s = clock_utc_s();
	struct recorder *recorder;

	if (!message_decode_sightings_stored(data, size, &sightings->arena, &message, why))
		return false;
	recorder = recorder_of_message(sightings, from, message.session);
	if (!recorder)
		return true;
	for (size_t i = 0; i < message.count; i++)
		if (sightings_table_stored(sightings->table, message.session, &message.stored[i],
					   now_s))
			spool_append_sighting_stored(sightings->spool, &message.stored[i]);
	/* No sync: what is forgotten is merely stored once more. */
	spool_commit(sightings->spool, false, NULL, NULL);
	recorder->credit_limit = message.credit_limit;
	sightings_table_durable(sightings->table);
	feed(sightings, recorder);
	return true;
}

static bool on_bye(struct sightings *sightings, const struct zpeer *from, const uint8_t *data,
		   size_t size, struct why *why)
{
	struct message_bye bye;
	struct recorder *recorder;

	(void)from;
	if (!message_decode_bye(data, size, &sightings->arena, &bye, why))
		return false;
	recorder = bye.session ? find_recorder(sightings, bye.session) : NULL;
	if (recorder) {
		end_session(sightings, recorder, "it said BYE");
		feed_all(sightings);
	}
	return true;
}

static bool dispatch(struct sightings *sightings, const struct zpeer *from, const uint8_t *data,
		     size_t size, struct why *why)
{
	static const struct {
		enum message_number number;
		bool (*handle)(struct sightings *sightings, const struct zpeer *from,
			       const uint8_t *data, size_t size, struct why *why);
	} handlers[] = {
		{ MESSAGE_RECORDER_HELLO, on_hello },
		{ MESSAGE_RECORDER_BEAT, on_beat },
		{ MESSAGE_SIGHTINGS_STORED, on_stored },
		{ MESSAGE_BYE, on_bye },
	};
	enum message_number number;

	if (!message_number(data, size, &number, why))
		return false;
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		if (handlers[i].number == number)
			return handlers[i].handle(sightings, from, data, size, why);
	return why_set(why, "%s is not for ingress", message_name(number));
}

static void log_protocol_error(struct sightings *sightings, bool is_out, const struct why *why)
{
	uint64_t left_out;

	if (!log_limit_pass(&sightings->protocol_errors, loop_now_ms(sightings->loop), &left_out))
		return;
	if (is_out)
		log_error("protocol error on the sightings endpoint; disconnecting the peer",
			  log_text("why", why->text), log_unsigned("left_out", left_out));
	else
		log_error("protocol error on the sightings endpoint", log_text("why", why->text),
			  log_unsigned("left_out", left_out));
}

static void on_protocol_error(struct sightings *sightings, const struct zpeer *from,
			      const struct why *why)
{
	bool is_out = strikes_add(&sightings->strikes, from);

	metric_add(&metric_bad_frames, 1);
	log_protocol_error(sightings, is_out, why);
	for (size_t i = 0; i < RECORDERS_MAX; i++)
		if (sightings->recorders[i].session &&
		    zpeer_equal(&sightings->recorders[i].peer, from))
			end_session(sightings, &sightings->recorders[i], "protocol error");
}

static void on_frame(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct sightings *sightings = owner;
	struct why why = { "" };

	if (strikes_is_out(&sightings->strikes, from))
		return;
	if (!dispatch(sightings, from, data, size, &why))
		on_protocol_error(sightings, from, &why);
	arena_reset(&sightings->arena);
}

/* --- time ------------------------------------------------------------------------------------- */

/* When this process itself was suspended, nobody is to blame for beats that were not read. */
static void forgive_silence(struct sightings *sightings, uint64_t now_ms)
{
	for (size_t i = 0; i < RECORDERS_MAX; i++)
		sightings->recorders[i].heard_ms = now_ms;
}

/* Returns when the next lease ends if nothing more is heard; UINT64_MAX: there is none. */
static uint64_t end_leases(struct sightings *sightings, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < RECORDERS_MAX; i++) {
		struct recorder *recorder = &sightings->recorders[i];
		uint64_t end_ms = recorder->heard_ms + LEASE_MS + 1;

		if (!recorder->session)
			continue;
		if (now_ms >= end_ms)
			end_session(sightings, recorder, "its lease expired");
		else if (end_ms < next_ms)
			next_ms = end_ms;
	}
	return next_ms;
}

static void on_tick(void *owner)
{
	struct sightings *sightings = owner;
	uint64_t now_ms = loop_now_ms(sightings->loop), next_ms;

	if (now_ms - sightings->tick_ms > BEAT_MS + TICK_MS)
		forgive_silence(sightings, now_ms);
	sightings->tick_ms = now_ms;
	next_ms = end_leases(sightings, now_ms);
	feed_all(sightings);
	loop_timer_set_tick_or(sightings->loop, &sightings->timer, TICK_MS, next_ms);
}

/* --- outside ---------------------------------------------------------------------------------- */

bool sightings_open(struct sightings *sightings, struct zcontext *context, struct loop *loop,
		    struct spool *spool, const struct settings *settings, struct why *why)
{
	struct zlink_options options = {
		.endpoint = settings->sightings_endpoint,
		.receive_max = MESSAGE_BOUND_MAX,
		.run_dir = settings->run_dir,
		.curve_dir = settings->curve_dir,
		.curve_name = "ingress",
		.curve_roles = CURVE_RECORDER,
	};

	sightings->link = zlink_bind(context, &options, why);
	if (!sightings->link)
		return false;
	sightings->loop = loop;
	sightings->spool = spool;
	sightings->timer = (struct loop_timer) { .fn = on_tick, .owner = sightings };
	sightings->tick_ms = loop_now_ms(loop);
	loop_timer_set(loop, &sightings->timer, TICK_MS);
	zlink_attach(sightings->link, loop, on_frame, sightings);
	return true;
}

void sightings_add(struct sightings *sightings, const struct sighting *sighting)
{
	const struct sighting *news = sightings_table_add(sightings->table, sighting,
							  clock_utc_s());

	if (news)
		spool_append_sighting(sightings->spool, news);
}

void sightings_durable(struct sightings *sightings)
{
	sightings_table_durable(sightings->table);
	feed_all(sightings);
}

static void recorder_status(const struct recorder *recorder, uint64_t now_ms, struct json *json)
{
	json_object_start(json);
	json_key_text(json, "host", recorder->host);
	json_key_int(json, "pid", recorder->pid);
	json_key_text(json, "version", recorder->version);
	json_key_text(json, "state", recorder->active ? "active" : "standby");
	json_key_int(json, "since_ms", (int64_t)(now_ms - recorder->since_ms));
	json_key_text(json, "postgres", recorder->postgres);
	json_key_text(json, "redis", recorder->redis);
	json_key_int(json, "sightings", (int64_t)recorder->sightings);
	json_key_int(json, "written", (int64_t)recorder->written);
	json_object_end(json);
}

void sightings_status(const struct sightings *sightings, struct json *json)
{
	json_array_start(json);
	for (size_t i = 0; i < RECORDERS_MAX; i++)
		if (sightings->recorders[i].session)
			recorder_status(&sightings->recorders[i], loop_now_ms(sightings->loop),
					json);
	json_array_end(json);
}
