/* bench_recorder.c - plays ingress to one recorder, for tests/bench/recorder.py.
 *
 *   bench_recorder ENDPOINT PEOPLE
 *
 * Reads a line per phase: "PASSES PERCENT" sends every person PASSES times in pseudo-random order,
 * PERCENT of them with a new name each time; answers "SIGHTINGS SECONDS", from the first frame sent
 * to the last acknowledgement. "rows" prints everyone in COPY's text format. Nobody is sent twice
 * before everyone else was, so folding gains nothing. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "common/zlink.h"

#define LOG_SUBSYSTEM "bench"

#define FRAME_SIGHTINGS 1000u
#define PATIENCE_MS 60000u
#define NAME_MAX_SIZE 32
#define SEEN_AT INT64_C(1700000000)
/* Odd, so that multiplying by it visits every residue of a power of two. */
#define STRIDE UINT64_C(0x9e3779b97f4a7c15)

struct ingress {
	struct loop *loop;
	struct loop_timer timer;
	struct zlink *link;
	struct zpeer peer;
	uint64_t session, credit_limit, sent, stored;
	uint64_t people, version;
	uint32_t *names; /* per person: how often the name changed */
	struct arena arena;
	struct buffer frame;
};

/* --- people --- */

struct person {
	char username[NAME_MAX_SIZE], first_name[NAME_MAX_SIZE], last_name[NAME_MAX_SIZE];
};

static int64_t id_of(uint64_t number)
{
	return (int64_t)((number * STRIDE) >> 31) + 1;
}

static struct text print(char out[NAME_MAX_SIZE], const char *format, uint64_t a, uint64_t b)
{
	int length = snprintf(out, NAME_MAX_SIZE, format, a, b);

	return (struct text) { out, (size_t)length };
}

static struct sighting sighting_of(const struct ingress *ingress, uint64_t number,
				   struct person *person)
{
	struct sighting seen = { .scope = SIGHTING_USER,
				 .id = id_of(number),
				 .version = ingress->version,
				 .seen_at = SEEN_AT,
				 .language_code = { "en", 2 } };

	seen.first_name = print(person->first_name, "Person%" PRIu64 ".%" PRIu64, number % 5000,
				ingress->names[number]);
	seen.last_name = print(person->last_name, "Family%" PRIu64 "%.0" PRIu64, number % 777, 0);
	if (number % 10 < 7)
		seen.username = print(person->username, "user_%" PRIx64 "%.0" PRIu64, number, 0);
	return seen;
}

static void print_rows(const struct ingress *ingress)
{
	for (uint64_t i = 0; i < ingress->people; i++) {
		struct person person;
		struct sighting seen = sighting_of(ingress, i, &person);

		printf("%" PRId64 "\t%s\t%s\t%s\ten\t2023-11-14 22:13:20+00\n", seen.id,
		       seen.username.data ? seen.username.data : "\\N", seen.first_name.data,
		       seen.last_name.data);
	}
	puts("end");
}

/* --- the link --- */

static void reply(struct ingress *ingress)
{
	zlink_send(ingress->link, &ingress->peer, ingress->frame.data, ingress->frame.size);
	buffer_clear(&ingress->frame);
}

static void on_hello(struct ingress *ingress, const struct zpeer *from, const uint8_t *data,
		     size_t size)
{
	struct message_recorder_hello hello;
	struct why why;

	if (!message_decode_recorder_hello(data, size, &ingress->arena, &hello, &why))
		fatal(1, "failed", log_text("error", why.text));
	ingress->peer = *from;
	ingress->session = hello.session;
	ingress->sent = 0;
	message_encode_welcome(&(struct message_welcome) { .version = PROTOCOL_VERSION,
							   .result = WELCOME_ACCEPTED,
							   .session = hello.session,
							   .epoch = 1 },
			       &ingress->frame);
	reply(ingress);
}

static void on_beat(struct ingress *ingress, const uint8_t *data, size_t size)
{
	struct message_recorder_beat beat;
	struct why why;

	if (!message_decode_recorder_beat(data, size, &ingress->arena, &beat, &why))
		fatal(1, "failed", log_text("error", why.text));
	ingress->credit_limit = beat.credit_limit;
	message_encode_beat_answer(&(struct message_beat_answer) { beat.session, 1 },
				   &ingress->frame);
	reply(ingress);
}

static void on_stored(struct ingress *ingress, const uint8_t *data, size_t size)
{
	struct message_sightings_stored message;
	struct why why;

	if (!message_decode_sightings_stored(data, size, &ingress->arena, &message, &why))
		fatal(1, "failed", log_text("error", why.text));
	ingress->credit_limit = message.credit_limit;
	ingress->stored += message.count;
}

static void on_frame(void *owner, const struct zpeer *from, const uint8_t *data, size_t size)
{
	struct ingress *ingress = owner;
	enum message_number number;
	struct why why;

	if (!message_number(data, size, &number, &why))
		fatal(1, "failed", log_text("error", why.text));
	if (number == MESSAGE_RECORDER_HELLO)
		on_hello(ingress, from, data, size);
	else if (number == MESSAGE_RECORDER_BEAT)
		on_beat(ingress, data, size);
	else if (number == MESSAGE_SIGHTINGS_STORED)
		on_stored(ingress, data, size);
	arena_reset(&ingress->arena);
	loop_stop(ingress->loop);
}

