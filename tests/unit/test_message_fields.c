/* test_message_fields.c - valid values for the fields of messages, sightings and incidents. */
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/message.h"
#include "common/xalloc.h"
#include "tests/unit/message_samples.h"

/* --- fields ----------------------------------------------------------------------------------- */

static void an_item_keeps_its_fields(void **state)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_updates decoded;
	const struct message_item *item;
	struct why why;

	(void)state;
	message_encode_updates(&sample_updates, &frame);
	assert_true(message_decode_updates(buffer_unread(&frame), buffer_unread_size(&frame),
					   &arena, &decoded, &why));
	assert_true(decoded.session == SESSION);
	assert_int_equal(decoded.count, 2);
	item = &decoded.items[1];
	assert_true(item->seq == UINT64_MAX);
	assert_memory_equal(&item->trace, &items[1].trace, sizeof(item->trace));
	assert_true(item->update_id == INT64_MAX);
	assert_int_equal(item->kind, KIND_UNKNOWN);
	assert_int_equal(item->flags, ITEM_LATE | ITEM_INCIDENT | ITEM_WORK | ITEM_REPEAT);
	assert_int_equal(item->attempt, 255);
	assert_true(item->lane == 0);
	assert_true(item->age_ms == UINT64_MAX);
	assert_true(item->received_s == 1767225600);
	assert_non_null(item->body.data);
	assert_int_equal(item->body.length, 0);
	assert_int_equal(decoded.items[0].update_id, INT64_MIN);
	assert_true(decoded.items[0].lane == UINT64_MAX);
	assert_memory_equal(decoded.items[0].body.data, "\x80", 1);
	arena_finish(&arena);
	buffer_finish(&frame);
}

static void expect_grown_frame(uint64_t session, const struct message_item *item, size_t count)
{
	struct updates_frame grown = { 0 };
	struct message_updates message = { .session = session, .count = count };
	struct buffer whole = { 0 };

	message.items = xreallocarray(NULL, count, sizeof(*item));
	for (size_t i = 0; i < count; i++) {
		message.items[i] = *item;
		updates_frame_add(&grown, item);
	}
	updates_frame_close(&grown, session);
	message_encode_updates(&message, &whole);
	assert_int_equal(buffer_unread_size(&grown.bytes), buffer_unread_size(&whole));
	assert_memory_equal(buffer_unread(&grown.bytes), buffer_unread(&whole),
			    buffer_unread_size(&whole));
	buffer_finish(&grown.bytes);
	buffer_finish(&whole);
	free(message.items);
}

/* The head's size depends on session and count. */
static void a_frame_that_grew_is_the_same(void **state)
{
	static const uint64_t sessions[] = { 1, 200, 70000, UINT64_MAX };
	static const size_t counts[] = { 1, 2, 15, 16, 512, MESSAGE_ITEMS_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sessions); i++)
		for (size_t j = 0; j < COUNT_OF(counts); j++) {
			expect_grown_frame(sessions[i], &items[0], counts[j]);
			expect_grown_frame(sessions[i], &items[1], counts[j]);
		}
}

static void the_head_of_updates_is_version_number_session_count(void **state)
{
	static const uint8_t expected[] = { 0x94, 2, 5, 7, 0x91, 0x9a, 1 };
	struct updates_frame frame = { 0 };

	(void)state;
	updates_frame_add(&frame, &items[0]);
	updates_frame_close(&frame, 7);
	assert_memory_equal(buffer_unread(&frame.bytes), expected, sizeof(expected));
	buffer_finish(&frame.bytes);
}

static void verdicts_keep_what_their_step_needs(void **state)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_verdicts decoded;
	struct why why;

	(void)state;
	message_encode_verdicts(&sample_verdicts, &frame);
	assert_true(message_decode_verdicts(buffer_unread(&frame), buffer_unread_size(&frame),
					    &arena, &decoded, &why));
	assert_int_equal(decoded.count, 8);
	for (size_t i = 0; i < decoded.count; i++) {
		assert_int_equal(decoded.verdicts[i].step, verdicts[i].step);
		assert_true(decoded.verdicts[i].number == verdicts[i].number);
		assert_true(decoded.verdicts[i].seq == verdicts[i].seq);
	}
	assert_int_equal(decoded.verdicts[2].reason, ENDED_MEMORY);
	assert_true(decoded.verdicts[4].due_ms == UINT64_MAX);
	assert_true(text_is(decoded.verdicts[4].body, "work"));
	assert_null(decoded.verdicts[0].body.data);
	assert_null(decoded.verdicts[0].orders.data);
	assert_true(text_is(decoded.verdicts[6].orders, "\x92\x03\x01"));
	assert_true(text_is(decoded.verdicts[7].orders, "\x93\x01\x02\x07"));
	arena_finish(&arena);
	buffer_finish(&frame);
}

