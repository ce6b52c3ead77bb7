/* sightings_world.h - ingress and a recorder, which the test plays, in one loop. */
#ifndef TESTS_UNIT_SIGHTINGS_WORLD_H
#define TESTS_UNIT_SIGHTINGS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "ingress/metrics.h"
#include "ingress/sightings/sightings.h"

#define NOW 1700000000

static inline struct text text(const char *data)
{
	return (struct text) { data, data ? strlen(data) : 0 };
}

static inline struct sighting person(int64_t id, const char *name, int64_t seen_at)
{
	return (struct sighting) {
		.scope = SIGHTING_USER, .id = id, .first_name = text(name), .seen_at = seen_at
	};
}

/* --- ingress and a recorder ------------------------------------------------------------------- */

struct world {
	char directory[64];
	struct loop *loop;
	struct zcontext *context;
	struct spool *spool;
	struct settings settings;
	struct sightings *sightings;
	struct zlink *recorder;
	/* what the recorder got */
	size_t frames, beats, welcomes, refusals;
	enum message_number last;
	uint64_t epoch;
	enum welcome_result result;
	char reason[64];
	size_t sightings_frames, largest; /* sightings in one frame */
	struct sighting_stored stored[4096];
	uint64_t session_of_sightings;
	size_t stored_count;
	char first_name[32];
};

static size_t restored;

static inline void on_restored(void *owner, const struct sighting *sighting)
{
	(void)owner;
	(void)sighting;
	restored++;
}

static inline void on_message(void *owner, const struct zpeer *from, const uint8_t *data,
			      size_t size)
{
	struct world *world = owner;
	struct arena arena = { 0 };
	struct message_sightings sightings;
	struct message_welcome welcome;

	(void)from;
	world->frames++;
	assert_true(message_number(data, size, &world->last, NULL));
	if (world->last == MESSAGE_WELCOME) {
		assert_true(message_decode_welcome(data, size, &arena, &welcome, NULL));
		world->epoch = welcome.epoch;
		world->result = welcome.result;
		snprintf(world->reason, sizeof(world->reason), "%.*s", (int)welcome.reason.length,
			 welcome.reason.data);
		world->welcomes++;
		world->refusals += welcome.result != WELCOME_ACCEPTED;
	} else if (world->last == MESSAGE_BEAT_ANSWER) {
		world->beats++;
	} else if (world->last == MESSAGE_SIGHTINGS) {
		assert_true(message_decode_sightings(data, size, &arena, &sightings, NULL));
		world->session_of_sightings = sightings.session;
		world->sightings_frames++;
		if (sightings.count > world->largest)
			world->largest = sightings.count;
		for (size_t i = 0; i < sightings.count; i++) {
			const struct sighting *one = &sightings.sightings[i];

			world->stored[world->stored_count++] = (struct sighting_stored) {
				one->scope, one->id, one->version
			};
			snprintf(world->first_name, sizeof(world->first_name), "%.*s",
				 (int)one->first_name.length, one->first_name.data);
		}
	}
	arena_finish(&arena);
}

static inline void stop(void *owner)
{
	loop_stop(owner);
}

/* Lets both sides work for a while. */
static inline void turn(struct world *world, uint64_t ms)
{
	struct loop_timer timer = { .fn = stop, .owner = world->loop };

	loop_timer_set(world->loop, &timer, ms);
	loop_run(world->loop);
	loop_timer_clear(world->loop, &timer);
}

/* Runs until the condition holds; the caller asserts the results. */
#define TURN_UNTIL(world, condition)                                       \
	do {                                                               \
		for (int turns = 0; turns < 1000 && !(condition); turns++) \
			turn(world, 2);                                    \
	} while (0)