static void on_time(void *owner)
{
	loop_stop(owner);
}

/* Waits up to that long for frames, and returns once there were some. */
static void receive(struct ingress *ingress, uint64_t limit_ms)
{
	loop_timer_set(ingress->loop, &ingress->timer, limit_ms);
	loop_run(ingress->loop);
}

static void wait_for_credit(struct ingress *ingress)
{
	uint64_t deadline_ms = clock_boot_ms() + PATIENCE_MS;

	while (ingress->sent >= ingress->credit_limit) {
		if (clock_boot_ms() > deadline_ms)
			fatal(1, "no credit within a minute");
		receive(ingress, 100);
	}
}

/* --- phases --- */

/* The person for this turn: a multiplication that permutes a power of two; numbers that are too
 * large are skipped. */
static uint64_t place_of(uint64_t turn, uint64_t mask)
{
	return (turn * STRIDE + 12345) & mask;
}

static void send_people(struct ingress *ingress, const uint64_t *numbers, size_t count)
{
	static struct person people[FRAME_SIGHTINGS];
	static struct sighting sightings[FRAME_SIGHTINGS];
	struct message_sightings message = { .session = ingress->session,
					     .sightings = sightings,
					     .count = count };

	for (size_t i = 0; i < count; i++)
		sightings[i] = sighting_of(ingress, numbers[i], &people[i]);
	message_encode_sightings(&message, &ingress->frame);
	if (zlink_send(ingress->link, &ingress->peer, ingress->frame.data, ingress->frame.size) !=
	    ZLINK_SENT)
		fatal(1, "the recorder takes nothing");
	buffer_clear(&ingress->frame);
	ingress->sent += count;
}

static void flush(struct ingress *ingress, const uint64_t *numbers, size_t count)
{
	for (size_t at = 0; at < count;) {
		uint64_t room;

		wait_for_credit(ingress);
		room = ingress->credit_limit - ingress->sent;
		room = room < count - at ? room : count - at;
		send_people(ingress, numbers + at, room);
		at += room;
		receive(ingress, 0);
	}
}

static void pass(struct ingress *ingress, unsigned percent, uint64_t seed)
{
	uint64_t numbers[FRAME_SIGHTINGS], mask = 1;
	size_t count = 0;

	ingress->version++;
	while (mask < ingress->people)
		mask *= 2;
	mask--;
	for (uint64_t turn = 0; turn <= mask; turn++) {
		uint64_t number = place_of(turn + seed, mask);

		if (number >= ingress->people)
			continue;
		if ((number * STRIDE >> 40) * (seed + 1) % 100 < percent)
			ingress->names[number]++;
		numbers[count++] = number;
		if (count == FRAME_SIGHTINGS) {
			flush(ingress, numbers, count);
			count = 0;
		}
	}
	flush(ingress, numbers, count);
}

static void run_phase(struct ingress *ingress, unsigned passes, unsigned percent)
{
	uint64_t goal = ingress->stored + passes * ingress->people, started_us;

	wait_for_credit(ingress);
	started_us = clock_boot_us();
	for (unsigned i = 0; i < passes; i++)
		pass(ingress, percent, ingress->version);
	while (ingress->stored < goal)
		receive(ingress, 1000);
	printf("%" PRIu64 " %.6f\n", passes * ingress->people,
	       (double)(clock_boot_us() - started_us) / 1e6);
}

/* Beats are answered while there is nothing else to do. */
static bool wait_for_line(struct ingress *ingress, char *line, int size)
{
	struct pollfd input = { .fd = 0, .events = POLLIN };

	while (poll(&input, 1, 0) == 0)
		receive(ingress, 50);
	return fgets(line, size, stdin) != NULL;
}

int main(int argc, char **argv)
{
	struct ingress ingress = { .version = 1 };
	struct zlink_options options = { .receive_max = MESSAGE_SIZE_MAX };
	struct zcontext *context = zcontext_create(1);
	unsigned passes, percent;
	char line[64];
	struct why why;

	if (argc != 3)
		fatal(64, "usage: bench_recorder ENDPOINT PEOPLE");
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	options.endpoint = argv[1];
	ingress.people = strtoull(argv[2], NULL, 10);
	ingress.names = xcalloc(ingress.people, sizeof(*ingress.names));
	ingress.link = zlink_bind(context, &options, &why);
	if (!ingress.link)
		fatal(1, "failed", log_text("error", why.text));
	ingress.loop = loop_create();
	ingress.timer = (struct loop_timer) { .fn = on_time, .owner = ingress.loop };
	zlink_attach(ingress.link, ingress.loop, on_frame, &ingress);
	while (wait_for_line(&ingress, line, sizeof(line)))
		if (sscanf(line, "%u %u", &passes, &percent) == 2)
			run_phase(&ingress, passes, percent);
		else
			print_rows(&ingress);
	zlink_close(ingress.link);
	loop_timer_clear(ingress.loop, &ingress.timer);
	loop_destroy(ingress.loop);
	zcontext_destroy(context);
	arena_finish(&ingress.arena);
	buffer_finish(&ingress.frame);
	free(ingress.names);
	return 0;
}