static void sightings_keep_what_their_scope_needs(void **state)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_sightings decoded;
	struct why why;

	(void)state;
	message_encode_sightings(&sample_sightings, &frame);
	assert_true(message_decode_sightings(buffer_unread(&frame), buffer_unread_size(&frame),
					     &arena, &decoded, &why));
	assert_int_equal(decoded.count, 4);
	assert_true(text_is(decoded.sightings[0].username, "ann"));
	assert_true(text_is(decoded.sightings[0].last_name, ""));
	assert_true(text_is(decoded.sightings[0].language_code, "pt-br"));
	assert_true(decoded.sightings[0].id == INT64_C(1) << 52);
	assert_null(decoded.sightings[1].username.data);
	assert_null(decoded.sightings[1].last_name.data);
	assert_true(text_is(decoded.sightings[1].first_name, ""));
	assert_true(text_is(decoded.sightings[2].type, "supergroup"));
	assert_true(text_is(decoded.sightings[2].title, "Title"));
	assert_null(decoded.sightings[2].first_name.data);
	assert_int_equal(decoded.sightings[2].seen_at, -1);
	assert_int_equal(decoded.sightings[3].new_id, -1005);
	arena_finish(&arena);
	buffer_finish(&frame);
}

/* What a user's row must not contain is not sent, whatever the struct has. */
static void a_sighting_has_the_fields_of_its_scope_only(void **state)
{
	struct sighting user = sightings[0];
	struct buffer out = { 0 };

	(void)state;
	user.title = TEXT("secret title");
	user.new_id = 4711;
	sighting_encode(&user, &out);
	assert_null(memmem(buffer_unread(&out), buffer_unread_size(&out), "secret", 6));
	buffer_finish(&out);
}

static bool sighting_passes(const struct sighting *sighting)
{
	struct buffer out = { 0 };
	struct cursor cursor;
	struct sighting decoded;
	bool passes;

	sighting_encode(sighting, &out);
	cursor = cursor_make(buffer_unread(&out), buffer_unread_size(&out));
	passes = sighting_decode(&cursor, &decoded) && cursor_end(&cursor, NULL);
	buffer_finish(&out);
	return passes;
}

static void sightings_are_checked(void **state)
{
	struct sighting user = sightings[0], group = sightings[2], migration = sightings[3];

	(void)state;
	assert_true(sighting_passes(&user) && sighting_passes(&group) &&
		    sighting_passes(&migration));
	user.first_name = (struct text) { NULL, 0 };
	assert_true(sighting_passes(&user)); /* written as "": the column may not be null */
	user.id = 0;
	assert_false(sighting_passes(&user));
	group.type = TEXT("channel");
	assert_false(sighting_passes(&group));
	group.type = TEXT("group");
	assert_true(sighting_passes(&group));
	migration.new_id = 0;
	assert_false(sighting_passes(&migration));
}

/* Whether what the encoder writes is accepted. */
#define PASSES_FUNCTION(name)                                                                     \
	static bool passes_##name(const struct message_##name *message)                           \
	{                                                                                         \
		struct message_##name decoded;                                                    \
		struct buffer frame = { 0 };                                                      \
		struct arena arena = { 0 };                                                       \
		bool passes;                                                                      \
                                                                                                  \
		message_encode_##name(message, &frame);                                           \
		passes = message_decode_##name(buffer_unread(&frame), buffer_unread_size(&frame), \
					       &arena, &decoded, NULL);                           \
		arena_finish(&arena);                                                             \
		buffer_finish(&frame);                                                            \
		return passes;                                                                    \
	}

PASSES_FUNCTION(pool_hello)
PASSES_FUNCTION(recorder_hello)
PASSES_FUNCTION(welcome)
PASSES_FUNCTION(updates)
PASSES_FUNCTION(verdicts)
PASSES_FUNCTION(bye)