static inline void open_ingress(struct world *world)
{
	struct spool_options options = { .directory = world->directory,
					 .bot_id = 1,
					 .max_bytes = 1 << 20 };
	struct spool_replay replay = { .sighting = on_restored };
	struct why why = { "" };

	restored = 0;
	world->spool = spool_open(&options, &replay, &why);
	assert_non_null(world->spool);
	spool_attach(world->spool, world->loop);
	world->sightings = sightings_create();
	if (!sightings_open(world->sightings, world->context, world->loop, world->spool,
			    &world->settings, &why))
		fail_msg("%s", why.text);
}

static inline void close_ingress(struct world *world)
{
	sightings_destroy(world->sightings);
	spool_close(world->spool);
	world->sightings = NULL;
	world->spool = NULL;
}

static inline int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct zlink_options options = { .receive_max = 1 << 20 };
	struct why why = { "" };

	strcpy(world->directory, "/tmp/korone-sight-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	world->loop = loop_create();
	world->context = zcontext_create(1);
	world->settings.sightings_endpoint = xasprintf("ipc://%s/s", world->directory);
	world->settings.curve_dir = "";
	open_ingress(world);
	options.endpoint = world->settings.sightings_endpoint;
	world->recorder = zlink_connect(world->context, &options, &why);
	if (!world->recorder)
		fail_msg("%s", why.text);
	zlink_attach(world->recorder, world->loop, on_message, world);
	*state = world;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *world = *state;
	char *command = xasprintf("rm -rf %s", world->directory);

	zlink_close(world->recorder);
	close_ingress(world);
	zcontext_destroy(world->context);
	loop_destroy(world->loop);
	free((char *)world->settings.sightings_endpoint);
	assert_int_equal(system(command), 0);
	free(command);
	free(world);
	return 0;
}

/* A DEALER is full until it is connected. */
static inline void send_frame(struct world *world, struct buffer *frame)
{
	enum zlink_sent sent = zlink_send(world->recorder, NULL, frame->data, frame->size);

	for (int i = 0; i < 1000 && sent != ZLINK_SENT; i++) {
		turn(world, 2);
		sent = zlink_send(world->recorder, NULL, frame->data, frame->size);
	}
	assert_int_equal(sent, ZLINK_SENT);
	buffer_finish(frame);
}

static inline void say_hello(struct world *world, uint64_t session)
{
	struct message_recorder_hello hello = { .oldest = PROTOCOL_OLDEST,
						.newest = PROTOCOL_VERSION,
						.session = session,
						.host = text("here"),
						.version = text("1"),
						.pid = 7 };
	struct buffer frame = { 0 };

	message_encode_recorder_hello(&hello, &frame);
	send_frame(world, &frame);
}

static inline void beat(struct world *world, uint64_t session, uint64_t credit_limit)
{
	struct message_recorder_beat message = { .session = session,
						 .credit_limit = credit_limit,
						 .active = credit_limit > 0,
						 .postgres = text("ready"),
						 .redis = text("ready") };
	struct buffer frame = { 0 };

	message_encode_recorder_beat(&message, &frame);
	send_frame(world, &frame);
}

static inline void acknowledge(struct world *world, uint64_t session, uint64_t credit_limit)
{
	struct message_sightings_stored message = { .session = session,
						    .credit_limit = credit_limit,
						    .stored = world->stored,
						    .count = world->stored_count };
	struct buffer frame = { 0 };

	message_encode_sightings_stored(&message, &frame);
	send_frame(world, &frame);
	world->stored_count = 0;
}

static inline void say_bye(struct world *world, uint64_t session)
{
	struct buffer frame = { 0 };

	message_encode_bye(&(struct message_bye) { .session = session }, &frame);
	send_frame(world, &frame);
}

static inline void on_durable(void *owner)
{
	sightings_durable(owner);
}

static inline void see(struct world *world, int64_t id, const char *name)
{
	struct sighting sighting = person(id, name, NOW);

	sightings_add(world->sightings, &sighting);
	spool_commit(world->spool, true, on_durable, world->sightings);
}

#endif