static void wrong_greetings_are_refused(void **state)
{
	struct message_pool_hello hello = sample_pool_hello;
	struct message_recorder_hello recorder = sample_recorder_hello;
	struct message_welcome welcome = sample_welcome;
	struct message_bye bye = { .session = 0 };

	(void)state;
	hello.in_hand_count = 0;
	assert_true(passes_pool_hello(&hello));
	hello.session = 0;
	assert_false(passes_pool_hello(&hello));
	hello = sample_pool_hello;
	hello.oldest = 2;
	hello.newest = 1;
	assert_false(passes_pool_hello(&hello));
	recorder.oldest = 2;
	assert_false(passes_recorder_hello(&recorder));
	welcome.reason = (struct text) { NULL, 0 };
	assert_true(passes_welcome(&welcome));
	welcome.result = (enum welcome_result)(WELCOME_REFUSED_FULL + 1);
	assert_false(passes_welcome(&welcome));
	assert_false(passes_bye(&bye));
}

static bool item_passes(struct message_item item)
{
	struct message_updates updates = { .session = 1, .items = &item, .count = 1 };

	return passes_updates(&updates);
}

static void wrong_items_are_refused(void **state)
{
	struct message_updates empty = { .session = 1 };
	struct message_item item = items[0];

	(void)state;
	assert_true(passes_updates(&empty));
	assert_true(item_passes(item));
	item.seq = 0;
	assert_false(item_passes(item));
	item = items[0];
	item.attempt = 0;
	assert_false(item_passes(item));
	item = items[0];
	item.flags = 64;
	assert_false(item_passes(item));
	item = items[0];
	item.kind = KIND_COUNT;
	assert_false(item_passes(item));
}

static bool verdict_passes(struct message_verdict verdict)
{
	struct message_verdicts message = { .session = 1, .verdicts = &verdict, .count = 1 };

	return passes_verdicts(&message);
}

static void wrong_verdicts_are_refused(void **state)
{
	struct message_verdict verdict = verdicts[2];

	(void)state;
	assert_true(verdict_passes(verdict));
	verdict.reason = (enum ended_reason)(ENDED_MEMORY + 1);
	assert_false(verdict_passes(verdict));
	verdict = verdicts[0];
	verdict.number = 0;
	assert_false(verdict_passes(verdict));
	verdict = verdicts[0];
	verdict.seq = 0;
	assert_false(verdict_passes(verdict));
}

static void long_names_are_cut(void **state)
{
	char name[400];
	struct message_recorder_beat beat = sample_recorder_beat, decoded;
	struct buffer frame = { 0 };

	(void)state;
	memset(name, 'n', sizeof(name));
	beat.postgres = (struct text) { name, sizeof(name) };
	message_encode_recorder_beat(&beat, &frame);
	assert_true(message_decode_recorder_beat(buffer_unread(&frame), buffer_unread_size(&frame),
						 NULL, &decoded, NULL));
	assert_int_equal(decoded.postgres.length, MESSAGE_NAME_MAX);
	buffer_finish(&frame);
}

/* A frame with `count` cooldowns, written by hand. */
static bool cooldowns_pass(size_t count)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_cooldowns decoded;
	bool passes;

	pack_array(&frame, 3);
	pack_uint(&frame, PROTOCOL_VERSION);
	pack_uint(&frame, MESSAGE_COOLDOWNS);
	pack_array(&frame, count);
	for (size_t i = 0; i < count; i++) {
		pack_array(&frame, 2);
		pack_int(&frame, 1);
		pack_int(&frame, 1);
	}
	passes = message_decode_cooldowns(buffer_unread(&frame), buffer_unread_size(&frame), &arena,
					  &decoded, NULL);
	arena_finish(&arena);
	buffer_finish(&frame);
	return passes;
}

static void counts_over_the_limit_are_refused(void **state)
{
	/* five bytes that announce 4 G entries */
	static const uint8_t bomb[] = { 0x93, 1, MESSAGE_COOLDOWNS, 0xdd, 0xff, 0xff, 0xff, 0xff };
	struct message_cooldowns decoded;

	(void)state;
	assert_true(cooldowns_pass(MESSAGE_ITEMS_MAX));
	assert_false(cooldowns_pass(MESSAGE_ITEMS_MAX + 1));
	assert_false(message_decode_cooldowns(bomb, sizeof(bomb), NULL, &decoded, NULL));
}

static void encoding_too_many_entries_is_a_panic(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		static struct message_cooldown many[MESSAGE_ITEMS_MAX + 1];
		struct message_cooldowns message = { many, COUNT_OF(many) };
		struct buffer frame = { 0 };

		fclose(stderr);
		message_encode_cooldowns(&message, &frame);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* --- incident --------------------------------------------------------------------------------- */

static void incidents_round_trip(void **state)
{
	struct incident incident = {
		.trace = { TRACE_BYTES },
		.kind = KIND_CALLBACK_QUERY,
		.reason = ENDED_HANG,
		.chat_id = -1002147483648001,
		.chat_type = TEXT("supergroup"),
		.thread_id = 77,
		.language = { NULL, 0 },
		.query_id = TEXT("4382bfdwdsb323b2d9"),
		.direct_topic_id = 4503599627370495,
		.receiver_id = 12,
		.business_connection = TEXT("bc"),
		.work = TEXT("\x93\x01"),
	};
	struct buffer out = { 0 };
	struct incident decoded;
	struct why why;

	(void)state;
	incident_encode(&incident, &out);
	assert_true(incident_decode(buffer_unread(&out), buffer_unread_size(&out), &decoded, &why));
	assert_memory_equal(&decoded.trace, &incident.trace, sizeof(incident.trace));
	assert_int_equal(decoded.kind, KIND_CALLBACK_QUERY);
	assert_int_equal(decoded.reason, ENDED_HANG);
	assert_true(decoded.chat_id == -1002147483648001);
	assert_true(text_is(decoded.chat_type, "supergroup"));
	assert_int_equal(decoded.thread_id, 77);
	assert_null(decoded.language.data);
	assert_true(text_is(decoded.query_id, "4382bfdwdsb323b2d9"));
	assert_true(decoded.direct_topic_id == 4503599627370495);
	assert_int_equal(decoded.receiver_id, 12);
	assert_true(text_is(decoded.business_connection, "bc"));
	assert_true(text_is(decoded.work, "\x93\x01"));
	for (size_t cut = 0; cut < buffer_unread_size(&out); cut++) {
		void *copy = xmemdup(buffer_unread(&out), cut ? cut : 1);

		assert_false(incident_decode(copy, cut, &decoded, &why));
		assert_int_equal(strncmp(why.text, "incident: ", 10), 0);
		free(copy);
	}
	for (uint8_t version = 0; version < 5; version++) { /* those that are not ours */
		buffer_unread(&out)[1] = version == 3 ? 5 : version;
		assert_false(incident_decode(buffer_unread(&out), buffer_unread_size(&out),
					     &decoded, &why));
	}
	buffer_finish(&out);
}

/* Those that an earlier version left in the spool. */
static void incidents_of_earlier_versions_are_read(void **state)
{
	const struct incident incident = { .chat_id = -100, .chat_type = TEXT("group") };
	const size_t added = 3; /* 0, 0 and nil at the end */
	struct incident decoded;
	struct buffer out = { 0 };
	struct why why;

	(void)state;
	incident_encode(&incident, &out);
	assert_int_equal(buffer_unread(&out)[0], 0x90 | 12);
	assert_true(incident_decode(buffer_unread(&out), buffer_unread_size(&out), &decoded, &why));
	assert_int_equal(decoded.chat_id, -100);
	assert_null(decoded.work.data);
	buffer_unread(&out)[0] = 0x90 | 9;
	buffer_unread(&out)[1] = 1;
	assert_true(incident_decode(buffer_unread(&out), buffer_unread_size(&out) - added, &decoded,
				    &why));
	assert_int_equal(decoded.chat_id, -100);
	assert_int_equal(decoded.direct_topic_id, 0);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_keeps_its_fields),
		cmocka_unit_test(a_frame_that_grew_is_the_same),
		cmocka_unit_test(the_head_of_updates_is_version_number_session_count),
		cmocka_unit_test(verdicts_keep_what_their_step_needs),
		cmocka_unit_test(sightings_keep_what_their_scope_needs),
		cmocka_unit_test(a_sighting_has_the_fields_of_its_scope_only),
		cmocka_unit_test(sightings_are_checked),
		cmocka_unit_test(wrong_greetings_are_refused),
		cmocka_unit_test(wrong_items_are_refused),
		cmocka_unit_test(wrong_verdicts_are_refused),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(counts_over_the_limit_are_refused),
		cmocka_unit_test(encoding_too_many_entries_is_a_panic),
		cmocka_unit_test(incidents_round_trip),
		cmocka_unit_test(incidents_of_earlier_versions_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
